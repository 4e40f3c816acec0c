"""A formula field is refused where it means nothing, and follows what it names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import deployed, make_document, make_field, make_object, make_snapshot, nobody
from trellis.metadata.checks import check
from trellis.metadata.definition import Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.bin import restore
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected

LAID_OUT = "/* twice */ A__c\n   +  Up__r.A__c /*more*/ +B__c"
DOCUMENTS = (
    make_object("X__c"),
    make_field("X__c.Name"),
    make_field("X__c.A__c", "Number"),
    make_field("X__c.Up__c", "Lookup", to="X__c"),
    make_field("X__c.B__c", "Number", formula="A__c * 2"),
    make_field("X__c.F__c", "Number", formula=LAID_OUT),
    make_document(
        "ValidationRule", "X__c.Rule", object="X__c", errorMessage="No",
        errorConditionFormula="F__c  >  Up__r.F__c /* why */",
    ),
)  # fmt: skip


def snapshot_with(*documents: Any) -> Snapshot:
    return make_snapshot(*DOCUMENTS, *documents)


def codes(snapshot: Snapshot, name: str) -> set[str]:
    return {p.code for p in check(snapshot) if name in p.path}


@pytest.mark.parametrize(
    ("kind", "attributes", "code"),
    [
        ("Number", {"formula": "A__c +"}, "formula.syntax"),
        ("Number", {"formula": "Name"}, "formula.type"),
        ("Text", {"formula": "Nme"}, "formula.unknown_field"),
        ("Phone", {"formula": "Name"}, "formula.result"),
        ("Number", {"formula": "A__c", "required": True}, "formula.no_such_attribute"),
        ("Number", {"formula": "A__c", "unique": True}, "formula.no_such_attribute"),
        ("Number", {"formula": "A__c", "trackHistory": True}, "formula.no_such_attribute"),
        ("Checkbox", {"formula": "ISNEW()"}, "formula.not_here"),
        ("Number", {"formulaTreatBlanksAs": "BlankAsZero"}, "field.unknown_option"),
        ("Number", {"formula": "Z__c + 1"}, "formula.cycle"),
    ],
)
def test_what_cannot_be_is_refused(kind: str, attributes: dict[str, Any], code: str) -> None:
    assert code in codes(snapshot_with(make_field("X__c.Z__c", kind, **attributes)), "X__c.Z__c")


def test_every_type_of_result_is_there() -> None:
    formulas = {
        "Text": "Name", "Number": "A__c", "Currency": "A__c", "Percent": "A__c",
        "Date": "TODAY()", "DateTime": "CreatedDate", "Checkbox": "A__c > 1", "Time": "TIMENOW()",
    }  # fmt: skip
    made = [make_field(f"X__c.R{kind}__c", kind, formula=f) for kind, f in formulas.items()]
    assert check(snapshot_with(*made)) == ()


def test_a_round_of_formulas_is_told_with_the_way() -> None:
    round_trip = [
        make_field("X__c.C1__c", "Number", formula="C2__c"),
        make_field("X__c.C2__c", "Number", formula="1 + Up__r.C3__c"),
        make_field("X__c.C3__c", "Number", formula="C1__c"),
    ]
    said = [p.message for p in check(snapshot_with(*round_trip)) if "X__c.C1__c" in p.path]
    assert said == [
        "These formula fields use each other: X__c.C1__c → X__c.C2__c → X__c.C3__c → X__c.C1__c."
    ]


def test_formulas_that_double_each_other_are_stopped_before_they_are_large() -> None:
    doubling = [make_field("X__c.D0__c", "Number", formula="A__c + A__c")]
    doubling += [
        make_field(f"X__c.D{n}__c", "Number", formula=f"D{n - 1}__c + D{n - 1}__c")
        for n in range(1, 30)
    ]
    found = {p.code for p in check(snapshot_with(*doubling)) if "X__c.D29__c" in p.path}
    assert found == {"formula.too_costly"}


def test_what_a_formula_names_is_in_where_used() -> None:
    snapshot = snapshot_with()

    def users(name: str) -> set[str]:
        return {use.name for use in snapshot.referrers("CustomField", name)}

    assert users("X__c.A__c") == {"X__c.B__c", "X__c.F__c"}
    assert users("X__c.Up__c") == {"X__c.F__c", "X__c.Rule"}
    assert users("X__c.B__c") == {"X__c.F__c"}
    assert users("X__c.F__c") == {"X__c.Rule"}


def test_renaming_rewrites_formulas_and_keeps_their_layout(org_db: OrgDatabase) -> None:
    deployed(org_db, *DOCUMENTS)
    put = [
        make_field("X__c.Amount__c", "Number", uid="f-X__c.A__c"),
        make_field("X__c.Over__c", "Lookup", uid="f-X__c.Up__c", to="X__c"),
        make_field("X__c.Sum__c", "Number", uid="f-X__c.F__c", formula=LAID_OUT),
    ]
    deploy(org_db, nobody(), ChangeSet(tuple(put), (), "Renamed"))
    now = SNAPSHOTS.get(org_db)
    assert now.field("X__c", "Sum__c").formula == (
        "/* twice */ Amount__c\n   +  Over__r.Amount__c /*more*/ +B__c"
    )
    assert now.field("X__c", "B__c").formula == "Amount__c * 2"
    rule = now.get("ValidationRule", "X__c.Rule")
    assert rule.formula == "Sum__c  >  Over__r.Sum__c /* why */"


def test_what_a_formula_uses_cannot_go(org_db: OrgDatabase) -> None:
    deployed(org_db, *DOCUMENTS)
    for uid, users in {"A__c": ("B__c", "F__c"), "B__c": ("F__c",), "F__c": ("Rule",)}.items():
        with pytest.raises(Rejected) as refused:
            deploy(org_db, nobody(), ChangeSet((), (Uid(f"f-X__c.{uid}"),), "Deleted"))
        said = " ".join(str(p) for p in refused.value.problems)
        assert all(f"X__c.{user}" in said for user in users)


def test_a_formula_field_has_no_column_and_stays_a_formula(org_db: OrgDatabase) -> None:
    snapshot = deployed(org_db, *DOCUMENTS)
    assert not snapshot.storage.of_field("f-X__c.F__c")
    for document in (
        make_field("X__c.F__c", "Number"),
        make_field("X__c.A__c", "Number", formula="1"),
    ):
        with pytest.raises(Rejected) as refused:
            deploy(org_db, nobody(), ChangeSet((document,), (), "Changed"))
        assert "field.conversion" in {p.code for p in refused.value.problems}
    other = make_field("X__c.B__c", "Currency", formula="A__c / 3")
    deploy(org_db, nobody(), ChangeSet((other,), (), "Another result"))
    assert SNAPSHOTS.get(org_db).field("X__c", "B__c").type == "Currency"


def test_a_formula_field_comes_back_from_the_bin(org_db: OrgDatabase) -> None:
    deployed(org_db, *DOCUMENTS, make_field("X__c.L__c", formula="Name"))
    deploy(org_db, nobody(), ChangeSet((), (Uid("f-X__c.L__c"),), "Deleted"))
    assert SNAPSHOTS.get(org_db).find_field("X__c", "L__c") is None
    restore(org_db, nobody(), "f-X__c.L__c")
    assert SNAPSHOTS.get(org_db).field("X__c", "L__c").formula == "Name"
