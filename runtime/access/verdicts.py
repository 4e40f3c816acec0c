"""What somebody may do with one record, each answer with what decides it: rights, then the record.

Asked of the same `permissions` and the same parts of statements that pages and saves go by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import sqlalchemy as sa

from ...metadata.definition import Definition
from ...metadata.givers import givers_of_field, givers_of_object, givers_of_permission
from ...metadata.grants import FieldRight, ObjectRight
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.rights import is_always_shown, rights_of
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor
from . import permissions
from .explain import Cause, Holding, explain
from .levels import ORG_WIDE, Level
from .permissions import Operation

OWNER = "OwnerId"
TRANSFER_ANY = "TransferAnyEntity"


class Deed(Enum):
    """What can be done with a record."""

    SEE = "see"
    EDIT = "edit"
    DELETE = "delete"
    TRANSFER = "transfer"


class Why(Enum):
    """The kinds of what decides."""

    LACKS_RIGHT = "lacks right"  # no profile or set gives the right on the object
    LACKS_RECORD = "lacks record"  # nothing gives enough of this record
    PRIVATE = "private"  # somebody else's private record
    ALL = "all"  # a right over all records of the object
    DEFAULT = "default"  # the org-wide default
    CAUSE = "cause"  # a source of access to this record
    GIVEN = "given"  # a profile or set gives the right
    PEOPLE = "people"  # users are seen by everybody and changed in Setup alone
    OWNERLESS = "ownerless"  # the record belongs to its master's owner
    TRANSFER_ANY = "transfer any"  # a permission to transfer what one may edit
    SHOWN = "shown"  # the field is shown to whoever sees the record
    LACKS_FIELD = "lacks field"  # no profile or set shows the field, or lets it be edited
    LACKS_INPUT = "lacks input"  # a formula looks at something that may not be read
    COMPUTED = "computed"  # nobody writes the field
    DEED = "deed"  # the record may not be seen, or edited, at all


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that decides."""

    why: Why
    right: str = ""  # "Read", "Edit", "Delete", "View all", "Modify all"
    givers: tuple[Definition, ...] = ()
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may, and why; the strongest ground first."""

    is_allowed: bool
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    field: CustomField
    read: Verdict
    edit: Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one person and one record."""

    actor: Actor
    object: CustomObject
    holding: Holding
    deeds: dict[Deed, Verdict]

    def may(self, deed: Deed) -> bool:
        return self.deeds[deed].is_allowed


_NEEDED = {
    Deed.SEE: (Operation.READ, ObjectRight.READ, "Read", Level.READ),
    Deed.EDIT: (Operation.EDIT, ObjectRight.EDIT, "Edit", Level.EDIT),
    Deed.DELETE: (Operation.DELETE, ObjectRight.DELETE, "Delete", Level.FULL),
    Deed.TRANSFER: (Operation.EDIT, ObjectRight.EDIT, "Edit", Level.FULL),
}


def answer(conn: sa.Connection, actor: Actor, snapshot: Snapshot, record_id: str) -> Answer:
    """What the actor may do with the live record, and why."""
    obj = snapshot.object_of_id(record_id)
    holding = explain(conn, actor, snapshot, record_id)
    judge = _Judge(actor, snapshot, obj, holding)
    return Answer(actor, obj, holding, {deed: judge.verdict(deed) for deed in Deed})


