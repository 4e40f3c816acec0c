"""Searches as other systems write them: FIND {words} IN … RETURNING Account(Id WHERE …), Contact.

The words are looked for as the pages look for them: each must be the beginning of one. What a term
may say beyond that, phrases, OR, NOT and wildcards within words, is refused, not passed over.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import All, AnyOf, Condition, Predicate
from ..query import run as door
from ..query.request import Order
from ..query.words import asked_words
from ..search import asking, having, searched
from .answer import Row
from .errors import INVALID_TYPE, MALFORMED_QUERY, MALFORMED_SEARCH, SoqlError, error_at
from .locators import Place
from .naming import Names, object_named
from .parser import Parser
from .running import prepare, rows_of, understood
from .scope import Scope
from .syntax import Item, Path, Select

MOST = 2000  # rows of a search
MOST_OBJECTS = 20
_BEGINS = re.compile(r"\s*FIND\s*\{((?:[^\\{}]|\\.)*)\}", re.IGNORECASE | re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_OPERATORS = frozenset({"OR", "NOT"})
_MEANING = frozenset('"()?&|!')
#: {which fields: the field types that they have}
_TYPES = {"ALL": (), "SIDEBAR": (), "NAME": (), "EMAIL": ("Email",), "PHONE": ("Phone",)}


@dataclass(frozen=True, slots=True)
class Find:
    """A search as a tree."""

    words: tuple[str, ...]
    fields: str  # ALL, NAME, EMAIL, PHONE, SIDEBAR
    returning: tuple[Select, ...]  # () for all objects
    limit: int

    @property
    def text(self) -> str:
        return " ".join(self.words)


def find(scope: Scope, text: str) -> list[Row]:
    """The rows that a search finds, object by object; raises SoqlError."""
    with understood():
        tree = parse_search(text)
        chosen = [(object_named(scope, text, one.source), one) for one in tree.returning]
        for obj, one in chosen:
            if not obj.enable_search:
                message = f"entity type {obj.name} does not support search"
                raise error_at(text, one.at, message, INVALID_TYPE)
        chosen = chosen or [(obj, _ids_of(obj)) for obj in searched(scope.actor, scope.snapshot)]
        objects = [obj for obj, _select in chosen]
        names = {obj.name for obj in having(scope.conn, scope.snapshot, objects, tree.text)}
        found: list[Row] = []
        for obj, select in chosen:
            left = tree.limit - len(found)
            prepared = Names(scope, text, obj, select)
            if left <= 0 or obj.name not in names:
                prepare(prepared, select)  # what is not understood is refused all the same
                continue
            found += _rows(prepared, tree, select, left)
        return found


def _ids_of(obj: CustomObject) -> Select:
    return Select((Item(Path(("Id",), 0)),), Path((obj.name,), 0))


def _rows(names: Names, tree: Find, select: Select, left: int) -> Sequence[Row]:
    """The rows of one object."""
    scope, obj = names.scope, names.object
    prepared = prepare(names, select)
    where = _within(names, tree)
    if where is None:
        return ()
    asked = asking(obj, tree.text)
    order = (Order(obj.name_field),) if obj.name_field else ()
    query = replace(
        prepared.query,
        search=asked.search,
        words=asked.words,
        where=All((prepared.query.where, where)),
        order=prepared.query.order or order,
        limit=min(left, MOST if select.limit is None else select.limit),
        offset=select.offset or 0,
    )
    if not query.limit:
        return ()
    page = door.run(scope.conn, scope.actor, query, scope.snapshot)
    return rows_of(scope, Place(names.text, MOST, False, 0, 0, ""), prepared, page.records)


def _within(names: Names, tree: Find) -> Predicate | None:
    """That the words are in the fields asked for; None where the object has none of these."""
    if tree.fields in ("ALL", "SIDEBAR"):
        return All(())
    fields = [field for field in _fields(names, tree.fields) if names.is_readable(field)]
    if not fields:
        return None
    return All(
        tuple(
            AnyOf(tuple(Condition(one.local_name, "contains", (word,)) for one in fields))
            for word in tree.words
        )
    )


def _fields(names: Names, which: str) -> list[CustomField]:
    known = names.scope.snapshot.fields(names.object.name)
    name = known.get(names.object.name_field)
    if which == "NAME":
        found = [] if name is None else [name]
    else:
        found = [field for field in known.values() if field.type in _TYPES[which]]
    return [one for one in found if "contains" in {op.name for op in one.field_type.operators}]


# -- the text --------------------------------------------------------------------------------------


def parse_search(text: str) -> Find:
    """The tree of a search; raises SoqlError with the place of what is not understood."""
    begin = _BEGINS.match(text)
    if begin is None:
        raise error_at(text, 0, "A search begins with FIND {words}.", MALFORMED_SEARCH)
    words = _words(text, begin[1], begin.start(1))
    try:
        return _Rest(" " * begin.end() + text[begin.end() :]).find(words)
    except SoqlError as err:
        if err.code != MALFORMED_QUERY:
            raise
        raise SoqlError(MALFORMED_SEARCH, err.message, err.row, err.column) from err


def _words(text: str, term: str, at: int) -> tuple[str, ...]:
    """The words of a term; a star at the end of one says what is so for each."""
    bare = _ESCAPE.sub("", term)
    found = [one for one in term.split() if one.upper() != "AND"]
    if _MEANING & set(bare) or any(word.upper() in _OPERATORS for word in found):
        sentence = "A search term has words only: no phrases, OR, NOT, brackets or ?."
        raise error_at(text, at, sentence, MALFORMED_SEARCH)
    words = [re.sub(r"(?<!\\)\*$", "", word) for word in found]
    if any("*" in _ESCAPE.sub("", word) for word in words):
        raise error_at(text, at, "A * stands only at the end of a word.", MALFORMED_SEARCH)
    words = [_ESCAPE.sub(r"\1", word) for word in words]
    if not asked_words(" ".join(words)):
        raise error_at(text, at, "The search term has no word.", MALFORMED_SEARCH)
    return tuple(word for word in words if word)


class _Rest(Parser):
    """Reads what follows the term."""

    def find(self, words: tuple[str, ...]) -> Find:
        which = "ALL"
        if self.accept("IN"):
            if (which := self.next.name) not in _TYPES:
                raise self.expected("ALL, NAME, EMAIL, PHONE or SIDEBAR")
            self.take()
            self.expect("FIELDS")
        returning: tuple[Select, ...] = ()
        if self.accept("RETURNING"):
            at = self.next.at
            returning = self.listed(self.returned)
            names = [one.source.text.casefold() for one in returning]
            if len(names) > MOST_OBJECTS or len(set(names)) < len(names):
                raise self.error(f"Name at most {MOST_OBJECTS} objects, each once.", at)
        limit = self.number() if self.accept("LIMIT") else MOST
        self.end()
        if limit > MOST:
            raise self.error(f"A search gives at most {MOST} rows.")
        return Find(words, which, returning, limit)

    def returned(self) -> Select:
        at = self.next.at
        source = self.path("an object")
        if not self.accept_mark("("):
            return Select((Item(Path(("Id",), at)),), source, at=at)
        found = Select(
            tuple(map(Item, self.listed(self.expression))),
            source,
            where=self.test() if self.accept("WHERE") else None,
            order_by=self.listed(self.key) if self.accept_by("ORDER") else (),
            limit=self.number() if self.accept("LIMIT") else None,
            offset=self.number() if self.accept("OFFSET") else None,
            at=at,
        )
        self.expect_mark(")")
        return found
