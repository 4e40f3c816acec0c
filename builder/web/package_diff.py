"""What installing a package would do, in the groups that a person reads it in.

Each row that can be left out has a tick. Access is a group of its own, and data at risk another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from ...metadata.definition import Document
from ...metadata.deploy.diff import Change
from ...metadata.deploy.steps import Risk, Step
from ...metadata.packages.install import Comparison
from ...metadata.packages.installed import Stored
from ...metadata.packages.plan import Choice, is_access
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _, mark, ngettext
from ...runtime.query.request import Query
from ...runtime.query.run import count
from ...runtime.web.scope import Here
from .package_rows import Row, granted, lines_of, row_of

COUNT_CAP = 100_000
GROUPS = (
    ("conflict", mark("Where your own changes meet the package"), "git-fork"),
    ("added", mark("Added"), "plus"),
    ("changed", mark("Changed"), "pencil"),
    ("removed", mark("Removed"), "minus"),
    ("access", mark("Access"), "shield-check"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One component of the comparison; `is_taken` is None where there is nothing to choose."""

    row: Row
    group: str
    state: str  # added | changed | removed | same
    is_taken: bool | None
    note: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    grants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A comparison for people."""

    groups: tuple[tuple[str, str, str, tuple[Line, ...]], ...]  # (code, heading, icon, lines)
    risks: tuple[tuple[str, bool], ...]  # (sentence, is data lost for good)
    unchanged: int
    offered: tuple[str, ...]  # uids with a tick

    @property
    def is_empty(self) -> bool:
        return not any(lines for _code, _heading, _icon, lines in self.groups)


def shown(
    scope: Here, conn: Connection, seen: Comparison, known: Mapping[str, Stored], choice: Choice
) -> Shown:
    """The comparison in groups."""
    reading = _Reading(scope.snapshot, seen, known, choice)
    lines = list(reading.lines())
    groups = tuple(
        (code, _(heading), icon, tuple(line for line in lines if line.group == code))
        for code, heading, icon in GROUPS
    )
    offered = tuple(line.row.uid for line in lines if line.is_taken is not None)
    told = {line.row.uid for line in lines}
    unchanged = sum(str(d["uid"]) not in told for d in seen.plan.package.documents)
    return Shown(groups, tuple(risks(scope, conn, seen)), unchanged, offered)


def risks(scope: Here, conn: Connection, seen: Comparison) -> Iterator[tuple[str, bool]]:
    """Sentences about values that would go or be converted, the worst first."""
    for name, loss in seen.preview.losses.items():
        if loss.lost:
            text = ngettext(
                "%(name)s: %(n)s value of %(total)s would be lost.",
                "%(name)s: %(n)s values of %(total)s would be lost.",
                loss.lost, name=name, total=loss.total,
            )  # fmt: skip
            yield text, True
    for definition in seen.preview.diff.removed:
        if definition.kind == "CustomObject":
            yield _records(scope, conn, definition.name), False
    yield from ((s.describe(), s.risk is Risk.LOSES_DATA) for s in _risky(seen.preview.steps))


def _records(scope: Here, conn: Connection, name: str) -> str:
    found = count(conn, scope.actor, Query(name), scope.snapshot, cap=COUNT_CAP)
    return ngettext(
        "%(name)s: %(n)s record goes into the bin with its object.",
        "%(name)s: %(n)s records go into the bin with their object.",
        found, name=name,
    )  # fmt: skip


def _risky(steps: tuple[Step, ...]) -> Iterator[Step]:
    yield from sorted(
        (step for step in steps if step.risk is not Risk.SAFE),
        key=lambda step: step.risk is not Risk.LOSES_DATA,
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    snapshot: Snapshot
    seen: Comparison
    known: Mapping[str, Stored]
    choice: Choice

    def lines(self) -> Iterator[Line]:
        """Changes in their order, then what is left out, then what stays deleted."""
        told: set[str] = set()
        documents = {str(d["uid"]): d for d in self.seen.plan.package.documents}
        for change in self.seen.preview.diff.changes:
            told.add(str(change.uid))
            yield self._changed(change, documents)
        left = {str(d["uid"]): d for d in self.seen.plan.left}
        if self.seen.plan.problems:  # there is no preview: all of it, to choose from
            left = documents
        for uid, document in left.items():
            if uid not in told:
                told.add(uid)
                yield self._left(uid, document)
        for uid, note in self.seen.plan.notes.items():
            if uid not in told and uid in documents and not self._is_live(uid):
                yield Line(row_of(documents[uid]), "conflict", "same", None, note)

    def _changed(self, change: Change, documents: Mapping[str, Document]) -> Line:
        uid, definition = str(change.uid), change.definition
        before = change.before.document if change.before else None
        after = change.after.document if change.after else None
        state = "added" if before is None else "removed" if after is None else "changed"
        in_package = uid in documents or uid in self.seen.plan.package.uids or state == "removed"
        lines = tuple(lines_of(before, after)) if state == "changed" else ()
        seen_in = self.snapshot if after is None else self.seen.preview.snapshot
        return Line(
            row_of(definition.document, seen_in), self._group(uid, definition.document, state),
            state, True if in_package or uid in self.seen.plan.shipped else None,
            self.seen.plan.notes.get(uid, ""), lines, granted(definition.document),
        )  # fmt: skip

    def _left(self, uid: str, document: Document) -> Line:
        state = "changed" if self._is_live(uid) else "added"
        is_taken = uid not in self.choice.left
        return Line(
            row_of(document), self._group(uid, document, state), state, is_taken,
            self.seen.plan.notes.get(uid, ""), (), granted(document),
        )  # fmt: skip

    def _group(self, uid: str, document: Document, state: str) -> str:
        if is_access(document):
            return "access"
        known = self.known.get(uid)
        has_own = known is not None and known.patch is not None
        return "conflict" if has_own and state != "added" else state

    def _is_live(self, uid: str) -> bool:
        return self.snapshot.find_uid(uid) is not None
