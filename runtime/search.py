"""Global search: words with which words of records begin, by the index, object by object.

Any two Chinese characters that stand together are found, and names by how they sound in pinyin. A
word that nothing begins with is taken for what it may have been meant to be. Fields that the actor
may not read are not looked into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ..metadata.kinds.custom_field import CustomField
from ..metadata.kinds.custom_object import CustomObject
from ..metadata.snapshot import Snapshot
from ..platform.db.values import fold
from ..platform.migrations.tables import sys_near_word, sys_word
from ..platform.people.actor import Actor
from .access import permissions
from .query import run
from .query.likely import first_with
from .query.record import Page, Record
from .query.request import Order, Query
from .query.words import asked_words, is_mistaken_for, nearby, upper_bound

DETAILS = 2  # fields beside the title
SHORTEST_SLIP = 4  # letters of a word that is taken for another
MANY = 200  # words that are looked at as what one may have meant
MOST_COUNTED = 1000  # hits of one object
EACH = 25  # hits of one object, unless it is the only one asked for


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found: its title and a few words to tell it from others."""

    id: str
    object: str  # API name
    title: str
    detail: str = ""


def search(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    text: str,
    objects: Sequence[str] | None = None,
    limit: int = 100,
) -> tuple[Hit, ...]:
    """Hits grouped by object, those of one object by title, in one statement for each object."""
    if not asked_words(text):
        return ()
    chosen = [snapshot.object(name) for name in objects] if objects else searched(actor, snapshot)
    each = limit if len(chosen) == 1 else min(limit, EACH)
    hits: list[Hit] = []
    for obj in having(conn, snapshot, chosen, text):
        if len(hits) >= limit:
            break
        hits += found_in(conn, actor, snapshot, obj, text, each)
    return tuple(hits[:limit])


def found_in(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, text: str, limit: int
) -> tuple[Hit, ...]:
    """Hits of one object, those first whose name begins with the text.

    Of very many these are hits of the shortest words; else they are the first ones by name.
    """
    order = (Order(obj.name_field),) if obj.name_field else ()
    paths = detail_paths(snapshot, obj.name)
    query = Query(obj.name, fields=paths, order=order, limit=limit)
    hits = [hit_of(snapshot, record) for record in _first(conn, actor, snapshot, query, text)]
    typed = fold(text).strip()
    return tuple(sorted(hits, key=lambda hit: not fold(hit.title).startswith(typed)))


def _first(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, query: Query, text: str
) -> tuple[Record, ...]:
    """The records of a query for words: among the likely ones, if these are enough for it."""
    found = first_with(conn, actor, snapshot, query, text)
    if found is not None:
        return found
    return run.run(conn, actor, replace(query, words=text), snapshot).records


def page_in(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    text: str,
    limit: int,
    after: str = "",
    before: str = "",
) -> tuple[tuple[Hit, ...], Page]:
    """One page of the hits of an object by its name; `after` and `before` are its cursors."""
    if not asked_words(text):
        return (), Page(())
    order = (Order(obj.name_field),) if obj.name_field else ()
    query = replace(
        asking(obj, text), fields=detail_paths(snapshot, obj.name), order=order, limit=limit,
        after=after, before=before,
    )  # fmt: skip
    page = run.run(conn, actor, query, snapshot)
    return tuple(hit_of(snapshot, record) for record in page.records), page


def counts_in(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, text: str
) -> list[tuple[CustomObject, int]]:
    """(object, number of its hits, at most MOST_COUNTED) of the objects that have any."""
    if not asked_words(text):
        return []
    objects = having(conn, snapshot, searched(actor, snapshot), text)
    found = [
        (obj, run.count(conn, actor, asking(obj, text), snapshot, cap=MOST_COUNTED))
        for obj in objects
    ]
    return [(obj, number) for obj, number in found if number]


def asking(obj: CustomObject, text: str) -> Query:
    """The query for the records of an object that have the words; people have no index of them."""
    return Query(obj.name, search=text) if obj.storage else Query(obj.name, words=text)


