"""The condition of a letter: a figure of the report against a threshold.

A figure that the reader may not see, or that the report has lost, holds for nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _, lazy
from ..reports.result import ReportResult, Total, Totals

WHOLE, GROUPS = "whole", "groups"  # the report's own figure, or that of any of its groups
WHERE: Mapping[str, str] = {
    WHOLE: lazy("the whole report"),
    GROUPS: lazy("any of its groups"),
}
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip
SIGNS: Mapping[str, str] = {
    ">": lazy("is more than"),
    ">=": lazy("is at least"),
    "<": lazy("is less than"),
    "<=": lazy("is at most"),
    "=": lazy("is exactly"),
    "!=": lazy("is not"),
}
MOST_TOLD = 5  # groups that are named in a letter


@dataclass(frozen=True, slots=True)
class Condition:
    """When a letter is sent at all."""

    measure: str  # name of a total: "RowCount", "Amount:Sum"
    sign: str
    value: Decimal
    where: str = WHOLE

    def holds(self, totals: Totals) -> bool:
        """Says whether the figure among these totals meets the condition; none never does."""
        found: Any = totals.get(self.measure)
        if not isinstance(found, Decimal | int | float) or isinstance(found, bool):
            return False
        return COMPARED[self.sign](Decimal(str(found)), self.value)


@dataclass(frozen=True, slots=True)
class Met:
    """What meets the condition: (name of a group, figure) in words; "" is the whole report."""

    total: Total
    places: tuple[tuple[str, str], ...]


def is_comparable(total: Total | None) -> bool:
    """Says whether a figure can be set against a number."""
    return total is not None and total.field.type in ("Number", "Currency", "Percent")


def find_met(condition: Condition, result: ReportResult, snapshot: Snapshot) -> Met | None:
    """What in the answer meets the condition; None where nothing does."""
    total = result.total(condition.measure)
    if total is None:
        return None
    found = [
        (label, figure_text(totals.get(total.name), total.field, snapshot))
        for label, totals in _places(condition, result)
        if condition.holds(totals)
    ]
    return Met(total, tuple(found)) if found else None


def _places(condition: Condition, result: ReportResult) -> Iterator[tuple[str, Totals]]:
    if condition.where == WHOLE:
        yield "", result.grand
        return
    for group in (*result.down, *result.across):
        for leaf in group.leaves():
            above = "" if leaf is group else f"{group.label} · "
            yield above + leaf.label, leaf.totals


def figure_text(value: Any, field: CustomField, snapshot: Snapshot) -> str:
    """A figure as the reader writes it; a dash where there is nothing."""
    return "–" if value is None else str(field.field_type.display_in(value, field, snapshot))


def met_words(met: Met) -> str:
    """What is told of it in a sentence."""
    told = [f"{label}: {text}" if label else text for label, text in met.places[:MOST_TOLD]]
    left = len(met.places) - len(told)
    words = "; ".join(told)
    if left:
        return _("%(figure)s – %(places)s; and %(n)s more", figure=met.total.label,
                 places=words, n=left)  # fmt: skip
    return _("%(figure)s – %(places)s", figure=met.total.label, places=words)
