"""An application over one org, a browser that knows its CSRF token, and views to try."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, NotFound, Problem, Rejected, Unavailable
from trellis.platform.feature import Feature
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import system_actor
from trellis.platform.people.api_tokens import Scope
from trellis.platform.people.passwords import PasswordHash, hash_password
from trellis.platform.people.users import User, UserDraft
from trellis.platform.web.access import ADMINISTRATOR, ANYONE, SIGNED_IN, requires
from trellis.platform.web.app import build_app
from trellis.platform.web.current import actor

PASSWORD = "quiet harbour lantern"
HOME = "http://127.0.0.1:8000"


@cache
def password_hash() -> PasswordHash:
    return hash_password(PASSWORD)


def probe_feature() -> Feature:
    """Views of every access, and one for each error."""
    probe = Blueprint("probe", "trellis.probe")

    @probe.get("/")
    @requires(SIGNED_IN)
    def start() -> str:
        return f"hello {actor().name}"

    @probe.get("/probe/anyone")
    @requires(ANYONE)
    def anyone() -> str:
        return "open"

    @probe.get("/probe/admin")
    @requires(ADMINISTRATOR)
    def admin() -> str:
        return "admin"

    @probe.post("/probe/write")
    @requires(SIGNED_IN)
    def write() -> str:
        return "written"

    @probe.route("/probe/program", methods=["GET", "POST"])
    @requires(SIGNED_IN, Scope.READ)
    def program() -> dict[str, str]:
        return {"who": actor().name}

    @probe.post("/probe/program/write")
    @requires(SIGNED_IN, Scope.WRITE)
    def program_writes() -> dict[str, str]:
        return {"who": actor().name}

    @probe.get("/probe/program/setup")
    @requires(ADMINISTRATOR, Scope.SETUP)
    def program_sets_up() -> dict[str, str]:
        return {"who": actor().name}

    @probe.get("/probe/error/<kind>")
    @requires(ANYONE)
    def error(kind: str) -> str:
        raise {
            "rejected": Rejected(Problem("probe.wrong", ("name",), "The name is wrong.")),
            "missing": NotFound("There is no such record."),
            "conflict": Conflict("Changed."),
            "busy": Unavailable("Busy."),
            "bug": RuntimeError("secret table f_000123 at /srv/trellis"),
            "key": KeyError("\x1b[31mforged\r\n2026 INFO fine"),
        }[kind]

    return Feature("probe", blueprints=(probe,))


@pytest.fixture
def web_config(config: Config) -> Config:
    return replace(config, base_url=HOME, debug=False)


@pytest.fixture
def app(web_config: Config, org_db: OrgDatabase, orgs: Orgs) -> Flask:
    return build_app(web_config, [probe_feature()], orgs)


class Browser:
    """A client that reads the CSRF token of the last page and sends it along."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **rest: Any) -> TestResponse:
        return self._noted(self.client.get(path, base_url=HOME, **rest))

    def post(self, path: str, data: dict[str, Any] | None = None, **rest: Any) -> TestResponse:
        sent = {"csrf_token": self.token} | (data or {})
        return self._noted(self.client.post(path, data=sent, base_url=HOME, **rest))

    def sign_in(self, username: str = "amy", password: str = PASSWORD, **rest: Any) -> TestResponse:
        self.get("/login")
        answer = self.post("/login", {"username": username, "password": password} | rest)
        if answer.status_code == 303:
            self.get("/settings")
        return answer

    def cookie(self) -> str:
        found = self.client.get_cookie("trellis", "127.0.0.1")
        return found.value if found else ""

    def _noted(self, answer: TestResponse) -> TestResponse:
        page = "" if answer.headers.get("Content-Encoding") else answer.text
        if found := re.search(r'name="csrf_token" value="([^"]+)"', page):
            self.token = found.group(1)
        return answer


@pytest.fixture
def browse(app: Flask) -> Callable[[], Browser]:
    """Makes browsers; each has cookies of its own."""
    return lambda: Browser(app.test_client())


@pytest.fixture
def browser(browse: Callable[[], Browser]) -> Browser:
    return browse()


@pytest.fixture
def make_user(org_db: OrgDatabase) -> Callable[..., User]:
    def make(username: str = "amy", *, must_change: bool = False, **rest: Any) -> User:
        values = {"email": f"{username}@example.com", "last_name": username.title()} | rest
        by = system_actor("main", "test")
        with org_db.write() as conn:
            user = users.create_user(conn, UserDraft(username, **values), by)
            users.set_password(conn, user.id, password_hash(), by, must_change=must_change)
            return users.get_user(conn, user.id)

    return make
