"""How long sessions last in an org, and how many one user may have: what administrators set.

Whatever is shortened holds for sessions that are there, from the next request on; a longer life is
for those that begin later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from .. import audit
from ..errors import Problem, Rejected, require
from ..i18n import _
from ..org_settings import read_setting, save_setting
from .actor import Actor

SETTING = "org.session_limits"
IDLE_MINUTES = (15, 30, 60, 120, 240, 480, 720, 1440)
LIFE_MINUTES = (60, 120, 240, 480, 720, 1440, 10_080)
MOST = (0, 1, 2, 3, 5, 10)  # 0: as many as they like


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Times in minutes: without a page, and since it began; `most` sessions of one user."""

    idle: int = 120
    life: int = 720
    most: int = 0

    @property
    def idle_time(self) -> timedelta:
        return timedelta(minutes=self.idle)

    @property
    def life_time(self) -> timedelta:
        return timedelta(minutes=self.life)

    def to_json(self) -> dict[str, int]:
        return {"idle": self.idle, "life": self.life, "most": self.most}


USUAL = SessionLimits()


def limits_of(kept: Any) -> SessionLimits:
    """The limits as the org's setting holds them."""
    return SessionLimits(**kept) if kept else USUAL


def read_limits(conn: sa.Connection) -> SessionLimits:
    return limits_of(read_setting(conn, SETTING))


def parse_limits(form: Mapping[str, str], before: SessionLimits) -> SessionLimits:
    """The limits of a form, what it does not name as before; raises Rejected with every problem."""
    problems, found = list[Problem](), before.to_json()
    for name, offered in (("idle", IDLE_MINUTES), ("life", LIFE_MINUTES), ("most", MOST)):
        text = form.get(name, str(found[name]))
        found[name] = int(text) if text.isascii() and text.isdecimal() else -1
        if found[name] not in offered:
            message = _("Choose one of the list.")
            problems.append(Problem("session.limit", (name,), message))
    require(problems)
    if found["idle"] > found["life"]:
        message = _("The time-out is longer than the longest life of a session.")
        hint = _("Choose a shorter time-out, or a longer life.")
        raise Rejected(Problem("session.limit", ("idle",), message, hint))
    return SessionLimits(**found)


def save_limits(conn: sa.Connection, limits: SessionLimits, by: Actor) -> bool:
    """Keeps the limits, which were checked as they were read; says whether they are others now."""
    before = read_limits(conn)
    if before == limits:
        return False
    save_setting(conn, SETTING, limits.to_json())
    subject = audit.Subject("sign-in policy")
    changes = {"sessions": before.to_json()}, {"sessions": limits.to_json()}
    audit.record(conn, by, "sign_in_policy.changed", subject, *changes)
    return True
