"""The path of an object in Setup, and the stages of a record on its page."""

from __future__ import annotations

from tests.demo_site import Site

PAGE = "/setup/objects/Case/path"


def test_a_path_is_made_changed_and_deleted(site: Site) -> None:
    admin = site.guest()
    known = [one for one in site.snapshot.of_kind("PathAssistant") if one.object == "Case"]
    for _one in known:
        admin.post(f"{PAGE}/delete")
    assert "Choose a picklist" in admin.read(PAGE)
    assert "Guidance for" in admin.read(f"{PAGE}?field=Status")
    said = {
        "field": "Status", "active": "true", "value": ["New", "Working"],
        "info-0": "Call them.", "fields-0": ["Subject", "Priority"], "info-1": "",
    }  # fmt: skip
    admin.submit(PAGE, said)
    (path,) = [one for one in site.snapshot.of_kind("PathAssistant") if one.object == "Case"]
    assert [(s.value, s.info, s.fields) for s in path.steps] == [
        ("New", "Call them.", ("Subject", "Priority"))
    ]
    case = site.find_id("Case")
    site.records().update(case, {"Status": "New"})
    assert "Call them." in admin.read(f"/r/{case}")
    admin.submit(PAGE, {**said, "info-0": "Write them."})
    (again,) = [one for one in site.snapshot.of_kind("PathAssistant") if one.object == "Case"]
    assert (again.uid, again.steps[0].id) == (path.uid, path.steps[0].id)
    admin.post(f"{PAGE}/delete")
    assert not [one for one in site.snapshot.of_kind("PathAssistant") if one.object == "Case"]


def test_too_many_fields_and_no_picklist_are_refused(site: Site) -> None:
    admin = site.guest()
    names = ["Subject", "Priority", "Origin", "Reason", "Type", "Description"]
    page = admin.post(PAGE, {"field": "Status", "value": ["New"], "fields-0": names})
    assert page.status_code == 422
    assert "at most 5 fields" in page.text
    assert admin.post(PAGE, {"field": ""}).status_code == 422
    assert site.guest("rep").get(PAGE).status_code == 403


def test_the_stages_of_a_deal_stand_on_a_tab_of_its_page(site: Site) -> None:
    deal = site.find_id("Opportunity")
    site.records().update(deal, {"StageName": "Prospecting"})
    site.records().update(deal, {"StageName": "Closed Won"})
    page = site.guest("rep").read(f"/r/{deal}?tab=stages")
    assert "Time in stage" in page
    assert "Prospecting" in page
    assert "tab=stages" not in site.guest().read(f"/r/{site.find_id('Account')}")
