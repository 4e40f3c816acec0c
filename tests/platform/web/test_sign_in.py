from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from trellis.platform import mail
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_mail, sys_session
from trellis.platform.orgs import Orgs
from trellis.platform.people import letters, links, sessions, users
from trellis.platform.people.actor import SYSTEM_USER_ID, system_actor
from trellis.platform.people.throttle import PER_ACCOUNT
from trellis.platform.people.users import User
from trellis.platform.web import ground

pytestmark = pytest.mark.abuse("A34", "A35", "A36", "A38", "A39", "A47")

PASSWORD = "quiet harbour lantern"
Make = Callable[..., User]
ROOT = system_actor("main", "test")
Browser = Any


def body(answer: Any) -> str:
    """The page without what differs each time."""
    text = answer.get_data(as_text=True)
    text = re.sub(r'(name="csrf_token" value|name="csrf-token" content)="[^"]*"', "", text)
    return re.sub(r'name="(username|next)" value="[^"]*"', "", text)


def run_jobs(app: Flask, db: OrgDatabase, orgs: Orgs) -> None:
    config = app.extensions["trellis"].config
    Worker(orgs, ground.work(config), actor_id=SYSTEM_USER_ID).run_due(db)


def letters_in(db: OrgDatabase) -> list[Any]:
    with db.read() as conn:
        return list(conn.execute(sa.select(sys_mail).order_by(sys_mail.c.created_at)))


