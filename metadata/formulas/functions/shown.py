"""Values as texts for people: amounts with their currency, how long something took, links.

A link and a picture are texts that hold markup. Everything in them is escaped and they lead nowhere
where something would run; what stands beside them in a text is as unsafe as any other text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

from babel import numbers

from ....platform.i18n import _, lazy
from .. import exact, readings
from ..limits import MAX_TEXT
from ..typed import Type
from .base import NUMBER, TEXT, Family, FormulaError, Types, function
from .signs import between
from .words import too_long, whole

SHOWN = Family.TEXT
_SINCE: Types = NUMBER | {Type.DATETIME, Type.TIME}
_UNTIL: Types = frozenset({Type.BOOLEAN, Type.DATETIME, Type.TIME})


_SCHEME = re.compile(r" *([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LINKS = frozenset({"http", "https", "mailto", "tel"})
_PICTURES = frozenset({"http", "https"})
#: what IMAGE makes, which may stand in a link as it is
_PICTURE = re.compile(r'<img src="[^"<>]*" alt="[^"<>]*"(?: (?:height|width)="[0-9]+")*>')


def _link(url: str, label: str, target: str = "") -> str:
    _check_address(url, _LINKS)
    shown = label if _PICTURE.fullmatch(label) else escape(label)
    more = f' target="{escape(target)}"' if target else ""
    return _short(f'<a href="{escape(url)}"{more}>{shown}</a>')


def _picture(url: str, alt: str, height: Decimal = exact.ZERO, width: Decimal = exact.ZERO) -> str:
    _check_address(url, _PICTURES)
    sizes = (("height", whole(height)), ("width", whole(width)))
    more = "".join(f' {name}="{size}"' for name, size in sizes if size > 0)
    return _short(f'<img src="{escape(url)}" alt="{escape(alt)}"{more}>')


def _check_address(url: str, schemes: frozenset[str]) -> None:
    scheme = _SCHEME.match(url)
    if _CONTROL.search(url) or (scheme and scheme[1].lower() not in schemes):
        message = _("%(url)s is no address for a link.", url=repr(url)[:60])
        raise FormulaError("no_address", message, _("Begin it with https:// or with /."))


def _short(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise too_long()
    return text


def _amount(code: str, number: Decimal) -> str:
    places = Decimal(numbers.get_currency_precision(code))
    value = exact.rounded(number, places, ROUND_HALF_UP)
    return f"{code} {value:,.{int(places)}f}"


def _duration(first: Any, second: Any = False) -> str:
    if isinstance(first, (datetime, time)):
        return _clock(abs(between(first, second)) // 1000, isinstance(first, datetime))
    return _clock(int(exact.bounded(first).copy_abs()), second)


def _clock(seconds: int, with_days: bool) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    if not with_days:
        return f"{hours:02}:{minute:02}:{second:02}"
    return f"{hours // 24}:{hours % 24:02}:{minute:02}:{second:02}"


def _lasting(types: Sequence[Type]) -> Type | None:
    first, *rest = types
    second = rest[0] if rest else Type.BLANK
    if first in (Type.NUMBER, Type.BLANK):
        return Type.TEXT if second in (Type.BOOLEAN, Type.BLANK) else None
    return Type.TEXT if rest and second in (first, Type.BLANK) else None


function(
    "FORMATCURRENCY",
    "FORMATCURRENCY(code, number)",
    lazy("The number behind the code of a currency, with as many decimals as that has."),
    SHOWN,
    (TEXT, NUMBER),
    Type.TEXT,
    _amount,
)
function(
    "FORMATDURATION",
    "FORMATDURATION(seconds, with days)",
    lazy("So many seconds as hours:minutes:seconds; or the time between two moments."),
    SHOWN,
    (_SINCE, _UNTIL),
    _lasting,
    _duration,
    optional=1,
)
function(
    "HYPERLINK",
    "HYPERLINK(url, label, target)",
    lazy("A link, of which the label is shown; the label may be an IMAGE."),
    SHOWN,
    (TEXT, TEXT, TEXT),
    Type.TEXT,
    _link,
    optional=1,
    sql=readings.link,
    sql_weight=6,
)
function(
    "IMAGE",
    "IMAGE(url, alternative, height, width)",
    lazy("A picture, and the text for those who do not see it."),
    SHOWN,
    (TEXT, TEXT, NUMBER, NUMBER),
    Type.TEXT,
    _picture,
    optional=2,
    sql=readings.picture,
    sql_weight=6,
)
