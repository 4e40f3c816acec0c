"""A program in front of the demo company: it has a token of somebody, and speaks JSON."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.demo_site import HOME, Site
from tests.factories import make_field
from trellis.platform.people import api_tokens
from trellis.platform.people.actor import STANDARD, Actor, system_actor
from trellis.platform.people.api_tokens import Scope, TokenDraft
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user

ROOT = "/services/data/v62.0"


class Program:
    """Asks with the token of an actor."""

    def __init__(self, site: Site, actor: Actor, scope: Scope = Scope.WRITE) -> None:
        with site.db.write() as conn:
            self.token = api_tokens.issue(conn, TokenDraft("Program", scope), actor)
        self.client = site.app.test_client()

    def ask(self, path: str, method: str = "GET", body: Any = None, **rest: Any) -> TestResponse:
        """What an address below the version answers; one that begins with a slash is whole."""
        whole = path if path.startswith("/") else f"{ROOT}/{path}"
        headers = {"Authorization": f"Bearer {self.token}", **rest.pop("headers", {})}
        if body is not None:
            rest["json"] = body
        return self.client.open(whole, method=method, headers=headers, base_url=HOME, **rest)

    def get(self, path: str, status: int = 200, **rest: Any) -> Any:
        """The JSON of an address that answers with the status."""
        return self._said(self.ask(path, **rest), status)

    def post(self, path: str, body: Any, status: int = 200, **rest: Any) -> Any:
        return self._said(self.ask(path, "POST", body, **rest), status)

    def patch(self, path: str, body: Any, status: int = 204, **rest: Any) -> Any:
        return self._said(self.ask(path, "PATCH", body, **rest), status)

    def delete(self, path: str, status: int = 204, **rest: Any) -> Any:
        return self._said(self.ask(path, "DELETE", **rest), status)

    def make(self, object_name: str, **values: Any) -> str:
        """The id of a new record."""
        return str(self.post(f"sobjects/{object_name}", values, 201)["id"])

    @staticmethod
    def _said(answer: TestResponse, status: int) -> Any:
        assert answer.status_code == status, (answer.status_code, answer.text[:600])
        assert answer.content_type == "application/json;charset=UTF-8"
        return answer.json if answer.data else None


def codes(errors: list[dict[str, Any]]) -> list[str]:
    """The codes of the errors of an answer."""
    return [error["errorCode"] for error in errors]


def blind(site: Site) -> Program:
    """A program of somebody who may not read Account.Hidden__c; accounts are private."""
    private = dict(site.snapshot.object("Account").document) | {"sharingModel": "Private"}
    hidden = make_field("Account.Hidden__c", "Picklist", values=["zqhiddenzq"], externalId=False)
    known = make_field("Account.Key__c", length=40, externalId=True)
    site.put_live(private, hidden, known)
    closed = [
        {"field": f"Account.{name}__c", "readable": False, "editable": False}
        for name in ("Hidden", "Key")
    ]
    usual = dict(site.snapshot.get("Profile", STANDARD).document)
    own = {"uid": "blind", "name": "Blind", "label": "Blind"}
    site.put_live(usual | own | {"fieldPermissions": [*usual["fieldPermissions"], *closed]})
    system = system_actor("main", "a test")
    with site.db.write() as conn:
        draft = UserDraft("b", "b@example.com", "Blind", profile="blind")
        user = create_user(conn, draft, system)
        actor = find_actor(conn, "main", user.id)
    assert actor is not None
    return Program(site, actor)
