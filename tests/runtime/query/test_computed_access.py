"""A formula shows what its inputs may show, unless an administrator has said otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import (
    administrator,
    deployed,
    make_actor,
    make_document,
    make_field,
    make_object,
    nobody,
)
from trellis.metadata.predicates import Condition
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.people.actor import Actor
from trellis.platform.people.users import UserDraft, create_user
from trellis.runtime.access.permissions import readable
from trellis.runtime.access.verdicts import Why, answer, field_verdicts
from trellis.runtime.query import run
from trellis.runtime.query.match import matcher
from trellis.runtime.query.request import Aggregate, Order, Query
from trellis.runtime.records.service import Records

CANARY = "canary-7391"
OPEN = {"readableWithoutInputs": True}
FORMULAS: dict[str, tuple[str, dict[str, Any]]] = {
    "Own__c": ("Secret__c", {}),
    "Parent__c": ("Boss__r.Secret__c", {}),
    "Nested__c": ('"<" & Own__c & ">"', {}),
    "Deep__c": ("Boss__r.Own__c", {}),
    "Cased__c": ("UPPER(Secret__c)", {}),
    "OwnOpen__c": ("Secret__c", OPEN),
    "ParentOpen__c": ("Boss__r.Secret__c", OPEN),
    "AboveOpen__c": ('"<" & OwnOpen__c & ">"', {}),
    "LowerOpen__c": ("LOWER(Secret__c)", OPEN),
}
HIDDEN = [name for name in FORMULAS if "Open" not in name]


@dataclass(frozen=True)
class Office:
    org_db: OrgDatabase
    snapshot: Snapshot
    clerk: Actor
    ids: dict[str, str]

    def read(self, query: Query, actor: Actor | None = None) -> tuple[Any, ...]:
        with self.org_db.read() as conn:
            return run.run(conn, actor or self.clerk, query, self.snapshot).records


@pytest.fixture
def office(org_db: OrgDatabase) -> Office:
    """A clerk who may read every field of papers but the secret, and only papers of their own."""
    names = [f"Paper__c.{name}" for name in (*FORMULAS, "Boss__c", "Shut__c")]
    snapshot = deployed(
        org_db,
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_object("Paper__c", sharingModel="Private"),
        make_field("Paper__c.Name"),
        make_field("Paper__c.Secret__c"),
        make_field("Paper__c.Boss__c", "Lookup", to="Paper__c"),
        make_field("Paper__c.Shut__c", formula="Name"),
        *(
            make_field(f"Paper__c.{name}", formula=formula, **more)
            for name, (formula, more) in FORMULAS.items()
        ),
        make_document(
            "Profile", "Clerk",
            objectPermissions=[{"object": "Paper__c", "allowEdit": True, "allowCreate": True}],
            fieldPermissions=[{"field": name, "readable": True} for name in names[:-1]],
        ),
    )  # fmt: skip
    with org_db.write() as conn:
        draft = UserDraft("ann@example.org", "ann@example.org", "Ann", profile="d-Profile-Clerk")
        clerk = make_actor("d-Profile-Clerk", user_id=create_user(conn, draft, nobody()).id)
    boss = administrator()
    made = Records(org_db, boss, snapshot)
    top = made.create("Paper__c", {"Name": "top", "Secret__c": CANARY})
    own = made.create(
        "Paper__c",
        {"Name": "own", "Secret__c": CANARY, "Boss__c": top, "OwnerId": clerk.user_id},
    )
    return Office(org_db, snapshot, clerk, {"top": top, "own": own})


def test_a_hidden_input_never_appears_through_a_formula(office: Office) -> None:
    for name in HIDDEN:
        field = office.snapshot.field("Paper__c", name)
        assert not readable(office.clerk, field, office.snapshot)
        asked = Condition(name, "contains", ("canary",))
        for query in (
            Query("Paper__c", (name,)),
            Query("Paper__c", where=asked),
            Query("Paper__c", order=(Order(name),)),
            Query("Paper__c", group_by=(name,)),
            Query("Paper__c", aggregates=(Aggregate("max", name, "m"),)),
            Query("Paper__c", (f"Boss__r.{name}",)),
        ):
            with pytest.raises(Rejected) as refused:
                office.read(query)
            assert "field.unknown" in {problem.code for problem in refused.value.problems}
        with pytest.raises(Rejected):
            matcher(asked, "Paper__c", office.clerk, office.snapshot)
    assert CANARY not in str(office.read(Query("Paper__c", search=CANARY)))


def test_with_the_flag_it_appears_where_the_formula_may_be_read(office: Office) -> None:
    names = ("OwnOpen__c", "ParentOpen__c", "AboveOpen__c", "LowerOpen__c")
    (record,) = office.read(Query("Paper__c", names))
    assert tuple(record[name] for name in names) == (CANARY, CANARY, f"<{CANARY}>", CANARY)


def test_the_flag_opens_the_formula_and_not_the_way_to_it(office: Office) -> None:
    """A parent that may not be seen shows nothing, its open formula neither."""
    (record,) = office.read(Query("Paper__c", ("Boss__r.OwnOpen__c", "Boss__r.Name")))
    assert (record["Boss__r.OwnOpen__c"], record["Boss__r.Name"]) == (None, None)
    (seen,) = office.read(
        Query("Paper__c", ("Boss__r.OwnOpen__c",), Condition("Name", "equals", ("own",))),
        administrator(),
    )
    assert seen["Boss__r.OwnOpen__c"] == CANARY


def test_the_formula_itself_has_to_be_granted(office: Office) -> None:
    with pytest.raises(Rejected):
        office.read(Query("Paper__c", ("Shut__c",)))


def test_nobody_writes_a_formula_field(office: Office) -> None:
    records = Records(office.org_db, administrator(), office.snapshot)
    with pytest.raises(Rejected) as refused:
        records.update(office.ids["own"], {"Own__c": "x"})
    assert [problem.code for problem in refused.value.problems] == ["field.computed"]
    with pytest.raises(Rejected):
        records.create("Paper__c", {"Name": "n", "OwnOpen__c": Decimal(1)})


def test_the_reason_is_told_to_who_asks_why_a_formula_is_hidden(office: Office) -> None:
    with office.org_db.read() as conn:
        found = answer(conn, office.clerk, office.snapshot, office.ids["own"])
    verdicts = {one.field.local_name: one.read for one in field_verdicts(found, office.snapshot)}
    assert [ground.why for ground in verdicts["Own__c"].grounds] == [Why.LACKS_INPUT]
    assert [ground.why for ground in verdicts["Shut__c"].grounds] == [Why.LACKS_FIELD]
    assert verdicts["OwnOpen__c"].is_allowed
