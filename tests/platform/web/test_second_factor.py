"""The second factor by HTTP: setting it up, signing in with it, and what it keeps out."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.migrations.tables import sys_second_factor
from trellis.platform.people import second_factor, sessions
from trellis.platform.people.actor import system_actor
from trellis.platform.people.throttle import PER_ACCOUNT
from trellis.platform.people.users import User

pytestmark = pytest.mark.abuse("A39")

Make = Callable[..., User]
Browser = Any
ROOT = system_actor("main", "test")


def shown(secret: str) -> str:
    """What an authenticator app shows now."""
    key = base64.b32decode(secret.replace(" ", ""))
    now = int(clock.now().timestamp())
    return TOTP(key, 6, SHA1(), 30).generate(now).decode()  # noqa: S303


def half(browser: Browser) -> None:
    """Signs in as far as the password goes."""
    browser.sign_in()
    assert browser.get("/login/code").status_code == 200


def leave(browser: Browser) -> None:
    browser.get("/settings")
    browser.post("/logout")


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """Turns it on for whoever is signed in: (secret, recovery codes)."""
    browser.get("/settings/second-factor")
    browser.post("/settings/second-factor/begin")
    page = browser.get("/settings/second-factor").text
    secret = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert secret
    assert "<svg" in page
    answer = browser.post("/settings/second-factor", {"code": shown(secret[1])})
    codes = re.findall(r"<li><code>([a-z0-9-]{14})</code>", answer.text)
    assert len(codes) == second_factor.RECOVERY_CODES
    return secret[1], codes


@pytest.fixture
def amy(
    browser: Browser, make_user: Make, frozen_clock: time_machine.Traveller
) -> tuple[User, str, list[str]]:
    """Somebody with a second factor, signed out again: (user, secret, recovery codes)."""
    user = make_user("amy")
    browser.sign_in()
    secret, codes = set_up(browser)
    leave(browser)
    frozen_clock.shift(120)
    return user, secret, codes


def test_the_password_alone_opens_nothing(browser: Browser, amy: Any) -> None:
    assert browser.sign_in().location == "/"
    for address in ("/", "/settings", "/settings/second-factor", "/password/first"):
        assert browser.get(address).location.startswith("/login/code"), address
    browser.get("/login/code")
    answer = browser.post("/settings/password", {"old": "x", "password": "y", "again": "y"})
    assert answer.location.startswith("/login/code")
    assert browser.post("/settings/second-factor/off").location.startswith("/login/code")


def test_the_code_of_the_app_lets_in_once(
    browser: Browser, amy: Any, frozen_clock: time_machine.Traveller
) -> None:
    _user, secret, _codes = amy
    half(browser)
    code = shown(secret)
    assert browser.post("/login/code", {"code": code, "next": "/settings"}).location == "/settings"
    assert browser.get("/").text == "hello Amy"
    leave(browser)
    half(browser)
    assert browser.post("/login/code", {"code": code}).status_code == 422
    frozen_clock.shift(30)
    assert browser.post("/login/code", {"code": shown(secret)}).status_code == 303


def test_a_recovery_code_lets_in_once(browser: Browser, amy: Any, org_db: OrgDatabase) -> None:
    user, _secret, codes = amy
    for expected in (303, 422):
        half(browser)
        said = codes[3].upper().replace("-", " ")
        assert browser.post("/login/code", {"code": said}).status_code == expected
        leave(browser)
    with org_db.read() as conn:
        assert second_factor.recovery_left(conn, user.id) == second_factor.RECOVERY_CODES - 1
        kept = str(conn.execute(sa.select(sys_second_factor)).all())
    assert codes[0].replace("-", "") not in kept
    assert amy[1].replace(" ", "") not in kept


@pytest.mark.parametrize("code", ["", "000000", "12345", "１２３４５６", "a" * 400, "000000 or 1"])
def test_a_wrong_code_is_refused(browser: Browser, amy: Any, code: str) -> None:
    half(browser)
    answer = browser.post("/login/code", {"code": code})
    assert answer.status_code == 422
    assert browser.get("/").location.startswith("/login/code")


def test_guessing_is_stopped(browser: Browser, amy: Any) -> None:
    half(browser)
    for _turn in range(PER_ACCOUNT):
        browser.post("/login/code", {"code": "000000"})
    answer = browser.post("/login/code", {"code": shown(amy[1])})
    assert answer.status_code == 429
    assert browser.get("/").location.startswith("/login/code")


def test_a_session_waits_ten_minutes_for_the_code(
    browser: Browser, amy: Any, frozen_clock: time_machine.Traveller
) -> None:
    half(browser)
    frozen_clock.shift(601)
    answer = browser.post("/login/code", {"code": shown(amy[1])})
    assert answer.location.startswith("/login?") or answer.location == "/login"


def test_turning_it_off_takes_the_password(browser: Browser, amy: Any) -> None:
    half(browser)
    browser.post("/login/code", {"code": shown(amy[1])})
    browser.get("/settings/second-factor")
    answer = browser.post("/settings/second-factor/off", {"password": "not it"})
    assert answer.status_code == 422
    off = browser.post("/settings/second-factor/off", {"password": "quiet harbour lantern"})
    assert off.status_code == 303
    leave(browser)
    browser.sign_in()
    assert browser.get("/").text == "hello Amy"


def test_whoever_is_asked_for_it_sets_it_up_before_going_on(
    browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    make_user("amy")
    with org_db.write() as conn:
        second_factor.save_policy(conn, second_factor.ADMINISTRATORS, ROOT)
    browser.sign_in()
    assert browser.get("/").text == "hello Amy"
    with org_db.write() as conn:
        second_factor.save_policy(conn, second_factor.EVERYBODY, ROOT)
    assert browser.get("/").location == "/settings/second-factor"
    assert browser.get("/settings").location == "/settings/second-factor"
    set_up(browser)
    assert browser.get("/").text == "hello Amy"


def test_a_link_for_a_new_password_does_not_go_round_it(amy: Any, org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy[0].id)
        found = sessions.find_session(conn, "main", token)
    assert found is not None
    assert found.awaits_code


def test_an_unknown_policy_is_refused(org_db: OrgDatabase) -> None:
    with pytest.raises(Rejected), org_db.write() as conn:
        second_factor.save_policy(conn, "some", ROOT)


def test_the_session_before_the_code_is_dead_after_it(
    browser: Browser, amy: Any, org_db: OrgDatabase
) -> None:
    half(browser)
    with org_db.read() as conn:
        (before,) = sessions.list_sessions(conn, amy[0].id)
    browser.post("/login/code", {"code": shown(amy[1])})
    with org_db.read() as conn:
        (after,) = sessions.list_sessions(conn, amy[0].id)
    assert before.id != after.id


def test_turning_it_on_ends_what_was_begun_without_it(
    browser: Browser, make_user: Make, org_db: OrgDatabase
) -> None:
    user = make_user("amy")
    with org_db.write() as conn:
        elsewhere = sessions.start_session(conn, user.id)
    browser.sign_in()
    set_up(browser)
    with org_db.read() as conn:
        assert sessions.find_session(conn, "main", elsewhere) is None
    assert browser.get("/").text == "hello Amy"
