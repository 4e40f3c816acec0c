"""Pies and donuts: the share of each category in the whole."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi, sin

from markupsafe import Markup

from .figures import ChartData
from .svg import element, label, linked, svg, tone

HOLE = 0.62


def draw_round(data: ChartData, width: int, height: int) -> Markup:
    """Slices from twelve o'clock on; a donut has the whole in its middle."""
    size = min(width, height)
    return svg(size, size, _slices(data, size))


def _slices(data: ChartData, size: int) -> Iterator[Markup]:
    marks = data.series[0].marks if data.series else ()
    whole = sum(mark.value or 0 for mark in marks if (mark.value or 0) > 0)
    middle, radius = size / 2, size / 2 - 4
    start = 0.0
    for n, mark in enumerate(marks):
        if not mark.value or mark.value <= 0 or not whole:
            continue
        share = mark.value / whole
        title = f"{data.categories[n].label}: {mark.text} ({share:.0%})"
        yield linked(mark.url, title, _slice(data, n, middle, radius, start, share))
        start += share
    if data.type == "donut":
        yield label(data.short(whole), middle, middle + 7, anchor="middle", class_="ch-big")


def _slice(
    data: ChartData, n: int, middle: float, radius: float, start: float, share: float
) -> Markup:
    inner = radius * HOLE if data.type == "donut" else 0.0
    color = f"ch-slice {tone(n)}"
    if share > 0.9999:
        if inner:
            ring = (radius + inner) / 2
            return element("circle", cx=middle, cy=middle, r=ring, stroke_width=radius - inner,
                           class_=f"ch-ring s{tone(n)}")  # fmt: skip
        return element("circle", cx=middle, cy=middle, r=radius, class_=color)
    x0, y0 = _point(middle, radius, start)
    x1, y1 = _point(middle, radius, start + share)
    large = int(share > 0.5)
    path = f"M{x0:.2f} {y0:.2f}A{radius:g} {radius:g} 0 {large} 1 {x1:.2f} {y1:.2f}"
    if inner:
        x2, y2 = _point(middle, inner, start + share)
        x3, y3 = _point(middle, inner, start)
        path += f"L{x2:.2f} {y2:.2f}A{inner:g} {inner:g} 0 {large} 0 {x3:.2f} {y3:.2f}Z"
    else:
        path += f"L{middle:g} {middle:g}Z"
    return element("path", d=path, class_=color)


def _point(middle: float, radius: float, share: float) -> tuple[float, float]:
    angle = 2 * pi * share - pi / 2
    return middle + radius * cos(angle), middle + radius * sin(angle)
