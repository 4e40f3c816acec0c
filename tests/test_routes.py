"""Every route of every floor, walked as nobody, as a user and as an administrator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from trellis.platform.config import Config
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import system_actor
from trellis.platform.people.passwords import hash_password
from trellis.platform.people.users import UserDraft
from trellis.platform.web.access import Access, find_access
from trellis.platform.web.security import CONTENT_SECURITY_POLICY
from trellis.wsgi import create_app

pytestmark = pytest.mark.abuse("A40", "A41", "A81", "A82")

HOME = "http://127.0.0.1:8000"
PASSWORD = "quiet harbour lantern"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
OPEN = {
    "GET /login",
    "GET /health",
    "GET /password/forgotten",
    "GET /services/data",
}  # what nobody may see, as 200


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    environ = {
        "TRELLIS_DATA_DIR": str(tmp_path_factory.mktemp("routes")),
        "TRELLIS_SECRET_KEY": "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2,
    }
    with Orgs(Config.read(environ)) as orgs:
        db = orgs.create("main", "Main")
        by = system_actor("main", "test")
        hashed = hash_password(PASSWORD)
        for name, profile in (("sam", "Standard"), ("ada", "Admin")):
            with db.write() as conn:
                draft = UserDraft(name, f"{name}@example.com", name.title(), profile=profile)
                user = users.create_user(conn, draft, by)
                users.set_password(conn, user.id, hashed, by)
    made = create_app(environ)
    yield made
    made.extensions["trellis"].orgs.dispose()


def signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    page = client.get("/login", base_url=HOME).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    form = {"csrf_token": token.group(1), "username": username, "password": PASSWORD}
    assert client.post("/login", data=form, base_url=HOME).status_code == 303
    return client


@pytest.fixture(scope="module")
def nobody(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def sam(app: Flask) -> FlaskClient:
    return signed_in(app, "sam")


@pytest.fixture(scope="module")
def ada(app: Flask) -> FlaskClient:
    return signed_in(app, "ada")


def walk(app: Flask, methods: set[str]) -> Iterator[tuple[Rule, str, str]]:
    """(rule, method, an address of it) with made-up names where a name is wanted."""
    values: dict[str, Any] = {"object_name": "Account", "field_name": "Rating", "org": "main"}
    values |= {"number": 1}  # of a version
    for rule in app.url_map.iter_rules():
        for method in sorted(methods & set(rule.methods or ())):
            wanted = {name: values.get(name, "x") for name in rule.arguments}
            built = rule.build(wanted, append_unknown=False)
            if built is not None:
                yield rule, method, built[1]


def ask(client: FlaskClient, method: str, path: str) -> TestResponse:
    return client.open(path, method=method, base_url=HOME)


def access_of(app: Flask, rule: Rule) -> Access | None:
    return find_access(app.view_functions[rule.endpoint])


def is_for_programs(rule: Rule) -> bool:
    """Says whether an address is one of the API, that no cookie opens."""
    return rule.endpoint.startswith("api.")


def test_nobody_sees_only_what_is_open_to_anyone(app: Flask, nobody: FlaskClient) -> None:
    for rule, method, path in walk(app, {"GET"}):
        answer = ask(nobody, method, path)
        if access_of(app, rule) is Access.ANYONE:
            assert answer.status_code != 200 or f"{method} {path}" in OPEN, path
        elif is_for_programs(rule):
            assert answer.status_code == 401, path
        else:
            assert answer.status_code == 303, path
            assert answer.location.startswith("/login"), path


def test_a_user_without_the_profile_reaches_nothing_of_an_administrator(
    app: Flask, sam: FlaskClient
) -> None:
    walked = 0
    for rule, method, path in walk(app, {"GET"}):
        if access_of(app, rule) in (Access.ADMINISTRATOR, Access.DELEGATED):
            assert ask(sam, method, path).status_code == 403, path
            walked += 1
    assert walked > 10


def test_all_of_setup_is_for_administrators_and_delegates(app: Flask) -> None:
    inside = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/setup")]
    assert inside
    assert {access_of(app, rule) for rule in inside} == {Access.ADMINISTRATOR, Access.DELEGATED}


def test_an_unsafe_request_without_token_is_refused_everywhere(
    app: Flask, nobody: FlaskClient, sam: FlaskClient, ada: FlaskClient
) -> None:
    for rule, method, path in walk(app, UNSAFE):
        refused = 401 if is_for_programs(rule) else 400
        for client in (nobody, sam, ada):
            assert ask(client, method, path).status_code == refused, (method, path)


def test_no_address_ends_in_an_error_of_ours(
    app: Flask, sam: FlaskClient, ada: FlaskClient
) -> None:
    for _rule, method, path in walk(app, {"GET", "HEAD", "OPTIONS"}):
        for client in (sam, ada):
            assert ask(client, method, path).status_code < 500, (method, path)


def test_every_answer_has_the_headers_and_only_assets_are_kept(
    app: Flask, nobody: FlaskClient, sam: FlaskClient, ada: FlaskClient
) -> None:
    for rule, method, path in walk(app, {"GET", "HEAD", "OPTIONS", "POST"}):
        for client in (nobody, sam, ada):
            headers = ask(client, method, path).headers
            policy = headers["Content-Security-Policy"]
            assert policy == CONTENT_SECURITY_POLICY or policy.endswith("sandbox"), path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["X-Frame-Options"] == "DENY", path
            if rule.endpoint != "assets.asset":
                assert "no-store" in headers["Cache-Control"], path


HOSTILE: tuple[Callable[[str], str], ...] = (
    lambda path: path + "?q=%00%ff'\"><script>&sort=../../etc&after=x&view=%f0%9f",
    lambda path: path + "?" + "&".join(f"f{n}=x" for n in range(2000)),
    lambda path: path.replace("Account", "%00").replace("/x", "/..%2f..%2f%ff"),
    lambda path: path.replace("Account", "A" * 3000).replace("/x", "/" + "0" * 3000),
)


@pytest.mark.parametrize("spoil", HOSTILE, ids=("query", "many", "bytes", "long"))
def test_no_spoilt_address_ends_in_an_error_of_ours(
    app: Flask, ada: FlaskClient, spoil: Callable[[str], str]
) -> None:
    for _rule, method, path in walk(app, {"GET"}):
        answer = ask(ada, method, spoil(path))
        assert answer.status_code < 500, spoil(path)[:200]
        assert "><script>" not in answer.get_data(as_text=True)
