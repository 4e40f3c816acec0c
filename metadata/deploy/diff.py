"""What differs between two snapshots, as a value: `apply_diff(diff(a, b), a)` equals `b`."""

from __future__ import annotations

from dataclasses import dataclass

from ..definition import Definition, Uid
from ..kinds import KINDS
from ..overlay import same
from ..snapshot import Snapshot
from .change_set import ChangeSet


@dataclass(frozen=True, slots=True)
class Change:
    """One component before and after; None where it does not exist."""

    before: Definition | None
    after: Definition | None

    @property
    def definition(self) -> Definition:
        """The component as it is in the end, or as it was when it goes."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a change has a side
        return found

    @property
    def uid(self) -> Uid:
        return self.definition.uid

    @property
    def kind(self) -> str:
        return self.definition.kind

    @property
    def is_rename(self) -> bool:
        return bool(self.before and self.after and self.before.name != self.after.name)


@dataclass(frozen=True, slots=True)
class Diff:
    """Changes in the order they are made: what goes first, dependents first; then what comes."""

    changes: tuple[Change, ...] = ()

    @property
    def removed(self) -> tuple[Definition, ...]:
        return tuple(c.before for c in self.changes if c.before and not c.after)

    @property
    def put(self) -> tuple[Definition, ...]:
        """What is added or changed, as it is afterwards."""
        return tuple(c.after for c in self.changes if c.after)

    @property
    def added(self) -> tuple[Definition, ...]:
        return tuple(c.after for c in self.changes if c.after and not c.before)

    @property
    def changed(self) -> tuple[Change, ...]:
        """Changes of what was there before and stays."""
        return tuple(c for c in self.changes if c.before and c.after)

    def inverse(self, summary: str = "") -> ChangeSet:
        """The change set that brings every document back to what it was."""
        return ChangeSet(
            tuple(c.before.document for c in self.changes if c.before),
            tuple(c.after.uid for c in self.changes if c.after and not c.before),
            summary,
        )


NO_CHANGES = Diff()


def diff(old: Snapshot, new: Snapshot) -> Diff:
    """Every component whose document is not the same in both."""
    return diff_of(old, new, (*old.by_uid, *(uid for uid in new.by_uid if uid not in old.by_uid)))


def diff_of(old: Snapshot, new: Snapshot, uids: tuple[Uid, ...]) -> Diff:
    """As `diff`, of components that are known to be all that can differ."""
    found = (Change(old.by_uid.get(uid), new.by_uid.get(uid)) for uid in uids)
    return Diff(tuple(sorted(filter(_differs, found), key=_order)))


def apply_diff(changes: Diff, old: Snapshot) -> Snapshot:
    """The snapshot with the changes made."""
    return old.with_changes(changes.put, (d.uid for d in changes.removed))


def _differs(change: Change) -> bool:
    if change.before is None or change.after is None:
        return change.before is not change.after
    if change.before is change.after:
        return False
    return not same(change.before.document, change.after.document)


def _order(change: Change) -> tuple[bool, int, str]:
    rank = KINDS.get(change.kind).rank
    return (True, rank, change.definition.name) if change.after else (False, -rank, change.uid)
