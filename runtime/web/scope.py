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
from ...platform.errors import Denied, NotFound
from ...platform.i18n import _
from ...platform.people import viewing
from ...platform.people.actor import Actor
from ...platform.web.current import actor, forget, org_db, own_db, signed_in
from ..access.permissions import exceeds
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


def _require_lesser_rights(scope: Here) -> None:
    """Ends viewing as somebody who has come to more rights than the one who views."""
    found = signed_in()
    viewer, view = found.viewer, found.viewing
    if viewer is None or view is None or not exceeds(scope.actor, viewer, scope.snapshot):
        return
    own_db().transact(lambda conn: viewing.end(conn, found.id, viewer, view, scope.actor.name))
    forget()
    raise Denied(_("This user may do something that you may not."))


def here() -> Here:
    """The scope of the present request, made on first use."""
    if "here" not in g:
        database = org_db()
        g.here = Here(database, actor(), SNAPSHOTS.get(database))
        _require_lesser_rights(g.here)
    found: Here = g.here
    return found
