"""From totals to the result: groups under groups, in their order, with labels, cut to the top."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...metadata.snapshot import Snapshot
from .folding import Folded, Place
from .labels import label_of_key, sort_key, token_of
from .periods import Calendar
from .planning import KeyPlan, ReportPlan
from .result import Group, Key, Keys, ReportResult, Totals


def shape_result(
    plan: ReportPlan, folded: Folded, snapshot: Snapshot, calendar: Calendar,
    notices: Sequence[str] = (),
) -> ReportResult:  # fmt: skip
    """The result of a plan; every group that has a record, and no other."""
    first = len(plan.down)
    labels = [_labels(plan.keys[n], n, folded, snapshot, calendar) for n in range(len(plan.keys))]
    down = _Tree(plan.down, {d: t for (d, a), t in folded.totals.items() if not a}, labels[:first],
                 snapshot, calendar)  # fmt: skip
    across = _Tree(plan.across, {a: t for (d, a), t in folded.totals.items() if not d},
                   labels[first:], snapshot, calendar)  # fmt: skip
    rows, cut = down.below(())
    columns, _cut = across.below(())
    return ReportResult(
        report=plan.report,
        totals=plan.totals,
        grand=folded.totals[(), ()],
        down_levels=tuple(key.level for key in plan.down),
        across_levels=tuple(key.level for key in plan.across),
        down=rows,
        across=columns,
        cells=_cells(folded.totals),
        notices=(*plan.notices, *notices),
        cut=cut,
    )


def _cells(totals: Mapping[Place, Totals]) -> dict[Place, Totals]:
    return {place: found for place, found in totals.items() if place[0] and place[1]}


def _labels(
    key: KeyPlan, n: int, folded: Folded, snapshot: Snapshot, calendar: Calendar
) -> _LabelMap:
    return _LabelMap(key, folded.titles[n], snapshot, calendar)


class _LabelMap(dict[Key, str]):
    """Labels of a level, each made when it is first asked for."""

    def __init__(
        self, key: KeyPlan, titles: Mapping[Key, Any], snapshot: Snapshot, calendar: Calendar
    ) -> None:
        super().__init__()
        self._key, self._titles = key, titles
        self._snapshot, self._calendar = snapshot, calendar

    def __missing__(self, value: Key) -> str:
        found = label_of_key(self._key, value, self._titles, self._snapshot, self._calendar)
        self[value] = found
        return found


@dataclass(slots=True)
class _Tree:
    """Groups under groups, of rows or of columns."""

    keys: Sequence[KeyPlan]
    totals: Mapping[Keys, Totals]
    labels: Sequence[_LabelMap]
    snapshot: Snapshot
    calendar: Calendar
    _children: dict[Keys, list[Keys]] | None = None

    @property
    def children(self) -> dict[Keys, list[Keys]]:
        if self._children is None:
            found: defaultdict[Keys, list[Keys]] = defaultdict(list)
            for keys in self.totals:
                if keys:
                    found[keys[:-1]].append(keys)
            self._children = dict(found)
        return self._children

    def below(self, above: Keys) -> tuple[tuple[Group, ...], int]:
        """The groups under these keys, and how many the report leaves out."""
        depth = len(above)
        if depth == len(self.keys):
            return (), 0
        key = self.keys[depth]
        ordered = self._ordered(key, self.children.get(above, []), self.labels[depth])
        kept = ordered[: key.grouping.top] if key.grouping.top else ordered
        return tuple(self._group(keys) for keys in kept), len(ordered) - len(kept)

    def _group(self, keys: Keys) -> Group:
        groups, cut = self.below(keys)
        label = self.labels[len(keys) - 1][keys[-1]]
        return Group(keys, label, token_of(keys[-1]), self.totals[keys], groups, cut)

    def _ordered(self, key: KeyPlan, found: list[Keys], labels: _LabelMap) -> list[Keys]:
        """By value or by a total; those without come last either way."""
        is_down = key.grouping.descending
        blank = [keys for keys in found if self._is_blank(key, keys[-1])]
        there = [keys for keys in found if not self._is_blank(key, keys[-1])]

        def natural(keys: Keys) -> Any:
            value = keys[-1]
            return sort_key(key, value, labels[value], self.snapshot, self.calendar)

        by = key.grouping.by
        there.sort(key=natural, reverse=is_down and not by)
        ordered = there + blank
        if not by:
            return ordered
        with_total = [keys for keys in ordered if self.totals[keys].get(by) is not None]
        without = [keys for keys in ordered if self.totals[keys].get(by) is None]
        with_total.sort(key=lambda keys: self.totals[keys][by], reverse=is_down)
        return with_total + without

    def _is_blank(self, key: KeyPlan, value: Key) -> bool:
        return key.bucket is None and (value is None or value == "")
