"""One-time links: to choose a password after forgetting it (60 minutes) or on joining (72 hours).

Of the secret in the link only the hash is kept. A link is good once, for the user and the email it
was made for, until the password changes in any other way; anything else is `link.spent`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from .. import clock
from ..errors import Problem, Rejected
from ..i18n import _
from ..ids import RecordId
from ..migrations.tables import sys_token, sys_user
from .sessions import id_of

RESET, INVITE = "reset", "invite"
LIFETIMES = {RESET: timedelta(minutes=60), INVITE: timedelta(hours=72)}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is good at this moment."""

    id: str
    kind: str
    user_id: RecordId


def issue_link(conn: sa.Connection, kind: str, user_id: str) -> str:
    """The secret of a new link; earlier ones of the user stop working."""
    revoke_links(conn, user_id)
    email = conn.scalar(sa.select(sys_user.c.email_key).where(sys_user.c.id == user_id))
    token, now = secrets.token_urlsafe(32), clock.now()
    row = {"id": id_of(token), "kind": kind, "user_id": user_id, "value": {"email": email}}
    times = {"created_at": now, "expires_at": now + LIFETIMES[kind]}
    conn.execute(sa.insert(sys_token).values(**row, **times))
    return token


def find_link(conn: sa.Connection, token: str) -> Link | None:
    """The link of that secret, if it is good now; looking does not use it up."""
    row = conn.execute(
        sa.select(sys_token, sys_user.c.email_key)
        .join(sys_user, sys_user.c.id == sys_token.c.user_id)
        .where(
            sys_token.c.id == id_of(token),
            sys_token.c.kind.in_(tuple(LIFETIMES)),
            sys_token.c.used_at.is_(None),
            sys_token.c.expires_at > clock.now(),
            sys_user.c.is_active.is_(sa.true()),
            sys_user.c.is_frozen.is_(sa.false()),
        )
    ).one_or_none()
    if row is None or (row.value or {}).get("email") != row.email_key:
        return None
    return Link(row.id, row.kind, RecordId(row.user_id))


def use_link(conn: sa.Connection, token: str) -> Link:
    """Uses the link up; of two at once one succeeds. Raises Rejected (`link.spent`)."""
    link = find_link(conn, token)
    if link is not None:
        unused = sa.and_(sys_token.c.id == link.id, sys_token.c.used_at.is_(None))
        done = conn.execute(sa.update(sys_token).where(unused).values(used_at=clock.now()))
        if done.rowcount == 1:
            return link
    raise Rejected(
        Problem(
            "link.spent", (), _("This link has been used or has run out."), _("Ask for a new one.")
        )
    )


def revoke_links(conn: sa.Connection, user_id: str) -> None:
    """No link of the user works any more."""
    mine = sa.and_(sys_token.c.user_id == user_id, sys_token.c.kind.in_(tuple(LIFETIMES)))
    conn.execute(sa.delete(sys_token).where(mine, sys_token.c.used_at.is_(None)))
