"""How the people of a file write numbers and dates, found out column by column.

A column's values together say more than each alone: 02/18/2026 says that 03/04/2026 is 4 March.
Dates are told apart by their mark, for 31.12.2026 and 12/31/2026 stand in one column at times.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...metadata.field_types.base import Reading

_YEAR_LAST = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2(?:\d{4}|\d{2})\b", re.ASCII)
_NOISE = re.compile(r"[^\d.,']+")
_ONE_MARK = re.compile(r"[^\d.,]*\d{1,3}[.,]\d{3}[^\d.,]*", re.ASCII)
MARKS = "./-"


@dataclass(frozen=True, slots=True)
class Said:
    """What the person who imports says of the file; None: find out."""

    decimal_comma: bool | None = None
    day_first: bool | None = None


FIND_OUT = Said()


@dataclass(slots=True)
class Evidence:
    """What the values of one column have said so far."""

    comma_is_decimal: int = 0
    point_is_decimal: int = 0
    unclear_numbers: int = 0  # 1.234: a thousand or a little more than one
    dates: dict[str, list[int]] = field(  # {mark: [written so, first over 12, second over 12]}
        default_factory=lambda: defaultdict(lambda: [0, 0, 0])
    )

    def see(self, text: str) -> None:
        """Takes a value into account; one that is neither number nor date says nothing."""
        if text.isdigit():
            return
        if found := _YEAR_LAST.match(text):
            counts = self.dates[found[2]]
            first, second = int(found[1]), int(found[3])
            counts[0] += 1
            counts[1] += first > 12 >= second
            counts[2] += second > 12 >= first
        else:
            self._see_number(_NOISE.sub("", text))

    def _see_number(self, digits: str) -> None:
        marks = [c for c in digits if c in ".,'"]
        if not marks or len(marks) == len(digits):
            return
        last = marks[-1]
        tail = len(digits) - digits.rindex(last) - 1
        if len(set(marks)) > 1 or (len(marks) == 1 and tail != 3):
            self.comma_is_decimal += last == ","
            self.point_is_decimal += last == "."
        elif len(marks) > 1:  # 1.234.567: the mark groups thousands, so the other is the decimal
            self.comma_is_decimal += last == "."
            self.point_is_decimal += last == ","
        else:
            self.unclear_numbers += 1

    @property
    def is_clear(self) -> bool:
        """Says whether some number of the column told which mark is the decimal one."""
        return bool(self.comma_is_decimal or self.point_is_decimal)

    def reading(self, base: Reading, said: Said = FIND_OUT) -> Reading:
        """The base reading with the marks of numbers that this column has shown."""
        comma = said.decimal_comma
        if comma is None:
            comma = self.comma_is_decimal > self.point_is_decimal
        return (
            replace(base, decimal=",", group=".")
            if comma
            else replace(base, decimal=".", group=",")
        )

    def day_readings(self, base: Reading, said: Said = FIND_OUT) -> Mapping[str, Reading]:
        """{mark: reading} of dates that are written with it."""
        return {mark: replace(base, day_first=self._day_first(mark, said)) for mark in MARKS}

    def _day_first(self, mark: str, said: Said) -> bool | None:
        """With points the day is first wherever they are used; else the column says it."""
        if said.day_first is not None:
            return said.day_first
        _written, first, second = self.dates.get(mark, (0, 0, 0))
        if bool(first) != bool(second):
            return bool(first)
        return True if mark == "." and not second else None

    def found(self, said: Said = FIND_OUT) -> tuple[str, ...]:
        """What was found out, as tokens: "1.234,5", "31.12.2026", "12/31/2026"."""
        tokens = []
        if self.is_clear:
            tokens.append("1.234,5" if self.reading(Reading(), said).decimal == "," else "1,234.5")
        for mark, (written, *_counts) in self.dates.items():
            if written and (day_first := self._day_first(mark, said)) is not None:
                order = ("31", "12") if day_first else ("12", "31")
                tokens.append(mark.join((*order, "2026")))
        return tuple(tokens)


def is_unclear(text: str) -> bool:
    """Says whether the text alone does not tell thousands from decimals: 1.234 or 1,234."""
    return _ONE_MARK.fullmatch(text) is not None


def which_day(text: str) -> str:
    """The mark of a date whose year is last; "" for every other text."""
    found = _YEAR_LAST.match(text)
    return found[2] if found else ""
