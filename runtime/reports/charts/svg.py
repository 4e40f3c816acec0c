"""Elements of SVG, and labels cut to the room they have. Escapes all that comes from data."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from markupsafe import Markup, escape

from .figures import Mark

TONES = 6
SMALL = 6.3  # width of an average letter at the size of labels
WIDE = 11.5  # of a Chinese one


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """An element; `class_` is "class", underscores become hyphens."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_plain(value))}"'
        for name, value in attributes.items()
        if value is not None and value != ""
    )
    inner = "".join(str(escape(child)) for child in children)
    return Markup(f"<{tag}{written}>{inner}</{tag}>")  # noqa: S704 - every part is escaped


def _plain(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 1):g}"


def svg(width: float, height: float, parts: Iterable[str]) -> Markup:
    """A drawing. It is for the eye and the mouse; its twin table is for everybody."""
    return element(
        "svg", *parts, viewBox=f"0 0 {width:g} {height:g}", class_="ch-svg", width=width,
        height=height, aria_hidden="true", focusable="false",
    )  # fmt: skip


def linked(url: str, title: str, *children: str) -> Markup:
    """A part that says what it is, and leads to the rows behind it."""
    named = (element("title", title), *children)
    if not url:
        return element("g", *named)
    return element("a", *named, href=url, tabindex="-1", class_="ch-a")


def tone(number: int) -> str:
    """The class that colours a series."""
    return f"v{number % TONES + 1}"


def width_of(text: str) -> float:
    """About how wide a label is."""
    return sum(WIDE if east_asian_width(c) in "WF" else SMALL for c in text)


def shorten(text: str, room: float) -> str:
    """The label as far as there is room."""
    if width_of(text) <= room:
        return text
    kept, used = "", WIDE
    for letter in text:
        used += width_of(letter)
        if used > room:
            break
        kept += letter
    return f"{kept.rstrip()}…"


def label(
    text: str, x: float, y: float, room: float = 0, anchor: str = "start", class_: str = ""
) -> Markup:
    """A text; cut where there is no room, with all of it as its title."""
    short = shorten(text, room) if room else text
    parts = (element("title", text), short) if short != text else (short,)
    return element("text", *parts, x=x, y=y, text_anchor=anchor, class_=f"ch-t {class_}".strip())


def said(series: str, category: str, mark: Mark, *, is_only: bool) -> str:
    """What a mark says when it is pointed at."""
    return f"{category}: {mark.text}" if is_only else f"{category}, {series}: {mark.text}"
