"""Texts: parts of them, what is in them, and other values as texts."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from ....platform.i18n import _, lazy
from .. import readings
from ..limits import MAX_TEXT
from ..patterns import fits, read_pattern
from ..pieces import Column, Condition, concatenated, count, is_long, reading
from ..pieces import whole as whole_of
from ..pieces import worded as text_of
from ..typed import Type
from .base import NUMBER, PICK, TEXT, Family, FormulaError, Types, function

WORDS = Family.TEXT
SPACES = " \t\r\n\f\v"
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_MOST_DIGITS = 60


def whole(number: Decimal) -> int:
    """The number without its fraction, and never so large that it would take long."""
    return int(max(Decimal(-MAX_TEXT), min(Decimal(MAX_TEXT), number)))


def _left(text: str, count: Decimal) -> str:
    return text[: max(0, whole(count))]


def _right(text: str, count: Decimal) -> str:
    return text[max(0, len(text) - max(0, whole(count))) :]


def _middle(text: str, start: Decimal, count: Decimal) -> str:
    first = max(1, whole(start)) - 1
    return text[first : first + max(0, whole(count))]


def _find(wanted: str, text: str, start: Decimal = Decimal(1)) -> Decimal:
    if not wanted:
        return Decimal(0)
    return Decimal(text.find(wanted, max(1, whole(start)) - 1) + 1)


def _substitute(text: str, old: str, new: str) -> str:
    if not old:
        return text
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise too_long()
    return text.replace(old, new)


def joined(*texts: str) -> str:
    found = "".join(texts)
    if len(found) > MAX_TEXT:
        raise too_long()
    return found


def too_long() -> FormulaError:
    return FormulaError("text_too_long", _("This makes a text that is too long."))


def _padding(text: str, length: Decimal, pad: str) -> str:
    missing = whole(length) - len(text)
    if missing <= 0 or not pad or not text:
        return ""
    return (pad * (missing // len(pad) + 1))[:missing]


def _pad_left(text: str, length: Decimal, pad: str = " ") -> str:
    return _left(_padding(text, length, pad) + text, length)


def _pad_right(text: str, length: Decimal, pad: str = " ") -> str:
    return _left(text + _padding(text, length, pad), length)


def _value(text: str) -> Decimal | None:
    bare = text.strip(SPACES)
    if not bare:
        return None
    if not _is_number(bare):
        message = _("%(text)s is not a number.", text=repr(text)[:60])
        raise FormulaError("no_number", message, _("Ask before with ISNUMBER."))
    return Decimal(bare)


def _is_number(text: str) -> bool:
    bare = text.strip(SPACES)
    return len(bare) <= _MOST_DIGITS and _NUMBER.fullmatch(bare) is not None


def spoken(value: Any) -> str:
    """The neutral text of a value."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC).replace(tzinfo=None):%Y-%m-%d %H:%M:%S}Z".rjust(20, "0")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="milliseconds")
    return _plain(value)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _middle_sql(text: Column, start: Column, count: Column) -> Column:
    first, most = at_least(whole_of(start), 1), at_least(whole_of(count), 0)
    return sa.func.substr(text, first, most, type_=sa.Text())


def at_least(number: Column, least: int) -> Column:
    return sa.func.greatest(number, least)


def _grows(text: Column, old: Column, new: Column) -> Condition:
    """Says whether replacing makes the text too long."""
    without = sa.func.length(sa.func.replace(text, old, ""))
    times = (sa.func.length(text) - without) / sa.func.nullif(sa.func.length(old), 0)
    more = times * (sa.func.length(new) - sa.func.length(old))
    return sa.func.length(text) + more > MAX_TEXT


_SPOKEN: Types = NUMBER | PICK | {Type.DATE, Type.DATETIME, Type.TIME}

