"""Whatever makes something new makes one, however often its form is sent."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.addresses import Samples
from tests.demo_site import HOME, PICTURE, Guest, Site, problems_of

Values = dict[str, Any]
SAID: Values = {"label": "Twice Over", "name": "Twice_Over"}
RULE: Values = {"filter_field": "Industry", "filter_operator": "equals", "filter_value": "Banking"}
#: {endpoint: (the page of its form, what is filled in)} of every view that makes something
MAKERS: dict[str, tuple[str, Values]] = {
    "pages.new_record": ("/o/Account/new", {"Name": "Twice Over"}),
    "pages.clone_record": ("/r/ACCOUNT/clone", {"Name": "Twice Over"}),
    "pages.add_activity": ("/r/ACCOUNT/activity", {"kind": "task", "subject": "Twice over"}),
    "pages.add_comment": ("/r/ACCOUNT/comments", {"text": "Twice over"}),
    "pages.add_files": ("/r/ACCOUNT?tab=files", {}),
    "pages.add_file_version": ("/files/FILE", {"note": "Twice over"}),
    "pages.save_view_as": ("/o/Account/views/new", {"label": "Twice over"}),
    "setup.new_user": (
        "/setup/users/new",
        {"last_name": "Over", "email": "t@over.example", "username": "t@over.example"},
    ),
    "setup.new_permit_page": ("/setup/access/new", SAID | {"kind": "PermissionSet"}),
    "setup.new_app_page": ("/setup/apps/new", SAID | {"tabs": ["Account"]}),
    "setup.new_tab_deed": ("/setup/apps", {"object": "CampaignMember", "apps": ["Sales"]}),
    "setup.new_group": ("/setup/groups/new", SAID),
    "setup.new_queue": ("/setup/queues/new", SAID | {"objects": ["Lead"]}),
    "setup.new_role_page": ("/setup/roles/new", SAID),
    "setup.new_rule_page": (
        "/setup/objects/Account/rules/new",
        SAID | {"formula": 'Name = "Nobody"', "message": "No."},
    ),
    "setup.new_combination_page": (
        "/setup/objects/Account/combinations/new",
        SAID | {"fields": ["Name", "Industry"]},
    ),
    "setup.new_sharing_rule": (
        "/setup/sharing/Account/rules/new?type=criteria",
        SAID | RULE | {"shared_to": "allInternalUsers", "access": "Read"},
    ),
    "setup.new_view_page": ("/setup/objects/Account/views/new", SAID | {"columns": ["Name"]}),
    "setup.new_object_page": ("/setup/objects/new", SAID | {"plural": "Twices"}),
    "setup.new_field_page": ("/setup/objects/Account/fields/new?type=Text", SAID),
    "setup.new_report_folder": ("/setup/report-folders/new", SAID),
    "setup.new_report_type": ("/setup/report-types/new", SAID | {"object": "Account"}),
    "setup.new_rollup": (
        "/setup/objects/Account/rollups/new?lookup=Opportunity.AccountId&operation=count",
        SAID,
    ),
    "setup.new_delegation": ("/setup/delegations/new", SAID),
    "setup.new_business_process": ("/setup/objects/Opportunity/processes/new", SAID),
    "setup.new_record_type_page": (
        "/setup/objects/Opportunity/record-types/new",
        SAID | {"label.en": "Twice"},
    ),
    "setup.new_value_set_page": ("/setup/value-sets/new", SAID | {"values": "One\nTwo"}),
}


#: sent by scripts, with the id that what is made will have
PROMISED = {"pages.save_new_report", "pages.save_new_dashboard"}


class Forms(HTMLParser):
    """The forms of a page: (address, what each sends when nobody touches it)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._form: dict[str, list[str]] = {}
        self._list = self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, value = said.get("name") or "", said.get("value") or ""
        if tag == "form":
            self._form = {}
            if said.get("method") == "post":
                self.found.append((said.get("action") or "", self._form))
        elif tag == "select":
            self._list = name
        elif tag == "textarea":
            self._text = name
            self._form[name] = [""]
        elif tag == "option" and self._list and "selected" in said:
            self._form.setdefault(self._list, []).append(value)
        elif tag == "input" and name and "disabled" not in said:
            kind = said.get("type")
            if kind not in ("checkbox", "radio", "file") or "checked" in said:
                self._form.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = {}
        self._list = self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self._form[self._text] = [self._form[self._text][0] + data.removeprefix("\n")]


