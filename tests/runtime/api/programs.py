"""A program in front of the demo company: it has a token of somebody, and speaks JSON."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from tests.demo_site import HOME, Site
from trellis.platform.people import api_tokens
from trellis.platform.people.actor import Actor
from trellis.platform.people.api_tokens import Scope, TokenDraft

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
