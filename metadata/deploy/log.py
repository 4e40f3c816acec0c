"""The change log: what was deployed, when, by whom, and what each document was before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.migrations.tables import sys_deployment
from ...platform.people.actor import SYSTEM_USER_ID
from ..definition import Document
from .record import StepShown


@dataclass(frozen=True, slots=True)
class Logged:
    """One deployment of the log."""

    id: str
    version: int
    at: datetime
    actor_name: str
    summary: str
    steps: tuple[StepShown, ...]
    reverted_by: str  # id of the deployment that took it back, or ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place of a document: its path in words, and the JSON value before and after."""

    path: str
    before: Any
    after: Any


def list_deployments(
    conn: sa.Connection, limit: int = 50, before_version: int | None = None
) -> list[Logged]:
    """Deployments, latest first; `before_version` goes on where a page ended."""
    d = sys_deployment
    query = sa.select(d).order_by(d.c.version_after.desc()).limit(limit)
    if before_version is not None:
        query = query.where(d.c.version_after < before_version)
    return [_logged(row) for row in conn.execute(query)]


def get_deployment(conn: sa.Connection, deployment_id: str) -> Logged:
    """One deployment; raises NotFound."""
    d = sys_deployment
    row = conn.execute(sa.select(d).where(d.c.id == deployment_id)).one_or_none()
    if row is None:
        raise NotFound(deployment_id)
    return _logged(row)


def differences(before: Document | None, after: Document | None) -> list[Difference]:
    """Where two documents differ; elements of keyed lists are told apart by id or name."""
    return [d for d in _differences("", before or {}, after or {}) if d.path not in ("uid", "kind")]


def _differences(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    old, new = _keyed(before), _keyed(after)
    if old is None or new is None:
        yield Difference(path, before, after)
        return
    for key in dict.fromkeys((*old, *new)):
        place = f"{path} › {key}" if path else str(key)
        yield from _differences(place, old.get(key), new.get(key))


def _keyed(value: Any) -> Mapping[str, Any] | None:
    """A mapping as it is, a keyed list by its keys, nothing for everything else."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
        for key in ("id", "name"):
            if all(key in v for v in value):
                return {str(v[key]): v for v in value}
    return None


def _logged(row: Any) -> Logged:
    steps = tuple(StepShown(step["text"], step["risk"]) for step in row.plan)
    who = _("System") if row.actor_id == SYSTEM_USER_ID else row.actor_name
    return Logged(row.id, row.version_after, row.at, who, row.summary, steps, row.reverted_by or "")
