"""A chart with all that goes with it: drawing, legend, twin table and a summary in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ....metadata.snapshot import Snapshot
from ....platform.i18n import _, format_list, ngettext
from ..result import ReportResult
from .bars import draw_bars
from .figures import NOTHING, Category, ChartData, Mark, Url, chart_data
from .funnel import draw_funnel
from .gauge import band_of, draw_gauge
from .lines import added_up, draw_lines
from .round import draw_round
from .scatter import draw_scatter
from .svg import tone

Draw = Callable[[ChartData, int, int], Markup]
DRAWN: Mapping[str, Draw] = {
    **dict.fromkeys(("bar", "barStacked", "barGrouped"), draw_bars),
    **dict.fromkeys(("column", "columnStacked", "columnGrouped"), draw_bars),
    **dict.fromkeys(("line", "lineCumulative", "combination"), draw_lines),
    **dict.fromkeys(("pie", "donut"), draw_round),
    "funnel": draw_funnel, "gauge": draw_gauge, "scatter": draw_scatter,
}  # fmt: skip
ROUND = ("pie", "donut")
BAR_HEIGHT, LEAST_HEIGHT = 34, 96
SHADES = 5  # of a heat table
LONG = 1_000_000  # from here a figure is shortened


@dataclass(frozen=True, slots=True)
class Key:
    """A line of the legend."""

    label: str
    tone: str
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the twin table; `shade` 1–5 where it is a heat table."""

    text: str
    url: str = ""
    shade: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """What a page shows of a chart; `refusal` or `is_empty` stand in place of a drawing."""

    type: str
    title: str
    summary: str
    drawings: tuple[Markup, ...] = ()  # for a wide place and for a narrow one
    legend: tuple[Key, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[Category, tuple[Cell, ...]], ...] = ()
    figure: Mark = NOTHING
    brief: str = ""  # the figure in few letters, where it is long
    band: int = 0
    bands: int = 0
    note: str = ""
    is_empty: bool = False
    refusal: str = ""


def draw_chart(
    result: ReportResult, setting: Mapping[str, Any], snapshot: Snapshot, url: Url,
    widths: tuple[int, ...] = (860, 340), height: int = 300,
) -> Chart:  # fmt: skip
    """The chart of a report's answer as `setting` has it, drawn for each of the widths."""
    data = chart_data(result, setting, snapshot, url)
    if data.type == "lineCumulative":
        data = added_up(data)
    title = data.title or _title(data)
    if data.refusal or data.is_empty or not result.row_count:
        return Chart(data.type, title, "", refusal=data.refusal, is_empty=not data.refusal)
    draw = DRAWN.get(data.type)
    return Chart(
        data.type, title, _summary(data),
        drawings=tuple(draw(data, w, _height(data, w, height)) for w in widths) if draw else (),
        legend=tuple(_legend(data)) if setting.get("legend") != "none" else (),
        heads=(data.group_label, *_heads(data)) if data.categories else (),
        rows=_rows(data),
        figure=data.grand, brief=_brief(data), band=band_of(data), bands=len(data.bands),
        note=_note(data),
    )  # fmt: skip


def _brief(data: ChartData) -> str:
    value = data.grand.value
    return data.short(value) if value is not None and abs(value) >= LONG else ""


def _height(data: ChartData, width: int, height: int) -> int:
    """Few bars are not stretched over much room, many get as much as they need."""
    if data.type.startswith("bar"):
        beside = len(data.series) if data.type == "barGrouped" else 1
        wanted = len(data.categories) * max(BAR_HEIGHT, 16 * beside) + 24
        return max(min(wanted, height), LEAST_HEIGHT, len(data.categories) * 18 * beside + 24)
    if data.type in ROUND:
        return min(height, width, 300)
    return height


def _title(data: ChartData) -> str:
    if not data.group_label:
        return data.measure_label
    return _("%(total)s by %(group)s", total=data.measure_label, group=data.group_label)


def _heads(data: ChartData) -> tuple[str, ...]:
    return tuple(one.label for one in data.series)


def _legend(data: ChartData) -> list[Key]:
    if data.type in ROUND and data.series:
        marks = data.series[0].marks
        return [Key(c.label, tone(n), marks[n].text, marks[n].url)
                for n, c in enumerate(data.categories)]  # fmt: skip
    if len(data.series) < 2 or data.type in ("heat", "scatter"):
        return []
    return [Key(one.label, tone(n)) for n, one in enumerate(data.series)]


def _rows(data: ChartData) -> tuple[tuple[Category, tuple[Cell, ...]], ...]:
    most = max((abs(value) for value in data.values), default=0.0) or 1.0
    is_heat = data.type == "heat"

    def cell(mark: Mark) -> Cell:
        shade = 0
        if is_heat and mark.value:
            shade = max(1, min(SHADES, round(abs(mark.value) / most * SHADES)))
        return Cell(mark.text, mark.url, shade)

    return tuple(
        (category, tuple(cell(one.marks[n]) for one in data.series))
        for n, category in enumerate(data.categories)
    )


def _note(data: ChartData) -> str:
    if not data.left:
        return ""
    if data.is_time:
        return ngettext(
            "%(n)s earlier period is not drawn.", "%(n)s earlier periods are not drawn.", data.left
        )
    return ngettext(
        "%(n)s more group is not drawn by itself.",
        "%(n)s more groups are not drawn by themselves.",
        data.left,
    )


def _summary(data: ChartData) -> str:
    """The chart for who does not see it: what it is, its largest values, its whole."""
    if not data.categories:
        return _("%(label)s: %(value)s.", label=data.measure_label, value=data.grand.text)
    first = data.series[0]
    ranked = sorted(
        (n for n, mark in enumerate(first.marks) if mark.value is not None),
        key=lambda n: -(first.marks[n].value or 0),
    )
    largest = [f"{data.categories[n].label} {first.marks[n].text}" for n in ranked[:3]]
    return _(
        "%(title)s: %(n)s groups, the largest %(largest)s; %(total)s in all.",
        title=_title(data), n=len(data.categories), largest=format_list(largest),
        total=data.grand.text,
    )  # fmt: skip
