"""A funnel: the categories one under the other, as wide as their values."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from .figures import ChartData
from .svg import element, label, linked, svg, tone, width_of


def draw_funnel(data: ChartData, width: int, height: int) -> Markup:
    """Each step leans towards the next one."""
    return svg(width, height, _steps(data, width, height))


def _steps(data: ChartData, width: int, height: int) -> Iterator[Markup]:
    marks = data.series[0].marks if data.series else ()
    values = [max(mark.value or 0.0, 0.0) for mark in marks]
    most = max(values, default=0.0) or 1.0
    names = max((width_of(c.label) for c in data.categories), default=0.0)
    left = min(names + 14, width * 0.34)
    told = [data.short(value) for value in values]
    right = max(map(width_of, told), default=0.0) + 16
    wide, room = width - left - right, height / max(len(marks), 1)
    middle = left + wide / 2
    for n, mark in enumerate(marks):
        category = data.categories[n]
        top, below = values[n] / most * wide, values[min(n + 1, len(values) - 1)] / most * wide
        low = max((top + min(below, top)) / 2, 2.0)
        top = max(top, 2.0)
        y0, y1 = n * room + 1, (n + 1) * room - 2
        points = (
            f"{middle - top / 2:.1f},{y0:.1f} {middle + top / 2:.1f},{y0:.1f} "
            f"{middle + low / 2:.1f},{y1:.1f} {middle - low / 2:.1f},{y1:.1f}"
        )
        y = (y0 + y1) / 2 + 4
        yield linked(
            mark.url, f"{category.label}: {mark.text}",
            label(category.label, left - 10, y, left - 12, "end", "ch-cat"),
            element("polygon", points=points, class_=tone(n)),
            label(told[n], width - right + 10, y, class_="ch-v"),
        )  # fmt: skip
