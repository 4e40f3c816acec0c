"""The operators of filters by family. Each is told twice, in SQL and in Python, and both agree.

A family says one comparison with a value that is there; blanks, lists of operands and negations are
the same for all and made here: a negation is the complement of what it denies, so it matches
blanks, and no reading ever yields NULL. No operand at all matches nothing.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

import sqlalchemy as sa

from ...platform.db.types import fold
from ...platform.i18n import lazy
from .base import Operator

Columns = Mapping[str, sa.ColumnElement[Any]]
Clause = sa.ColumnElement[bool]
_ESCAPE = "\\"
_NO: Clause = sa.false()
_LAST_CHARACTER = "\U0010ffff"

_LABELS = {
    "equals": lazy("equals"),
    "notEqual": lazy("not equal to"),
    "lessThan": lazy("less than"),
    "greaterThan": lazy("greater than"),
    "lessOrEqual": lazy("less or equal"),
    "greaterOrEqual": lazy("greater or equal"),
    "contains": lazy("contains"),
    "notContain": lazy("does not contain"),
    "startsWith": lazy("starts with"),
    "includes": lazy("includes"),
    "excludes": lazy("excludes"),
    "isBlank": lazy("is blank"),
    "isNotBlank": lazy("is not blank"),
    "in": lazy("is one of"),
    "notIn": lazy("is none of"),
    "like": lazy("is like"),
}
_HIDDEN = frozenset({"in", "notIn", "like"})


class Exactly(str):
    """An operand to be compared with its case: of a field whose case matters."""

    __slots__ = ()


# -- what all families share


def make(
    name: str,
    arity: int,
    sql: Callable[[Columns, tuple[Any, ...]], Clause],
    matches: Callable[[Any, tuple[Any, ...]], bool],
) -> Operator:
    """An operator with its usual label."""
    return Operator(name, _LABELS[name], arity, sql, matches, offered=name not in _HIDDEN)


def negation(name: str, of: Operator) -> Operator:
    """The complement: true exactly where `of` is false, blanks included."""
    return make(
        name,
        of.arity,
        lambda columns, operands: sa.not_(of.sql(columns, operands)),
        lambda value, operands: not of.matches(value, operands),
    )


def blankness(part: str = "") -> tuple[Operator, Operator]:
    """isBlank and isNotBlank."""
    blank = make(
        "isBlank",
        0,
        lambda columns, _operands: columns[part].is_(None),
        lambda value, _operands: value is None,
    )
    return blank, negation("isNotBlank", blank)


def equality(
    name: str,
    sql: Callable[[Columns, Sequence[Any]], Clause],
    matches: Callable[[Any, Any], bool],
    part: str = "",
) -> Operator:
    """Equal to any of the operands, of which None means blank."""

    def in_sql(columns: Columns, operands: tuple[Any, ...]) -> Clause:
        there = [operand for operand in operands if operand is not None]
        found = sa.and_(columns[part].is_not(None), sql(columns, there)) if there else _NO
        return sa.or_(found, columns[part].is_(None)) if len(there) < len(operands) else found

    def in_memory(value: Any, operands: tuple[Any, ...]) -> bool:
        if value is None:
            return None in operands
        return any(operand is not None and matches(value, operand) for operand in operands)

    return make(name, -1, in_sql, in_memory)


def comparison(
    name: str,
    arity: int,
    sql: Callable[[Columns, Any], Clause],
    matches: Callable[[Any, Any], bool],
    part: str = "",
) -> Operator:
    """True of a value that is there for some operand that is there."""

    def in_sql(columns: Columns, operands: tuple[Any, ...]) -> Clause:
        clauses = [sql(columns, operand) for operand in operands if operand is not None]
        return sa.and_(columns[part].is_not(None), sa.or_(*clauses)) if clauses else _NO

    def in_memory(value: Any, operands: tuple[Any, ...]) -> bool:
        return value is not None and any(
            operand is not None and matches(value, operand) for operand in operands
        )

    return make(name, arity, in_sql, in_memory)


def with_negations(*positive: Operator) -> tuple[Operator, ...]:
    """The operators in the order of pickers, each followed by its negation."""
    names = {"equals": "notEqual", "contains": "notContain", "includes": "excludes", "in": "notIn"}
    found: list[Operator] = []
    for one in positive:
        found.append(one)
        if one.name in names:
            found.append(negation(names[one.name], one))
    return tuple(found)


# -- words: compared by their folded key; sorted by code point of it


def key_of(columns: Columns) -> sa.ColumnElement[Any]:
    """The folded twin; a column that has none (a system table's) is lowered instead."""
    key = columns.get("key")
    return sa.func.lower(columns[""]) if key is None else key


def escaped(literal: str) -> str:
    """The text as a LIKE pattern that matches only itself."""
    return re.sub(r"([\\%_])", r"\\\1", literal)


def _like(columns: Columns, pattern: str) -> Clause:
    return key_of(columns).like(pattern, escape=_ESCAPE)


def _any_word(columns: Columns, operands: Sequence[str]) -> Clause:
    exact = [str(operand) for operand in operands if isinstance(operand, Exactly)]
    folded = [fold(operand) for operand in operands if not isinstance(operand, Exactly)]
    clauses = [columns[""].in_(exact)] if exact else []
    return sa.or_(*clauses, key_of(columns).in_(folded)) if folded else clauses[0]


def _is_word(value: str, operand: str) -> bool:
    return value == operand if isinstance(operand, Exactly) else fold(value) == fold(operand)


def _begins(columns: Columns, operand: str) -> Clause:
    # a range, so that an index on the key answers it; both databases order keys by code point
    prefix, key = fold(operand), key_of(columns)
    after = _successor(prefix)
    return sa.and_(key >= prefix, key < after) if after else key >= prefix


def _successor(prefix: str) -> str:
    """The least text that is greater than all texts with the prefix; "" when there is none."""
    bare = prefix.rstrip(_LAST_CHARACTER)
    if not bare:
        return ""
    following = ord(bare[-1]) + 1
    return bare[:-1] + chr(0xE000 if 0xD800 <= following <= 0xDFFF else following)


def like_parts(pattern: str) -> tuple[str, ...]:
    """A LIKE pattern as literals between the signs "%" and "_"; a backslash escapes a sign."""
    parts, literal, escape = [], "", False
    for char in pattern:
        if not escape and char in "%_":
            parts += [literal, char]
            literal = ""
        elif not escape and char == _ESCAPE:
            escape = True
            continue
        else:
            literal += char
        escape = False
    return (*parts, literal)


def _like_pattern(pattern: str) -> str:
    parts = like_parts(pattern)
    return "".join(part if i % 2 else escaped(fold(part)) for i, part in enumerate(parts))


def _is_like(value: str, pattern: str) -> bool:
    signs = {"%": ".*", "_": "."}
    parts = like_parts(pattern)
    regex = "".join(signs[part] if i % 2 else re.escape(fold(part)) for i, part in enumerate(parts))
    return re.fullmatch(regex, fold(value), re.DOTALL) is not None


def _word_order(name: str, compare: Callable[[Any, Any], Any]) -> Operator:
    return comparison(
        name,
        1,
        lambda columns, operand: compare(key_of(columns), fold(operand)),
        lambda value, operand: compare(fold(value), fold(operand)),
    )


_ORDER: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("lessThan", operator.lt),
    ("greaterThan", operator.gt),
    ("lessOrEqual", operator.le),
    ("greaterOrEqual", operator.ge),
)
_CONTAINS = comparison(
    "contains",
    -1,
    lambda columns, operand: _like(columns, f"%{escaped(fold(operand))}%"),
    lambda value, operand: fold(operand) in fold(value),
)
_STARTS_WITH = comparison(
    "startsWith", -1, _begins, lambda value, operand: fold(value).startswith(fold(operand))
)
_LIKE = comparison(
    "like", -1, lambda columns, operand: _like(columns, _like_pattern(operand)), _is_like
)

