"""Connected apps: programs that people sign in to with their account, or that run as somebody.

An app is known by its client id, which names the org, and by a secret that is shown once and kept
as a hash; a public one has none, for what lies on people's machines is no secret. Whatever narrows
an app ends all that was granted to it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from .. import audit, clock
from ..errors import NotFound, Problem, require
from ..i18n import _
from ..migrations.tables import sys_connected_app, sys_user
from .actor import Actor
from .api_tokens import LONGEST_NAME, Scope
from .app_grants import end_grants_of_app
from .sessions import id_of
from .standing import AT_WORK

MOST_ADDRESSES = 10
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_ID = re.compile(r"([a-z][a-z0-9_]{1,30})\.[A-Za-z0-9_-]{22}")
_ADDRESS = re.compile(
    r"https?://[a-z0-9.:\[\]-]+(/[A-Za-z0-9._~!$&'()*+=:@%/-]*)?(\?[A-Za-z0-9._~=&%-]*)?"
)
_t = sys_connected_app.c


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """A program that may sign people in, or itself."""

    id: str
    name: str
    redirect_uris: tuple[str, ...] = ()
    scope: Scope = Scope.WRITE
    is_public: bool = False
    stays: bool = True
    rotates: bool = True
    permitted: tuple[str, ...] = ()
    run_as: str | None = None
    is_active: bool = True
    created_at: datetime | None = None

    def admits(self, actor: Actor) -> bool:
        """Says whether the actor may use it."""
        return not self.permitted or not {actor.profile, *actor.permission_sets}.isdisjoint(
            self.permitted
        )

    def narrows(self, before: ConnectedApp) -> bool:
        """Says whether what was granted before may no longer be right."""
        free = {"name": self.name, "redirect_uris": self.redirect_uris, "rotates": self.rotates}
        return replace(before, **free) != self  # type: ignore[arg-type]


def org_of(client_id: str) -> str:
    """The key of the org that a client id names; "" for what is none."""
    found = _ID.fullmatch(client_id)
    return found[1] if found else ""


def find_app(conn: sa.Connection, client_id: str) -> ConnectedApp | None:
    """The app of that client id, if it is switched on."""
    row = conn.execute(_SHOWN.where(_t.id == client_id, _t.is_active.is_(sa.true()))).one_or_none()
    return _app(row) if row is not None else None


def is_secret_of(conn: sa.Connection, app: ConnectedApp, secret: str) -> bool:
    """Says whether that is the secret of the app."""
    kept = conn.scalar(sa.select(_t.secret).where(_t.id == app.id)) or ""
    return bool(kept) and hmac.compare_digest(kept, id_of(secret))


def get_app(conn: sa.Connection, app_id: str) -> ConnectedApp:
    """An app as it is managed, switched on or off; raises NotFound."""
    row = conn.execute(_SHOWN.where(_t.id == app_id)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such app."))
    return _app(row)


def list_apps(conn: sa.Connection) -> Sequence[ConnectedApp]:
    """All apps by name."""
    return [_app(row) for row in conn.execute(_SHOWN.order_by(_t.name, _t.id))]


def check_app(conn: sa.Connection, app: ConnectedApp) -> tuple[Problem, ...]:
    """Everything that is wrong with an app."""
    problems = []
    if not 0 < len(app.name) <= LONGEST_NAME:
        message = _("Enter a name of up to 80 characters.")
        problems.append(Problem("connected_app.name", ("name",), message))
    problems += [one for uri in app.redirect_uris if (one := check_address(uri))]
    if len(app.redirect_uris) > MOST_ADDRESSES:
        message = _("There are at most %(n)s addresses.", n=MOST_ADDRESSES)
        problems.append(Problem("connected_app.addresses", ("redirect_uris",), message))
    if not app.redirect_uris and app.run_as is None:
        message = _("Nobody could sign in: give an address to return to, or a user to run as.")
        problems.append(Problem("connected_app.unused", ("redirect_uris",), message))
    if app.run_as is not None:
        problems += _check_run_as(conn, app)
    return tuple(problems)


def _check_run_as(conn: sa.Connection, app: ConnectedApp) -> list[Problem]:
    at_work = sa.select(sys_user.c.id).where(sys_user.c.id == app.run_as, *AT_WORK)
    if conn.scalar(at_work) is None:
        return [Problem("connected_app.run_as", ("run_as",), _("Choose an active user."))]
    if app.is_public:
        message = _("An app without a secret cannot run as a user.")
        hint = _("Leave the user empty, or let the app have a secret.")
        return [Problem("connected_app.public", ("run_as",), message, hint)]
    return []


def check_address(uri: str) -> Problem | None:
    """What is wrong with an address that people are sent back to."""
    hint = _("Write https://… in full, or http://localhost… for a program on one's own machine.")
    message = _("%(address)s is no address to return to.", address=uri[:200])
    refused = Problem("connected_app.address", ("redirect_uris",), message, hint)
    if not _ADDRESS.fullmatch(uri) or len(uri) > 1000:
        return refused
    try:
        parts = urlsplit(uri)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        is_odd = not host or (parts.port is None and parts.netloc != host)
    except ValueError:
        return refused
    return refused if is_odd or (parts.scheme == "http" and host not in LOOPBACK) else None


def create_app(conn: sa.Connection, app: ConnectedApp, by: Actor) -> tuple[str, str]:
    """Keeps a new app; returns its client id, and its secret for the only time. Raises Rejected."""
    require(check_app(conn, app))
    client_id, secret = f"{by.org}.{secrets.token_urlsafe(16)}", _new_secret(app)
    hashed = id_of(secret) if secret else None
    row = _row(app) | {"id": client_id, "created_at": clock.now(), "secret": hashed}
    conn.execute(sa.insert(sys_connected_app).values(row))
    subject = audit.Subject("connected app", client_id, app.name)
    audit.record(conn, by, "connected_app.created", subject, None, _row(app))
    return client_id, secret


def change_app(conn: sa.Connection, app: ConnectedApp, by: Actor) -> None:
    """Keeps a changed app; what was granted ends when it is narrowed. Raises Rejected, NotFound."""
    before = get_app(conn, app.id)
    app = replace(app, is_public=before.is_public, created_at=before.created_at)
    require(check_app(conn, app))
    conn.execute(sa.update(sys_connected_app).where(_t.id == app.id).values(_row(app)))
    subject = audit.Subject("connected app", app.id, app.name)
    audit.record(conn, by, "connected_app.changed", subject, _row(before), _row(app))
    if app.narrows(before):
        end_grants_of_app(conn, app.id)


def renew_secret(conn: sa.Connection, app: ConnectedApp, by: Actor) -> str:
    """A new secret in place of the old, which ends with all that it gave; "" for a public app."""
    if not (secret := _new_secret(app)):
        return ""
    conn.execute(sa.update(sys_connected_app).where(_t.id == app.id).values(secret=id_of(secret)))
    audit.record(conn, by, "connected_app.secret", audit.Subject("connected app", app.id, app.name))
    end_grants_of_app(conn, app.id)
    return secret


def delete_app(conn: sa.Connection, app: ConnectedApp, by: Actor) -> None:
    """Ends the app and all that was granted to it."""
    end_grants_of_app(conn, app.id)
    conn.execute(sa.delete(sys_connected_app).where(_t.id == app.id))
    subject = audit.Subject("connected app", app.id, app.name)
    audit.record(conn, by, "connected_app.deleted", subject, _row(app), None)


def _new_secret(app: ConnectedApp) -> str:
    return "" if app.is_public else secrets.token_urlsafe(32)


_NAMES = tuple(one.name for one in fields(ConnectedApp))
_SHOWN = sa.select(*(_t[name] for name in _NAMES))
_LISTS = ("redirect_uris", "permitted")


def _row(app: ConnectedApp) -> dict[str, object]:
    """What can be said of an app, as it is kept and noted."""
    said = {name: getattr(app, name) for name in _NAMES if name not in ("id", "created_at")}
    return said | {name: list(said[name]) for name in _LISTS} | {"scope": app.scope.value}


def _app(row: sa.Row[tuple[object, ...]]) -> ConnectedApp:
    values = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in _LISTS}
    return ConnectedApp(**values | lists | {"scope": Scope(values["scope"])})
