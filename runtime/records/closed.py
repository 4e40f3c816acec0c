"""Records that somebody asked to change and may not: whether they may be seen at all decides how
they are refused. Denied and missing look alike only where nothing may be seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound, Problem, TrellisError
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..query.held import held


@dataclass(frozen=True, slots=True)
class Closed:
    """Which of the records that could not be had may be seen."""

    visible: frozenset[str]

    @classmethod
    def among(
        cls,
        conn: sa.Connection,
        actor: Actor,
        snapshot: Snapshot,
        obj: CustomObject,
        ids: Iterable[str],
    ) -> Closed:
        """Asks nothing when there are none."""
        return cls(frozenset(held(conn, actor, snapshot, obj.name, ids)))

    def problem(self, record_id: str) -> Problem:
        """What keeps the record from being changed."""
        if record_id in self.visible:
            message = _("You may see this record, but not change it.")
            hint = _("Ask its owner to share it with you, or an administrator why.")
            return Problem("record.read_only", (), message, hint)
        return Problem("record.not_found", (), _("The record was not found."))


def refusal(problem: Problem, record_id: str) -> TrellisError:
    """The problem of the only record that was asked for, as an error."""
    if problem.code == "record.read_only":
        return Denied(str(problem.message))
    return NotFound(record_id)
