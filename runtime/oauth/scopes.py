"""The scopes that programs ask for by name, and what they come to here."""

from __future__ import annotations

from dataclasses import dataclass

from ...platform.people.actor import Actor
from ...platform.people.api_tokens import Scope
from ...platform.people.connected_apps import ConnectedApp

WORK = ("full", "api", "web")
STAY = ("refresh_token", "offline_access")
#: asked for by habit; what they tell stands at the identity address anyway
SAID = ("id", "openid", "profile", "email", "address", "phone")
KNOWN = frozenset((*WORK, *STAY, *SAID))


@dataclass(frozen=True, slots=True)
class Asked:
    """What an app gets of what it asked for."""

    scope: Scope
    stays: bool

    @property
    def text(self) -> str:
        return " ".join(("id", "api", *(("refresh_token",) if self.stays else ())))


def asked_of(text: str, app: ConnectedApp, actor: Actor) -> Asked | None:
    """What a list of scopes comes to; None where one is unknown or none lets it work.

    Who asks for nothing gets what the app may. Setup is reached by administrators alone, and by
    those who ask for everything.
    """
    names = set(text.split())
    if names - KNOWN or (names and names.isdisjoint(WORK)):
        return None
    scope = app.scope
    if scope is Scope.SETUP and not (actor.is_administrator and (not names or "full" in names)):
        scope = Scope.WRITE
    return Asked(scope, app.stays and (not names or not names.isdisjoint(STAY)))
