"""HOME OF A WIDGET: how each kind of value is drawn; a field type names the one that suits it.

A list draws hundreds of values, so this is Python and not a template. Everything that came from
outside is escaped here; only sanitised rich text goes through as markup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from markupsafe import Markup, escape

from ...metadata.field_types.html_text import clean
from ...metadata.field_types.url import href
from ...platform.web.assets import asset_url
from .markup import drawn
from .portraits import photo_url


class Drawn(Protocol):
    """What a widget may ask of a cell."""

    @property
    def text(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def url(self) -> str: ...
    @property
    def tone(self) -> int: ...
    @property
    def pills(self) -> tuple[tuple[str, int], ...]: ...


Widget = Callable[[Drawn], Markup]


def initials(name: str) -> str:
    """Two letters of a name; of a Chinese one its first character."""
    words = [word for word in name.split() if word]
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def _text(cell: Drawn) -> Markup:
    return escape(cell.text)


def _long_text(cell: Drawn) -> Markup:
    return Markup(f'<span class="pre">{escape(cell.text)}</span>')


def _number(cell: Drawn) -> Markup:
    return Markup(f'<span class="num">{escape(cell.text)}</span>')


def _percent(cell: Drawn) -> Markup:
    text = escape(cell.text)
    if not 0 <= cell.value <= 100:
        return Markup(f'<span class="num">{text}</span>')
    bar = f'<progress max="100" value="{float(cell.value):g}" aria-label="{text}"></progress>'
    return Markup(f'<span class="meter">{bar}<span>{text}</span></span>')


def _check(cell: Drawn) -> Markup:
    if not cell.value:
        return Markup(f'<span class="muted">{escape(cell.text)}</span>')
    sprite = asset_url("platform/vendor/icons.svg")
    sign = f'<svg class="i" aria-hidden="true"><use href="{sprite}#check"></use></svg>'
    return Markup(f'<span class="yes">{sign} {escape(cell.text)}</span>')


def _pill(cell: Drawn) -> Markup:
    return _one_pill(cell.text, cell.tone)


def _one_pill(label: str, tone: int) -> Markup:
    if not tone:
        return Markup(f'<span class="pill">{escape(label)}</span>')
    dot = '<span class="dot"></span>'
    return Markup(f'<span class="pill tone-{tone}">{dot}{escape(label)}</span>')


def _pills(cell: Drawn) -> Markup:
    drawn = "".join(_one_pill(label, tone) for label, tone in cell.pills)
    return Markup(f'<span class="row wrap gap-1">{drawn}</span>')


def _mail(cell: Drawn) -> Markup:
    return _link(f"mailto:{quote(str(cell.value), safe='@+')}", cell.text)


def _phone(cell: Drawn) -> Markup:
    digits = "".join(c for c in str(cell.value) if c.isascii() and c in "+0123456789")
    return _link(f"tel:{digits}", cell.text)


def _web(cell: Drawn) -> Markup:
    target = href(str(cell.value))
    return _link(target, cell.text, outside=True) if target else escape(cell.text)


def _link(target: str, text: str, *, outside: bool = False) -> Markup:
    more = ' rel="noopener noreferrer nofollow" target="_blank"' if outside else ""
    return Markup(f'<a class="link" href="{escape(target)}"{more}>{escape(text)}</a>')


def _reference(cell: Drawn) -> Markup:
    return _with_avatar(cell, " av-sq")


def _person(cell: Drawn) -> Markup:
    if not (source := photo_url(str(cell.value))):
        return _with_avatar(cell, "")
    sign = f'<span class="av" aria-hidden="true"><img src="{escape(source)}" alt=""></span>'
    label = f'<a href="{escape(cell.url)}">{escape(cell.text)}</a>'
    return Markup(f'<span class="with">{sign}{label}</span>')


def _with_avatar(cell: Drawn, shape: str) -> Markup:
    sign = f'<span class="av{shape} tone-{cell.tone}" aria-hidden="true">'
    label = f'<a href="{escape(cell.url)}">{escape(cell.text)}</a>'
    return Markup(f'<span class="with">{sign}{escape(initials(cell.text))}</span>{label}</span>')


def _html(cell: Drawn) -> Markup:
    return Markup(f'<div class="rich">{clean(cell.text)}</div>')


def _markup(cell: Drawn) -> Markup:
    return Markup(f'<span class="pre">{drawn(str(cell.value))}</span>')


def _address(cell: Drawn) -> Markup:
    return Markup(f'<address class="pre">{escape(cell.text)}</address>')


WIDGETS: dict[str, Widget] = {
    "text": _text,
    "long_text": _long_text,
    "number": _number,
    "percent": _percent,
    "check": _check,
    "pill": _pill,
    "pills": _pills,
    "mail": _mail,
    "phone": _phone,
    "link": _web,
    "reference": _reference,
    "person": _person,
    "html": _html,
    "address": _address,
    "markup": _markup,
}
