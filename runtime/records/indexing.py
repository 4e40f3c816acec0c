"""The index of words is kept in the transaction of the save, whoever saves and by whatever way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.migrations.tables import sys_near_word, sys_word
from ...platform.people.actor import system_actor
from ..query.request import Rows
from ..query.run import get_many
from ..query.search import index_key, is_indexed
from ..query.words import nearby, number_words, sound_words, words_of
from .draft import Draft
from .rules import Rules

NEAR = range(4, 25)  # letters of a word that a slip of the hand may hide
CHUNK = 500


def fields_of(snapshot: Snapshot, object_name: str) -> tuple[CustomField, ...]:
    """The fields of an object whose words are kept."""
    return snapshot.derived(
        ("kept words", object_name),
        lambda: tuple(
            field for field in snapshot.fields(object_name).values() if is_indexed(field, snapshot)
        ),
    )


def words_in(field: CustomField, value: Value, *, is_name: bool) -> Iterable[str]:
    """The words that a value of the field is found by."""
    text = field.field_type.display(value, field)
    found = dict.fromkeys(words_of(text))
    if field.type == "Phone":
        found |= dict.fromkeys(number_words(text))
    if is_name and not text.isascii():
        found |= dict.fromkeys(sound_words(text))
    return found


Row = tuple[str, str, str]  # of the index: term, record, field


def add(conn: sa.Connection, snapshot: Snapshot, rules: Rules, drafts: Sequence[Draft]) -> None:
    """Keeps the words of new records."""
    keep(conn, snapshot, rules, [(draft.id, draft.values) for draft in drafts])


def change(conn: sa.Connection, snapshot: Snapshot, rules: Rules, drafts: Sequence[Draft]) -> None:
    """Keeps the words of what drafts change, in place of those before."""
    kept = {field.local_name for field in fields_of(snapshot, rules.object.name)}
    old = ({name: draft.old[name] for name in draft.values if name in kept} for draft in drafts)
    pairs = [(draft.id, values) for draft, values in zip(drafts, old, strict=True)]
    before = set(_rows(snapshot, rules, pairs))
    after = set(_rows(snapshot, rules, [(draft.id, draft.values) for draft in drafts]))
    _remove(conn, before - after)
    _write(conn, sys_word, sorted(after - before))
    _learn(conn, snapshot, rules, after - before)


def forget(conn: sa.Connection, snapshot: Snapshot, rules: Rules, ids: Sequence[str]) -> None:
    """Drops the words of records that are about to be gone for good."""
    _remove(conn, _rows(snapshot, rules, read(conn, snapshot, rules, ids)))


def read(
    conn: sa.Connection, snapshot: Snapshot, rules: Rules, ids: Sequence[str]
) -> list[tuple[str, Mapping[str, Value]]]:
    """(id, values) of records as far as words are kept of them, binned ones included."""
    system = system_actor(snapshot.org, "keeping the words of records")
    names = tuple(field.local_name for field in fields_of(snapshot, rules.object.name))
    found = get_many(conn, system, snapshot, rules.object.name, ids, names, Rows.ALL)
    return [(record_id, record.values) for record_id, record in found.items()]


def first_row(
    snapshot: Snapshot, rules: Rules, field: CustomField, record_id: str, value: Value
) -> Row | None:
    """One row that the index has of a value; None for a value without words."""
    return next(iter(_rows(snapshot, rules, [(record_id, {field.local_name: value})])), None)


def keep(
    conn: sa.Connection,
    snapshot: Snapshot,
    rules: Rules,
    rows: Sequence[tuple[str, Mapping[str, Value]]],
) -> None:
    """Keeps the words of records: (id, values). What is there stays."""
    found = _rows(snapshot, rules, rows)
    _write(conn, sys_word, sorted(found))
    _learn(conn, snapshot, rules, found)


def _rows(
    snapshot: Snapshot, rules: Rules, rows: Sequence[tuple[str, Mapping[str, Value]]]
) -> list[Row]:
    """What the index has of these records."""
    found: list[Row] = []
    prefix = snapshot.storage.prefix(rules.object.uid)
    for field in fields_of(snapshot, rules.object.name):
        name, key = field.local_name, index_key(field, snapshot)
        is_name = name == rules.object.name_field
        for record_id, values in rows:
            if (value := values.get(name)) is not None:
                words = words_in(field, value, is_name=is_name)
                found += [(prefix + word, record_id, key) for word in words]
    return found


def _write(conn: sa.Connection, table: sa.Table, rows: Sequence[tuple[str, ...]]) -> None:
    """Inserts sorted rows of plain words as the driver takes them; those that are there stay."""
    if not rows:
        return
    names = ", ".join(column.name for column in table.columns)
    into = f"INSERT INTO {table.name} ({names})"
    if conn.dialect.name == "postgresql":
        arrays = ", ".join(["%s::text[]"] * len(table.columns))
        statement = f"{into} SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"  # noqa: S608
        conn.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))
        return
    marks = ", ".join("?" * len(table.columns))
    conn.exec_driver_sql(f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", list(rows))


def _remove(conn: sa.Connection, rows: Iterable[Row]) -> None:
    names = ("term", "record_id", "field")
    mine = (sys_word.c[name] == sa.bindparam(f"its_{name}") for name in names)
    gone = [{f"its_{name}": part for name, part in zip(names, row, strict=True)} for row in rows]
    if gone:
        conn.execute(sa.delete(sys_word).where(*mine), gone)


def may_be_missed(word: str) -> bool:
    """Says whether a slip of the hand may hide the word: it is of Latin letters, enough of them."""
    return len(word) in NEAR and word.isalpha() and word < "\u2e80"


def _learn(conn: sa.Connection, snapshot: Snapshot, rules: Rules, rows: Iterable[Row]) -> None:
    """Notes what words of names may be mistaken for, if they are new."""
    name = snapshot.name_field(rules.object.name)
    if name is None:
        return
    key, begin = index_key(name, snapshot), len(snapshot.storage.prefix(rules.object.uid))
    words = {term[begin:] for term, _record_id, field in rows if field == key}
    ordered = sorted(word for word in words if may_be_missed(word))
    n = sys_near_word.c
    known: set[str] = set()
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        known |= set(conn.scalars(sa.select(n.word).where(n.key.in_(some), n.key == n.word)))
    new = (word for word in ordered if word not in known)
    _write(conn, sys_near_word, sorted((key, word) for word in new for key in nearby(word)))
