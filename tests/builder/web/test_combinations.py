"""Unique combinations in Setup: made, asked of a form, changed and deleted; for administrators."""

from __future__ import annotations

from tests.demo_site import Site, problems_of
from trellis.metadata.names import api_name

LIST = "/setup/objects/Opportunity/combinations"


def test_a_combination_is_made_asked_changed_and_deleted(site: Site) -> None:
    admin = site.guest()
    assert "No unique combination yet" in admin.read(LIST)
    page = admin.post(f"{LIST}/new", {"fields": ["AccountId", "Name"]})
    assert "Several records have the same values" in problems_of(page.text)[0]
    admin.submit(f"{LIST}/new", {"fields": ["AccountId", "Name", "CloseDate"]})
    (one,) = site.snapshot.of_kind("UniqueCombination")
    assert one.local_name == api_name(one.label)
    assert one.label in admin.read("/setup/objects/Opportunity/combinations")
    deal = site.find_id("Opportunity")
    values = site.records().get(deal, ("Name", "AccountId", "CloseDate")).values
    form = {**values, "StageName": "Prospecting", "CloseDate": values["CloseDate"].isoformat()}
    page = site.guest("admin").post("/o/Opportunity/new", form)
    assert page.status_code == 422
    assert f"{values['Name']} has the same" in page.text
    page = admin.post(f"{LIST}/{one.local_name}", {"fields": ["Name"]})
    assert problems_of(page.text) == ["Choose two or more fields."]
    fields = ["Name", "OwnerId", "CloseDate", "AccountId"]
    admin.submit(f"{LIST}/{one.local_name}", {"fields": fields, "label": "Mine"})
    (changed,) = site.snapshot.of_kind("UniqueCombination")
    assert (changed.name, changed.label, changed.fields) == (one.name, "Mine", tuple(fields))
    admin.post(f"{LIST}/{one.local_name}/delete")
    assert not site.snapshot.of_kind("UniqueCombination")
    assert site.guest("rep").get(LIST).status_code == 403