def test_every_view_that_makes_something_is_known_here(site: Site) -> None:
    makes = re.compile(r"/(new|clone|comments|activity|files|versions)$")
    found = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and makes.search(rule.rule)
    }
    assert found - PROMISED <= set(MAKERS)


def filled(site: Site, guest: Guest, endpoint: str) -> tuple[str, Values]:
    """(address, values) of the form of a view, filled in as a person would."""
    path, values = MAKERS[endpoint]
    samples = Samples(site)
    path = path.replace("ACCOUNT", samples.of("", "record_id"))
    path = path.replace("FILE", samples.of("", "file_id")) if "FILE" in path else path
    forms = Forms(guest.read(path)).found
    for action, blank in forms:
        address = action or path
        if "form_key" not in blank and "once" not in blank:
            continue  # it opens the form, or is a deed on what is there
        with site.app.test_request_context(address, base_url=HOME, method="POST") as context:
            if context.request.endpoint == endpoint:
                return address, blank | values
    raise AssertionError(f"no form of {endpoint} on {path}: {forms}")


def send(guest: Guest, endpoint: str, address: str, values: Values) -> TestResponse:
    sent = dict(values)
    if endpoint.startswith("pages.add_file"):
        sent["file"] = (io.BytesIO(PICTURE + b"more"), "Twice.png")
    return guest.client.post(address, data=sent, base_url=HOME)


@pytest.mark.parametrize("endpoint", MAKERS)
def test_a_form_that_is_sent_twice_makes_one(site: Site, endpoint: str) -> None:
    admin = site.guest("admin")
    address, values = filled(site, admin, endpoint)
    before = site.pictures()
    first = send(admin, endpoint, address, values)
    assert first.status_code in (302, 303), problems_of(first.text)
    made = site.pictures()
    assert made != before
    again = send(admin, endpoint, address, values)
    assert (again.status_code, again.location) == (first.status_code, first.location)
    assert site.pictures() == made


def test_two_presses_at_once_make_one(either_site: Site) -> None:
    admin = either_site.guest("admin")
    address, values = filled(either_site, admin, "setup.new_group")

    def press(_n: int) -> TestResponse:
        guest = Guest(either_site.app.test_client())
        guest.client.set_cookie("trellis", either_site.cookie("admin"), domain="127.0.0.1")
        guest.get("/settings")
        return guest.client.post(address, data=values | {"csrf_token": guest.token}, base_url=HOME)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    assert [g.label for g in either_site.snapshot.of_kind("Group")].count("Twice Over") == 1


def test_a_form_that_was_refused_may_come_again(site: Site) -> None:
    admin = site.guest("admin")
    address, values = filled(site, admin, "setup.new_group")
    assert admin.client.post(address, data=values | {"label": ""}, base_url=HOME).status_code == 422
    answer = admin.client.post(address, data=values, base_url=HOME)
    assert answer.status_code == 302, "the key is as good as before"


def test_the_key_of_somebody_else_is_not_theirs(site: Site) -> None:
    admin, rep = site.guest("admin"), site.guest("rep")
    address, values = filled(site, admin, "setup.new_group")
    admin.client.post(address, data=values, base_url=HOME)
    rep.get("/settings")
    taken = values | {"csrf_token": rep.token}
    assert rep.client.post(address, data=taken, base_url=HOME).status_code == 403
