"""Type changes: which are allowed, what they would lose, and the work itself.

Values go through the neutral text of the old type, which the new type parses: nothing is guessed.
The old columns stay in the bin, so a conversion that is taken back brings lost values back, row by
row, wherever the present value is still the one the conversion made of the old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ...platform.db.inserts import insert_into
from ...platform.db.scope import OrgDatabase
from ...platform.db.types import Words
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..checks import parse
from ..definition import Document
from ..field_types.base import NEUTRAL, Reading, Value
from ..kinds.custom_field import CustomField
from ..snapshot import Snapshot
from ..storage import StoredColumn
from ..storage_types import storage_type
from ..store import SNAPSHOTS

BATCH = 1000  # rows of one step through a table
SAMPLES = 5

_LINES = ("Text", "Email", "Phone", "Url")
_TEXTS = (*_LINES, "TextArea", "LongTextArea")
_NUMBERS = ("Number", "Currency", "Percent")
_MOMENTS = ("Date", "DateTime", "Time")
_CHOICES = ("Picklist", "MultiselectPicklist")

# old type -> the types it can become
MATRIX: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_TEXTS, (*_TEXTS, "Html", *_NUMBERS, *_MOMENTS, *_CHOICES, "Checkbox")),
    **dict.fromkeys(_NUMBERS, (*_NUMBERS, "Text", "TextArea", "LongTextArea", "Phone")),
    **dict.fromkeys(_CHOICES, (*_CHOICES, "Text", "TextArea", "LongTextArea")),
    "Date": ("DateTime", "Text", "TextArea", "LongTextArea"),
    "DateTime": ("Date", "Text", "TextArea", "LongTextArea"),
    "Time": ("Text", "TextArea", "LongTextArea"),
    "Checkbox": ("Text", "TextArea", "LongTextArea", "Picklist"),
    "AutoNumber": ("Text",),
    "Html": ("LongTextArea",),
    "Lookup": ("MasterDetail",),
    "MasterDetail": ("Lookup",),
}
_SAME_IDS = frozenset({("Lookup", "MasterDetail"), ("MasterDetail", "Lookup")})


@dataclass(frozen=True, slots=True)
class Loss:
    """What a conversion would do to the values there are."""

    total: int  # records that have a value
    lost: int  # of these: emptied or shortened
    samples: tuple[tuple[str, str], ...] = ()  # (value now, value then or "")


def targets_of(field: CustomField) -> tuple[str, ...]:
    """The types that the field could be changed to, without its own."""
    return tuple(name for name in MATRIX.get(field.type, ()) if name != field.type)


def check_conversion(before: CustomField, after: CustomField) -> tuple[Problem, ...]:
    """A problem when the field cannot become this."""
    if bool(before.formula) != bool(after.formula):
        message = _("A formula field cannot become one that is filled in, nor the other way round.")
        hint = _("Make another field, and delete this one when nothing needs it any more.")
        return (Problem("field.conversion", ("formula",), message, hint),)
    if after.formula:
        return ()
    if before.type != after.type and after.type not in MATRIX.get(before.type, ()):
        message = _("A %(old)s field cannot become %(new)s.", old=before.type, new=after.type)
        names = ", ".join(targets_of(before))
        hint = _("It can become: %(names)s.", names=names) if names else ""
        return (Problem("field.conversion", ("type",), message, hint),)
    return ()


def needs_work(before: CustomField, after: CustomField) -> bool:
    """Says whether values have to be looked at: another type, other columns, or less room."""
    if after.formula:
        return False
    if before.type != after.type:
        return (before.type, after.type) not in _SAME_IDS
    if not before.field_type.columns(before):
        return False
    return _needs(before) != _needs(after) or _room(after) < _room(before)


def _needs(field: CustomField) -> dict[str, str]:
    return {part.name: part.type for part in field.field_type.columns(field)}


def _room(field: CustomField) -> int:
    fallback = getattr(field.field_type, "default_length", 0)
    return int(field.options.get("length") or fallback)


# -- one value


@dataclass(frozen=True)
class Conversion:
    """From one field definition to another; `__call__` gives None for what cannot be kept."""

    before: CustomField
    after: CustomField
    snapshot: Snapshot

    def __call__(self, value: Value) -> Value:
        if value is None:
            return None
        text = _bridged(self.before.field_type.export(value, self.before), self.before, self.after)
        kind = self.after.field_type
        for attempt in self._attempts(text):
            try:
                found = kind.parse(attempt, self.after, self._reading)
            except Rejected:
                continue
            if found is not None and not kind.check(found, self.after):
                return found
        return None

    def _attempts(self, text: str) -> Iterator[str]:
        """The text, then the text rounded or cut to what fits."""
        yield text
        if self.after.type in _NUMBERS and self.before.type in _NUMBERS:
            yield _rounded(text, int(self.after.options.get("scale", 0)))
        if (room := _room(self.after)) and self.after.type in (*_TEXTS[-2:], "Text"):
            yield text[:room]

    def keeps(self, value: Value, found: Value) -> bool:
        """Says whether nothing of the value is lost in what it became."""
        if value is None:
            return True
        if found is None:
            return False
        if self.before.type in _TEXTS and self.after.type not in _TEXTS:
            return True  # "12.50" may become 12.5: the meaning is kept
        return bool(self.back(found) == value)

    @cached_property
    def back(self) -> Conversion:
        """The conversion the other way."""
        return Conversion(self.after, self.before, self.snapshot)

    @cached_property
    def _reading(self) -> Reading:
        return NEUTRAL.for_field(self.after, self.snapshot)


def _bridged(text: str, before: CustomField, after: CustomField) -> str:
    """The neutral text of the old type as one that the new type reads."""
    if before.type == "Date" and after.type == "DateTime":
        return f"{text}T00:00:00Z"
    if before.type == "DateTime" and after.type == "Date":
        return text[:10]
    if after.type in _LINES and before.type in ("TextArea", "LongTextArea"):
        return " ".join(text.split())
    return text


def _rounded(text: str, scale: int) -> str:
    whole, point, rest = text.partition(".")
    if not point or len(rest) <= scale:
        return text
    digits = int((whole.lstrip("-") or "0") + rest[:scale]) + (rest[scale] >= "5")
    shown = str(digits).rjust(scale + 1, "0")
    number = f"{shown[:-scale]}.{shown[-scale:]}" if scale else shown
    return f"-{number}" if text.startswith("-") else number


# -- all rows


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a field in an object: {part: place}."""

    main: str  # the table with a row for every record
    places: Mapping[str, StoredColumn]

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.table for place in self.places.values()))


