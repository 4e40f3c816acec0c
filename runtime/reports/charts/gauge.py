"""A gauge: one total against bands that say what is poor, fair and good."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import cos, pi, sin

from markupsafe import Markup

from .figures import ChartData
from .scale import scale_of
from .svg import element, label, linked, svg

BANDS = ("gb1", "gb2", "gb3", "gb4", "gb5", "gb6")


def draw_gauge(data: ChartData, width: int, height: int) -> Markup:
    """Half a ring; the bands end at the last of `bands`, or at a round number."""
    size = min(width, int((height - 30) * 2), 420)
    return svg(size, size / 2 + 30, _parts(data, size))


def band_of(data: ChartData) -> int:
    """Which band the value lies in: 0 = below the first limit."""
    value = data.grand.value or 0
    return sum(value >= limit for limit in data.bands)


def _parts(data: ChartData, size: int) -> Iterator[Markup]:
    value = data.grand.value or 0.0
    top = max((*data.bands, 0.0))
    end = top if len(data.bands) > 1 and top >= value else scale_of([value, top * 1.2], 1, 3).high
    limits = [0.0, *(one for one in data.bands if 0 < one < end), end]
    middle, radius = size / 2, size / 2 - 6
    for n, (start, stop) in enumerate(pairwise(limits)):
        color = BANDS[n] if len(limits) > 2 else "v1"
        arc = _arc(middle, radius, start / end, stop / end)
        yield element("path", d=arc, class_=f"ch-band s{color}", stroke_width=radius * 0.22)
    share = min(max(value / end, 0.0), 1.0)
    x, y = _point(middle, radius * 0.8, share)
    needle = element("line", x1=middle, y1=middle, x2=x, y2=y, class_="ch-needle")
    hub = element("circle", cx=middle, cy=middle, r=5.0, class_="ch-hub")
    yield linked(data.grand.url, f"{data.measure_label}: {data.grand.text}", needle, hub)
    yield label(data.short(0), 6 + radius * 0.11, middle + 20, anchor="middle")
    yield label(data.short(end), size - 6 - radius * 0.11, middle + 20, anchor="middle")
    yield label(data.short(value), middle, middle + 27, anchor="middle", class_="ch-big")


def _arc(middle: float, radius: float, start: float, stop: float) -> str:
    inner = radius * 0.89
    (x0, y0), (x1, y1) = _point(middle, inner, start), _point(middle, inner, stop)
    return f"M{x0:.2f} {y0:.2f}A{inner:.1f} {inner:.1f} 0 0 1 {x1:.2f} {y1:.2f}"


def _point(middle: float, radius: float, share: float) -> tuple[float, float]:
    angle = pi * (1 - share)
    return middle + radius * cos(angle), middle - radius * sin(angle)
