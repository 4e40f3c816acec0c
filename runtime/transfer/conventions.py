"""How the people of a file write numbers and dates, found out column by column.

A column's values together say more than each alone: 15/09/2026 says that 03/04/2026 is 3 April.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...metadata.field_types.base import Reading

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(?:\d{4}|\d{2})\b")
_SEPARATORS = re.compile(r"[.,']")


@dataclass(slots=True)
class Evidence:
    """What the values of one column have said so far."""

    first_over_12: int = 0  # 15/09/2026
    second_over_12: int = 0  # 09/15/2026
    comma_is_decimal: int = 0
    point_is_decimal: int = 0

    def see(self, text: str) -> None:
        """Takes a value into account; one that is neither number nor date says nothing."""
        if found := _SLASHED.match(text):
            first, second = int(found[1]), int(found[2])
            self.first_over_12 += first > 12 >= second
            self.second_over_12 += second > 12 >= first
        else:
            self._see_number(text)

    def _see_number(self, text: str) -> None:
        digits = re.sub(r"[^\d.,']", "", text)
        marks = _SEPARATORS.findall(digits)
        if not marks or not any(c.isdigit() for c in digits):
            return
        last = marks[-1]
        tail = len(digits) - digits.rindex(last) - 1
        if len(set(marks)) > 1 or (len(marks) == 1 and tail != 3):
            self.comma_is_decimal += last == ","
            self.point_is_decimal += last == "."
        elif len(marks) > 1:  # 1.234.567: the mark groups thousands, so the other is the decimal
            self.comma_is_decimal += last == "."
            self.point_is_decimal += last == ","

    def reading(self, base: Reading) -> Reading:
        """The base reading with what this column has shown; where it showed nothing, as it was."""
        found = base
        if self.comma_is_decimal > self.point_is_decimal:
            found = replace(found, decimal=",", group=".")
        elif self.point_is_decimal:
            found = replace(found, decimal=".", group=",")
        if self.first_over_12 and not self.second_over_12:
            found = replace(found, day_first=True)
        elif self.second_over_12 and not self.first_over_12:
            found = replace(found, day_first=False)
        return found


def observe(rows: Iterable[tuple[object, ...]], width: int) -> list[Evidence]:
    """The evidence of each column over all rows."""
    columns = [Evidence() for _column in range(width)]
    for cells in rows:
        for evidence, cell in zip(columns, cells, strict=False):
            if isinstance(cell, str) and cell:
                evidence.see(cell.strip())
    return columns
