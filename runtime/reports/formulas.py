"""Summary formulas over folded groups: what SQL added up is worked on in Python.

A formula of a group sees its totals, those of groups above it and, once groups have their order,
those before it. What cannot be worked out (a division by zero) is blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ...metadata.definition import Uid
from ...metadata.field_types.base import Value
from ...metadata.formulas import Scene, evaluator
from ...metadata.formulas.functions.base import FormulaError
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.report_formulas import (
    COLUMN_GRAND,
    GRAND,
    PARENT,
    ROW_GRAND,
    Look,
    ReadFormula,
)
from .folding import Folded, Place
from .planning import ReportPlan
from .result import Group, Keys, ReportResult, Total, Totals

Siblings = Mapping[Keys, tuple[Keys, ...]]  # {keys of a group: it and those beside it, in order}


def formula_total(read: ReadFormula) -> Total:
    """What shows the values of a formula."""
    row = read.row
    options = {"precision": 18, "scale": row.scale}
    field = CustomField.system(
        Uid(f"formula:{row.name}"), f"Group.{row.name}", row.label, row.type, options
    )
    return Total(row.name, row.label, "formula", "", field, row.label)


@dataclass(frozen=True, slots=True)
class _Axes:
    """The levels of groups and, once they are known, groups in their order."""

    down: tuple[str, ...]
    across: tuple[str, ...]
    rows: Siblings
    columns: Siblings


def with_formulas(plan: ReportPlan, folded: Folded, ordered: ReportResult | None = None) -> Folded:
    """The totals with those of formulas; with a shaped result, also of those that look back."""
    axes = _Axes(
        tuple(key.level.path for key in plan.down),
        tuple(key.level.path for key in plan.across),
        dict(_beside(ordered.down)) if ordered else {},
        dict(_beside(ordered.across)) if ordered else {},
    )
    totals: dict[Place, dict[str, Value]] = {
        place: dict(known) for place, known in folded.totals.items()
    }
    percents = {one.name for one in plan.totals if one.field.field_type.formula_kind == "percent"}
    for read in plan.formulas:
        work = evaluator(read.expression)
        for place in folded.totals:
            totals[place][read.row.name] = None
            if ordered is not None or not read.is_ordered:
                scene = Scene({}, ambients=_Seen(read, place, folded.totals, axes, percents))
                totals[place][read.row.name] = _worked(read, work, scene)
    return replace(folded, totals=dict[Place, Totals](totals))


def _beside(groups: Sequence[Group]) -> Iterator[tuple[Keys, tuple[Keys, ...]]]:
    together = tuple(group.keys for group in groups)
    for group in groups:
        yield group.keys, together
        yield from _beside(group.groups)


def _worked(read: ReadFormula, work: Any, scene: Scene) -> Value:
    try:
        value = work(scene)
    except FormulaError:
        return None
    if value is None:
        return None
    shown = value.scaleb(2) if read.row.type == "Percent" else value
    return Decimal(shown).quantize(Decimal(1).scaleb(-read.row.scale), ROUND_HALF_UP)


class _Seen(dict[str, Any]):
    """What the names of a formula are for one group, each found when it is asked for."""

    def __init__(
        self, read: ReadFormula, place: Place, totals: Mapping[Place, Totals], axes: _Axes,
        percents: set[str],
    ) -> None:  # fmt: skip
        super().__init__()
        self._looks, self._place, self._totals = read.looks, place, totals
        self._axes, self._percents = axes, percents

    def get(self, name: str, default: Any = None) -> Any:
        look = self._looks.get(name)
        if look is None:
            return self._value(self._place, name)
        place = _looked_at(look, self._place, self._axes)
        return default if place is None else self._value(place, look.total)

    def _value(self, place: Place, total: str) -> Any:
        value = self._totals.get(place, {}).get(total)
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        if total in self._percents and isinstance(value, Decimal):
            return value.scaleb(-2)
        return value


def _looked_at(look: Look, place: Place, axes: _Axes) -> Place | None:
    """The group that a formula of this group looks at; None for none."""
    down, across = place
    for level in look.levels:
        if level == GRAND:
            down, across = (), ()
        elif level == ROW_GRAND:
            down = ()
        elif level == COLUMN_GRAND:
            across = ()
        elif level in axes.down:
            found = _on_axis(look, down, axes.down.index(level) + 1, axes.rows)
            if found is None:
                return None
            down = found
        elif level in axes.across:
            found = _on_axis(look, across, axes.across.index(level) + 1, axes.columns)
            if found is None:
                return None
            across = found
        else:
            return None
    return down, across


def _on_axis(look: Look, keys: Keys, depth: int, siblings: Siblings) -> Keys | None:
    if look.function == PARENT:
        return keys[:depth] if len(keys) >= depth else None
    if len(keys) != depth:
        return None
    together = siblings.get(keys, ())
    at = together.index(keys) - look.steps if keys in together else -1
    return together[at] if at >= 0 else None