class _Judge:
    def __init__(
        self, actor: Actor, snapshot: Snapshot, obj: CustomObject, holding: Holding
    ) -> None:
        self.actor, self.snapshot, self.obj, self.holding = actor, snapshot, obj, holding
        self.rights = rights_of(actor, snapshot)

    def verdict(self, deed: Deed) -> Verdict:
        operation, right, name, level = _NEEDED[deed]
        if self.obj.storage and operation is not Operation.READ:
            return Verdict(False, (Ground(Why.PEOPLE),))
        if not permissions.may(self.actor, operation, self.obj, self.snapshot):
            return Verdict(False, (Ground(Why.LACKS_RIGHT, name),))
        if deed is Deed.TRANSFER:
            return self._transfer(name, right)
        return self._on_record(level, name, right)

    def _on_record(self, level: Level, name: str, right: ObjectRight) -> Verdict:
        if self.holding.is_secret:
            return Verdict(False, (Ground(Why.PRIVATE),))
        if self.holding.level < level:
            return Verdict(False, (Ground(Why.LACKS_RECORD, name),))
        given = Ground(Why.GIVEN, name, givers_of_object(self.rights, self.obj, right))
        return Verdict(True, (*self._grounds(level), *([given] if given.givers else ())))

    def _grounds(self, level: Level) -> Iterator[Ground]:
        """All that gives the level: sources of this record first, then what is over all."""
        for cause in self.holding.causes_of(level):
            yield Ground(Why.CAUSE, cause=cause)
        if self.obj.storage:
            yield Ground(Why.PEOPLE)
        elif ORG_WIDE[self.obj.sharing_model] >= level:
            yield Ground(Why.DEFAULT)
        held = self.rights.object(self.obj)
        over_all = [(ObjectRight.MODIFY_ALL, "Modify all")]
        if level <= Level.READ:
            over_all.append((ObjectRight.VIEW_ALL, "View all"))
        for right, name in over_all:
            if held & right and not self.obj.storage:
                givers = givers_of_object(self.rights, self.obj, right)
                yield Ground(Why.ALL, name, givers)
                return

    def _transfer(self, name: str, right: ObjectRight) -> Verdict:
        """Who may edit may transfer by permission or default; others need all of the record."""
        if not self.obj.has_owner:
            return Verdict(False, (Ground(Why.OWNERLESS),))
        full = self._on_record(Level.FULL, name, right)
        edit = self._on_record(Level.EDIT, name, right)
        if full.is_allowed or not edit.is_allowed:
            return full
        if self.obj.sharing_model in ("ReadWriteTransfer", "FullAccess"):
            return Verdict(True, (Ground(Why.DEFAULT),))
        if permissions.holds(self.actor, TRANSFER_ANY, self.snapshot):
            givers = givers_of_permission(self.rights, TRANSFER_ANY)
            return Verdict(True, (Ground(Why.TRANSFER_ANY, "", givers),))
        return full


# -- fields


def field_verdicts(found: Answer, snapshot: Snapshot) -> tuple[FieldVerdict, ...]:
    """Each field of the record's object, in the order of its labels."""
    fields = snapshot.fields(found.object.name).values()
    shown = (f for f in fields if f.local_name not in ("IsDeleted", "SystemModstamp"))
    ordered = sorted(shown, key=lambda f: snapshot.label(f).casefold())
    return tuple(
        FieldVerdict(f, _read(found, f, snapshot), _edit(found, f, snapshot)) for f in ordered
    )


def _read(found: Answer, field: CustomField, snapshot: Snapshot) -> Verdict:
    if not found.may(Deed.SEE):
        return Verdict(False, (Ground(Why.DEED),))
    return _by_right(found.actor, field, FieldRight.READ, snapshot)


def _edit(found: Answer, field: CustomField, snapshot: Snapshot) -> Verdict:
    deed = Deed.TRANSFER if field.local_name == OWNER else Deed.EDIT
    if not permissions.writable(found.actor, field, snapshot):
        is_computed = field.is_system or not field.is_editable
        why = Ground(Why.COMPUTED) if is_computed else Ground(Why.LACKS_FIELD, "Edit")
        return Verdict(False, (why,))
    if not found.may(deed):
        return Verdict(False, (Ground(Why.DEED),))
    return _by_right(found.actor, field, FieldRight.EDIT, snapshot)


def _by_right(actor: Actor, field: CustomField, right: FieldRight, snapshot: Snapshot) -> Verdict:
    name = "Read" if right is FieldRight.READ else "Edit"
    if is_always_shown(field, snapshot):
        return Verdict(True, (Ground(Why.SHOWN),))
    is_allowed = right is FieldRight.EDIT or permissions.readable(actor, field, snapshot)
    givers = givers_of_field(rights_of(actor, snapshot), field, right, snapshot)
    if not is_allowed:
        why = Why.LACKS_INPUT if field.formula and givers else Why.LACKS_FIELD
        return Verdict(False, (Ground(why, name),))
    return Verdict(True, (Ground(Why.GIVEN, name, givers),))
