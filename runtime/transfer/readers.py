"""What reads the cells of one column: the field's type, in the column's conventions.

Every text goes through the `accept` of its field type. Refused beyond that: a number that could be
either of two, and a value that a list with meanings, such as stages, does not have.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from ...metadata.field_types.base import Reading, Value
from ...metadata.field_types.date import Date
from ...metadata.field_types.date_time import DateTime
from ...metadata.field_types.numeric import NumericType
from ...metadata.field_types.picklist import Picklist
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold, rounded
from ...platform.errors import Problem, Rejected, did_you_mean
from ...platform.i18n import LANGUAGES, _, in_language, use_locale
from ..records.names import split_name
from .conventions import FIND_OUT, Evidence, Said, is_unclear, which_day

Read = Callable[[Any], Value]  # the value of a cell; raises Rejected


class TooFine(Enum):
    """What becomes of a number with more decimals than its field keeps."""

    REFUSE = "refuse"
    ROUND = "round"


@dataclass(frozen=True, slots=True)
class HowToRead:
    """What the person who imports says of the file's texts."""

    said: Said = FIND_OUT
    blanks: tuple[str, ...] = ()  # texts that mean nothing in this file
    too_fine: TooFine = TooFine.REFUSE


AS_FOUND = HowToRead()


def reader_of(
    f: CustomField, evidence: Evidence, base: Reading, snapshot: Snapshot, how: HowToRead
) -> Read:
    """The reader of a column."""
    if f.type == "Name":
        return lambda cell: _name_parts(f, str(cell), snapshot)
    reading = _labelled(f, evidence.reading(base, how.said), snapshot)
    if isinstance(f.field_type, Date | DateTime):
        return _reader_of_days(f, reading, evidence, how.said)
    if isinstance(f.field_type, NumericType):
        return _reader_of_numbers(f, f.field_type, reading, evidence, how)
    if isinstance(f.field_type, Picklist):
        return _reader_of_choices(f, reading)
    accept = f.field_type.accept
    return lambda cell: accept(cell, f, reading)


def _labelled(f: CustomField, reading: Reading, snapshot: Snapshot) -> Reading:
    """A file may hold the labels of any language we speak, whoever imports it."""
    own = reading.for_field(f, snapshot)
    labels: dict[str, str] = {}
    for language in LANGUAGES if own.values else ():
        with use_locale(in_language(language)):
            for value in own.values:
                labels.setdefault(fold(snapshot.value_label(f, value.name)), value.name)
    return replace(own, value_labels={**labels, **own.value_labels})


def _reader_of_days(f: CustomField, reading: Reading, evidence: Evidence, said: Said) -> Read:
    by_mark = evidence.day_readings(reading, said)
    accept = f.field_type.accept

    def read(cell: Any) -> Value:
        mark = which_day(cell) if isinstance(cell, str) else ""
        return accept(cell, f, by_mark[mark] if mark else reading)

    return read


def _reader_of_numbers(
    f: CustomField, of_type: NumericType, reading: Reading, evidence: Evidence, how: HowToRead
) -> Read:
    """Where 1.234 could be either of two numbers that fit, it is neither."""
    is_open = how.said.decimal_comma is None and not evidence.is_clear and of_type.scale(f) >= 3
    scale = of_type.scale(f)

    def read(cell: Any) -> Value:
        if is_open and isinstance(cell, str) and is_unclear(cell):
            message = _("It is not clear which number %(text)s is.", text=repr(cell)[:60])
            hint = _("Say whether the comma or the point is the decimal sign.")
            raise Rejected(Problem("number.ambiguous", (f.local_name,), message, hint))
        return of_type.accept(cell, f, reading)

    def read_rounding(cell: Any) -> Value:
        try:
            return read(cell)
        except Rejected as refusal:
            if any(problem.code != "number.too_precise" for problem in refusal.problems):
                raise
        exact: Decimal = of_type.operand(cell, f, reading)
        return of_type.accept(rounded(exact, scale), f, reading)

    return read_rounding if how.too_fine is TooFine.ROUND else read


def _reader_of_choices(f: CustomField, reading: Reading) -> Read:
    """A list whose values mean something, as stages do, takes no value that means nothing."""
    accept, names = f.field_type.accept, [v.name for v in reading.values]
    if not any(v.attributes for v in reading.values):
        return lambda cell: accept(cell, f, reading)

    def read(cell: Any) -> Value:
        value = accept(cell, f, reading)
        if value is None or value in names:
            return value
        message = _("%(text)s is not one of the values.", text=repr(value)[:80])
        hint = did_you_mean(str(value), names)
        raise Rejected(Problem("picklist.unknown_value", (f.local_name,), message, hint))

    return read


def _name_parts(f: CustomField, name: str, snapshot: Snapshot) -> dict[str, Value]:
    """The components of a person's whole name, each read by its own field."""
    first, last = split_name(name)
    found: dict[str, Value] = {}
    for part, text in (("FirstName", first), ("LastName", last)):
        component = snapshot.find_field(f.object_name, part)
        if component is not None and text:
            found[part] = component.field_type.accept(text, component)
    return found