def rows_of(
    conn: sa.Connection, *fields: tuple[CustomField, Columns]
) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """(id, one value per field) of every record, deleted ones too, a batch at a time by id."""
    statement, id_column, names = _reading(fields)
    last = ""
    while True:
        batch = conn.execute(
            statement.where(id_column > last).order_by(id_column).limit(BATCH)
        ).all()
        for row in batch:
            mapping = row._mapping
            yield (
                row[0],
                tuple(
                    field.field_type.from_columns(
                        {part: mapping[label] for part, label in labels.items()}, field
                    )
                    for (field, _columns), labels in zip(fields, names, strict=True)
                ),
            )
        if len(batch) < BATCH:
            return
        last = batch[-1][0]


def _reading(
    fields: tuple[tuple[CustomField, Columns], ...],
) -> tuple[sa.Select[Any], sa.ColumnElement[Any], list[dict[str, str]]]:
    tables: dict[str, list[StoredColumn]] = {fields[0][1].main: []}
    for _field, columns in fields:
        for place in columns.places.values():
            tables.setdefault(place.table, []).append(place)
    made = {name: _table(name, places) for name, places in tables.items()}
    main = made[fields[0][1].main]
    source: sa.FromClause = main
    for name, table in made.items():
        if name != main.name:
            source = source.outerjoin(table, table.c.id == main.c.id)
    names: list[dict[str, str]] = []
    selected: list[sa.ColumnElement[Any]] = [main.c.id]
    for n, (_field, columns) in enumerate(fields):
        labels = {part: f"v{n}_{i}" for i, part in enumerate(columns.places)}
        names.append(labels)
        for part, label in labels.items():
            place = columns.places[part]
            selected.append(made[place.table].c[place.column].label(label))
    return sa.select(*selected).select_from(source), main.c.id, names


def _table(name: str, places: list[StoredColumn]) -> sa.Table:
    columns = {p.column: sa.Column(p.column, storage_type(p.type)) for p in places}
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("id", storage_type("id"), primary_key=True),
        *columns.values(),
    )


def write_values(
    conn: sa.Connection, field: CustomField, columns: Columns, values: list[tuple[str, Value]]
) -> None:
    """Stores the values of the records; a slice gets a row for a record that had none."""
    for name in columns.tables:
        places = {part: p for part, p in columns.places.items() if p.table == name}
        table = _table(name, list(places.values()))
        rows = [_row(field, places, record_id, value) for record_id, value in values]
        if name != columns.main:
            conn.execute(_upsert(conn, table), rows)
        elif conn.dialect.name == "postgresql":
            conn.execute(
                _update_from_arrays(table, conn.dialect), _arrays(table, conn.dialect, rows)
            )
        else:
            conn.execute(
                _update_each(table), [{f"b_{k}": v for k, v in row.items()} for row in rows]
            )


def _update_each(table: sa.Table) -> sa.Update:
    change: dict[str, Any] = {
        c.name: sa.bindparam(f"b_{c.name}") for c in table.c if c.name != "id"
    }
    return sa.update(table).where(table.c.id == sa.bindparam("b_id")).values(change)


