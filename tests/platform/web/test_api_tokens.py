"""API tokens by HTTP: what they open, what ends them, and what they leave alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from trellis.platform import clock
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.migrations.tables import sys_api_token, sys_audit, sys_signin
from trellis.platform.orgs import Orgs
from trellis.platform.people import api_tokens, users
from trellis.platform.people.actor import system_actor
from trellis.platform.people.api_tokens import MOST, Scope, TokenDraft
from trellis.platform.people.standing import find_actor
from trellis.platform.people.throttle import PER_ADDRESS
from trellis.platform.people.users import User
from trellis.platform.web.access import find_access, find_scope
from trellis.platform.web.app import build_app

from .conftest import HOME, password_hash, probe_feature

pytestmark = pytest.mark.abuse("A03", "A34", "A35", "A57", "A85")

Make = Callable[..., User]
Browser = Any
ROOT = system_actor("main", "test")


def make_token(db: OrgDatabase, user: User, scope: Scope = Scope.READ, name: str = "Sync") -> str:
    with db.write() as conn:
        actor = find_actor(conn, "main", user.id)
        assert actor is not None
        return api_tokens.issue(conn, TokenDraft(name, scope), actor)


def ask(app: Flask, token: str, path: str = "/probe/program", method: str = "GET") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return app.test_client().open(path, method=method, headers=headers, base_url=HOME)


def operations(db: OrgDatabase) -> list[str]:
    with db.read() as conn:
        found = sa.select(sys_audit.c.operation).where(sys_audit.c.operation.like("api_token.%"))
        return list(conn.scalars(found.order_by(sys_audit.c.id)))


def test_a_token_lets_a_program_in_as_its_owner_and_makes_no_cookie(
    app: Flask, org_db: OrgDatabase, make_user: Make
) -> None:
    token = make_token(org_db, make_user("amy"))
    answer = ask(app, token)
    assert (answer.status_code, answer.json) == (200, {"who": "Amy"})
    assert "Set-Cookie" not in answer.headers
    with org_db.read() as conn:
        row = conn.execute(sa.select(sys_api_token)).one()
    assert (row.used_ip, row.used_at is not None) == ("127.0.0.1", True)
    assert re.fullmatch(r"00D\w{12}!trl_main\.\w{43}", token)  # as command lines want tokens
    assert ask(app, token.partition("!")[2]).status_code == 200
    assert token not in repr(row)  # only its hash and its last signs are kept


def test_a_token_needs_no_csrf_token_and_a_cookie_still_does(
    app: Flask, browser: Browser, org_db: OrgDatabase, make_user: Make
) -> None:
    token = make_token(org_db, make_user("amy"), Scope.WRITE)
    assert ask(app, token, "/probe/program/write", "POST").status_code == 200
    browser.sign_in()
    bare = browser.client.post("/probe/program/write", base_url=HOME)
    assert bare.status_code == 400


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        (Scope.READ, {"/probe/program"}),
        (Scope.WRITE, {"/probe/program", "/probe/program/write"}),
        (Scope.SETUP, {"/probe/program", "/probe/program/write", "/probe/program/setup"}),
    ],
)
def test_a57_a_scope_holds_those_before_it_and_no_more(
    app: Flask, org_db: OrgDatabase, make_user: Make, scope: Scope, opened: set[str]
) -> None:
    token = make_token(org_db, make_user("ada", profile="Admin"), scope)
    asked = {
        ("/probe/program", "GET"), ("/probe/program/write", "POST"),
        ("/probe/program/setup", "GET"),
    }  # fmt: skip
    found = {path: ask(app, token, path, method).status_code for path, method in asked}
    assert {path for path, status in found.items() if status == 200} == opened
    assert {found[path] for path in found.keys() - opened} <= {403}


def test_a_program_reaches_no_view_that_does_not_say_so(
    app: Flask, org_db: OrgDatabase, make_user: Make
) -> None:
    token = make_token(org_db, make_user("ada", profile="Admin"), Scope.SETUP)
    asked = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in {"GET", "POST"} & set(rule.methods or ()):
            if find_scope(view) is not None or (find_access(view) == 0 and method == "GET"):
                continue
            path = rule.build(dict.fromkeys(rule.arguments, "x"), append_unknown=False)
            answer = ask(app, token, path[1] if path else rule.rule, method)
            assert answer.status_code == 403, (rule.rule, method)
            assert answer.is_json
            asked += 1
    assert asked > 15


def test_a57_what_is_no_good_token_is_refused_in_the_same_words(
    app: Flask, org_db: OrgDatabase, make_user: Make
) -> None:
    good = make_token(org_db, make_user("amy"))
    bad = [
        *("", "x", "trl_main.", good[:-1], good + "x", good.replace("main", "other"), good.upper()),
        good[:3] + ("B" if good[3] == "A" else "A") + good[4:],
        *("trl_main." + "A" * 43, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "trl_../b." + "A" * 43),
    ]
    answers = {(one.status_code, one.text) for one in (ask(app, token) for token in bad)}
    assert len(answers) == 1
    refused = ask(app, "x")
    assert (refused.status_code, refused.headers["WWW-Authenticate"][:6]) == (401, "Bearer")


def end_by(what: str) -> Callable[[sa.Connection, User], object]:
    ends: dict[str, Callable[[sa.Connection, User], object]] = {
        "freezing": lambda conn, user: users.freeze_user(conn, user.id, ROOT),
        "deactivation": lambda conn, user: users.deactivate_user(conn, user.id, ROOT),
        "another password": lambda conn, user: users.set_password(
            conn, user.id, password_hash(), ROOT
        ),
        "revoking": lambda conn, user: api_tokens.revoke_all(conn, user.id, "test", ROOT),
    }
    return ends[what]


ENDS = ("freezing", "deactivation", "another password", "revoking")


@pytest.mark.parametrize("what", ENDS)
def test_a35_what_ends_sessions_ends_tokens_with_the_next_request_and_for_good(
    app: Flask, org_db: OrgDatabase, make_user: Make, what: str
) -> None:
    make_user("ada", profile="Admin")
    user = make_user("amy")
    token = make_token(org_db, user)
    assert ask(app, token).status_code == 200
    with org_db.write() as conn:
        end_by(what)(conn, user)
    assert ask(app, token).status_code == 401
    with org_db.write() as conn:
        users.unfreeze_user(conn, user.id, ROOT)
        users.activate_user(conn, user.id, ROOT)
    assert ask(app, token).status_code == 401
    assert operations(org_db) == ["api_token.created", "api_token.revoked"]


def test_a_token_runs_out(
    app: Flask, org_db: OrgDatabase, make_user: Make, frozen_clock: Any
) -> None:
    token = make_token(org_db, make_user("amy"))
    frozen_clock.shift(timedelta(days=90) - timedelta(seconds=1))
    assert ask(app, token).status_code == 200
    frozen_clock.shift(1)
    assert ask(app, token).status_code == 401


def test_when_it_was_used_is_written_once_a_minute(
    app: Flask, org_db: OrgDatabase, make_user: Make, frozen_clock: Any
) -> None:
    token = make_token(org_db, make_user("amy"))

    def used() -> object:
        with org_db.read() as conn:
            return conn.scalar(sa.select(sys_api_token.c.used_at))

    ask(app, token)
    first = used()
    assert first == clock.now()
    frozen_clock.shift(30)
    ask(app, token)
    assert used() == first
    frozen_clock.shift(31)
    ask(app, token)
    assert used() == clock.now()


def test_a34_guessing_tokens_is_slowed_down_and_keeps_nobody_else_out(
    app: Flask, browser: Browser, org_db: OrgDatabase, make_user: Make, frozen_clock: Any
) -> None:
    good = make_token(org_db, make_user("amy"))
    for n in range(PER_ADDRESS):
        assert ask(app, "trl_main." + f"{n:043d}").status_code == 401
    assert ask(app, "trl_main." + "B" * 43).status_code == 429
    assert ask(app, good).status_code == 200
    assert browser.sign_in().status_code == 303
    with org_db.read() as conn:
        tries = sa.select(sa.func.count()).where(sys_signin.c.outcome == "token refused")
        assert conn.scalar(tries) == PER_ADDRESS
    frozen_clock.shift(15 * 60 + 1)
    assert ask(app, "trl_main." + "B" * 43).status_code == 401


def test_a03_a_cookie_of_one_org_and_a_token_of_another_are_never_mixed(
    app: Flask, browser: Browser, org_db: OrgDatabase, make_user: Make, orgs: Orgs
) -> None:
    make_user("amy")
    other = orgs.create("other", "Other")
    with other.write() as conn:
        draft = users.UserDraft("bo", "bo@example.com", "Bo")
        user = users.create_user(conn, draft, system_actor("other", "test"))
        actor = find_actor(conn, "other", user.id)
        assert actor is not None
        token = api_tokens.issue(conn, TokenDraft("Sync"), actor)
    browser.sign_in()
    headers = {"Authorization": f"Bearer {token}"}
    assert browser.get("/probe/program", headers=headers).status_code == 400
    assert ask(app, token).json == {"who": "Bo"}  # without the cookie
    assert browser.get("/probe/program").json == {"who": "Amy"}
    assert ask(app, token.replace("other", "main")).status_code == 401  # A01


def test_the_cookie_counts_nothing_beside_a_token(
    browser: Browser, org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("ada", profile="Admin")
    token = make_token(org_db, make_user("amy"))
    browser.sign_in("ada")
    headers = {"Authorization": f"Bearer {token}"}
    assert browser.get("/probe/program", headers=headers).json == {"who": "Amy"}
    assert browser.get("/probe/admin", headers=headers).status_code == 403
    assert browser.get("/probe/program", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_draft_says_everything_that_is_wrong(org_db: OrgDatabase, make_user: Make) -> None:
    user = make_user("amy")
    with org_db.write() as conn:
        actor = find_actor(conn, "main", user.id)
        assert actor is not None
        with pytest.raises(Rejected) as refused:
            api_tokens.issue(conn, TokenDraft(" ", "root", 3), actor)
        assert [p.path for p in refused.value.problems] == [("name",), ("scope",), ("days",)]
        with pytest.raises(Rejected, match="Only an administrator"):
            api_tokens.issue(conn, TokenDraft("x", Scope.SETUP), actor)
        for n in range(MOST):
            api_tokens.issue(conn, TokenDraft(f"Token {n}"), actor)
        with pytest.raises(Rejected, match="Revoke one"):
            api_tokens.issue(conn, TokenDraft("One more"), actor)


def test_a_token_is_revoked_by_its_own_user_id_alone(org_db: OrgDatabase, make_user: Make) -> None:
    amy, bob = make_user("amy"), make_user("bob")
    make_token(org_db, amy)
    with org_db.write() as conn:
        (kept,) = api_tokens.list_tokens(conn, amy.id)
        with pytest.raises(NotFound):
            api_tokens.revoke(conn, bob.id, kept.id, ROOT)
        assert not api_tokens.revoke(conn, amy.id, kept.id, ROOT).is_good
        with pytest.raises(NotFound):
            api_tokens.revoke(conn, amy.id, kept.id, ROOT)


def test_old_tokens_are_forgotten_after_half_a_year(
    org_db: OrgDatabase, make_user: Make, frozen_clock: Any
) -> None:
    make_token(org_db, make_user("amy"))
    frozen_clock.shift(timedelta(days=90 + 179))
    with org_db.write() as conn:
        assert api_tokens.forget_old_tokens(conn) == 0
    frozen_clock.shift(timedelta(days=2))
    with org_db.write() as conn:
        assert api_tokens.forget_old_tokens(conn) == 1


def test_a_proxy_vouches_for_the_address_of_a_program_only_as_configured(
    web_config: Config, org_db: OrgDatabase, orgs: Orgs, make_user: Make
) -> None:
    user = make_user("amy")
    for hops, seen in ((0, "127.0.0.1"), (1, "198.51.100.7")):
        token = make_token(org_db, user, name=f"Token {hops}")
        app = build_app(replace(web_config, trusted_proxies=hops), [probe_feature()], orgs)
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
        }
        app.test_client().get("/probe/program", headers=headers, base_url=HOME)
        with org_db.read() as conn:
            kept = next(
                t for t in api_tokens.list_tokens(conn, user.id) if t.name == f"Token {hops}"
            )
        assert kept.used_ip == seen
