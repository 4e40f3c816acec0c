"""What was checked without a problem, and goes in without another look while nothing has changed.

A check holds for the same package with the same choices, as long as the org is at the version that
it was checked against. Otherwise it says why it must be made again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import sqlalchemy as sa

from ...platform import clock
from ...platform.errors import Problem
from ...platform.i18n import _, ngettext
from ...platform.ids import new_id
from ...platform.migrations.tables import sys_package_check, sys_version
from ...platform.people.actor import Actor
from .plan import Choice, digest_of
from .read import Package

PREFIX = "0Pk"
_c, _v = sys_package_check.c, sys_version.c


@dataclass(frozen=True, slots=True)
class Validated:
    """One check that found nothing."""

    id: str
    name: str
    digest: str
    version: int


def note_check(
    conn: sa.Connection,
    actor: Actor,
    package: Package,
    choice: Choice,
    version: int,
    check_id: str = "",
) -> str:
    """Keeps that the package was checked against that version; returns the id of the check."""
    check_id = check_id or new_id(PREFIX)
    conn.execute(sa.delete(sys_package_check).where(_c.id == check_id))
    row = {
        "id": check_id, "at": clock.now(), "actor_name": actor.name,
        "name": package.manifest.name, "digest": _digest(package, choice), "version": version,
    }  # fmt: skip
    conn.execute(sa.insert(sys_package_check).values(row))
    return check_id


def find_check(conn: sa.Connection, check_id: str) -> Validated | None:
    query = sa.select(*(_c[name] for name in Validated.__slots__)).where(_c.id == check_id)
    row = conn.execute(query).one_or_none()
    return None if row is None else Validated(*row)


def why_again(
    conn: sa.Connection, check_id: str, package: Package, choice: Choice, version: int
) -> tuple[Problem, ...]:
    """Why the check does not hold any more, every reason; nothing when it does."""
    found, hint = find_check(conn, check_id), _("Check it again, then deploy.")
    reasons = []
    if found is None:
        reasons.append(_("There was no such check in this org."))
    elif found.digest != _digest(package, choice):
        reasons.append(_("The package or what was chosen of it is not what was checked."))
    if found is not None and found.version != version:
        reasons.append(_changed(conn, found.version, version))
    return tuple(Problem("package.check_again", (), reason, hint) for reason in reasons)


def _changed(conn: sa.Connection, then: int, now: int) -> str:
    """What has changed since, in a sentence."""
    last = conn.execute(
        sa.select(_v.actor_name, _v.summary).where(_v.version > then).order_by(_v.version.desc())
    ).first()
    said = ngettext(
        "The org has changed since: %(n)s version later (now %(now)s).",
        "The org has changed since: %(n)s versions later (now %(now)s).",
        now - then, now=now,
    )  # fmt: skip
    if last is None:
        return said
    latest = _("The latest is “%(what)s” by %(who)s.", what=last.summary, who=last.actor_name)
    return f"{said} {latest}"


def _digest(package: Package, choice: Choice) -> str:
    chosen = json.dumps(choice.to_json(), sort_keys=True)
    return hashlib.sha256(f"{digest_of(package)}\0{chosen}".encode()).hexdigest()
