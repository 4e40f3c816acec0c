from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, request

from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.feature import Feature
from trellis.platform.orgs import Orgs
from trellis.platform.people.users import User
from trellis.platform.web.access import ANYONE, requires
from trellis.platform.web.app import build_app
from trellis.platform.web.security import CONTENT_SECURITY_POLICY, check_secret, secret_of

pytestmark = pytest.mark.abuse("A36", "A40", "A42", "A74", "A81", "A82", "A87")

Make = Callable[..., User]
Browser = Any
SECRET = "k3J9xQ2mZ7vB5nT8wR4pL6sD1fG0hYcE"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing is bound to it here
PUBLIC = {"base_url": "https://crm.example.com", "host": EVERYWHERE}


def headers_of(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def assert_protected(answer: Any) -> None:
    found = headers_of(answer)
    assert found["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert found["x-content-type-options"] == "nosniff"
    assert found["x-frame-options"] == "DENY"
    assert found["referrer-policy"] == "same-origin"
    assert "cross-origin-opener-policy" in found
    assert "permissions-policy" in found
    assert "server" not in found


def test_the_policy_is_the_one_of_the_house() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    )


def test_headers_are_on_every_route_and_every_method(
    app: Flask, browser: Browser, make_user: Make
) -> None:
    make_user("amy", profile="Admin")
    for signed_in in (False, True):
        if signed_in:
            browser.sign_in()
        for rule in app.url_map.iter_rules():
            path = rule.rule.replace("<kind>", "bug").replace(
                "<path:path>", "platform/css/base.css"
            )
            for method in sorted(rule.methods or ()):
                answer = browser.client.open(path, method=method, base_url="http://127.0.0.1:8000")
                assert_protected(answer)
                if rule.endpoint != "assets.asset":
                    assert answer.headers["Cache-Control"] == "no-store", rule


ERRORS = [
    ("/nowhere", {}),
    ("/nowhere", {"Accept": "application/json"}),
    ("/nowhere", {"HX-Request": "true"}),
    *((f"/probe/error/{kind}", {}) for kind in ("rejected", "missing", "conflict", "busy", "bug")),
    ("/probe/anyone", {"Host": "evil.example"}),
    ("/assets/x/../../../etc/passwd", {}),
]


@pytest.mark.parametrize(("path", "headers"), ERRORS)
def test_headers_are_on_errors_too(browser: Browser, path: str, headers: dict[str, str]) -> None:
    answer = browser.client.get(path, headers=headers, base_url="http://127.0.0.1:8000")
    assert answer.status_code >= 400
    assert_protected(answer)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.2", "", "a b"])
def test_a_host_that_we_are_not_is_400(browser: Browser, host: str) -> None:
    answer = browser.client.get("/login", headers={"Host": host}, base_url="http://127.0.0.1:8000")
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_a_forwarded_host_counts_for_nothing(browser: Browser) -> None:
    answer = browser.get("/settings", headers={"X-Forwarded-Host": "evil.example"})
    assert answer.location == "/login?next=/settings"


def test_an_unsafe_request_without_token_is_400_on_every_route(
    app: Flask, browser: Browser, make_user: Make
) -> None:
    make_user("amy", profile="Admin")
    browser.sign_in()
    tried = 0
    for rule in app.url_map.iter_rules():
        for method in {"POST", "PUT", "PATCH", "DELETE"} & set(rule.methods or ()):
            path = rule.rule.replace("<org>", "main").replace("<token>", "x")
            answer = browser.client.open(path, method=method, base_url="http://127.0.0.1:8000")
            assert answer.status_code == 400, rule
            tried += 1
    assert tried >= 9


def test_a_token_of_another_session_is_400(
    browser: Browser, browse: Callable[[], Browser], make_user: Make
) -> None:
    make_user("amy")
    make_user("bob")
    browser.sign_in("amy")
    other = browse()
    other.sign_in("bob")
    assert browser.post("/probe/write", {"csrf_token": other.token}).status_code == 400
    assert browser.post("/probe/write").text == "written"
    assert browser.post("/probe/write", {"csrf_token": ""}).status_code == 400
    plain = browser.client.post(
        "/probe/write",
        data='{"csrf_token": "x"}',
        content_type="text/plain",
        base_url="http://127.0.0.1:8000",
    )
    assert plain.status_code == 400
    override = browser.get("/probe/write", headers={"X-HTTP-Method-Override": "POST"})
    assert override.status_code == 405


def test_head_is_answered_as_get_without_a_body(
    web_config: Config, org_db: OrgDatabase, orgs: Orgs
) -> None:
    done: list[str] = []
    both = Blueprint("both", __name__)

    @both.route("/both", methods=["GET", "POST"])
    @requires(ANYONE)
    def view() -> str:
        if request.method == "GET":
            return "shown"
        done.append("written")
        return "written"

    client = build_app(web_config, [Feature("both", blueprints=(both,))], orgs).test_client()
    answer = client.head("/both", base_url="http://127.0.0.1:8000")
    assert (answer.status_code, answer.data, answer.headers["Content-Length"]) == (200, b"", "5")
    assert client.get("/both", base_url="http://127.0.0.1:8000").text == "shown"
    assert not done


def test_a_token_in_a_header_serves_scripts(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    browser.sign_in()
    answer = browser.client.post(
        "/probe/write", headers={"X-CSRFToken": browser.token}, base_url="http://127.0.0.1:8000"
    )
    assert answer.text == "written"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser: Browser) -> None:
    cookie = browser.get("/login").headers["Set-Cookie"]
    assert cookie.startswith("trellis=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie


def test_over_https_the_cookie_is_bound_to_the_host_and_browsers_stay_with_https(
    web_config: Config, org_db: OrgDatabase, orgs: Orgs
) -> None:
    app = build_app(replace(web_config, secret_key=SECRET, **PUBLIC), (), orgs)
    answer = app.test_client().get("/login", base_url="https://crm.example.com")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-trellis=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert_protected(answer)
    local = app.test_client().get("/login", base_url="https://127.0.0.1")
    assert local.status_code == 400


def test_a_body_beyond_the_limit_is_413_in_words(
    web_config: Config, org_db: OrgDatabase, orgs: Orgs
) -> None:
    app = build_app(replace(web_config, upload_bytes=1000), (), orgs)
    answer = app.test_client().post(
        "/login", data={"username": "x" * 1_200_000}, base_url="http://127.0.0.1:8000"
    )
    assert answer.status_code == 413
    assert "more than the server takes" in answer.text


def test_a_form_of_many_fields_and_long_texts_fits(browser: Browser) -> None:
    browser.get("/login")
    many = {f"field{n}": "x" for n in range(4000)}
    assert browser.post("/login", many | {"username": "x" * 600_000}).status_code == 422
    answer = browser.post("/login", {"username": "x"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    part = '--x\r\nContent-Disposition: form-data; name="f{}"\r\n\r\nx\r\n'
    too_many = "".join(part.format(n) for n in range(5001)) + "--x--\r\n"
    answer = browser.client.post(
        "/login",
        data=too_many,
        content_type="multipart/form-data; boundary=x",
        base_url="http://127.0.0.1:8000",
    )
    assert answer.status_code in (400, 413)


# --- refusing to start --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "secret.missing"),
        ("short", "secret.short"),
        ("a" * 64, "secret.short"),
        ("change-me-change-me-change-me-1234567890", "secret.known"),
        ("this-is-my-Secret-key-0123456789-abcdef", "secret.known"),
    ],
)
def test_in_public_a_weak_secret_refuses_to_start(tmp_path: Path, secret: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        build_app(Config(data_dir=tmp_path, secret_key=secret, **PUBLIC))
    assert [problem.code for problem in refused.value.problems] == [code]
    assert not (tmp_path / "secret").exists()


@pytest.mark.parametrize("public", [{"base_url": "https://crm.example.com"}, {"host": EVERYWHERE}])
def test_debug_mode_in_public_refuses_to_start(tmp_path: Path, public: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        build_app(Config(data_dir=tmp_path, secret_key=SECRET, debug=True, **public))
    assert [problem.code for problem in refused.value.problems] == ["debug.public"]


def test_on_this_machine_a_secret_is_made_once_and_readable_by_its_owner_alone(
    tmp_path: Path,
) -> None:
    config = Config(data_dir=tmp_path / "var")
    made = secret_of(config)
    path = tmp_path / "var" / "secret"
    assert check_secret(made) is None
    assert secret_of(config) == made == path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert secret_of(config) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_view_that_does_not_say_who_may_call_it_refuses_to_start(
    web_config: Config, orgs: Orgs
) -> None:
    forgetful = Blueprint("forgetful", __name__)
    forgetful.add_url_rule("/forgotten", "page", lambda: "open to all")
    with pytest.raises(RuntimeError, match=r"forgetful\.page \(/forgotten\)"):
        build_app(web_config, [Feature("forgetful", blueprints=(forgetful,))], orgs)


def test_a_view_that_slipped_in_later_is_refused_and_not_open(
    app: Flask, browser: Browser, make_user: Make
) -> None:
    make_user("amy", profile="Admin")
    app.add_url_rule("/late", "late", lambda: "open to all")
    browser.sign_in()
    answer = browser.get("/late")
    assert answer.status_code == 500
    assert "open to all" not in answer.text
