"""From rows of groups to the totals of every level: what SQL added up is added on.

Sums, numbers, lowest and highest of a group are those of its parts; nothing is counted twice.
Where the statement gave every level itself, rows are only sorted to their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...metadata.field_types.base import Value
from ..query.aggregates import Measured
from .planning import KeyPlan, ReportPlan
from .result import Key, Keys, Totals
from .statements import Corner, GroupStatement, corners_of

Place = tuple[Keys, Keys]  # keys down, keys across
Raw = list[Any]  # the selected columns of all totals, one after the other


@dataclass(slots=True)
class Folded:
    """Totals by place, and what names the values of each level."""

    totals: dict[Place, Totals] = field(default_factory=dict)
    titles: list[dict[Key, Any]] = field(default_factory=list)  # of each key


def fold_rows(plan: ReportPlan, statement: GroupStatement, rows: Iterable[Sequence[Any]]) -> Folded:
    """The totals of all groups on all levels."""
    width, first = statement.keys, len(plan.down)
    found = Folded(titles=[{} for _key in range(width)])
    raws: dict[Place, Raw] = {}
    folders = _folders(plan)
    corners = corners_of(plan) if len(statement.corners) == 1 else ()
    for row in rows:
        keys = tuple(_read(key, row[1 + 2 * n]) for n, key in enumerate(plan.keys))
        raw = list(row[1 + 2 * width :])
        corner = statement.corners[row[0]]
        _note_titles(found.titles, plan, keys, row, corner)
        for down, across in corners or (corner,):
            place = keys[:down], keys[first : first + across]
            there = raws.get(place)
            raws[place] = list(raw) if there is None else _added(there, raw, folders)
    if ((), ()) not in raws:
        raws[(), ()] = _nothing(plan, statement.measured)
    found.totals = {
        place: _read_totals(plan, statement.measured, raw) for place, raw in raws.items()
    }
    return found


def _note_titles(
    titles: list[dict[Key, Any]],
    plan: ReportPlan,
    keys: Keys,
    row: Sequence[Any],
    corner: Corner,
) -> None:
    """What the rows say that names a key: of texts that differ in case, the last in order."""
    first = len(plan.down)
    for n in (*range(corner[0]), *range(first, first + corner[1])):
        title, known = row[2 + 2 * n], titles[n].get(keys[n])
        if title is not None and (known is None or str(title) > str(known)):
            titles[n][keys[n]] = title


def _read(key: KeyPlan, value: Any) -> Key:
    if value is None or key.bucket is not None:
        return value  # type: ignore[no-any-return]
    field_ = key.level.field
    if field_.type in ("Date", "DateTime"):
        return value  # type: ignore[no-any-return]
    if field_.field_type.read_parts(field_) == ("",):
        return field_.field_type.from_columns({"": value}, field_)  # type: ignore[no-any-return]
    return value  # type: ignore[no-any-return]


# -- adding up -----------------------------------------------------------------------------------


def _folders(plan: ReportPlan) -> list[str]:
    """How each selected column is added on."""
    found: list[str] = []
    for total in plan.totals:
        match total.function:
            case "min" | "max":
                found.append(total.function)
            case "avg":
                found += ["sum", "sum"]
            case _:
                found.append("sum")
    return found


def _added(there: Raw, raw: Raw, folders: Sequence[str]) -> Raw:
    for n, (one, other, how) in enumerate(zip(there, raw, folders, strict=True)):
        if other is None:
            continue
        if one is None:
            there[n] = other
        elif how == "sum":
            there[n] = one + other
        else:
            there[n] = min(one, other) if how == "min" else max(one, other)
    return there


def _nothing(plan: ReportPlan, measures: Sequence[Measured]) -> Raw:
    found: Raw = []
    for total, one in zip(plan.totals, measures, strict=True):
        counts = total.function in ("count", "count_distinct")
        found += [0 if counts else None for _column in one.selected]
    return found


def _read_totals(plan: ReportPlan, measures: Sequence[Measured], raw: Raw) -> Mapping[str, Value]:
    found, at = {}, 0
    for total, one in zip(plan.totals, measures, strict=True):
        width = len(one.selected)
        found[total.name] = one.read(raw[at : at + width])
        at += width
    return found
