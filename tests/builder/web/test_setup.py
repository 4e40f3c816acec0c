"""The other pages of Setup by HTTP: layouts, views, values, apps, labels, company, users."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.demo_site import HOME, Site, problems_of

LAYOUT = "Account-Account Layout"


def put_layout(site: Site, body: Any, who: str = "admin") -> tuple[int, Any]:
    guest = site.guest(who)
    guest.get("/settings")
    answer = guest.client.put(
        f"/setup/layouts/{LAYOUT}", json=body, base_url=HOME, headers={"X-CSRFToken": guest.token}
    )
    return answer.status_code, answer.get_json(silent=True)


def layout_of(site: Site) -> dict[str, Any]:
    document = site.snapshot.get("Layout", LAYOUT).document
    return {
        "sections": [
            dict(section) | {"cells": [dict(cell) for cell in section["cells"]]}
            for section in document["sections"]
        ],
        "relatedLists": [dict(one) for one in document["relatedLists"]],
    }


def test_a_layout_is_saved_as_it_was_sent(either_site: Site) -> None:
    wanted = layout_of(either_site)
    wanted["sections"].reverse()
    status, told = put_layout(either_site, wanted)
    assert (status, told["warnings"]) == (200, []), told
    assert layout_of(either_site) == wanted


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body["sections"][0]["cells"].append({"id": "x", "field": "Nothing__c"}),
        lambda body: body["sections"].append(dict(body["sections"][0])),
        lambda body: body["relatedLists"].append({"id": "x", "field": "Nothing.Nowhere"}),
        lambda body: body.update(sections="none"),
        lambda body: body["sections"][0].update(columns=99),
    ],
)  # fmt: skip
def test_a_layout_that_is_wrong_is_refused_with_problems(site: Site, spoil: Any) -> None:
    body, before = layout_of(site), layout_of(site)
    spoil(body)
    status, told = put_layout(site, body)
    assert status == 422
    assert told["problems"][0]["message"]
    assert layout_of(site) == before


def test_a_standard_user_saves_no_layout(site: Site) -> None:
    status, _told = put_layout(site, layout_of(site), "rep")
    assert status == 403


def test_a_list_view_keeps_columns_in_order_filters_logic_and_sort(either_site: Site) -> None:
    form = {
        "label": "Banks", "column_order": ["Name", "Phone", "Industry"],
        "columns": ["Industry", "Name"], "scope": "Everything", "sort_field": "Name",
        "sort_direction": "descending", "filter_field": ["Industry", "Rating"],
        "filter_operator": ["equals", "equals"], "filter_value": ["Banking", "Hot"],
        "filter_logic": "1 OR 2",
    }  # fmt: skip
    either_site.guest("admin").submit("/setup/objects/Account/views/new", form)
    (view,) = (v for v in either_site.snapshot.of_kind("ListView") if v.label == "Banks")
    assert list(view.document["columns"]) == ["Name", "Industry"]
    assert view.document["booleanFilter"] == "1 OR 2"
    page = either_site.guest("rep").read(f"/o/Account?view={view.local_name}")
    names = re.findall(r'class="row-t"[^>]*>([^<]+)<', page)
    assert names == sorted(names, key=str.casefold, reverse=True)
    spoilt = form | {"filter_logic": "1 OR (2", "label": ""}
    answer = either_site.guest("admin").post(f"/setup/views/{view.name}", spoilt)
    assert answer.status_code == 422
    assert len(problems_of(answer.text)) >= 1
    assert 'value="1 OR (2"' in answer.text
    answer = either_site.guest("admin").post(f"/setup/views/{view.name}/delete")
    assert answer.status_code == 302
    assert either_site.guest("rep").get(f"/o/Account?view={view.local_name}").status_code == 404


def test_a_value_of_a_standard_set_can_be_chosen_at_once(either_site: Site) -> None:
    path = "/setup/value-sets/AccountRating"
    values = either_site.snapshot.get("StandardValueSet", "AccountRating").values
    known = [(v.name, v.label) for v in values]
    form = {
        "value_name": [name for name, _label in known],
        "value_label": [label for _name, label in known],
        "value_active": [name for name, _label in known], "values": "Lukewarm",
    }  # fmt: skip
    either_site.guest("admin").submit(path, form)
    assert '<option value="Lukewarm"' in either_site.guest("rep").read("/o/Account/new")


def test_a_global_value_set_is_made_of_pasted_lines(site: Site) -> None:
    form = {"label": "Regions", "name": "", "values": "North\nEast\nEast\n\n South "}
    site.guest("admin").submit("/setup/value-sets/new", form)
    (made,) = (v for v in site.snapshot.of_kind("GlobalValueSet") if v.label == "Regions")
    assert [v.name for v in made.values] == ["North", "East", "South"]
    answer = site.guest("admin").post("/setup/value-sets/new", {"label": "", "values": ""})
    assert answer.status_code == 422


def test_an_app_holds_its_tabs_in_order(site: Site) -> None:
    tabs = [tab.name for tab in site.snapshot.of_kind("CustomTab")][:3]
    form = {"label": "Little app", "icon": "star", "tab_order": tabs, "tabs": tabs[1:]}
    site.guest("admin").submit("/setup/apps/new", form)
    (made,) = (a for a in site.snapshot.of_kind("CustomApplication") if a.label == "Little app")
    assert list(made.tabs) == tabs[1:]
    rep = site.guest("rep")
    rep.post(f"/app/{made.name}")
    assert "Little app" in rep.read("/home")


def test_labels_of_an_object_change_in_each_language(either_site: Site) -> None:
    form = {"0.en": "Company", "0.zh_CN": "公司", "1.en": "Companies", "1.zh_CN": "各公司"}
    either_site.guest("admin").submit("/setup/labels/Account", form)
    assert ">Companies<" in either_site.guest("rep").read("/o/Account")
    either_site.speak("zh_CN")
    assert ">各公司<" in either_site.guest("rep").read("/o/Account")


def test_the_company_profile_is_checked_and_kept(either_site: Site) -> None:
    admin = either_site.guest("admin")
    form = {"name": "北线", "language": "en", "locale": "de_DE", "time_zone": "Europe/Berlin",
            "currency": "EUR"}  # fmt: skip
    admin.submit("/setup/company", form)
    assert "北线" in either_site.guest("rep").read("/home")
    answer = admin.post("/setup/company", form | {"time_zone": "Mars/Base", "currency": "XXXX"})
    assert answer.status_code == 422


def test_a_user_is_made_changed_and_refused_in_words(either_site: Site) -> None:
    admin = either_site.guest("admin")
    form = {"first_name": "Ngozi", "last_name": "Okafor", "email": "ngozi@northline.example",
            "username": "", "profile": "Standard", "language": "zh_CN", "locale": "zh_CN",
            "time_zone": "Asia/Shanghai"}  # fmt: skip
    admin.submit("/setup/users/new", form)
    assert "ngozi@northline.example" in admin.read("/setup/users?q=okafor")
    answer = admin.post("/setup/users/new", form)
    assert answer.status_code == 422  # the user name is taken
    answer = admin.post("/setup/users/new", form | {"email": "not an address", "last_name": ""})
    assert answer.status_code == 422
    assert len(problems_of(answer.text)) >= 2


def test_the_last_administrator_is_not_shut_out(site: Site) -> None:
    admin = site.guest("admin")
    me = site.actor("admin").user_id
    for deed in ("freeze", "deactivate"):
        answer = admin.post(f"/setup/users/{me}/{deed}", follow_redirects=True)
        assert answer.status_code == 200
    assert admin.get("/setup/users").status_code == 200


def test_freezing_ends_the_sessions_of_a_user(either_site: Site) -> None:
    rep = either_site.guest("rep")
    user_id = either_site.actor("rep").user_id
    assert rep.get("/home").status_code == 200
    either_site.guest("admin").post(f"/setup/users/{user_id}/freeze")
    assert rep.get("/home").status_code == 303


def test_a_change_is_shown_line_by_line_and_taken_back(either_site: Site) -> None:
    admin = either_site.guest("admin")
    admin.submit("/setup/objects/Account/fields/new", {"type": "Text", "label": "Region"})
    page = admin.read("/setup/changes")
    (first, *_rest) = re.findall(r'href="(/setup/changes/[^"?]+)"', page)
    assert "Account.Region__c" in admin.read(first)
    admin.submit(f"{first}/revert")
    assert either_site.snapshot.find_field("Account", "Region__c") is None
    assert "Reverted" in admin.read("/setup/changes")
    answer = admin.post(f"{first}/revert", follow_redirects=True)
    assert answer.status_code == 200  # said in words: it was taken back already


def test_setup_pages_send_as_many_statements_for_many_objects_as_for_few(site: Site) -> None:
    admin = site.guest("admin")

    def statements(path: str) -> int:
        admin.read(path)
        with site.counted() as sent:
            admin.read(path)
        return len(sent)

    paths = ("/setup/objects", "/setup/objects/Account/fields", "/setup/labels", "/setup/users",
             "/setup/changes", "/setup/value-sets", "/setup/apps")  # fmt: skip
    before = {path: statements(path) for path in paths}
    for n in range(3):
        form = {"label": f"More {n}", "plural": f"Mores {n}", "name_label": "Name", "has_tab": "on"}
        admin.submit("/setup/objects/new", form)
    assert {path: statements(path) for path in paths} == before
    assert max(before.values()) <= 14, before
