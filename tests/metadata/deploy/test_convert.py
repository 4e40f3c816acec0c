"""A field changes its type: what fits is kept, losses are counted before, and all comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_document, make_field, make_object
from tests.metadata.company import WHO, add_record, document, put, read, snapshot_of
from tests.metadata.field_types.samples import shapes
from trellis.metadata.definition import Document
from trellis.metadata.deploy.convert import MATRIX, Loss, loss_count, needs_work, targets_of
from trellis.metadata.deploy.revert import revert
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.invariants import check_metadata
from trellis.metadata.kinds import KINDS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected

DEAL = make_object("Deal__c")
NAME = make_field("Deal__c.Name")
PAIRS = [(old, new) for old, targets in MATRIX.items() for new in targets if new != old]
VALUES = {"valueSet": {"restricted": True, "values": [{"name": "Hot"}, {"name": "true"}]}}


def a_field(name: str, type_name: str, **options: Any) -> Document:
    if "Picklist" in type_name:
        options = VALUES | options
    if type_name in ("Lookup", "MasterDetail"):
        options = {"to": "Deal__c"} | options
    return make_field(f"Deal__c.{name}", type_name, **options)


def with_field(org_db: OrgDatabase, document: Document, *values: Any) -> list[str]:
    """An object with that field, and a record for each value."""
    put(org_db, DEAL, NAME, document)
    name = document["name"].rpartition(".")[2]
    return [add_record(org_db, "Deal__c", **{name: value}) for value in values]


def converted(org_db: OrgDatabase, document: Document, records: list[str]) -> list[Any]:
    """What the records hold once the field is that."""
    put(org_db, document)
    assert check_metadata(org_db) == ()
    return [read(org_db, record, document["name"]) for record in records]


def test_every_type_of_the_matrix_exists() -> None:
    assert {name for pair in PAIRS for name in pair} <= set(FIELD_TYPES.names())


@pytest.mark.parametrize("old", sorted(set(MATRIX) - {"Lookup", "MasterDetail"}))
def test_every_conversion_is_taken_back_with_every_value(org_db: OrgDatabase, old: str) -> None:
    """Each pair of the matrix: one field for each target, all examples as records."""
    options, values = max(
        ((dict(f.options), v) for f, v in shapes(FIELD_TYPES.get(old))), key=lambda s: len(s[1])
    )
    targets = [new for new in MATRIX[old] if new != old]
    before = [a_field(f"To{new}__c", old, **options) for new in targets]
    after = [a_field(f"To{new}__c", new) for new in targets]
    put(org_db, DEAL, NAME, *before)
    records = [
        add_record(org_db, "Deal__c", **{f"To{new}__c": value for new in targets})
        for value in [*values, None]
    ]
    names = [f"Deal__c.To{new}__c" for new in targets]
    kept = [[read(org_db, record, name) for name in names] for record in records]
    done = put(org_db, *after)
    assert check_metadata(org_db) == ()
    revert(org_db, WHO, done.id)
    assert [[read(org_db, record, name) for name in names] for record in records] == kept
    assert check_metadata(org_db) == ()


CASES = [
    ("Text", {}, "Number", {"precision": 9, "scale": 1},
     ["7", "12.50", "seven", "1,5"], [Decimal(7), Decimal("12.5"), None, None], 2),
    ("Text", {"length": 20}, "Text", {"length": 3}, ["abc", "abcd"], ["abc", "abc"], 1),
    ("Text", {}, "Picklist", {}, ["Hot", "hot", "Lukewarm"], ["Hot", "Hot", None], 1),
    ("Text", {}, "Checkbox", {}, ["true", "maybe"], [True, False], 1),
    ("Text", {}, "Date", {}, ["2026-03-01", "soon"], [date(2026, 3, 1), None], 1),
    ("Text", {}, "Email", {}, ["a@b.org", "nobody"], ["a@b.org", None], 1),
    ("TextArea", {}, "Text", {"length": 255}, ["two\nlines"], ["two lines"], 1),
    ("Number", {"precision": 9, "scale": 2}, "Number", {"precision": 9, "scale": 0},
     [Decimal("1.50"), Decimal("2.00"), Decimal("-1.5")],
     [Decimal(2), Decimal(2), Decimal(-2)], 2),
    ("Number", {"precision": 9, "scale": 0}, "Number", {"precision": 3, "scale": 0},
     [Decimal(999), Decimal(1000)], [Decimal(999), None], 1),
    ("Number", {"precision": 9, "scale": 2}, "Currency", {"precision": 18, "scale": 2},
     [Decimal("0.07")], [Decimal("0.07")], 0),
    ("Number", {"precision": 9, "scale": 2}, "Text", {}, [Decimal("0.50")], ["0.5"], 0),
    ("Checkbox", {}, "Text", {}, [True, False], ["true", "false"], 0),
    ("Checkbox", {}, "Picklist", {}, [True, False], ["true", None], 1),
    ("Date", {}, "DateTime", {}, [date(2026, 3, 1)], [datetime(2026, 3, 1, tzinfo=UTC)], 0),
    ("DateTime", {}, "Date", {},
     [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 9, 30, tzinfo=UTC)],
     [date(2026, 3, 1), date(2026, 3, 1)], 1),
    ("Picklist", {}, "Text", {}, ["Hot"], ["Hot"], 0),
    ("Picklist", {}, "MultiselectPicklist", {}, ["Hot"], [("Hot",)], 0),
    ("MultiselectPicklist", {}, "Picklist", {}, [("Hot",), ("Hot", "true")], ["Hot", None], 1),
]  # fmt: skip


@pytest.mark.parametrize(("old", "was", "new", "now", "values", "expected", "lost"), CASES)
def test_values_become_what_they_mean_and_losses_are_counted_before(
    org_db: OrgDatabase, old: str, was: dict[str, Any], new: str, now: dict[str, Any],
    values: list[Any], expected: list[Any], lost: int,
) -> None:  # fmt: skip
    before, after = a_field("X__c", old, **was), a_field("X__c", new, **now)
    records = with_field(org_db, before, *values)
    field = snapshot_of(org_db).field("Deal__c", "X__c")
    loss = loss_count(org_db, field, after)
    assert (loss.total, loss.lost) == (len(values), lost)
    assert len(loss.samples) == min(lost, 5)
    assert snapshot_of(org_db).field("Deal__c", "X__c").type == old
    found = converted(org_db, after, records)
    assert [tuple(v) if isinstance(v, list) else v for v in found] == expected


def test_more_room_needs_no_look_at_the_values(org_db: OrgDatabase) -> None:
    with_field(org_db, a_field("X__c", "Text", length=20), "a")
    field = snapshot_of(org_db).field("Deal__c", "X__c")
    wider = a_field("X__c", "Text", length=200)
    assert not needs_work(field, KINDS.get("CustomField").parse(wider))
    assert loss_count(org_db, field, wider) == Loss(0, 0)
    place = snapshot_of(org_db).storage.of_field(field.uid)[""]
    put(org_db, wider)
    assert snapshot_of(org_db).storage.of_field(field.uid)[""] == place


def test_values_given_after_the_conversion_are_kept_when_it_is_taken_back(
    org_db: OrgDatabase,
) -> None:
    text, number = a_field("X__c", "Text"), a_field("X__c", "Number", precision=9, scale=0)
    first, second = with_field(org_db, text, "seven", "007")
    done = put(org_db, number)
    third = add_record(org_db, "Deal__c", X__c=Decimal(12))
    revert(org_db, WHO, done.id)
    found = [read(org_db, record, "Deal__c.X__c") for record in (first, second, third)]
    assert found == ["seven", "007", "12"]
    redone = put(org_db, number)
    assert [read(org_db, r, "Deal__c.X__c") for r in (first, second, third)] == [
        None, Decimal(7), Decimal(12),
    ]  # fmt: skip
    revert(org_db, WHO, redone.id)
    assert read(org_db, first, "Deal__c.X__c") == "seven"


def test_a_conversion_runs_over_many_rows_and_slices(org_db: OrgDatabase) -> None:
    put(org_db, DEAL, NAME, *(make_field(f"Deal__c.F{n}__c") for n in range(100)))
    put(org_db, a_field("X__c", "Text"))
    records = [add_record(org_db, "Deal__c", X__c=str(n)) for n in range(25)]
    empty = add_record(org_db, "Deal__c", Name="none")
    after = a_field("X__c", "Number", precision=9, scale=0)
    found = converted(org_db, after, [*records, empty])
    assert found == [*(Decimal(n) for n in range(25)), None]


@pytest.mark.parametrize(
    ("old", "new"),
    [("Text", "AutoNumber"), ("Text", "EncryptedText"), ("EncryptedText", "Text"),
     ("Address", "Text"), ("Lookup", "Text"), ("Text", "Lookup")],
)  # fmt: skip
def test_what_cannot_be_converted_is_refused(org_db: OrgDatabase, old: str, new: str) -> None:
    with_field(org_db, a_field("X__c", old))
    with pytest.raises(Rejected, match="cannot become"):
        put(org_db, a_field("X__c", new))
    field = snapshot_of(org_db).field("Deal__c", "X__c")
    assert new not in targets_of(field)


def test_a_lookup_becomes_a_master_only_when_every_record_has_one(org_db: OrgDatabase) -> None:
    lookup = make_field("Deal__c.Up__c", "Lookup", to="Top__c")
    put(org_db, make_object("Top__c"), make_field("Top__c.Name"), DEAL, NAME, lookup)
    top = add_record(org_db, "Top__c", Name="T")
    add_record(org_db, "Deal__c", Name="A", Up__c=top)
    orphan = add_record(org_db, "Deal__c", Name="B")
    master = make_field("Deal__c.Up__c", "MasterDetail", to="Top__c")
    with pytest.raises(Rejected, match="nothing in this field"):
        put(org_db, master)
    with pytest.raises(Rejected, match="no master"):
        put(org_db, make_field("Deal__c.Other__c", "MasterDetail", to="Top__c"))
    put(org_db, {**document(org_db, NAME["uid"]), "label": "Title"})
    assert orphan
    put(org_db, make_field("Deal__c.Up__c", "Lookup", to="Top__c"))


def test_a_lookup_is_not_turned_to_another_object(org_db: OrgDatabase) -> None:
    with_field(org_db, a_field("Up__c", "Lookup"))
    other = make_object("Other__c")
    with pytest.raises(Rejected, match="point at"):
        put(org_db, other, make_field("Other__c.Name"), a_field("Up__c", "Lookup", to="Other__c"))
    both = a_field("Up__c", "Lookup", to=["Deal__c", "Other__c"])
    put(org_db, other, make_field("Other__c.Name"), both)


def test_a_picklist_of_a_shared_set_is_read_with_its_values(org_db: OrgDatabase) -> None:
    regions = make_document("GlobalValueSet", "Regions", values=[{"name": "West"}])
    records = with_field(org_db, a_field("X__c", "Text"), "west", "north")
    put(org_db, regions)
    shared = {"restricted": True, "valueSetName": "Regions"}
    after = make_field("Deal__c.X__c", "Picklist", valueSet=shared)
    assert converted(org_db, after, records) == ["West", None]


def test_options_of_the_old_type_go_with_it_and_unknown_ones_are_refused(
    org_db: OrgDatabase,
) -> None:
    text = a_field("X__c", "Text", length=20)
    with_field(org_db, text, "7")
    put(org_db, {**text, "type": "Number", "precision": 9, "scale": 0})
    assert "length" not in document(org_db, text["uid"])
    with pytest.raises(Rejected, match="displayFormat"):
        put(org_db, a_field("X__c", "Number", displayFormat="{0}"))
    with pytest.raises(Rejected, match="cannot be unique"):
        put(org_db, a_field("Flag__c", "Checkbox", unique=True))
