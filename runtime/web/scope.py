"""What one request works with: the org, the actor and one snapshot, taken once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import g
from sqlalchemy import Connection

from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform.db.scope import OrgDatabase
from ...platform.people.actor import Actor
from ...platform.web.current import actor, org_db
from ..records.service import Records


@dataclass(frozen=True, slots=True)
class Here:
    """The scope of a request."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot

    @property
    def records(self) -> Records:
        return Records(self.org_db, self.actor, self.snapshot)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One connection with one stable view of the data."""
        with self.org_db.read() as connection:
            yield connection


def here() -> Here:
    """The scope of the present request, made on first use."""
    if "here" not in g:
        database = org_db()
        g.here = Here(database, actor(), SNAPSHOTS.get(database))
    found: Here = g.here
    return found
