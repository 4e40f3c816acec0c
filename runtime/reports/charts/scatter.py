"""A scatter: each category where its two totals meet."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from .bars import frame
from .figures import ChartData, short_of
from .scale import scale_of
from .svg import element, label, linked, svg


def draw_scatter(data: ChartData, width: int, height: int) -> Markup:
    """The first total goes to the right, the second up; of one total alone the order goes right."""
    return svg(width, height, _points(data, width, height))


def _points(data: ChartData, width: int, height: int) -> Iterator[Markup]:
    if not data.series:
        return
    across, up = data.series[0], data.series[-1]
    values = [mark.value or 0.0 for mark in up.marks]
    left, bottom, scale, grid = frame(data, values, width, height, 20)
    yield from grid
    is_pair = len(data.series) > 1
    xs = [mark.value or 0.0 for mark in across.marks] if is_pair else [*range(len(values))]
    wide = scale_of(xs, width - left - 24, 5)
    write = short_of(across.total)
    for tick in wide.ticks if is_pair else ():
        yield label(write(tick), left + wide.at(tick), bottom + 17, anchor="middle")
    for n, category in enumerate(data.categories):
        spot = element("circle", cx=left + wide.at(xs[n]), cy=bottom - scale.at(values[n]), r=5.0,
                       class_="ch-spot v1")  # fmt: skip
        words = f"{across.marks[n].text}, {up.marks[n].text}" if is_pair else up.marks[n].text
        yield linked(category.url, f"{category.label}: {words}", spot)
