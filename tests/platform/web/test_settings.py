from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people import sessions, users
from trellis.platform.people.users import User

PASSWORD = "quiet harbour lantern"
Make = Callable[..., User]
Browser = Any
MINE = {
    "language": "zh_CN",
    "locale": "de_DE",
    "time_zone": "Asia/Shanghai",
    "currency": "EUR",
    "theme": "dark",
    "density": "comfortable",
}


def stored(db: OrgDatabase, user: User) -> User:
    with db.read() as conn:
        return users.get_user(conn, user.id)


def test_everybody_chooses_language_formats_zone_and_look(
    browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    amy = make_user("amy")
    browser.sign_in()
    answer = browser.post("/settings", MINE)
    assert (answer.status_code, answer.location) == (303, "/settings")
    saved = stored(org_db, amy)
    assert {name: getattr(saved, name) for name in MINE} == MINE
    page = browser.get("/settings").text
    assert '<html lang="zh-CN" data-theme="dark" data-density="comfortable"' in page


@pytest.mark.parametrize(
    ("name", "value"), [("language", "xx"), ("time_zone", "../x"), ("theme", "")]
)
def test_what_is_not_offered_is_refused_at_its_field(
    browser: Browser, make_user: Make, org_db: OrgDatabase, name: str, value: str
) -> None:
    amy = make_user("amy")
    browser.sign_in()
    answer = browser.post("/settings", MINE | {name: value})
    assert answer.status_code == 422
    assert stored(org_db, amy) == amy or stored(org_db, amy).language == amy.language


@pytest.mark.parametrize(
    "key", ["profile", "is_active", "username", "email", "id", "role", "is_frozen", "password_hash"]
)
def test_nobody_gives_themselves_more(
    browser: Browser, make_user: Make, org_db: OrgDatabase, key: str
) -> None:
    amy = make_user("amy")
    browser.sign_in()
    browser.post("/settings", MINE | {key: "Admin"})
    saved = stored(org_db, amy)
    assert (saved.profile, saved.username, saved.email, saved.role) == (
        "Standard",
        "amy",
        "amy@example.com",
        "",
    )


def test_changing_the_password_signs_out_the_others_and_goes_on_here(
    browser: Browser, browse: Callable[[], Browser], make_user: Make
) -> None:
    make_user("amy")
    elsewhere = browse()
    elsewhere.sign_in()
    browser.sign_in()
    before = browser.cookie()
    new = {"old": PASSWORD, "password": "another harbour lamp", "again": "another harbour lamp"}
    assert browser.post("/settings/password", new | {"old": "no"}).status_code == 422
    assert browser.post("/settings/password", new | {"again": "no"}).status_code == 422
    assert browser.post("/settings/password", new).location == "/settings"
    assert browser.cookie() != before
    assert browser.get("/").status_code == 200
    assert elsewhere.get("/").location == "/login"


def test_one_ends_ones_own_sessions_and_nobody_elses(
    browser: Browser, browse: Callable[[], Browser], make_user: Make, org_db: OrgDatabase
) -> None:
    amy, bob = make_user("amy"), make_user("bob")
    theirs, mine = browse(), browse()
    theirs.sign_in("bob")
    mine.sign_in("amy")
    browser.sign_in("amy")
    with org_db.read() as conn:
        of_bob = sessions.list_sessions(conn, bob.id)[0].id
        of_amy = sessions.list_sessions(conn, amy.id)
    assert len(of_amy) == 2
    assert browser.post("/settings/sessions/end", {"session": of_bob}).status_code == 404
    assert theirs.get("/").status_code == 200
    browser.get("/settings")
    assert browser.post("/settings/sessions/end").status_code == 303
    assert mine.get("/").location == "/login"
    assert browser.get("/").status_code == 200
    assert theirs.get("/").status_code == 200


def test_the_page_is_closed_to_nobody_in_particular(browser: Browser) -> None:
    assert browser.get("/settings").location == "/login?next=/settings"
