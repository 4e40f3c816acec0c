"""What one request works with: the org, the actor and one snapshot, taken once and kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import g
from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound
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

    def object(self, name: str) -> CustomObject:
        """The object that an address names; raises NotFound."""
        if (found := self.snapshot.find_object(name)) is None:
            raise NotFound(name)
        return found

    def field(self, object_name: str, name: str) -> CustomField:
        """The field that an address names; raises NotFound."""
        if (found := self.snapshot.find_field(object_name, name)) is None:
            raise NotFound(f"{object_name}.{name}")
        return found

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
