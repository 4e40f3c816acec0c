"""The steps of a deployment: each says what it will do and what it risks, and does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import SYSTEM_USER_ID
from ..kinds import KINDS
from ..kinds.custom_field import CustomField
from ..kinds.custom_object import CustomObject
from ..rollup_runs import begin
from ..storage_types import storage_type
from . import convert
from .diff import Change
from .indexes import Index, Purpose
from .site import Site


class Risk(Enum):
    """How much thought a step deserves."""

    SAFE = "safe"
    CAREFUL = "careful"  # something goes away, but comes back with a revert
    LOSES_DATA = "loses data"  # values are emptied or shortened


@contextmanager
def _different(name: str) -> Iterator[None]:
    """Refuses values that the deployment itself makes alike: converted or relabelled ones."""
    try:
        yield
    except IntegrityError as err:
        message = _("Several records would have the same values in %(name)s.", name=name)
        hint = _("Make these values different first.")
        raise Rejected(Problem("field.doubled_values", (), message, hint)) from err


class Step:
    """One step; `apply` works on tables only, documents are written together at the end."""

    risk: ClassVar[Risk] = Risk.SAFE

    def describe(self) -> str:
        """What it does, for the person who decides."""
        raise NotImplementedError

    def apply(self, site: Site) -> None:
        """Does it."""


@dataclass(frozen=True, slots=True)
class AddObject(Step):
    obj: CustomObject

    def describe(self) -> str:
        return _("Create the object %(name)s with a table of its own.", name=self.obj.name)

    def apply(self, site: Site) -> None:
        site.add_object(self.obj)


@dataclass(frozen=True, slots=True)
class RestoreObject(Step):
    obj: CustomObject

    def describe(self) -> str:
        return _("Restore the object %(name)s with its records.", name=self.obj.name)

    def apply(self, site: Site) -> None:
        site.restore_object(self.obj)


@dataclass(frozen=True, slots=True)
class BinObject(Step):
    obj: CustomObject
    risk: ClassVar[Risk] = Risk.CAREFUL

    def describe(self) -> str:
        return _("Move the object %(name)s and its records to the bin.", name=self.obj.name)

    def apply(self, site: Site) -> None:
        site.bin_object(self.obj)


@dataclass(frozen=True, slots=True)
class AddField(Step):
    field: CustomField

    def describe(self) -> str:
        kind = str(self.field.field_type.label)
        return _("Add the field %(name)s (%(type)s).", name=self.field.name, type=kind)

    def apply(self, site: Site) -> None:
        site.add_field(self.field)


@dataclass(frozen=True, slots=True)
class RestoreField(Step):
    field: CustomField

    def describe(self) -> str:
        return _("Restore the field %(name)s with its values.", name=self.field.name)

    def apply(self, site: Site) -> None:
        site.restore_field(self.field)


@dataclass(frozen=True, slots=True)
class BinField(Step):
    field: CustomField
    risk: ClassVar[Risk] = Risk.CAREFUL

    def describe(self) -> str:
        return _("Move the field %(name)s and its values to the bin.", name=self.field.name)

    def apply(self, site: Site) -> None:
        site.bin_field(self.field)


@dataclass(frozen=True, slots=True)
class AdjustField(Step):
    """A compound that has other components than before."""

    before: CustomField
    after: CustomField

    def describe(self) -> str:
        return _("Adjust the columns of %(name)s.", name=self.after.name)

    def apply(self, site: Site) -> None:
        site.adjust_field(self.after)


@dataclass(frozen=True, slots=True)
class ConvertField(Step):
    """Other columns for a field, filled from the old ones, which stay in the bin."""

    before: CustomField
    after: CustomField
    risk: ClassVar[Risk] = Risk.LOSES_DATA

    def describe(self) -> str:
        return _(
            "Convert the values of %(name)s from %(old)s to %(new)s; what does not fit is emptied.",
            name=self.after.name,
            old=str(self.before.field_type.label),
            new=str(self.after.field_type.label),
        )

    def apply(self, site: Site) -> None:
        obj = site.new.object(self.after.object_name)
        main = site.main_table(obj)
        old = convert.Columns(main, dict(site.columns(self.before.uid)))
        was_kept = site.replace_columns(self.after)
        site.finish_tables()
        new = convert.Columns(main, site.columns(self.after.uid))
        conversion = convert.Conversion(self.before, self.after, site.new)
        convert.convert_rows(site.conn, conversion, old, new, was_kept=was_kept)


@dataclass(frozen=True, slots=True)
class MoveField(ConvertField):
    """A field that becomes unique needs columns beside the mark of deletion: in the main table."""

    risk: ClassVar[Risk] = Risk.SAFE

    def describe(self) -> str:
        return _("Move the values of %(name)s so that they can be unique.", name=self.after.name)

    def apply(self, site: Site) -> None:
        obj = site.new.object(self.after.object_name)
        main = site.main_table(obj)
        old = convert.Columns(main, dict(site.columns(self.before.uid)))
        site.move_field(self.after)
        new = convert.Columns(main, site.columns(self.after.uid))
        convert.copy_rows(site.conn, self.before, old, new)


@dataclass(frozen=True, slots=True)
class ReplaceSummary(ConvertField):
    """A roll-up whose values are of another type: they are worked out, so none is converted."""

    risk: ClassVar[Risk] = Risk.SAFE

    def describe(self) -> str:
        return _("Give %(name)s a column for its new values.", name=self.after.name)

    def apply(self, site: Site) -> None:
        site.replace_columns(self.after)


@dataclass(frozen=True, slots=True)
class CalculateSummary(Step):
    """Values for the records there are: a job works them out, a few at a time."""

    field: CustomField

    def describe(self) -> str:
        return _("Work out %(name)s for the records there are.", name=self.field.name)

    def apply(self, site: Site) -> None:
        begin(site.conn, self.field.uid, site.deployment_id, SYSTEM_USER_ID)


@dataclass(frozen=True, slots=True)
class RelabelRecords(Step):
    """Records of record types that have another name, or are gone, get what stands for these."""

    field: CustomField
    names: tuple[tuple[str, str | None], ...]  # (local name before, local name from now on)
    risk: ClassVar[Risk] = Risk.CAREFUL

    def describe(self) -> str:
        names = ", ".join(f"{old} → {new or '—'}" for old, new in self.names)
        return _("Change the record type of the records of %(object)s: %(names)s.",
                 object=self.field.object_name, names=names)  # fmt: skip

    def apply(self, site: Site) -> None:
        for part, place in site.columns(self.field.uid).items():
            table = sa.table(place.table, sa.column(place.column, storage_type(place.type)))
            column = table.c[place.column]
            stored = {self._stored(old)[part]: self._stored(new)[part] for old, new in self.names}
            value = sa.case(
                *((column == old, sa.literal(new, column.type)) for old, new in stored.items()),
                else_=column,
            )
            statement = sa.update(table).where(column.in_(list(stored)))
            with _different(self.field.object_name):
                site.conn.execute(statement.values({column: value}))

    def _stored(self, name: str | None) -> dict[str, Any]:
        return self.field.field_type.to_columns(name, self.field)


@dataclass(frozen=True, slots=True)
class AddIndex(Step):
    index: Index
    name: str  # of the field or object, as a person knows it

    def describe(self) -> str:
        if self.index.beside:
            return _("Make %(names)s unique together.", names=self.name)
        if self.index.purpose is Purpose.UNIQUE:
            return _("Make the values of %(name)s unique.", name=self.name)
        return _("Add an index on %(name)s.", name=self.name)

    def apply(self, site: Site) -> None:
        with _different(self.name):
            site.add_index(self.index)


@dataclass(frozen=True, slots=True)
class DropIndex(Step):
    index: Index
    name: str

    def describe(self) -> str:
        return _("Drop the index on %(name)s.", name=self.name)

    def apply(self, site: Site) -> None:
        site.drop_index(self.index, site.old.storage)


@dataclass(frozen=True, slots=True)
class ReconcileIndexes(Step):
    """A restored object's indexes: those of then may not be those of now."""

    obj: CustomObject

    def describe(self) -> str:
        return _("Bring the indexes of %(name)s up to date.", name=self.obj.name)

    def apply(self, site: Site) -> None:
        site.reconcile_indexes(self.obj)


@dataclass(frozen=True, slots=True)
class WriteDocument(Step):
    """A component whose change touches no table."""

    change: Change

    def describe(self) -> str:
        kind = str(KINDS.get(self.change.kind).label).lower()
        before, after = self.change.before, self.change.after
        if before is None:
            return _("Add the %(kind)s %(name)s.", kind=kind, name=self.change.definition.name)
        if after is None:
            return _("Delete the %(kind)s %(name)s.", kind=kind, name=before.name)
        if before.name != after.name:
            return _(
                "Rename the %(kind)s %(name)s to %(new)s.",
                kind=kind,
                name=before.name,
                new=after.name,
            )
        return _("Change the %(kind)s %(name)s.", kind=kind, name=after.name)
