"""Who asks, of which metadata, over which connection."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query runs with: `Scope(connection, here().actor, here().snapshot)` on a page."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