def having(
    conn: sa.Connection, snapshot: Snapshot, objects: Sequence[CustomObject], text: str
) -> list[CustomObject]:
    """Those of the objects that have the words in any field, in one statement; people always may.

    Whether the actor may see such a field or record is for whoever looks for them to ask.
    """
    asked = tuple(obj.name for obj in objects if not obj.storage)
    words = asked_words(text)
    key = ("having", asked, len(words))
    statement = snapshot.derived(key, lambda: _having(snapshot, asked, len(words)))
    bound = {f"from{n}": word for n, word in enumerate(words)}
    bound |= {f"to{n}": upper_bound(word) for n, word in enumerate(words)}
    there = {str(uid) for uid in conn.scalars(statement, bound)}
    return [obj for obj in objects if obj.storage or obj.uid in there]


def _having(snapshot: Snapshot, objects: Sequence[str], words: int) -> sa.Select[tuple[str]]:
    """The uids of those objects that have so many words, which are bound when it runs."""
    parts = []
    for name in objects:
        uid = snapshot.object(name).uid
        prefix, term = sa.literal(snapshot.storage.prefix(uid)), sys_word.c.term
        found = (
            sa.exists().where(term >= prefix + _text(f"from{n}"), term < prefix + _text(f"to{n}"))
            for n in range(words)
        )
        parts.append(sa.select(sa.literal(uid).label("uid")).where(*found))
    every = sa.union_all(*parts, sa.select(sa.literal("")).where(sa.false())).subquery()
    return sa.select(every.c[0])


def _text(name: str) -> sa.BindParameter[str]:
    return sa.bindparam(name, type_=sa.Text())


def meant(conn: sa.Connection, text: str) -> str:
    """The text with words that no name has put right; "" when nothing would be another."""
    asked = [word for word in asked_words(text) if len(word) >= SHORTEST_SLIP and word.isalpha()]
    right = {word: better for word in asked if (better := _put_right(conn, word))}
    if not right:
        return ""
    return " ".join(right.get(word, word) for word in asked_words(text))


def _put_right(conn: sa.Connection, word: str) -> str:
    """The word of some name that this may be a slip of; "" when it is a word or like none."""
    n = sys_near_word.c
    begins = sa.select(n.word).where(n.key >= word, n.key < upper_bound(word), n.key == n.word)
    if conn.execute(begins.limit(1)).first():
        return ""
    near = sa.select(n.word).where(n.key.in_(nearby(word))).distinct().limit(MANY)
    found = sorted(one for one in conn.scalars(near) if is_mistaken_for(word, one))
    return found[0] if found else ""


def searched(actor: Actor, snapshot: Snapshot) -> list[CustomObject]:
    """The objects that a search looks into: those with a tab first, as people know them."""
    tabs = {tab.object for tab in snapshot.of_kind("CustomTab")}
    found = [
        obj
        for obj in snapshot.objects()
        if obj.enable_search and permissions.may(actor, permissions.Operation.READ, obj, snapshot)
    ]
    return sorted(found, key=lambda obj: (obj.name not in tabs, obj.name))


def detail_paths(snapshot: Snapshot, object_name: str) -> tuple[str, ...]:
    """The paths a hit shows: the name and the first fields of the compact layout."""
    obj = snapshot.object(object_name)
    name = (obj.name_field,) if obj.name_field else ()
    compact = [c for c in snapshot.of_kind("CompactLayout") if c.object == object_name]
    chosen = next((c.fields for c in compact if c.default), compact[0].fields if compact else ())
    details: list[str] = []
    for path in chosen:
        field = snapshot.resolve(object_name, path)[-1]
        if field.reference_to:
            path = run.title_path(snapshot, object_name, path) or ""
        has_value = field.reference_to or field.field_type.columns(field)
        if path and path != obj.name_field and has_value:
            details.append(path)
    return (*name, *details[:DETAILS])


def hit_of(snapshot: Snapshot, record: Record) -> Hit:
    """A record with its detail paths as a hit."""
    texts: list[str] = []
    for path, value in record.values.items():
        field = _shown(snapshot, record.object, path)
        texts.append(field.field_type.display_in(value, field, snapshot))
    has_name = bool(snapshot.object(record.object).name_field)
    title = texts[0] if has_name else ""
    detail = " · ".join(text for text in texts[has_name:] if text)
    return Hit(record.id, record.object, title or record.id, detail)


def _shown(snapshot: Snapshot, object_name: str, path: str) -> CustomField:
    def find() -> CustomField:
        return snapshot.resolve(object_name, path)[-1]

    return snapshot.derived(("shown of hits", object_name, path), find)
