"""Validation rules: asked of every save, all at once, whoever saves and by whatever way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import deployed, make_document
from tests.runtime.conftest import Crm
from trellis.metadata.definition import Document, Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.errors import Problem, Rejected
from trellis.platform.i18n import in_language, use_locale
from trellis.runtime.access import permissions
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables


def rule(name: str, formula: str, message: str = "", **more: Any) -> Document:
    owner = name.partition(".")[0]
    return make_document(
        "ValidationRule", name, object=owner, errorConditionFormula=formula,
        errorMessage=message or f"{name.partition('.')[2]} is broken.", **more,
    )  # fmt: skip


def ruled(crm: Crm, *rules: Document) -> Crm:
    """The company with these rules."""
    snapshot = deployed(crm.org_db, *rules)
    return replace(crm, snapshot=snapshot, records=Records(crm.org_db, crm.actor, snapshot))


def refused(save: Callable[[], Any]) -> list[tuple[tuple[Any, ...], str]]:
    with pytest.raises(Rejected) as refusal:
        save()
    return [(p.path, p.message) for p in refusal.value.problems]


def test_every_broken_rule_is_told_at_once_each_at_its_place(crm: Crm) -> None:
    crm = ruled(
        crm,
        rule("Account.Short", "LEN(Name) < 3", errorDisplayField="Name"),
        rule("Account.Rated", "ISPICKVAL(Rating, '') && Employees > 10"),
        rule("Account.Off", "TRUE", active=False),
        rule("Account.Fine", "Name = 'Other'"),
    )
    assert refused(lambda: crm.make("Account", Name="A", Employees=Decimal(11))) == [
        ((), "Rated is broken."),
        (("Name",), "Short is broken."),
    ]
    account = crm.make("Account", Name="Acme", Employees=Decimal(11), Rating="Hot")
    assert refused(lambda: crm.records.update(account, {"Rating": None})) == [
        ((), "Rated is broken.")
    ]
    assert crm.records.get(account, ["Rating"])["Rating"] == "Hot"


def test_many_records_are_asked_each_and_the_good_ones_are_kept(crm: Crm) -> None:
    crm = ruled(crm, rule("Account.Short", "LEN(Name) < 3"))
    outcomes = crm.records.create_many("Account", [{"Name": "A"}, {"Name": "Acme"}])
    assert [len(outcome.problems) for outcome in outcomes] == [1, 0]
    changed = crm.records.update_many("Account", {outcomes[1].id: {"Name": "B"}})
    assert [p.message for p in changed[outcomes[1].id].problems] == ["Short is broken."]


def test_a_rule_sees_what_is_new_what_changed_and_what_was(crm: Crm) -> None:
    crm = ruled(
        crm,
        rule("Account.Start", "ISNEW() && ISPICKVAL(Rating, 'Hot')"),
        rule("Account.Fall", "ISCHANGED(Employees) && PRIORVALUE(Employees) > Employees"),
    )
    assert refused(lambda: crm.make("Account", Name="Acme", Rating="Hot"))
    account = crm.make("Account", Name="Acme", Employees=Decimal(5))
    crm.records.update(account, {"Rating": "Hot"})
    crm.records.update(account, {"Employees": Decimal(6)})
    assert refused(lambda: crm.records.update(account, {"Employees": Decimal(4)}))


def test_a_rule_sees_that_a_record_is_a_copy_and_what_time_it_is(crm: Crm) -> None:
    crm = ruled(
        crm,
        rule("Account.Copy", "ISCLONE() && ISNEW()"),
        rule("Account.Late", "Name = 'Late' && TIMENOW() >= TIMEVALUE('00:00:00')"),
    )
    account = crm.make("Account", Name="Acme")
    crm.records.update(account, {"Name": "Acme 2"})
    told = refused(lambda: crm.records.clone(account, {"Name": "Late"}))
    assert [message for _path, message in told] == ["Copy is broken.", "Late is broken."]


def test_a_rule_looks_at_parents_and_at_who_saves(crm: Crm) -> None:
    crm = ruled(
        crm,
        rule("Contact.Cold", "ISPICKVAL(Account.Rating, 'Cold')"),
        rule("Contact.Deep", "Account.Parent.Name = 'Group'"),
        rule("Contact.Mine", "Name = $User.Id && NOT(ISBLANK($Profile.Name))"),
    )
    group = crm.make("Account", Name="Group")
    cold = crm.make("Account", Name="Cold", Rating="Cold", ParentId=group)
    assert [m for _p, m in refused(lambda: crm.make("Contact", Name="Al", AccountId=cold))] == [
        "Cold is broken.", "Deep is broken.",
    ]  # fmt: skip
    contact = crm.make("Contact", Name="Al")
    assert refused(lambda: crm.records.update(contact, {"AccountId": cold}))
    assert [m for _p, m in refused(lambda: crm.make("Contact", Name=crm.actor.user_id))] == [
        "Mine is broken."
    ]


def test_a_rule_holds_for_who_may_not_see_what_it_asks_and_names_no_field_to_them(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = ruled(crm, rule("Account.Cold", "ISPICKVAL(Rating, 'Cold')", errorDisplayField="Rating"))
    account = crm.make("Account", Name="Acme")
    deploy(crm.org_db, crm.actor, ChangeSet((), (Uid("d-ValidationRule-Account.Cold"),), "Off"))
    without = replace(crm.records, snapshot=SNAPSHOTS.get(crm.org_db))
    without.update(account, {"Rating": "Cold"})
    crm = ruled(crm, rule("Account.Cold", "ISPICKVAL(Rating, 'Cold')", errorDisplayField="Rating"))
    readable: Callable[..., bool] = lambda who, field, _s: (  # noqa: E731
        who.is_system or field.name != "Account.Rating"
    )
    monkeypatch.setattr(permissions, "readable", readable)
    Tables.of(crm.snapshot).frames.clear()
    assert refused(lambda: crm.records.update(account, {"Phone": "555"})) == [
        ((), "Cold is broken.")
    ]


def test_a_rule_about_a_field_that_is_wrong_already_is_not_asked(crm: Crm) -> None:
    crm = ruled(crm, rule("Account.Named", "ISBLANK(Name)"), rule("Account.Any", "TRUE"))
    assert [path for path, _m in refused(lambda: crm.make("Account"))] == [("Name",), ()]


def test_a_rule_that_cannot_be_worked_out_refuses_the_save_and_says_why(crm: Crm) -> None:
    crm = ruled(crm, rule("Account.Ratio", "AnnualRevenue / Employees > 1"))
    (found,) = refused(lambda: crm.make("Account", Name="A", AnnualRevenue=Decimal(1),
                                        Employees=Decimal(0)))  # fmt: skip
    assert found == (
        (), "The validation rule Account.Ratio cannot be worked out. This divides by zero."
    )  # fmt: skip
    crm.make("Account", Name="A", AnnualRevenue=Decimal(1))  # blank is not zero in a rule


def test_the_message_is_said_in_the_language_of_who_saves(crm: Crm) -> None:
    entry = {"id": "1", "target": "ValidationRule:Account.Any", "attribute": "errorMessage",
             "text": "不行。"}  # fmt: skip
    words = make_document("Translations", "Account-zh_CN", language="zh_CN", entries=[entry])
    crm = ruled(crm, rule("Account.Any", "TRUE"), words)
    with use_locale(in_language("zh_CN")):
        assert refused(lambda: crm.make("Account", Name="A")) == [((), "不行。")]


def test_a_field_that_a_rule_asks_about_cannot_go_and_can_be_renamed(crm: Crm) -> None:
    crm = ruled(crm, rule("Account.Phoned", "ISBLANK(Phone) && ISBLANK(Parent.Phone)"))
    phone = crm.snapshot.field("Account", "Phone")
    uses = [use.name for use in crm.snapshot.referrers("CustomField", "Account.Phone")]
    assert uses == ["Account.Phoned", "Account.Phoned"]
    with pytest.raises(Rejected):
        deploy(crm.org_db, crm.actor, ChangeSet((), (Uid(phone.uid),), "Gone"))
    renamed = {**phone.document, "name": "Account.Telephone__c"}
    deploy(crm.org_db, crm.actor, ChangeSet((renamed,), (), "Renamed"))
    after = SNAPSHOTS.get(crm.org_db).get("ValidationRule", "Account.Phoned")
    assert after.formula == "ISBLANK(Telephone__c) && ISBLANK(Parent.Telephone__c)"


@pytest.mark.parametrize(
    ("formula", "code"),
    [("Nmae = ''", "unknown_field"), ("Name", "type"), ("1 +", "syntax"), ("", "length")],
)
def test_a_rule_with_a_wrong_formula_is_not_deployed(crm: Crm, formula: str, code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        ruled(crm, rule("Account.Bad", formula))
    problems: tuple[Problem, ...] = refusal.value.problems
    assert any(code.lower() in p.code.lower() for p in problems)
    assert any("errorConditionFormula" in p.path for p in problems)


def test_rules_are_asked_of_what_comes_back_and_not_of_what_goes(crm: Crm) -> None:
    account = crm.make("Account", Name="A", Employees=Decimal(5))
    fine = crm.make("Account", Name="Acme")
    crm = ruled(
        crm,
        rule("Account.Short", "LEN(Name) < 3", errorDisplayField="Name"),
        rule("Account.Fall", "ISCHANGED(Employees) || ISNEW()"),
    )
    crm.records.delete([account, fine])
    assert refused(lambda: crm.records.undelete([account])) == [
        ((account, "Name"), "Short is broken.")
    ]
    crm.records.undelete([fine])
    assert crm.records.get(fine, ["Name"])["Name"] == "Acme"
    crm = ruled(crm, rule("Account.Short", "LEN(Name) < 3", active=False))
    crm.records.undelete([account])
    assert crm.records.get(account, ["Name"])["Name"] == "A"
