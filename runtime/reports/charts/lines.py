"""Lines: of each series, of what has come together so far, or over the columns of a first total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from markupsafe import Markup

from .bars import frame, names_below
from .figures import ChartData, Mark, Series
from .scale import Scale
from .svg import element, linked, said, svg, tone

MOST_DOTS = 60


def draw_lines(data: ChartData, width: int, height: int) -> Markup:
    """One line for each series; "combination" draws the first series as columns."""
    return svg(width, height, _drawn(data, width, height))


def _drawn(data: ChartData, width: int, height: int) -> Iterator[Markup]:
    left, bottom, scale, grid = frame(data, list(data.values), width, height, 14)
    yield from grid
    room = (width - left - 14) / max(len(data.categories), 1)
    for i, one in enumerate(data.series):
        if data.type == "combination" and i == 0:
            yield from _columns(data, one, left, bottom, room, scale)
        else:
            yield from _line(data, i, left, bottom, room, scale)
    yield from names_below(data, left, room, bottom + 17)


def _columns(
    data: ChartData, one: Series, left: float, bottom: float, room: float, scale: Scale
) -> Iterator[Markup]:
    thick = min(room * 0.6, 34.0)
    zero = bottom - scale.at(0)
    for n, mark in enumerate(one.marks):
        if mark.value is None:
            continue
        y = bottom - scale.at(mark.value)
        bar = element("rect", x=left + n * room + (room - thick) / 2, y=min(y, zero), width=thick,
                      height=max(abs(zero - y), 1), rx=3.0, class_=tone(0))  # fmt: skip
        yield linked(mark.url, said(one.label, data.categories[n].label, mark, is_only=False), bar)


def _line(
    data: ChartData, i: int, left: float, bottom: float, room: float, scale: Scale
) -> Iterator[Markup]:
    one = data.series[i]
    places = [
        (n, left + n * room + room / 2, bottom - scale.at(mark.value), mark)
        for n, mark in enumerate(one.marks)
        if mark.value is not None
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for _n, x, y, _mark in places)
    if len(data.series) == 1 and len(places) > 1:
        zero = bottom - scale.at(0)
        ends = f"{places[-1][1]:.1f},{zero:.1f} {places[0][1]:.1f},{zero:.1f}"
        yield element("polygon", points=f"{points} {ends}", class_=f"ch-area {tone(i)}")
    yield element("polyline", points=points, class_=f"ch-line s{tone(i)}")
    for n, x, y, mark in places:
        small = len(places) > MOST_DOTS
        spot = element("circle", cx=x, cy=y, r=2.0 if small else 3.5, class_=f"ch-dot {tone(i)}")
        hit = element("circle", cx=x, cy=y, r=10.0, class_="ch-hit")
        title = said(one.label, data.categories[n].label, mark, is_only=len(data.series) == 1)
        yield linked(mark.url, title, hit, spot)


def added_up(data: ChartData) -> ChartData:
    """The data with each value and all before it in one."""
    return replace(data, series=tuple(_added(data, one) for one in data.series))


def _added(data: ChartData, one: Series) -> Series:
    so_far, found = 0.0, []
    for mark in one.marks:
        so_far += mark.value or 0
        found.append(Mark(so_far, data.short(so_far), mark.url))
    return Series(one.label, tuple(found), one.total)
