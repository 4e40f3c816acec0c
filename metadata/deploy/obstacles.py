"""What existing records have against a plan: doubled values, blanks where a master is needed."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ...platform.errors import Problem
from ...platform.i18n import _
from ..kinds.custom_field import CustomField
from ..snapshot import Snapshot
from ..storage import StoredColumn
from . import steps as s
from . import together
from .plan import Plan, unique_steps
from .rows import table_of

EXAMPLES = 3


def problems(conn: sa.Connection, old: Snapshot, new: Snapshot, plan: Plan) -> tuple[Problem, ...]:
    """Everything in the tables that the plan would fail on, before it is tried."""
    return (
        *_doubles(conn, old, new, plan),
        *together.problems(conn, old, new, plan),
        *_blanks(conn, old, plan),
        *_orphans(conn, old, new),
        *_left_behind(conn, old, new),
    )


def _doubles(conn: sa.Connection, old: Snapshot, new: Snapshot, plan: Plan) -> Iterator[Problem]:
    converted = {step.after.uid for step in plan.tables if type(step) is s.ConvertField}
    for step in unique_steps(plan):
        if step.index.beside:
            continue
        place = old.storage.of_field(step.index.field_uid).get(step.index.part)
        field = new.find_uid(step.index.field_uid)
        if place is None or field is None or field.uid in converted:
            continue
        values = _doubled_values(conn, old, new, field, place)
        if values:
            shown = ", ".join(repr(value)[:60] for value in values)
            message = _("Several records have the same value: %(values)s.", values=shown)
            hint = _("Make these values different first.")
            yield Problem("field.doubled_values", (field.kind, field.name, "unique"), message, hint)


def _doubled_values(
    conn: sa.Connection, old: Snapshot, new: Snapshot, field: CustomField, place: StoredColumn
) -> list[object]:
    table = table_of(place.table, **{place.column: place.type})
    value = table.c[place.column]
    query = sa.select(value).where(value.is_not(None)).group_by(value)
    query = query.having(sa.func.count() > 1).order_by(value).limit(EXAMPLES)
    main = place.table.partition("_")[0]
    if not new.object(field.object_name).storage:
        home = table_of(main, is_deleted="flag")
        live = sa.select(home.c.id).where(home.c.is_deleted == sa.false())
        query = query.where(table.c.id.in_(live))
    return list(conn.execute(query).scalars())


def _blanks(conn: sa.Connection, old: Snapshot, plan: Plan) -> Iterator[Problem]:
    """Details have a master: a field for it cannot be added where records have none."""
    for step in plan.tables:
        if isinstance(step, s.AddField) and step.field.type == "MasterDetail":
            obj = old.find("CustomObject", step.field.object_name)
            if obj is not None and _has_rows(conn, old.storage.object(obj.uid).table):
                message = _("The object has records, and they would have no master.")
                hint = _("Add a lookup, fill it for every record, then make it master-detail.")
                place = (step.field.kind, step.field.name, "type")
                yield Problem("field.records_without_master", place, message, hint)


def _has_rows(conn: sa.Connection, table: str, *where: sa.ColumnElement[bool]) -> bool:
    home = table_of(table)
    return conn.execute(sa.select(home.c.id).where(*where).limit(1)).first() is not None


def _orphans(conn: sa.Connection, old: Snapshot, new: Snapshot) -> Iterator[Problem]:
    """A lookup can become master-detail only when every record has one."""
    for field in new.of_kind("CustomField"):
        before = old.find_uid(field.uid)
        if before is None or (before.type, field.type) != ("Lookup", "MasterDetail"):
            continue
        place = old.storage.of_field(field.uid)[""]
        table = table_of(place.table, **{place.column: place.type})
        empty = sa.select(table.c.id).where(table.c[place.column].is_(None)).limit(1)
        if conn.execute(empty).first() is not None:
            message = _("Some records have nothing in this field.")
            hint = _("Fill it for every record first.")
            path = (field.kind, field.name, "type")
            yield Problem("field.records_without_master", path, message, hint)


def _left_behind(conn: sa.Connection, old: Snapshot, new: Snapshot) -> Iterator[Problem]:
    """An object can leave the targets of an open lookup only when nothing points at its records."""
    for field in old.of_kind("CustomField"):
        now = new.find_uid(field.uid)
        if field.every is None or now is None:
            continue
        before = old.field(field.object_name, field.local_name).reference_to
        after = new.field(now.object_name, now.local_name).reference_to
        for name in before:
            obj = new.find_uid(old.object(name).uid)
            if obj is None or obj.name in after:
                continue
            if _is_pointed_at(conn, old, field, old.storage.prefix(obj.uid)):
                message = _("%(field)s of some records points at this object.", field=field.name)
                hint = _("Delete those records first, for good.")
                yield Problem("object.pointed_at", (obj.kind, obj.name), message, hint)


def _is_pointed_at(conn: sa.Connection, old: Snapshot, field: CustomField, prefix: str) -> bool:
    place = old.storage.of_field(field.uid)[""]
    table = table_of(place.table, **{place.column: place.type})
    value = table.c[place.column]
    found = sa.select(table.c.id).where(value >= prefix, value <= prefix + "z" * 15).limit(1)
    return conn.execute(found).first() is not None
