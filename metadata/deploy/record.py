"""What a deployment writes beside the tables: documents, history, the version, the log entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ...platform import audit, clock
from ...platform.db.failpoints import failpoint
from ...platform.migrations.tables import (
    sys_deployment,
    sys_document,
    sys_document_history,
    sys_rebased,
    sys_version,
)
from ...platform.people.actor import Actor
from .. import overlay
from ..definition import Document
from ..store import BINNED, LIVE
from .change_set import ChangeSet
from .diff import Change, Diff

ORG = "org"  # origin of what the org made itself


@dataclass(frozen=True, slots=True)
class Shipped:
    """A package's own version of a document; no base where the org has made it itself."""

    origin: str
    base: Document | None


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step as it was described when it was done."""

    text: str
    risk: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything about a deployment that its rows say."""

    id: str
    before: int
    after: int
    actor: Actor
    change_set: ChangeSet
    diff: Diff
    steps: tuple[StepShown, ...]

    @property
    def summary(self) -> str:
        return self.change_set.summary


def write_documents(
    conn: sa.Connection, entry: Entry, shipped: Mapping[str, Shipped] | None = None
) -> None:
    """Brings the documents to what the difference says, and notes each change in the history."""
    shipped = shipped or {}
    known = _known(conn, [change.uid for change in entry.diff.changes] + list(shipped))
    rows = [
        _row(change, entry.after, known.get(change.uid), shipped) for change in entry.diff.changes
    ]
    rows += _rebased(entry, known, shipped)
    _make_names_free(conn, entry.diff)
    d = sys_document
    fresh = [row for row in rows if row["uid"] not in known]
    stale = [row for row in rows if row["uid"] in known]
    if stale:
        changed: dict[str, Any] = {
            c.name: sa.bindparam(f"b_{c.name}") for c in d.c if c.name != "uid"
        }
        statement = sa.update(d).where(d.c.uid == sa.bindparam("b_uid")).values(changed)
        conn.execute(statement, [{f"b_{k}": v for k, v in row.items()} for row in stale])
    if fresh:
        conn.execute(sa.insert(d), fresh)
    failpoint("deploy.after_documents")
    history = [_past(change, entry.after, rows[i]) for i, change in enumerate(entry.diff.changes)]
    if history:
        conn.execute(sa.insert(sys_document_history), history)
    failpoint("deploy.after_history")
    if before := [_replaced(entry, uid, known.get(uid)) for uid in shipped]:
        conn.execute(sa.insert(sys_rebased), before)


def _replaced(entry: Entry, uid: str, row: sa.Row[Any] | None) -> dict[str, Any]:
    """What the component was shipped as before, for whoever takes the deployment back."""
    origin, base = (row.origin, row.base) if row else (ORG, None)
    return {"deployment_id": entry.id, "uid": uid, "origin": origin, "base": base}


def _known(conn: sa.Connection, uids: Iterable[str]) -> dict[str, sa.Row[Any]]:
    d = sys_document.c
    wanted = list(dict.fromkeys(uids))
    found: dict[str, sa.Row[Any]] = {}
    for start in range(0, len(wanted), 500):
        known = sa.select(
            d.uid, d.kind, d.name, d.origin, d.base, d.overlay, d.body, d.state, d.binned_at
        )
        query = known.where(d.uid.in_(wanted[start : start + 500]))
        found |= {row.uid: row for row in conn.execute(query)}
    return found


def _row(
    change: Change, version: int, known: sa.Row[Any] | None, shipped: Mapping[str, Shipped]
) -> dict[str, Any]:
    definition = change.definition
    ship = shipped.get(change.uid)
    base = ship.base if ship else known.base if known else None
    origin = ship.origin if ship else known.origin if known else ORG
    return {
        "uid": change.uid,
        "kind": definition.kind,
        "name": definition.name,
        "origin": origin,
        "base": base,
        "overlay": overlay.diff(base, definition.document) if base is not None else None,
        "body": definition.document,
        "revision": version,
        "state": LIVE if change.after else BINNED,
        "binned_at": None if change.after else clock.now(),
    }


def _rebased(
    entry: Entry, known: Mapping[str, sa.Row[Any]], shipped: Mapping[str, Shipped]
) -> list[dict[str, Any]]:
    """Rows of shipped documents whose effect is what it was: only their base is another."""
    changed = {change.uid for change in entry.diff.changes}
    return [
        {
            **{name: known[uid]._mapping[name] for name in ("uid", "kind", "name", "body")},
            "origin": ship.origin,
            "base": ship.base,
            "overlay": overlay.diff(ship.base, known[uid].body) if ship.base else None,
            "revision": entry.after,
            "state": known[uid].state,
            "binned_at": known[uid].binned_at,
        }
        for uid, ship in shipped.items()
        if uid not in changed and uid in known
    ]


def _make_names_free(conn: sa.Connection, diff: Diff) -> None:
    """Lets names change hands within one deployment: the live names are unique at every moment."""
    moving = [c.uid for c in diff.changed if c.is_rename]
    moving += [definition.uid for definition in diff.removed]
    if moving:
        d = sys_document
        free = sa.literal("~") + d.c.uid
        conn.execute(sa.update(d).where(d.c.uid.in_(moving)).values(name=free))


def _past(change: Change, version: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "uid": change.uid,
        "version": version,
        "kind": change.kind,
        "name": change.definition.name,
        "origin": row["origin"],
        "before": change.before.document if change.before else None,
        "after": change.after.document if change.after else None,
        "overlay": row["overlay"],
    }


def write_version(conn: sa.Connection, entry: Entry) -> None:
    """The version, the deployment with its inverse, and the entry in the audit log."""
    who = {"at": clock.now(), "actor_id": entry.actor.user_id, "actor_name": entry.actor.name}
    conn.execute(
        sa.insert(sys_version).values(
            version=entry.after, summary=entry.summary, deployment_id=entry.id, **who
        )
    )
    failpoint("deploy.after_version")
    conn.execute(
        sa.insert(sys_deployment).values(
            id=entry.id,
            version_before=entry.before,
            version_after=entry.after,
            summary=entry.summary,
            change_set=entry.change_set.to_json(),
            inverse=entry.diff.inverse(entry.summary).to_json(),
            plan=[{"text": step.text, "risk": step.risk} for step in entry.steps],
            **who,
        )
    )
    failpoint("deploy.after_deployment")
    subject = audit.Subject("deployment", entry.id, entry.summary)
    versions = (
        {"version": entry.before},
        {"version": entry.after, "components": _names(entry.diff)},
    )
    audit.record(conn, entry.actor, "metadata.deployed", subject, *versions)
    failpoint("deploy.after_audit")


def _names(diff: Diff, most: int = 50) -> list[str]:
    names = [f"{change.kind} {change.definition.name}" for change in diff.changes[:most]]
    return names + (["…"] if len(diff.changes) > most else [])
