"""Who may what by REST: the rights of pages, no cookie, no other org, no more than the token's."""

from __future__ import annotations

import logging

import pytest

from tests.demo_site import HOME, Site
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.people.actor import ADMIN, system_actor
from trellis.platform.people.api_tokens import Scope
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user
from trellis.runtime.api import limits
from trellis.runtime.records.service import Records
from trellis.seeds.install import install_standard

from .programs import ROOT, Program, blind, codes

pytestmark = pytest.mark.abuse("A57", "A03", "A40")


def test_a_hidden_field_is_as_one_that_is_not_there(site: Site) -> None:
    program = blind(site)
    mine = program.make("Account", Name="Mine")
    described = program.ask("sobjects/Account/describe").text
    assert "Hidden__c" not in described
    assert "zqhidden" not in described
    assert "Hidden__c" not in program.ask("sobjects/Account/describe/layouts").text

    def told(name: str, value: str) -> list[tuple[int, str]]:
        asked = (
            program.ask(f"sobjects/Account/{mine}?fields={name}"),
            program.ask("sobjects/Account", "POST", {"Name": "x", name: value}),
            program.ask(f"sobjects/Account/{mine}", "PATCH", {name: value}),
            program.ask(f"sobjects/Account/{name}/x"),
            program.ask(f"sobjects/Account/{name}/x", "PATCH", {}),
            program.ask("sobjects/Contact", "POST", {"LastName": "x", "Account": {name: "x"}}),
            program.ask(f"composite/sobjects/Account?ids={mine}&fields={name}"),
        )
        return [(one.status_code, one.text.replace(name, "FIELD")) for one in asked]

    assert told("Hidden__c", "wrong") == told("Nothing__c", "wrong")
    assert told("Key__c", "wrong") == told("Nothing__c", "wrong")


def test_a_record_that_is_not_theirs_is_as_one_that_is_not_there(site: Site) -> None:
    theirs = Program(site, site.actor()).make("Account", Name="Theirs")
    program = blind(site)
    absent = "001000000000001AAA"
    assert program.get(f"sobjects/Account/{theirs}", 404) == program.get(
        f"sobjects/Account/{absent}", 404
    )
    for record in (theirs, absent):
        assert program.ask(f"sobjects/Account/{record}", "PATCH", {"Name": "x"}).status_code == 404
        assert program.ask(f"sobjects/Account/{record}", "DELETE").status_code == 404
        (one,) = program.get(f"composite/sobjects/Account?ids={record}&fields=Name")
        assert one is None
        (gone,) = program.delete(f"composite/sobjects?ids={record}", 200)
        assert gone["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert program.get("limits/recordCount?sObjects=Account")["sObjects"][0]["count"] == 0
    views = program.get("sobjects/Account/listviews")["listviews"]
    assert program.get(views[0]["resultsUrl"])["records"] == []
    Program(site, site.actor()).delete(f"sobjects/Account/{theirs}")
    start = "start=2026-11-01T00:00:00Z&end=2100-01-01T00:00:00Z"
    answer = program.ask(f"sobjects/Account/deleted?{start}")
    assert theirs not in answer.text
    assert codes(program.get(f"sobjects/Account/{theirs}", 404)) == ["NOT_FOUND"]


def test_a_token_to_read_writes_nothing_by_any_way(site: Site) -> None:
    program = Program(site, site.actor(), Scope.READ)
    record = site.find_id("Account")
    before = site.pictures()
    denied = ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert codes(program.post("sobjects/Account", {"Name": "x"}, 403)) == denied
    assert codes(program.delete(f"sobjects/Account/{record}", 403)) == denied
    part = {"method": "POST", "url": f"{ROOT}/sobjects/Account", "body": {"Name": "x"}}
    for aon in (False, True):
        body = {"allOrNone": aon, "compositeRequest": [part | {"referenceId": "a"}]}
        (one,) = program.post("composite", body)["compositeResponse"]
        assert (one["httpStatusCode"], codes(one["body"])) == (403, denied)
    read = {"method": "GET", "url": f"{ROOT}/sobjects/Account/{record}", "referenceId": "a"}
    body = {"allOrNone": True, "compositeRequest": [read]}
    assert program.post("composite", body)["compositeResponse"][0]["httpStatusCode"] == 200
    after = site.pictures()
    assert {n for n in after if after[n] != before[n]} <= {"sys_api_token", "sys_api_use"}


def test_no_cookie_and_no_others_token_opens_the_api(site: Site) -> None:
    page = site.guest("admin")
    answer = page.get(f"{ROOT}/sobjects")
    assert (answer.status_code, codes(answer.json)) == (401, ["INVALID_SESSION_ID"])
    page.read("/settings")
    with_csrf = page.client.post(
        f"{ROOT}/sobjects/Account", json={"Name": "x"}, base_url=HOME,
        headers={"X-CSRFToken": page.token},
    )  # fmt: skip
    assert (with_csrf.status_code, codes(with_csrf.json)) == (401, ["INVALID_SESSION_ID"])
    db = site.orgs.create("other", "Other")
    install_standard(db)
    with db.write() as conn:
        spy = create_user(
            conn, UserDraft("s", "s@o.example", "Spy", profile=ADMIN), system_actor("other", "t")
        )
        actor = find_actor(conn, "other", spy.id)
    assert actor is not None
    other = Site(site.app, {})
    other.__dict__["db"] = db
    foreign = Program(other, actor)
    own = Records(db, actor, SNAPSHOTS.get(db)).create("Account", {"Name": "Own"})
    assert foreign.get(f"sobjects/Account/{own}")["Name"] == "Own"
    assert codes(foreign.get(f"sobjects/Account/{site.find_id('Account')}", 404)) == ["NOT_FOUND"]
    here = Program(site, site.actor()).get("")["identity"].removeprefix(HOME)
    assert codes(foreign.get(here, 404)) == ["NOT_FOUND"]
    mixed = foreign.token[:3] + Program(site, site.actor()).token[3:15] + foreign.token[15:]
    foreign.token = mixed
    assert codes(foreign.get("sobjects", 401)) == ["INVALID_SESSION_ID"]


def test_limits_stop_a_program_and_are_told_of(
    site: Site, admin: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = admin.ask("limits")
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/250000"
    assert answer.json["DailyApiRequests"] == {"Max": 250000, "Remaining": 249999}
    with site.counted() as statements:
        admin.get("limits")
    assert not [one for one in statements if "sys_api_use" in one]
    monkeypatch.setattr(limits, "A_MINUTE", 3)
    admin.get("limits")
    assert codes(admin.get("limits", 403)) == ["REQUEST_LIMIT_EXCEEDED"]
    monkeypatch.setattr(limits, "A_MINUTE", 3000)
    monkeypatch.setattr(limits, "A_DAY", 2)
    assert codes(admin.get("limits", 403)) == ["REQUEST_LIMIT_EXCEEDED"]


def test_a_fault_of_ours_gives_a_reference_and_nothing_else(
    admin: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_rest: object) -> None:
        raise RuntimeError("zqsecretzq in /some/path")

    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(limits, "used", broken)
    monkeypatch.setattr("trellis.runtime.api.edge.limits.used", lambda _db: 0)
    monkeypatch.setattr(Records, "get", broken)
    (error,) = admin.get("sobjects/Account/001000000000001AAA", 500)
    assert error["errorCode"] == "UNKNOWN_EXCEPTION"
    assert "zqsecretzq" not in error["message"]
    assert error["message"].rpartition(" ")[2] in caplog.text