function(
    "TEXT",
    "TEXT(value)",
    lazy("A number, date or picklist value as text."),
    WORDS,
    (_SPOKEN | TEXT,),
    Type.TEXT,
    spoken,
    sql=readings.spoken,
)
function(
    "VALUE",
    "VALUE(text)",
    lazy("The number that a text says; blank for none."),
    WORDS,
    (TEXT,),
    Type.NUMBER,
    _value,
    sql=reading(readings.read_number, readings.is_no_number),
    sql_weight=4,
)
function(
    "ISNUMBER",
    "ISNUMBER(text)",
    lazy("True when VALUE could read the text."),
    WORDS,
    (TEXT,),
    Type.BOOLEAN,
    _is_number,
    sql=reading(readings.looks_like_number),
    sql_weight=2,
)
function(
    "LEN",
    "LEN(text)",
    lazy("How many characters a text has."),
    WORDS,
    (TEXT,),
    Type.NUMBER,
    lambda text: Decimal(len(text)),
    sql=reading(lambda s: count(sa.func.length(s))),
)
function(
    "LEFT",
    "LEFT(text, count)",
    lazy("So many characters from the start."),
    WORDS,
    (TEXT, NUMBER),
    Type.TEXT,
    _left,
    sql=reading(lambda s, n: sa.func.left(s, at_least(whole_of(n), 0), type_=sa.Text())),
)
function(
    "RIGHT",
    "RIGHT(text, count)",
    lazy("So many characters from the end."),
    WORDS,
    (TEXT, NUMBER),
    Type.TEXT,
    _right,
    sql=reading(lambda s, n: sa.func.right(s, at_least(whole_of(n), 0), type_=sa.Text())),
)
function(
    "MID",
    "MID(text, start, count)",
    lazy("So many characters from the place that is counted from 1."),
    WORDS,
    (TEXT, NUMBER, NUMBER),
    Type.TEXT,
    _middle,
    sql=reading(_middle_sql),
    sql_weight=2,
)
function(
    "TRIM",
    "TRIM(text)",
    lazy("The text without spaces before and behind it."),
    WORDS,
    (TEXT,),
    Type.TEXT,
    lambda text: text.strip(SPACES),
    sql=reading(lambda s: sa.func.btrim(s, SPACES, type_=sa.Text())),
)
function(
    "CONTAINS",
    "CONTAINS(text, part)",
    lazy("True when the part stands in the text, written the same way."),
    WORDS,
    (TEXT, TEXT),
    Type.BOOLEAN,
    lambda text, part: part in text,
    sql=reading(lambda s, part: sa.func.strpos(s, part) > 0),
)
function(
    "BEGINS",
    "BEGINS(text, part)",
    lazy("True when the text starts with the part."),
    WORDS,
    (TEXT, TEXT),
    Type.BOOLEAN,
    lambda text, part: text.startswith(part),
    sql=reading(lambda s, part: sa.func.starts_with(s, part)),
)
function(
    "FIND",
    "FIND(part, text, start)",
    lazy("Where the part stands in the text, counted from 1; 0 for nowhere."),
    WORDS,
    (TEXT, TEXT, NUMBER),
    Type.NUMBER,
    _find,
    optional=1,
    sql=readings.find,
    sql_weight=2,
)
function(
    "SUBSTITUTE",
    "SUBSTITUTE(text, old, new)",
    lazy("The text with one part replaced by another, wherever it stands."),
    WORDS,
    (TEXT, TEXT, TEXT),
    Type.TEXT,
    _substitute,
    sql=reading(lambda s, old, new: sa.func.replace(s, old, new, type_=sa.Text()), _grows),
    sql_weight=5,
)
function(
    "CONCATENATE",
    "CONCATENATE(text, text, …)",
    lazy("The texts one after the other, as the operator & joins them."),
    WORDS,
    (TEXT,),
    Type.TEXT,
    joined,
    more=TEXT,
    sql=reading(concatenated, is_long),
)
function(
    "LPAD",
    "LPAD(text, length, pad)",
    lazy("The text with something put before it until it has that length; longer ones are cut."),
    WORDS,
    (TEXT, NUMBER, TEXT),
    Type.TEXT,
    _pad_left,
    optional=1,
    sql=readings.padded("lpad"),
    sql_weight=2,
)
function(
    "RPAD",
    "RPAD(text, length, pad)",
    lazy("The text with something put behind it until it has that length; longer ones are cut."),
    WORDS,
    (TEXT, NUMBER, TEXT),
    Type.TEXT,
    _pad_right,
    optional=1,
    sql=readings.padded("rpad"),
    sql_weight=2,
)
function(
    "REGEX",
    "REGEX(text, pattern)",
    lazy("True when all of the text is as the regular expression says."),
    WORDS,
    (TEXT, TEXT),
    Type.BOOLEAN,
    fits,
    reads_constant=read_pattern,
)
function(
    "REVERSE",
    "REVERSE(text)",
    lazy("The text from its end to its start."),
    WORDS,
    (TEXT,),
    Type.TEXT,
    lambda text: text[::-1],
    sql=reading(lambda s: sa.func.reverse(s, type_=sa.Text())),
)
function(
    "BR",
    "BR()",
    lazy("A new line."),
    WORDS,
    (),
    Type.TEXT,
    lambda: "\n",
    sql=reading(lambda: text_of("\n")),
)
function(
    "CASESAFEID",
    "CASESAFEID(id)",
    lazy("The id in its long form, which is the one that records have here."),
    WORDS,
    (TEXT,),
    Type.TEXT,
    lambda text: text,
    sql=reading(lambda s: s),
)
