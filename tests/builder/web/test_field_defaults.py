"""The default of a field in Setup: checked while it is written, refused at its character, used."""

from __future__ import annotations

from datetime import timedelta

from tests.demo_site import Site, problems_of
from trellis.platform import clock

NEW = "/setup/objects/Account/fields/new"
CHECK = "/setup/objects/Account/default-check"


def test_a_field_is_made_with_a_formula_and_its_form_starts_with_the_value(site: Site) -> None:
    admin = site.guest()
    layout = next(one.name for one in site.snapshot.of_kind("Layout") if one.object == "Account")
    said = {"type": "Date", "label": "Review by", "layouts": layout, "defaultValue": "TODAY() + 30"}
    admin.submit(NEW, said)
    assert site.snapshot.field("Account", "Review_by__c").default == "TODAY() + 30"
    day = clock.today("America/New_York") + timedelta(days=30)
    form = site.guest("rep").read("/o/Account/new")
    assert any((day + timedelta(days=n)).isoformat() in form for n in (-1, 0, 1))
    page = admin.read("/setup/objects/Account/fields/Review_by__c")
    assert "TODAY() + 30</textarea>" in page
    known = {"type": "Date", "label": "Review by", "defaultValue": "TODAY() + 60"}
    admin.submit("/setup/objects/Account/fields/Review_by__c", known)
    assert site.snapshot.field("Account", "Review_by__c").default == "TODAY() + 60"


def test_a_wrong_default_is_refused_at_its_character_and_nothing_is_lost(site: Site) -> None:
    admin = site.guest()
    said = {"type": "Date", "label": "Review by", "defaultValue": "TODAY() + Nmae"}
    page = admin.post(NEW, said)
    assert page.status_code == 422
    assert "Line 1, character 11: " in problems_of(page.text)[0]
    assert "TODAY() + Nmae</textarea>" in page.text


def test_the_check_says_what_a_default_means(site: Site) -> None:
    admin = site.guest()

    def asked(**form: str) -> dict[str, object]:
        return dict(admin.post(CHECK, form).json or {})

    assert asked(type="Text", formula="New") == {"problems": [], "said": "New records get: New"}
    found = asked(type="Date", formula="TODAY() + 1")
    assert found["problems"] == []
    assert "worked out" in str(found["said"])
    wrong = asked(type="Number", formula="TODAY()")
    assert "number" in str(wrong["problems"])
    values = {"type": "Picklist", "values": "Hot\nCold", "restricted": "true"}
    assert asked(**values, formula='"Warm"')["problems"]
    assert not asked(**values, formula='"Hot"')["problems"]
    rating = admin.post(f"{CHECK}/Rating", {"type": "Picklist", "formula": "Hot"}).json
    assert rating == {"problems": [], "said": "New records get: Hot"}


def test_only_administrators_check(site: Site) -> None:
    assert site.guest("rep").post(CHECK, {"type": "Text", "formula": "1"}).status_code == 403
    assert site.guest().post(f"{CHECK}/Nothing", {"type": "Text"}).status_code == 404
    assert site.guest().post(CHECK, {"type": "Nothing"}).status_code == 404