WORDS = (
    *with_negations(equality("equals", _any_word, _is_word), _CONTAINS, _STARTS_WITH),
    *(_word_order(name, compare) for name, compare in _ORDER),
    *blankness(),
    *with_negations(equality("in", _any_word, _is_word)),
    _LIKE,
)


# -- amounts: exact numbers, compared with operands of any scale and size


def _fit(column: sa.ColumnElement[Any], operand: Decimal) -> tuple[Decimal | None, bool]:
    """(the greatest number of the column's scale that is not above the operand, whether it is it).

    None for an operand beyond all numbers of the column.
    """
    scale = int(getattr(column.type, "scale", None) or 0)
    precision = int(getattr(column.type, "precision", None) or 38)
    floor = operand.quantize(Decimal(1).scaleb(-scale), ROUND_FLOOR, Context(prec=400))
    if floor and floor.adjusted() + 1 > precision - scale:
        return None, False
    return floor, floor == operand


def _any_amount(columns: Columns, operands: Sequence[Decimal]) -> Clause:
    fitted = [_fit(columns[""], operand) for operand in operands]
    found = [floor for floor, exact in fitted if exact]
    return columns[""].in_(found) if found else _NO


def _amount_order(name: str, compare: Callable[[Any, Any], Any]) -> Operator:
    upward = name.startswith("greater")

    def sql(columns: Columns, operand: Decimal) -> Clause:
        floor, exact = _fit(columns[""], operand)
        if floor is None:
            return sa.true() if (operand < 0) == upward else _NO
        if exact:
            found: Clause = compare(columns[""], floor)
            return found
        # between two numbers of the column: above means above the lower one
        return columns[""] > floor if upward else columns[""] <= floor

    return comparison(name, 1, sql, compare)