def _arrays(table: sa.Table, dialect: sa.Dialect, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """{parameter: stored values of all rows}"""
    return {
        f"b_{c.name}": [c.type.process_bind_param(row[c.name], dialect) for row in rows]  # type: ignore[attr-defined]
        for c in table.c
    }


def _update_from_arrays(table: sa.Table, dialect: sa.Dialect) -> sa.Update:
    """All rows by one statement: PostgreSQL is slow with many small ones."""
    arrays = []
    for c in table.c:
        plain = sa.Text() if isinstance(c.type, Words) else c.type.load_dialect_impl(dialect)  # type: ignore[attr-defined]
        kind: Any = postgresql.ARRAY(plain)
        arrays.append(sa.cast(sa.bindparam(f"b_{c.name}", type_=kind), kind))
    names = (c.name for c in table.c)
    given = sa.func.unnest(*arrays).table_valued(*names, name="given").render_derived()
    change = {c.name: given.c[c.name] for c in table.c if c.name != "id"}
    return sa.update(table).where(table.c.id == given.c.id).values(change)


def _row(
    field: CustomField, places: Mapping[str, StoredColumn], record_id: str, value: Value
) -> dict[str, Any]:
    stored = field.field_type.to_columns(value, field)
    return {"id": record_id, **{p.column: stored.get(part) for part, p in places.items()}}


def _upsert(conn: sa.Connection, table: sa.Table) -> sa.Insert:
    insert = insert_into(conn, table)
    others = {c.name: insert.excluded[c.name] for c in table.c if c.name != "id"}
    done: sa.Insert = insert.on_conflict_do_update(index_elements=["id"], set_=others)
    return done


def settled(value: Value, field: CustomField) -> Value:
    """What the field holds once the value is stored: a checkbox without a value holds False."""
    return field.field_type.from_columns(field.field_type.to_columns(value, field), field)


def convert_rows(
    conn: sa.Connection, conversion: Conversion, old: Columns, new: Columns, *, was_kept: bool
) -> None:
    """Fills the new columns; where they held the values once, lost ones come back from there."""
    back = conversion.back
    source = [(conversion.before, old)] + ([(conversion.after, new)] if was_kept else [])
    changed: list[tuple[str, Value]] = []
    for record_id, (present, *kept) in rows_of(conn, *source):
        there = kept[0] if kept else None
        if kept and settled(back(there), conversion.before) == present:
            continue
        value = conversion(present)
        if value != there:
            changed.append((record_id, value))
        if len(changed) >= BATCH:
            write_values(conn, conversion.after, new, changed)
            changed = []
    if changed:
        write_values(conn, conversion.after, new, changed)


def copy_rows(conn: sa.Connection, field: CustomField, old: Columns, new: Columns) -> None:
    """Fills the new columns with what the old ones hold."""
    rows = [(i, v) for i, (v,) in rows_of(conn, (field, old)) if v is not None]
    for start in range(0, len(rows), BATCH):
        write_values(conn, field, new, rows[start : start + BATCH])


# -- trying out


def loss_count(org_db: OrgDatabase, field: CustomField, document: Document) -> Loss:
    """What changing the field to that document would lose; changes nothing. May raise Rejected."""
    after = parse(document)
    assert isinstance(after, CustomField)  # noqa: S101 - `field` is one, and kinds never change
    with org_db.read() as conn:
        snapshot = SNAPSHOTS.at(conn, org_db)
        return loss_within(conn, snapshot.with_changes([after]), field, after)


def loss_within(
    conn: sa.Connection, snapshot: Snapshot, before: CustomField, after: CustomField
) -> Loss:
    """As `loss_count`, within the caller's transaction."""
    if not needs_work(before, after):
        return Loss(0, 0)
    conversion = Conversion(before, after, snapshot)
    return counted(conversion, live_columns(snapshot, before), conn)


def live_columns(snapshot: Snapshot, field: CustomField) -> Columns:
    """Where the snapshot's storage keeps the field."""
    obj = snapshot.object(field.object_name)
    main = "sys_user" if obj.storage else snapshot.storage.object(obj.uid).table
    return Columns(main, snapshot.storage.of_field(field.uid))


def counted(conversion: Conversion, columns: Columns, conn: sa.Connection) -> Loss:
    total = lost = 0
    samples: dict[tuple[str, str], None] = {}
    show: Callable[[Value, CustomField], str] = lambda v, f: f.field_type.export(v, f)  # noqa: E731
    for _id, (value,) in rows_of(conn, (conversion.before, columns)):
        if value is None:
            continue
        total += 1
        found = conversion(value)
        if not conversion.keeps(value, found):
            lost += 1
            if len(samples) < SAMPLES:
                samples[show(value, conversion.before), show(found, conversion.after)] = None
    return Loss(total, lost, tuple(samples))
