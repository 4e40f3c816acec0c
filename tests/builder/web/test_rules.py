"""Validation rules in Setup: written with a check, tried on a record, switched on and asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.demo_site import Site, problems_of

RULE: Mapping[str, Any] = {
    "label": "Needs an amount",
    "formula": "ISPICKVAL(StageName, 'Closed Won') && ISBLANK(Amount)",
    "message": "A won opportunity needs an amount.",
    "field": "Amount",
    "active": "true",
}
LIST = "/setup/objects/Opportunity/rules"


def test_a_rule_is_made_asked_changed_and_deleted(site: Site) -> None:
    admin = site.guest()
    assert "No validation rule yet" in admin.read(LIST)
    assert "Needs an amount" in admin.submit(f"{LIST}/new", RULE)
    rule = site.snapshot.get("ValidationRule", "Opportunity.Needs_an_amount")
    assert (rule.field, rule.active) == ("Amount", True)
    deal = site.find_id("Opportunity")
    page = site.guest("admin").post(f"/r/{deal}/edit", {"StageName": "Closed Won", "Amount": ""})
    assert page.status_code == 422, page.status_code
    assert "A won opportunity needs an amount." in page.text
    admin.submit(f"{LIST}/{rule.local_name}", {**RULE, "active": ""} | {"message": "Other."})
    admin.post(f"{LIST}/{rule.local_name}/delete")
    assert site.snapshot.find("ValidationRule", rule.name) is None


def test_a_wrong_formula_is_refused_at_its_character_and_nothing_is_lost(site: Site) -> None:
    admin = site.guest()
    page = admin.post(f"{LIST}/new", {**RULE, "formula": "\n  Amuont > 1"})
    assert page.status_code == 422
    said = "Line 1, character 1: 'Amuont' is not a field of Opportunity. Did you mean Amount?"
    assert [p.replace("&#39;", "'") for p in problems_of(page.text)] == [said]
    assert 'value="Needs an amount"' in page.text
    found = admin.post(f"{LIST}/check", {"formula": "TRUE &&\nNmae = ''"}).json
    assert found["problems"][0] | {"message": ""} == {
        "message": "", "start": 8, "end": 12, "line": 2, "column": 1, "text": "Nmae",
    }  # fmt: skip
    assert admin.post(f"{LIST}/check", {"formula": "ISBLANK(Amount)"}).json == {"problems": []}


def test_a_rule_is_tried_on_a_record_and_nothing_is_kept(site: Site) -> None:
    admin = site.guest()
    deal = site.find_id("Opportunity")
    tried = {**RULE, "deed": "try", "record": deal}
    yes = admin.post(f"{LIST}/new", {**tried, "formula": "Account.Name <> 'x' && !ISNEW()"})
    assert "This record would be refused" in yes.text
    assert "Account.Name" in yes.text
    no = admin.post(f"{LIST}/new", {**tried, "formula": "FALSE"})
    assert "has nothing against this record" in no.text
    failed = admin.post(f"{LIST}/new", {**tried, "formula": "1 / 0 > 1"})
    assert "This divides by zero." in failed.text
    assert not site.snapshot.of_kind("ValidationRule")


def test_only_administrators_see_and_change_rules(site: Site) -> None:
    rep = site.guest("rep")
    for path in (LIST, f"{LIST}/new"):
        assert rep.get(path).status_code == 403
    assert rep.post(f"{LIST}/new", RULE).status_code == 403
    assert rep.post(f"{LIST}/check", {"formula": "1"}).status_code == 403
    assert not site.snapshot.of_kind("ValidationRule")


def test_an_object_or_rule_that_is_not_there_is_not_found(site: Site) -> None:
    admin = site.guest()
    assert admin.get("/setup/objects/Nothing/rules").status_code == 404
    assert admin.get(f"{LIST}/Nothing").status_code == 404
