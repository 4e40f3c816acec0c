"""Formula fields in Setup: chosen, written with a check, tried on a record, shown on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.demo_site import Site, problems_of

FORMULA: Mapping[str, Any] = {
    "label": "Weighted",
    "name": "Weighted__c",
    "type": "Currency",
    "scale": "2",
    "precision": "18",
    "formula": "Amount * Probability",
    "blanks": "zero",
    "layouts": ["Opportunity-Opportunity Layout"],
}
FIELDS = "/setup/objects/Opportunity/fields"
NEW = f"{FIELDS}/new-formula"


def test_a_formula_field_is_made_shown_changed_and_deleted(site: Site) -> None:
    admin = site.guest()
    assert NEW in admin.read(f"{FIELDS}/new")
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == "Opportunity")
    made = admin.submit(NEW, {**FORMULA, "layouts": [layout.name]})
    assert "Formula (Currency)" in made
    field = site.snapshot.field("Opportunity", "Weighted__c")
    assert (field.formula, field.options["scale"]) == ("Amount * Probability", 2)
    deal = site.find_id("Opportunity")
    assert "Weighted" in admin.read(f"/r/{deal}")
    assert "Weighted__c" not in admin.read(f"/r/{deal}/edit").replace("data-", "")
    assert admin.read("/o/Opportunity?sort=-Weighted__c&filter=Weighted__c:greaterThan:1")
    page = admin.read(f"{FIELDS}/Weighted__c")
    assert "Amount * Probability" in page
    admin.submit(f"{FIELDS}/Weighted__c", {**FORMULA, "formula": "Amount / 2", "blanks": "blank"})
    changed = site.snapshot.field("Opportunity", "Weighted__c")
    assert (changed.formula, changed.blank_is_zero) == ("Amount / 2", False)
    admin.post(f"{FIELDS}/Weighted__c/delete")
    assert site.snapshot.find_field("Opportunity", "Weighted__c") is None


def test_a_wrong_formula_is_refused_at_its_character_and_nothing_is_lost(site: Site) -> None:
    admin = site.guest()
    page = admin.post(NEW, {**FORMULA, "formula": "1 +\n Amuont"})
    assert page.status_code == 422
    said = "Line 2, character 2: 'Amuont' is not a field of Opportunity. Did you mean Amount?"
    assert [p.replace("&#39;", "'") for p in problems_of(page.text)] == [said]
    assert 'value="Weighted"' in page.text
    checking = f"{FIELDS}/formula/check"
    found = admin.post(checking, {"formula": "Name", "type": "Number"}).json
    assert found["problems"][0]["message"].startswith("The formula gives a text")
    assert admin.post(checking, {"formula": "Name", "type": "Text"}).json == {"problems": []}
    assert admin.post(checking, {"formula": "ISNEW()", "type": "Checkbox"}).json["problems"]


def test_a_formula_is_tried_on_a_record_and_nothing_is_kept(site: Site) -> None:
    admin = site.guest()
    deal = site.find_id("Opportunity")
    tried = {**FORMULA, "deed": "try", "record": deal}
    yes = admin.post(NEW, {**tried, "formula": "6 * 7 + 0 * Amount"})
    assert "data-formula-result" in yes.text
    assert "42" in yes.text.partition("data-formula-result")[2][:120]
    assert "formula-sql" in yes.text
    failed = admin.post(NEW, {**tried, "formula": "1 / (Amount - Amount)"})
    assert "This divides by zero." in failed.text
    later = admin.post(NEW, {**tried, "type": "Text", "formula": "UPPER(Name)"})
    assert "cannot work this formula out" in later.text
    assert site.snapshot.find_field("Opportunity", "Weighted__c") is None


def test_words_are_offered_along_the_parents(site: Site) -> None:
    admin = site.guest()

    def texts(query: str) -> set[str]:
        found = admin.get(f"{FIELDS}/formula/words?{query}").json
        return {word["text"] for word in found["words"]}

    first = texts("path=")
    assert {"Amount", "Account.", "$User.", "LEFT(text, count)"} <= first
    assert not any(text.startswith("ISNEW") for text in first)
    assert any(text.startswith("ISNEW") for text in texts("path=&purpose=rule"))
    assert {"Account.Owner.", "Account.Industry"} <= texts("path=Account.")
    assert "Account.Owner.Email" in texts("path=Account.Owner.")
    assert texts("path=Nowhere.") == set()


def test_an_import_does_not_write_a_formula(site: Site) -> None:
    admin = site.guest()
    admin.submit(NEW, FORMULA | {"layouts": []})
    deal = site.find_id("Opportunity")
    page = admin.post(f"/r/{deal}/edit", {"Weighted__c": "5", "Name": "Renamed"})
    assert page.status_code in (302, 303, 422)
    listed = admin.read("/o/Opportunity?columns=Name,Weighted__c")
    assert 'name="Weighted__c"' not in listed
