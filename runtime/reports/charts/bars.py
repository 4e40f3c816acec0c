"""Bars and columns: one series, stacked, or grouped side by side."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from .figures import STACKED, ChartData, Mark
from .scale import Scale, scale_of
from .svg import element, label, linked, said, svg, tone, width_of

THICKEST = 34.0


def draw_bars(data: ChartData, width: int, height: int) -> Markup:
    """Horizontal for "bar…", vertical for "column…"."""
    if data.type.startswith("bar"):
        return svg(width, height, _across(data, width, height))
    return svg(width, height, _upright(data, width, height))


def reach(data: ChartData) -> list[float]:
    """The values that the axis must hold: of stacks their ends."""
    if data.type not in STACKED:
        return list(data.values)
    found: list[float] = []
    for n in range(len(data.categories)):
        values = [one.marks[n].value or 0 for one in data.series]
        found += [sum(v for v in values if v > 0), sum(v for v in values if v < 0)]
    return found


def is_whole(data: ChartData) -> bool:
    """Says whether all values are whole numbers, so that the axis has no halves."""
    return all(value == int(value) for value in data.values)


def _spans(data: ChartData, n: int) -> Iterator[tuple[int, Mark, float, float]]:
    """(series, mark, from, to) of each part at a category."""
    above = below = 0.0
    for i, one in enumerate(data.series):
        mark = one.marks[n]
        if mark.value is None:
            continue
        if data.type not in STACKED:
            yield i, mark, 0.0, mark.value
        elif mark.value >= 0:
            yield i, mark, above, above + mark.value
            above += mark.value
        else:
            yield i, mark, below, below + mark.value
            below += mark.value


def _slot(data: ChartData, room: float) -> tuple[float, float]:
    """(thickness of a bar, of all bars of a category)."""
    beside = 1 if data.type in STACKED else max(len(data.series), 1)
    one = min(room * 0.68 / beside, THICKEST)
    return one, one * beside


def _at(data: ChartData, i: int) -> int:
    return 0 if data.type in STACKED else i


# -- horizontal ----------------------------------------------------------------------------------


def _across(data: ChartData, width: int, height: int) -> Iterator[Markup]:
    left = min(max(map(width_of, (c.label for c in data.categories)), default=0) + 12, width * 0.36)
    is_only = len(data.series) == 1
    ends = data.type not in STACKED
    longest = max((width_of(data.short(value)) for value in data.values), default=0.0)
    right = longest + 14 if ends else 20.0
    scale = scale_of(reach(data), width - left - right, _ticks(width - left), whole=is_whole(data))
    bottom = height - 22.0
    yield from _grid_across(data, scale, left, bottom)
    room = bottom / max(len(data.categories), 1)
    thick, all_ = _slot(data, room)
    for n, category in enumerate(data.categories):
        top = n * room + (room - all_) / 2
        name = label(category.label, left - 8, n * room + room / 2 + 4, left - 10, "end", "ch-cat")
        yield linked(category.url, category.label, name)
        for i, mark, start, end in _spans(data, n):
            x0, x1 = left + scale.at(min(start, end)), left + scale.at(max(start, end))
            y = top + _at(data, i) * thick
            parts = [element("rect", x=x0, y=y, width=max(x1 - x0, 1), height=max(thick - 1, 1),
                             rx=min(4, thick / 4), class_=tone(i))]  # fmt: skip
            if ends and thick > 9:
                text = data.short(mark.value or 0)
                parts.append(label(text, x1 + 6, y + thick / 2 + 3.5, class_="ch-v"))
            title = said(data.series[i].label, category.label, mark, is_only=is_only)
            yield linked(mark.url, title, *parts)


def _ticks(length: float) -> int:
    return max(2, min(6, int(length // 90)))


def _grid_across(data: ChartData, scale: Scale, left: float, bottom: float) -> Iterator[Markup]:
    for tick in scale.ticks:
        x = left + scale.at(tick)
        yield element("line", x1=x, x2=x, y1=0.0, y2=bottom, class_=_line_class(tick))
        yield label(data.short(tick), x, bottom + 15, anchor="middle")


def _line_class(tick: float) -> str:
    return "ch-zero" if tick == 0 else "ch-grid"


# -- vertical ------------------------------------------------------------------------------------


def frame(
    data: ChartData, values: list[float], width: float, height: float, right: float = 8
) -> tuple[float, float, Scale, list[Markup]]:
    """(left, bottom, scale, marks of the value axis) of a drawing with categories below."""
    bottom = height - 24.0
    scale = scale_of(values, bottom - 16, max(2, min(6, int(bottom // 44))), whole=is_whole(data))
    left = max(width_of(data.short(tick)) for tick in scale.ticks) + 10
    found = []
    for tick in scale.ticks:
        y = bottom - scale.at(tick)
        found.append(
            element("line", x1=left, x2=width - right, y1=y, y2=y, class_=_line_class(tick))
        )
        found.append(label(data.short(tick), left - 8, y + 4, anchor="end"))
    return left, bottom, scale, found


def names_below(data: ChartData, left: float, room: float, y: float) -> Iterator[Markup]:
    """The names of categories under the axis; some are left out where they would touch."""
    longest = max((width_of(c.label) for c in data.categories), default=0)
    every = 1
    if data.is_time or len(data.categories) > 12:
        every = max(1, int(-(-(min(longest, 90) + 10) // room)))
    for n, category in enumerate(data.categories):
        if n % every == 0:
            x = left + n * room + room / 2
            yield linked(category.url, category.label, label(
                category.label, x, y, room * every - 6, "middle", "ch-cat"))  # fmt: skip


def _upright(data: ChartData, width: int, height: int) -> Iterator[Markup]:
    left, bottom, scale, grid = frame(data, reach(data), width, height)
    yield from grid
    room = (width - left - 8) / max(len(data.categories), 1)
    thick, all_ = _slot(data, room)
    is_only = len(data.series) == 1
    longest = max((width_of(data.short(value)) for value in data.values), default=0.0)
    are_told = data.type not in STACKED and is_only and longest < room - 4
    for n, category in enumerate(data.categories):
        for i, mark, start, end in _spans(data, n):
            x = left + n * room + (room - all_) / 2 + _at(data, i) * thick
            y0, y1 = bottom - scale.at(max(start, end)), bottom - scale.at(min(start, end))
            parts = [element("rect", x=x, y=y0, width=max(thick - 2, 1), height=max(y1 - y0, 1),
                             rx=min(3, thick / 4), class_=tone(i))]  # fmt: skip
            text = data.short(mark.value or 0)
            if are_told:
                parts.append(label(text, x + thick / 2 - 1, y0 - 4, 0, "middle", "ch-v"))
            title = said(data.series[i].label, category.label, mark, is_only=is_only)
            yield linked(mark.url, title, *parts)
    yield from names_below(data, left, room, bottom + 17)
