"""Sign-in for programs by HTTP: who gets a token by what, and what ends it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine

from tests.demo_site import HOME, Site
from trellis.platform import clock
from trellis.platform.errors import Rejected
from trellis.platform.people import connected_apps, users
from trellis.platform.people.api_tokens import Scope
from trellis.platform.people.connected_apps import ConnectedApp
from trellis.platform.people.throttle import PER_ADDRESS

pytestmark = pytest.mark.abuse("A34", "A35", "A47")

BACK = "https://tool.example/back?from=trellis"
VERIFIER = "v" * 20 + "-._~" + "0" * 30
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
WISH = {
    "response_type": "code", "redirect_uri": BACK, "scope": "api refresh_token", "state": "s&1",
    "code_challenge": CHALLENGE, "code_challenge_method": "S256",
}  # fmt: skip


class Tool:
    """A connected app in front of the demo company."""

    def __init__(self, site: Site, **more: Any) -> None:
        self.site = site
        app = ConnectedApp("", "Sync", **({"redirect_uris": (BACK,)} | more))
        with site.db.write() as conn:
            self.id, self.secret = connected_apps.create_app(conn, app, site.actor())
            self.app = connected_apps.get_app(conn, self.id)

    def change(self, **said: Any) -> None:
        self.app = replace(self.app, **said)
        with self.site.db.write() as conn:
            connected_apps.change_app(conn, self.app, self.site.actor())

    def post(self, what: str, **form: str) -> Any:
        sent = {"client_id": self.id, "client_secret": self.secret} | form
        path = f"/services/oauth2/{what}"
        return self.site.app.test_client().post(path, data=sent, base_url=HOME)

    def token(self, kind: str, **form: str) -> Any:
        return self.post("token", grant_type=kind, **form)

    def allow(self, who: str = "rep", decision: str = "allow", **more: str) -> dict[str, str]:
        """What comes back to the tool from the page of consent."""
        wish, guest = {"client_id": self.id} | WISH | more, self.site.guest(who)
        page = guest.get(f"/services/oauth2/authorize?{urlencode(wish)}")
        answer = page
        if page.status_code == 200:
            answer = guest.post("/services/oauth2/authorize", wish | {"decision": decision})
        assert answer.status_code == 303, answer.text[:500]
        assert answer.location.startswith(f"{BACK}&")
        return {name: one[0] for name, one in parse_qs(urlsplit(answer.location).query).items()}

    def exchange(self, code: str, **more: str) -> Any:
        form = {"code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | more
        return self.token("authorization_code", **form)

    def sign_in(self, who: str = "rep") -> dict[str, str]:
        answer = self.exchange(self.allow(who)["code"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def is_good(self, access: str) -> bool:
        headers = {"Authorization": f"Bearer {access}"}
        client = self.site.app.test_client()
        answer = client.get("/services/oauth2/userinfo", headers=headers, base_url=HOME)
        assert answer.status_code in (200, 401)
        return bool(answer.status_code == 200)


def error_of(answer: Any) -> str:
    assert answer.status_code in (400, 401), answer.text
    return str(answer.json["error"])


def test_a_person_lets_a_tool_in_and_it_works_as_them(either_site: Site) -> None:
    tool, rep = Tool(either_site), either_site.actor("rep")
    back = tool.allow()
    assert (back["state"], back["from"]) == ("s&1", "trellis")
    got = tool.exchange(back["code"]).json
    assert got["access_token"].startswith("00D")
    assert got["token_type"] == "Bearer"
    assert got["id"].endswith(f"/{rep.user_id}")
    assert got["instance_url"] == HOME
    headers = {"Authorization": f"Bearer {got['access_token']}"}
    ask = either_site.app.test_client().get
    said = ask("/services/oauth2/userinfo", headers=headers, base_url=HOME).json
    assert (said["user_id"], said["organization_id"][:3]) == (rep.user_id, "00D")
    assert said["preferred_username"] == "ana.souza@northline.example"
    path = f"/services/data/v62.0/sobjects/User/{rep.user_id}"
    assert ask(path, headers=headers, base_url=HOME).status_code in (200, 404)
    told = tool.post("introspect", token=got["access_token"]).json
    assert (told["active"], told["username"]) == (True, said["preferred_username"])
    assert tool.post("revoke", token=got["refresh_token"]).status_code == 200
    assert not tool.is_good(got["access_token"])
    assert tool.post("introspect", token=got["access_token"]).json == {"active": False}


def test_a_tool_runs_as_the_user_it_was_given(site: Site) -> None:
    tool = Tool(site, redirect_uris=(), run_as=site.actor("rep").user_id, scope=Scope.READ)
    basic = base64.b64encode(f"{tool.id}:{tool.secret}".encode()).decode()
    answer = site.app.test_client().post(
        "/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
        base_url=HOME,
    )
    access = answer.json["access_token"]
    assert tool.is_good(access)
    assert "refresh_token" not in answer.json
    headers = {"Authorization": f"Bearer {access}"}
    path = "/services/data/v62.0/sobjects/Account"
    made = site.app.test_client().post(path, json={"Name": "X"}, headers=headers, base_url=HOME)
    assert made.status_code == 403  # it reads only
    assert error_of(tool.token("client_credentials", client_secret="guess")) == "invalid_client"
    assert error_of(tool.token("password")) == "unsupported_grant_type"
    public = Tool(site, is_public=True)
    assert error_of(public.token("client_credentials")) == "invalid_grant"


def test_a_code_is_good_once_for_its_tool_its_address_and_its_verifier(site: Site) -> None:
    tool, other = Tool(site), Tool(site)
    assert error_of(other.exchange(tool.allow()["code"])) == "invalid_grant"
    for wrong in ({"redirect_uri": "https://tool.example/"}, {"code_verifier": "w" * 50}):
        code = tool.allow()["code"]
        assert error_of(tool.exchange(code, **wrong)) == "invalid_grant"
        assert error_of(tool.exchange(code)) == "invalid_grant"
    code = tool.allow()["code"]
    access = tool.exchange(code).json["access_token"]
    assert error_of(tool.exchange(code)) == "invalid_grant"
    assert not tool.is_good(access)  # somebody else has the code
    late = tool.allow()["code"]
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert error_of(tool.exchange(late)) == "invalid_grant"


def test_a_refresh_token_that_comes_twice_ends_all_of_its_family(site: Site) -> None:
    tool = Tool(site, is_public=True)  # which has no secret
    first = tool.sign_in()
    second = tool.token("refresh_token", refresh_token=first["refresh_token"]).json
    assert tool.is_good(second["access_token"])
    again = tool.token("refresh_token", refresh_token=first["refresh_token"])
    assert error_of(again) == "invalid_grant"
    assert not tool.is_good(second["access_token"])
    last = tool.token("refresh_token", refresh_token=second["refresh_token"])
    assert error_of(last) == "invalid_grant"


def test_a_tool_that_cannot_keep_new_refresh_tokens_keeps_its_first(site: Site) -> None:
    tool = Tool(site, rotates=False)
    kept = tool.sign_in()["refresh_token"]
    for _n in range(2):
        got = tool.token("refresh_token", refresh_token=kept).json
        assert tool.is_good(got["access_token"])
        assert "refresh_token" not in got


def deactivate(tool: Tool, user_id: str) -> None:
    with tool.site.db.write() as conn:
        users.deactivate_user(conn, user_id, tool.site.actor())


ENDS: dict[str, Callable[[Tool, str], None]] = {
    "deactivation": deactivate,
    "switched off": lambda tool, _user: tool.change(is_active=False),
    "not among them": lambda tool, _user: tool.change(permitted=("Admin",)),
    "may do less": lambda tool, _user: tool.change(scope=Scope.READ),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_an_app_or_its_user_ends_tokens_at_once(site: Site, end: str) -> None:
    tool, user_id = Tool(site), site.actor("rep").user_id
    got = tool.sign_in()
    tool.change(name="Renamed")
    assert tool.is_good(got["access_token"])  # a name narrows nothing
    ENDS[end](tool, user_id)
    assert not tool.is_good(got["access_token"])
    again = tool.token("refresh_token", refresh_token=got["refresh_token"])
    assert error_of(again) in ("invalid_grant", "invalid_client")


def test_nobody_is_sent_to_an_address_that_the_app_did_not_give(site: Site) -> None:
    tool, guest = Tool(site), site.guest("rep")
    forms = ("", BACK + "/", BACK + "#x", BACK.upper(), "//tool.example/back",
             "javascript:alert(1)", BACK.replace("tool.", "tool.evil."),
             "https://tool.example@evil.example/")  # fmt: skip
    for address in forms:
        wish = WISH | {"client_id": tool.id, "redirect_uri": address}
        answer = guest.get(f"/services/oauth2/authorize?{urlencode(wish)}")
        assert (answer.status_code, answer.location) == (400, None), address
        answer = guest.post("/services/oauth2/authorize", wish | {"decision": "allow"})
        assert (answer.status_code, answer.location) == (400, None), address


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": VERIFIER[:43], "code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "api everything"}, "invalid_scope"),
    ],
)
def test_a_wish_that_is_not_right_is_answered_to_the_app(
    site: Site, more: dict[str, str], error: str
) -> None:
    tool = Tool(site)
    assert tool.allow(**more) == {"from": "trellis", "error": error, "state": "s&1"} | {
        "error_description": tool.allow(**more)["error_description"]
    }


def test_whoever_says_no_or_may_not_gives_no_code(site: Site) -> None:
    assert Tool(site).allow(decision="deny")["error"] == "access_denied"
    assert Tool(site, permitted=("Admin",)).allow()["error"] == "access_denied"
    tool = Tool(site)
    wish = WISH | {"client_id": tool.id, "decision": "allow"}
    bare = site.app.test_client()
    bare.set_cookie("trellis", site.cookie("rep"), domain="127.0.0.1")
    answer = bare.post("/services/oauth2/authorize", data=wish, base_url=HOME)
    assert answer.status_code == 400  # another site cannot allow it in the reader's name
    nobody = site.nobody().get(f"/services/oauth2/authorize?{urlencode(wish)}")
    assert nobody.status_code == 303
    assert nobody.location.startswith("/login?next=")


def test_bad_secrets_are_counted_for_their_address(site: Site) -> None:
    tool = Tool(site, run_as=site.actor("rep").user_id)
    found = {tool.token("client_credentials", client_secret=str(n)).status_code
             for n in range(PER_ADDRESS)}  # fmt: skip
    assert found == {400}
    assert tool.token("client_credentials", client_secret="x").status_code == 429


@pytest.mark.parametrize(
    "address",
    ["http://tool.example/", "https://", "https://a@b.example/", "https://x.example/#a",
     "javascript:alert(1)", "https://x.example/\\a", "https://x.example; script-src *",
     "https://x.example:/", "https://x.example:99999/", "https://[::1/", ""],
)  # fmt: skip
def test_addresses_that_could_lead_astray_are_refused(site: Site, address: str) -> None:
    with pytest.raises(Rejected):
        Tool(site, redirect_uris=(address,))
