"""A save on its way through its steps: drafts of one object that are saved together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from .draft import Draft
from .rules import Rules


@dataclass(slots=True)
class Save:
    """Drafts of one object that are saved together by one actor."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    rules: Rules
    drafts: list[Draft]
    is_new: bool
    now: datetime
    is_trial: bool = False  # nothing is written, nor locked
    is_clone: bool = False  # the records are made as copies of others

    @property
    def good(self) -> list[Draft]:
        """The drafts without problems so far."""
        return [draft for draft in self.drafts if not draft.problems]

    @property
    def written(self) -> list[Draft]:
        """Those of the good ones that change anything."""
        return [draft for draft in self.good if draft.values or self.is_new]
