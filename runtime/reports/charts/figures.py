"""What a chart shows: categories, series and their values, out of a report's answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ....metadata.kinds.report_checks import totals_of
from ....metadata.kinds.report_schema import CHARTS, ROW_COUNT
from ....metadata.snapshot import Snapshot
from ....platform.i18n import _, format_compact, format_compact_currency
from ..periods import NUMBERS
from ..result import Group, Level, ReportResult, Total, Totals

Url = Callable[[Sequence[str], Sequence[str]], str]  # tokens down, tokens across -> address
ADDED = ("sum", "count")  # functions whose values of several groups may be added up
STACKED = ("barStacked", "columnStacked")
GROUPED = ("barGrouped", "columnGrouped")
WITH_SECOND = (*STACKED, *GROUPED, "line", "lineCumulative", "heat")
WITH_MEASURES = (*GROUPED, "line", "lineCumulative", "combination", "scatter")
MOST_SERIES = 6
#: {chart type: categories that fit}
MOST = {"pie": 6, "donut": 6, "funnel": 12, "bar": 15, "barStacked": 15, "barGrouped": 10,
        "column": 24, "columnStacked": 24, "columnGrouped": 16, "heat": 40}  # fmt: skip
MOST_OTHERWISE = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """One value, as a number to draw and in words; None where there is nothing."""

    value: float | None
    text: str
    url: str = ""


NOTHING = Mark(None, "–")


@dataclass(frozen=True, slots=True)
class Category:
    """A group along the axis."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The values of all categories for one total, or for one group of the second level."""

    label: str
    marks: tuple[Mark, ...]
    total: Total


@dataclass(frozen=True, slots=True)
class ChartData:
    """All that is drawn; `refusal` says why nothing can be."""

    type: str
    title: str = ""
    group_label: str = ""
    measure_label: str = ""
    categories: tuple[Category, ...] = ()
    series: tuple[Series, ...] = ()
    grand: Mark = NOTHING
    bands: tuple[float, ...] = ()
    short: Callable[[float], str] = format_compact
    show_values: bool = False
    is_time: bool = False
    left: int = 0  # categories that are not drawn
    refusal: str = ""

    @property
    def values(self) -> Iterator[float]:
        for one in self.series:
            yield from (mark.value for mark in one.marks if mark.value is not None)

    @property
    def is_empty(self) -> bool:
        return not any(True for _value in self.values) and self.grand.value is None


def chart_data(
    result: ReportResult, setting: Mapping[str, Any], snapshot: Snapshot, url: Url
) -> ChartData:
    """The data of a chart. A total or group that its reader may not see is refused."""
    return _Reader(result, setting, snapshot, url).data()


def default_chart(result: ReportResult) -> dict[str, Any]:
    """The chart that suits a report which has none."""
    levels = (*result.down_levels, *result.across_levels)
    if not levels:
        return {"chartType": "metric"}
    if len(levels) > 1 and result.across_levels:
        return {"chartType": "columnStacked"}
    return {"chartType": "column" if _is_time(levels[0]) else "bar"}


def _is_time(level: Level) -> bool:
    return level.field.type in ("Date", "DateTime") and level.granularity not in NUMBERS