AMOUNTS = (
    *with_negations(equality("equals", _any_amount, operator.eq)),
    *(_amount_order(name, compare) for name, compare in _ORDER),
    *blankness(),
    *with_negations(equality("in", _any_amount, operator.eq)),
)


# -- spans: days, moments and times of day, compared with one of them or with a span of them


def first(operand: Any) -> Any:
    """The first day or moment of a span; a single one is its own span."""
    return getattr(operand, "first", operand)


def last(operand: Any) -> Any:
    """The last day or moment that still belongs to the span."""
    return getattr(operand, "last", operand)


def _within(value: Any, operand: Any) -> Any:
    begin, end = first(operand), last(operand)
    return value == begin if begin == end else (value >= begin) & (value <= end)


def _in_some_span(columns: Columns, operands: Sequence[Any]) -> Clause:
    return sa.or_(*(_within(columns[""], operand) for operand in operands))


_SPAN_TESTS: tuple[tuple[str, Callable[[Any, Any], Any]], ...] = (
    ("lessThan", lambda value, operand: value < first(operand)),
    ("greaterThan", lambda value, operand: value > last(operand)),
    ("lessOrEqual", lambda value, operand: value <= last(operand)),
    ("greaterOrEqual", lambda value, operand: value >= first(operand)),
)


def _span_order(name: str, test: Callable[[Any, Any], Any]) -> Operator:
    return comparison(name, 1, lambda columns, operand: test(columns[""], operand), test)


SPANS = (
    *with_negations(equality("equals", _in_some_span, _within)),
    *(_span_order(name, test) for name, test in _SPAN_TESTS),
    *blankness(),
    *with_negations(equality("in", _in_some_span, _within)),
)


# -- references: ids, which are compared as they are


def _any_reference(columns: Columns, operands: Sequence[str]) -> Clause:
    return columns[""].in_(list(operands))


def _reference_order(name: str, compare: Callable[[Any, Any], Any]) -> Operator:
    found = comparison(name, 1, lambda columns, operand: compare(columns[""], operand), compare)
    return replace(found, offered=False)  # programs go on after an id; people never ask for it


REFERENCES = (
    *with_negations(equality("equals", _any_reference, operator.eq)),
    *blankness(),
    *with_negations(equality("in", _any_reference, operator.eq)),
    *(_reference_order(name, compare) for name, compare in _ORDER),
)


# -- flags: two-valued, a blank one is false


def _flag_sql(columns: Columns, operands: tuple[Any, ...]) -> Clause:
    wanted = {bool(operand) for operand in operands if operand is not None}
    if len(wanted) != 1:
        return sa.true() if wanted else _NO
    is_set = sa.and_(columns[""].is_not(None), columns[""] == sa.literal(True, columns[""].type))
    return is_set if wanted == {True} else sa.not_(is_set)


def _flag_matches(value: Any, operands: tuple[Any, ...]) -> bool:
    return any(operand is not None and bool(value) == bool(operand) for operand in operands)


FLAGS = with_negations(
    make("equals", -1, _flag_sql, _flag_matches), make("in", -1, _flag_sql, _flag_matches)
)


# -- choices: several values in one field, kept folded between separators in the key

SEPARATOR = "\x1f"  # no value can hold it: text with control characters is refused


def choices_key(values: Sequence[str]) -> str:
    """The key of several values: folded, sorted, each between separators."""
    return SEPARATOR + SEPARATOR.join(sorted(map(fold, values))) + SEPARATOR


def _any_set(columns: Columns, operands: Sequence[Sequence[str]]) -> Clause:
    return columns["key"].in_([choices_key(operand) for operand in operands])


def _is_set(value: Sequence[str], operand: Sequence[str]) -> bool:
    return choices_key(value) == choices_key(operand)


def _holds_all(columns: Columns, operand: Sequence[str]) -> Clause:
    each = (f"%{SEPARATOR}{escaped(fold(value))}{SEPARATOR}%" for value in operand)
    return sa.and_(*(columns["key"].like(pattern, escape=_ESCAPE) for pattern in each))


def _is_superset(value: Sequence[str], operand: Sequence[str]) -> bool:
    return set(map(fold, operand)) <= set(map(fold, value))


CHOICES = (
    *with_negations(comparison("includes", -1, _holds_all, _is_superset)),
    *with_negations(equality("equals", _any_set, _is_set)),
    *blankness(),
    *with_negations(equality("in", _any_set, _is_set)),
)