def test_signing_in_leads_to_the_start_page(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    answer = browser.sign_in()
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/").text == "hello Amy"


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(
    browser: Browser, make_user: Make
) -> None:
    make_user("amy")
    answer = browser.get("/settings?tab=1")
    assert (answer.status_code, answer.location) == (303, "/login?next=/settings?tab%3D1")
    browser.get(answer.location)
    answer = browser.post(
        "/login", {"username": "amy", "password": PASSWORD, "next": "/settings?tab=1"}
    )
    assert answer.location == "/settings?tab=1"


def test_a_script_or_a_program_is_told_401(browser: Browser) -> None:
    fragment = browser.get("/settings", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.headers["HX-Redirect"]) == (401, "/login")
    program = browser.get("/settings", headers={"Accept": "application/json"})
    assert program.status_code == 401
    assert program.json["title"] == "Please sign in"


OFF_SITE = [
    *("//e.example", "/\\e.example", "\\\\e.example", "/\t/e.example", "\t//e.example"),
    *(
        " //e.example",
        "///e.example",
        "/\n/e.example",
        "http://crm@e.example",
        "javascript:alert(1)",
    ),
    *("http://crm.e.example", "https:e.example", "https:/e.example", "/a\\b", "/a b", "", "x"),
    *("/\x00/e.example", "/\x7f", "%2f%2fe.example", "/" + "a" * 3000),
]


def test_nobody_is_led_off_the_site(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    assert browser.sign_in(next="//e.example").location == "/"
    for target in OFF_SITE:
        assert browser.get("/login", query_string={"next": target}).location == "/", target


def test_an_address_of_ours_is_kept(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    assert browser.sign_in(next="/settings").location == "/settings"
    for target in ("/%09/e", "/.//e", "/o/Account?q=ä&view=x#top"):
        kept = browser.get("/login", query_string={"next": target}).location
        assert kept.startswith(target.split("?")[0])


def test_the_cookie_changes_on_sign_in_and_holds_nothing_from_before(
    browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    make_user("amy")
    browser.get("/login")
    before, old_token = browser.cookie(), browser.token
    browser.sign_in()
    assert browser.cookie() != before
    answer = browser.client.post(
        "/probe/write", data={"csrf_token": old_token}, base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 400
    with org_db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_session)) == 1


@pytest.mark.parametrize("cause", ["unknown", "wrong", "frozen", "inactive", "org", "nul"])
def test_every_refusal_looks_the_same(
    browser: Browser, make_user: Make, org_db: OrgDatabase, cause: str
) -> None:
    amy = make_user("amy")
    make_user("bob")
    reference = browser.sign_in("bob", "wrong")
    with org_db.write() as conn:
        if cause == "frozen":
            users.freeze_user(conn, amy.id, ROOT)
        if cause == "inactive":
            users.deactivate_user(conn, amy.id, ROOT)
    name = {"unknown": "nobody", "nul": "a\x00b"}.get(cause, "amy")
    org = {"org": "elsewhere"} if cause == "org" else {}
    answer = browser.sign_in(name, "wrong" if cause == "wrong" else PASSWORD, **org)
    assert (answer.status_code, body(answer)) == (422, body(reference))


def test_ten_wrong_passwords_are_429_with_a_time_to_wait(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    for _turn in range(PER_ACCOUNT):
        assert browser.sign_in(password="wrong").status_code == 422
    answer = browser.sign_in()
    assert answer.status_code == 429
    assert "15 minutes" in answer.text


def test_made_up_forwarded_addresses_do_not_help(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    browser.get("/login")
    for turn in range(PER_ACCOUNT):
        browser.post(
            "/login",
            {"username": "amy" + " " * turn, "password": "wrong", f"extra{turn}": "x"},
            headers={"X-Forwarded-For": f"203.0.113.{turn}", "Forwarded": f"for=203.0.113.{turn}"},
        )
    assert browser.post("/login", {"username": "AMY", "password": PASSWORD}).status_code == 429


def test_signing_out_ends_the_session_on_the_server(
    browser: Browser, browse: Callable[[], Browser], make_user: Make
) -> None:
    make_user("amy")
    browser.sign_in()
    stolen = browse()
    stolen.client.set_cookie("trellis", browser.cookie(), domain="127.0.0.1")
    assert stolen.get("/").status_code == 200
    assert browser.post("/logout").location == "/login"
    assert stolen.get("/").location == "/login"
    assert browser.get("/").location == "/login"


@pytest.mark.parametrize("deed", [users.freeze_user, users.deactivate_user])
def test_who_is_frozen_is_out_with_the_next_request(
    browser: Browser, make_user: Make, org_db: OrgDatabase, deed: Callable[..., User]
) -> None:
    amy = make_user("amy")
    browser.sign_in()
    assert browser.get("/").status_code == 200
    with org_db.write() as conn:
        deed(conn, amy.id, ROOT)
    assert browser.get("/").location == "/login"
    assert browser.post("/probe/write").status_code == 303


def test_losing_the_profile_counts_from_the_next_request(
    browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    amy = make_user("amy", profile="Admin")
    make_user("zoe", profile="Admin")
    browser.sign_in()
    assert browser.get("/probe/admin").status_code == 200
    with org_db.write() as conn:
        users.update_user(conn, amy.id, {"profile": "Standard"}, ROOT)
    assert browser.get("/probe/admin").status_code == 403


def test_a_forged_or_foreign_cookie_is_no_session(
    browser: Browser, make_user: Make, app: Flask, org_db: OrgDatabase
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
    signer = app.session_interface.get_signing_serializer(app)
    assert signer
    for forged in (
        {"org": "main", "token": "x"},
        {"org": "elsewhere", "token": token},
        {"org": "../main", "token": token},
        {"org": 1, "token": [token]},
        {"token": token},
    ):
        browser.client.set_cookie("trellis", signer.dumps(forged), domain="127.0.0.1")
        assert browser.get("/").location == "/login"
    good = signer.dumps({"org": "main", "token": token})
    browser.client.set_cookie("trellis", good[:-2] + "xx", domain="127.0.0.1")
    assert browser.get("/").location == "/login"
    browser.client.set_cookie("trellis", good, domain="127.0.0.1")
    assert browser.get("/").status_code == 200


def test_a_forgotten_password_answers_the_same_for_everybody(
    browser: Browser, make_user: Make, app: Flask, org_db: OrgDatabase, orgs: Orgs
) -> None:
    make_user("amy")
    frozen = make_user("zoe")
    with org_db.write() as conn:
        users.freeze_user(conn, frozen.id, ROOT)
    browser.get("/password/forgotten")
    answers = [
        browser.post("/password/forgotten", {"username": name})
        for name in ("amy", "nobody", "zoe", "a\x00b", "")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({body(answer) for answer in answers}) == 1
    run_jobs(app, org_db, orgs)
    assert [letter.recipient for letter in letters_in(org_db)] == ["amy@example.com"]


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "Forwarded", "Origin", "X-Original-Host"])
def test_the_link_in_the_letter_is_made_of_the_configured_address(
    browser: Browser, make_user: Make, app: Flask, org_db: OrgDatabase, orgs: Orgs, header: str
) -> None:
    make_user("amy", email="amy@example.com")
    browser.get("/password/forgotten")
    browser.post("/password/forgotten", {"username": "AMY"}, headers={header: "evil.example"})
    run_jobs(app, org_db, orgs)
    (letter,) = letters_in(org_db)
    assert letter.state == mail.SENT
    assert "http://127.0.0.1:8000/password/choose/main/" in letter.text
    assert "evil" not in letter.text


def test_a_link_sets_the_password_once(
    browser: Browser,
    browse: Callable[[], Browser],
    make_user: Make,
    app: Flask,
    org_db: OrgDatabase,
    orgs: Orgs,
) -> None:
    make_user("amy")
    elsewhere = browse()
    elsewhere.sign_in()
    browser.get("/password/forgotten")
    browser.post("/password/forgotten", {"username": "amy"})
    run_jobs(app, org_db, orgs)
    found = re.search(r"http://127\.0\.0\.1:8000(\S+)", letters_in(org_db)[0].text)
    assert found
    path = found.group(1)
    assert browser.get(path).status_code == 200
    new = {"password": "another harbour lamp", "again": "another harbour lamp"}
    assert browser.post(path, new | {"again": "other"}).status_code == 422
    assert browser.post(path, {"password": "short", "again": "short"}).status_code == 422
    assert browser.post(path, new).location == "/"
    assert browser.get("/").text == "hello Amy"
    assert elsewhere.get("/").location == "/login"
    browser.get("/settings")
    assert browser.post(path, new).status_code == 410
    assert browser.get(path).status_code == 410
    assert elsewhere.sign_in(password="another harbour lamp").status_code == 303


@pytest.mark.parametrize("path", ["/password/choose/main/x", "/password/choose/other/x"])
def test_a_made_up_link_is_gone(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 410
    assert "no longer works" in answer.text


def test_the_address_of_a_link_is_the_one_that_letters_hold(
    app: Flask, browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = links.issue_link(conn, links.INVITE, amy.id)
    url = letters.link_url(app.extensions["trellis"].config, "main", token)
    assert browser.get(url.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_who_has_a_password_made_by_another_gets_no_further_than_choosing_one(
    browser: Browser, make_user: Make, app: Flask
) -> None:
    make_user("amy", must_change=True, profile="Admin")
    browser.sign_in()
    for rule in app.url_map.iter_rules():
        if rule.arguments or "GET" not in (rule.methods or ()):
            continue
        answer = browser.get(rule.rule)
        if rule.endpoint in {
            "probe.anyone",
            "health.health",
            "sign_in.forgotten",
            "sign_in.first_password",
        }:
            assert answer.status_code == 200
        elif rule.endpoint == "sign_in.login":
            assert answer.location == "/"
        else:
            assert (answer.status_code, answer.location) == (303, "/password/first"), rule
    assert browser.post("/probe/write").location == "/password/first"
    browser.get("/password/first")
    new = {"password": "another harbour lamp", "again": "another harbour lamp"}
    assert browser.post("/password/first", {"old": "wrong"} | new).status_code == 422
    assert browser.post("/password/first", {"old": PASSWORD} | new).location == "/"
    assert browser.get("/").text == "hello Amy"


def test_the_org_is_asked_for_when_there_are_several(
    browser: Browser, make_user: Make, orgs: Orgs
) -> None:
    make_user("amy")
    assert 'name="org"' not in browser.get("/login").text
    orgs.create("second", "Second")
    page = browser.get("/login?org=second").text
    assert re.search(r'name="org"[^>]*value="second"', page) or re.search(
        r'value="second"[^>]*name="org"', page
    )
    assert browser.sign_in(org="second").status_code == 422
    assert browser.sign_in(org=" MAIN ").status_code == 303


def test_pages_speak_the_language_of_the_browser_and_then_of_the_user(
    browser: Browser, make_user: Make
) -> None:
    make_user("amy", language="en")
    asked = browser.get("/login", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert '<html lang="zh-CN"' in asked.text
    assert '<html lang="en"' in browser.get("/login", headers={"Accept-Language": "fr"}).text
    browser.sign_in()
    page = browser.get("/settings", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="en"' in page.text