class _Reader:
    def __init__(
        self, result: ReportResult, setting: Mapping[str, Any], snapshot: Snapshot, url: Url
    ) -> None:
        self.result, self.setting, self.snapshot, self.url = result, setting, snapshot, url
        kind = str(setting.get("chartType", ""))
        self.type = kind if kind in CHARTS else "bar"
        if self.type == "line" and setting.get("isCumulative"):
            self.type = "lineCumulative"

    def data(self) -> ChartData:
        refusal = self._refusal()
        base = ChartData(self.type, str(self.setting.get("title", "")), refusal=refusal)
        if refusal:
            return base
        measures = self._measures()
        first = measures[0]
        base = replace(
            base, measure_label=first.label, grand=self._mark(first, self.result.grand, (), ()),
            bands=tuple(float(one) for one in self.setting.get("bands", ())),
            short=short_of(first), show_values=bool(self.setting.get("showValues")),
        )  # fmt: skip
        groups, level, is_across = self._groups()
        if level is None or self.type in ("metric", "gauge"):
            return base if self.type in ("metric", "gauge") else replace(base, type="metric")
        base = replace(base, group_label=level.label, is_time=_is_time(level))
        kept, left = self._kept(groups, level)
        series = self._series(measures, groups, kept, is_across=is_across)
        categories = [Category(g.label, self._to(g, is_across=is_across)) for g in kept]
        if left and _is_added(first) and not base.is_time:
            categories.append(Category(_("Others (%(n)s)", n=left), self.url((), ())))
        return replace(base, categories=tuple(categories), series=tuple(series), left=left)

    def _refusal(self) -> str:
        """Says so where the chart asks for what the report has but its reader may not see."""
        report, result = self.result.report, self.result
        asked = [name for name in self.setting.get("measures", ()) if name in totals_of(report)]
        paths = {one.field for one in report.groupings}
        there = {level.path for level in (*result.down_levels, *result.across_levels)}
        groups = [self.setting.get("group"), self._second_path]
        hidden = [one for one in groups if one in paths and one not in there]
        if hidden or any(result.total(name) is None for name in asked):
            return _("This chart is of a field that you may not see.")
        return ""

    @property
    def _second_path(self) -> str:
        return str(self.setting.get("secondGroup", "")) if self.type in WITH_SECOND else ""

    def _measures(self) -> list[Total]:
        named = (self.result.total(name) for name in self.setting.get("measures", ()))
        found = [one for one in named if one is not None]
        if not found:
            sums = [one for one in self.result.totals if one.function == "sum"]
            found = sums[:1] or [self.result.totals[0]]
        return found if self.type in WITH_MEASURES else found[:1]

    # -- groups

    def _groups(self) -> tuple[Sequence[Group], Level | None, bool]:
        """The groups along the axis, their level, and whether they stand across in a matrix."""
        result, path = self.result, self.setting.get("group")
        down, across = result.down_levels, result.across_levels
        if across and (not down or (path == across[0].path and path != down[0].path)):
            return result.across, across[0], True
        return (result.down, down[0], False) if down else ((), None, False)

    def _kept(self, groups: Sequence[Group], level: Level) -> tuple[Sequence[Group], int]:
        most = int(self.setting.get("most") or MOST.get(self.type, MOST_OTHERWISE))
        if len(groups) <= most:
            return groups, 0
        if _is_time(level):
            return groups[-most:], len(groups) - most
        kept = max(most - 1, 1)
        return groups[:kept], len(groups) - kept

    def _to(self, group: Group, *, is_across: bool) -> str:
        return self.url((), (group.token,)) if is_across else self.url((group.token,), ())

    # -- values

    def _series(
        self, measures: list[Total], groups: Sequence[Group], kept: Sequence[Group], *,
        is_across: bool,
    ) -> list[Series]:  # fmt: skip
        second = self._second(is_across=is_across)
        if second and len(measures) == 1 and (self._second_path or self.type in WITH_SECOND[:4]
                                              or self.type == "heat"):  # fmt: skip
            return self._crossed(measures[0], groups, kept, second, is_across=is_across)
        found = []
        for total in measures[:MOST_SERIES]:
            marks = [self._of_group(total, one, is_across=is_across) for one in kept]
            marks += self._others(total, [g.totals for g in groups[len(kept) :]], len(groups), kept)
            found.append(Series(total.label, tuple(marks), total))
        return found

    def _second(self, *, is_across: bool) -> list[tuple[Any, str, str]]:
        """(key, label, token) of the groups of the second level, each once, in order."""
        result = self.result
        if is_across:
            return [(g.key, g.label, g.token) for g in result.down]
        if len(result.down_levels) > 1 and (
            not result.across_levels or self._second_path == result.down_levels[1].path
        ):
            inner = {g.key: (g.key, g.label, g.token) for one in result.down for g in one.groups}
            return list(inner.values())
        return [(g.key, g.label, g.token) for g in result.across]

    def _crossed(
        self, total: Total, groups: Sequence[Group], kept: Sequence[Group],
        second: list[tuple[Any, str, str]], *, is_across: bool,
    ) -> list[Series]:  # fmt: skip
        shown = (
            second
            if len(second) <= MOST_SERIES or self.type == "heat"
            else second[: MOST_SERIES - 1]
        )
        found = []
        for key, label, token in shown:
            marks = [self._crossing(total, one, key, token, is_across=is_across) for one in kept]
            rest = [self._totals_at(one, key, is_across=is_across) for one in groups[len(kept) :]]
            marks += self._others(total, rest, len(groups), kept)
            found.append(Series(label, tuple(marks), total))
        if len(shown) < len(second) and _is_added(total):
            found.append(self._other_series(total, kept, found, is_across=is_across))
        return found

    def _other_series(
        self, total: Total, kept: Sequence[Group], found: list[Series], *, is_across: bool
    ) -> Series:
        marks = []
        for n, group in enumerate(kept):
            drawn = sum(one.marks[n].value or 0 for one in found)
            value = (_number(group.totals.get(total.name)) or 0) - drawn
            marks.append(self._made(total, value, self._to(group, is_across=is_across)))
        extra = len(found[0].marks) - len(marks) if found else 0
        return Series(_("Others"), (*marks, *([NOTHING] * extra)), total)

    def _totals_at(self, group: Group, key: Any, *, is_across: bool) -> Totals:
        """The totals where a group and one of the second level cross."""
        result = self.result
        if is_across:
            return result.cells.get(((key,), group.keys), {})
        inner = next((one for one in group.groups if one.key == key), None)
        if inner is not None and not (result.across_levels and self._second_path ==
                                      result.across_levels[0].path):  # fmt: skip
            return inner.totals
        return result.cells.get((group.keys, (key,)), {})

    def _crossing(
        self, total: Total, group: Group, key: Any, token: str, *, is_across: bool
    ) -> Mark:
        totals = self._totals_at(group, key, is_across=is_across)
        if is_across:
            down, across = (token,), (group.token,)
        elif self.result.across_levels and self._second_path != (
            self.result.down_levels[1].path if len(self.result.down_levels) > 1 else None
        ):
            down, across = (group.token,), (token,)
        else:
            return self._mark(total, totals, (group.token, token), ())
        return self._mark(total, totals, down, across)

    def _of_group(self, total: Total, group: Group, *, is_across: bool) -> Mark:
        value = group.totals.get(total.name)
        return self._made(total, value, self._to(group, is_across=is_across))

    def _mark(self, total: Total, totals: Totals, down: Any, across: Any) -> Mark:
        return self._made(total, totals.get(total.name), self.url(down, across))

    def _made(self, total: Total, value: Any, url: str) -> Mark:
        number = _number(value)
        if number is None:
            return NOTHING
        exact = value if isinstance(value, Decimal | int) else Decimal(str(round(number, 6)))
        text = total.field.field_type.display_in(exact, total.field, self.snapshot)
        return Mark(number, text, url)

    def _others(
        self, total: Total, rest: Sequence[Totals], n: int, kept: Sequence[Group]
    ) -> list[Mark]:
        """What the groups that are not drawn come to, where it can be added up."""
        first = self._measures()[0]
        _groups, level, _across = self._groups()
        if n == len(kept) or not _is_added(first) or (level and _is_time(level)):
            return []
        if not _is_added(total):
            return [NOTHING]
        value = sum((one.get(total.name) or 0 for one in rest), Decimal(0))
        return [self._made(total, value, self.url((), ()))]


def _is_added(total: Total) -> bool:
    return total.function in ADDED or total.name == ROW_COUNT


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float):
        return None
    return float(value)


def short_of(total: Total) -> Callable[[float], str]:
    """How an axis writes values of a total."""
    if total.field.type == "Currency" and total.function != "count_distinct":
        return format_compact_currency
    return format_compact
