"""Values of a query as operands of the fields that they are compared with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.relative_dates import is_relative
from ...metadata.snapshot import RECORD_TYPE
from ...platform.errors import Rejected
from ...platform.ids import parse_id
from .errors import INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR
from .ids import record_type_of
from .naming import Names
from .syntax import Literal
from .tokens import cooked, pattern_of

_STRINGS = ("string", frozenset({"string"}))
#: {what formulas call the values of a type: (its name in messages, kinds of literals it takes)}
_TAKES = {
    "text": _STRINGS,
    "picklist": _STRINGS,
    "multipicklist": _STRINGS,
    "id": _STRINGS,
    "number": ("double", frozenset({"number"})),
    "currency": ("double", frozenset({"number", "money"})),
    "percent": ("double", frozenset({"number"})),
    "boolean": ("boolean", frozenset({"boolean"})),
    "date": ("date", frozenset({"date", "relative"})),
    "datetime": ("dateTime", frozenset({"datetime", "date", "relative"})),
    "time": ("time", frozenset({"time"})),
}


def operand(names: Names, literal: Literal, field: CustomField, *, is_pattern: bool = False) -> Any:
    """What the query door compares the field with."""
    if literal.kind == "null":
        return None
    kind = field.field_type.formula_kind
    name, takes = _TAKES[kind]
    if literal.kind not in takes:
        quotes = "should be enclosed" if name == "string" else "should not be enclosed"
        sentence = (
            f"value of filter criterion for field '{field.local_name}' must be of type {name}"
            f" and {quotes} in quotes"
        )
        raise names.refused(literal.at, sentence, INVALID_FIELD)
    if literal.kind == "string":
        text = pattern_of(literal.text) if is_pattern else cooked(literal.text)
        if field.type == RECORD_TYPE:
            found = record_type_of(names.scope.snapshot, field.object_name, text)
            return found.local_name if found else text
        return _id(names, literal, text) if kind == "id" else text
    return _READERS[literal.kind](names, literal)


def _id(names: Names, literal: Literal, text: str) -> str | None:
    if not text:
        return None
    try:
        return parse_id(text)
    except Rejected:
        sentence = f"invalid ID field: {text[:40]}"
        raise names.refused(literal.at, sentence, INVALID_QUERY_FILTER_OPERATOR) from None


def _number(names: Names, literal: Literal) -> Decimal:
    number = Decimal(literal.text)
    if number and abs(number.adjusted()) >= 99:
        raise names.refused(literal.at, "This number is too large or too small.")
    return number


def _boolean(_names: Names, literal: Literal) -> bool:
    return literal.text == "true"


def _date(names: Names, literal: Literal) -> date:
    try:
        return date.fromisoformat(literal.text)
    except ValueError:
        raise names.refused(literal.at, f"{literal.text} is not a day.") from None


def _datetime(names: Names, literal: Literal) -> datetime:
    moment, _point, rest = literal.text.upper().partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    text = moment + (f".{digits[:3]:0<3}{rest[len(digits) :]}" if digits else "")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise names.refused(literal.at, f"{literal.text} is not a moment.") from None


def _time(names: Names, literal: Literal) -> time:
    try:
        return time.fromisoformat(literal.text.upper().removesuffix("Z")[:12])
    except ValueError:
        raise names.refused(literal.at, f"{literal.text} is not a time of day.") from None


def _money(names: Names, literal: Literal) -> Decimal:
    code, own = literal.text[:3].upper(), names.scope.actor.currency
    if code != own:
        sentence = f"Amounts are kept in {own} here: an amount in {code} cannot be compared."
        raise names.refused(literal.at, sentence)
    return Decimal(literal.text[3:])


def _relative(names: Names, literal: Literal) -> str:
    if not is_relative(literal.text):
        raise names.refused(literal.at, f"{literal.text} is not a date literal.")
    return literal.text.upper()


_READERS = {
    "number": _number, "boolean": _boolean, "date": _date, "datetime": _datetime, "time": _time,
    "money": _money, "relative": _relative,
}  # fmt: skip
