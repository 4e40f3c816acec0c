"""Messages, numbers, dates and money in the reader's language: one context per request or job.

English source strings are the keys; `locale/<language>.po` beside this module holds the rest and
is read on first use. Language (words), locale (formats) and time zone are chosen apart.
Reading what people typed is the field types' task, not this module's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache, partial, total_ordering
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError, dates, lists, numbers, units
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from .number_shapes import Shape, learn

DateStyle = Literal["short", "medium", "long", "full"]

LANGUAGES: Mapping[str, str] = {"en": "English", "zh_CN": "简体中文"}

#: Locales a person may choose for formats; any language may go with any of them.
LOCALES: tuple[str, ...] = (
    *("da_DK", "de_AT", "de_CH", "de_DE", "en_AU", "en_CA", "en_GB", "en_IE", "en_IN", "en_US"),
    *("es_ES", "es_MX", "fi_FI", "fr_CA", "fr_FR", "it_IT", "ja_JP", "ko_KR", "nb_NO", "nl_NL"),
    *("pl_PL", "pt_BR", "pt_PT", "sv_SE", "zh_CN", "zh_HK", "zh_SG", "zh_TW"),
)

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_ROOMY = Context(prec=100)
_CATALOGUES = Path(__file__).with_name("locale")


@dataclass(frozen=True, slots=True)
class Localization:
    """How one reader wants to be spoken to."""

    language: str = "en"  # a key of LANGUAGES
    locale: str = "en_US"  # formats of numbers and dates
    time_zone: str = "UTC"  # IANA name
    currency: str = "USD"  # ISO 4217, used where a value names none


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The translations of one language: {source: text} and {source: plural forms}."""

    single: Mapping[str, str]
    plural: Mapping[str, tuple[str, ...]]
    in_scripts: frozenset[str]  # sources that occur in .js files


_current: ContextVar[Localization] = ContextVar("localization", default=Localization())  # noqa: B039


def current() -> Localization:
    """The localization of this request or job; English, en_US and UTC outside of any."""
    return _current.get()


@contextmanager
def use_locale(localization: Localization) -> Iterator[Localization]:
    """Speaks to this reader until the block ends."""
    token = _current.set(localization)
    try:
        yield localization
    finally:
        _current.reset(token)


def speak_to(localization: Localization) -> None:
    """Speaks to this reader from now on; for the edges that begin and end a request."""
    _current.set(localization)


def in_language(language: str) -> Localization:
    """The current localization with another language, English for an unknown one."""
    return replace(current(), language=language if language in LANGUAGES else "en")


# --- messages -----------------------------------------------------------------------------------


def _(message: str, /, **params: Any) -> str:
    """The message in the reader's language; `%(name)s` is filled from the parameters."""
    text = _catalogue(current().language).single.get(message) or message
    return text % params if params else text


def ngettext(one: str, many: str, n: int, /, **params: Any) -> str:
    """The form that fits n; `%(n)s` is n written as the reader writes numbers."""
    forms = _catalogue(current().language).plural.get(one)
    text = forms[-1] if forms and forms[-1] else (one if n == 1 else many)
    return text % {"n": format_number(n), **params}


def mark(message: str, /) -> str:
    """The text as it stands, noted for the catalogue: whoever shows it translates it by `_`."""
    return message


def lazy(message: str, /) -> str:
    """A text for class attributes: translated each time `str()` is taken of it."""
    return cast(str, _LazyText(message))


@total_ordering
class _LazyText:
    """Behaves as the translated string does. No `str` by type, so that whoever takes the bytes of
    a string without asking (JSON, a database driver) fails loudly instead of keeping English."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        self.source = source

    def __str__(self) -> str:
        return _(self.source)

    def __repr__(self) -> str:
        return f"lazy({self.source!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(str(self), name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, _LazyText):
            return self.source == other.source
        return str(self) == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.source)

    def __lt__(self, other: object) -> bool:
        return str(self) < str(other)

    def __bool__(self) -> bool:
        return bool(self.source)

    def __len__(self) -> int:
        return len(str(self))

    def __iter__(self) -> Iterator[str]:
        return iter(str(self))

    def __contains__(self, part: str) -> bool:
        return part in str(self)

    def __getitem__(self, index: int | slice) -> str:
        return str(self)[index]

    def __add__(self, other: object) -> str:
        return str(self) + str(other)

    def __radd__(self, other: object) -> str:
        return str(other) + str(self)

    def __mod__(self, params: Any) -> str:
        return cast(str, str(self) % params)


def script_messages(language: str) -> Mapping[str, str]:
    """The translations that our scripts need: {source: text}, empty for English."""
    catalogue = _catalogue(language)
    return {source: catalogue.single[source] for source in sorted(catalogue.in_scripts)}


@cache
def _catalogue(language: str) -> _Catalogue:
    path = _CATALOGUES / f"{language}.po"
    if language not in LANGUAGES or not path.is_file():
        return _Catalogue({}, {}, frozenset())
    with path.open("rb") as file:
        messages = [m for m in read_po(file, locale=language) if _is_usable(m)]
    single = {m.id: str(m.string) for m in messages if isinstance(m.id, str)}
    plural = {m.id[0]: tuple(m.string or ()) for m in messages if not isinstance(m.id, str)}
    return _Catalogue(single, plural, frozenset(s for m in messages if (s := _script_source(m))))


def _is_usable(message: Message) -> bool:
    """Translated, certain, and with the placeholders of its source; others fail or mislead."""
    if not message.id or not message.string or message.fuzzy:
        return False
    sources = [message.id] if isinstance(message.id, str) else message.id
    texts = [message.string] if isinstance(message.string, str) else message.string
    wanted = set(_PLACEHOLDER.findall(sources[-1]))
    return all(set(_PLACEHOLDER.findall(text)) == wanted for text in texts)


def _script_source(message: Message) -> str:
    """The source text of a message that occurs in a script, else an empty string."""
    in_script = any(str(place[0]).endswith(".js") for place in message.locations)
    return message.id if in_script and isinstance(message.id, str) else ""


# --- numbers ------------------------------------------------------------------------------------


def format_number(value: Decimal | float, scale: int | None = None) -> str:
    """The number with the reader's separators; `scale` fixes the decimals, None keeps all."""
    if scale is None:
        return numbers.format_decimal(value, locale=_babel(), decimal_quantization=False)
    amount = _rounded(value, scale)
    shape = _decimal_shape(current().locale, scale)
    return shape.write(amount) if shape else _decimal(_babel(), scale, amount)


def format_currency(
    value: Decimal | float, currency: str | None = None, scale: int | None = None
) -> str:
    """The amount with its currency; the decimals of the currency unless `scale` says otherwise."""
    code = currency or current().currency
    scale = numbers.get_currency_precision(code) if scale is None else scale
    amount = _rounded(value, scale)
    shape = _currency_shape(current().locale, code, scale)
    return shape.write(amount) if shape else _amount(_babel(), code, scale, amount)


def format_compact_currency(value: Decimal | float, currency: str | None = None) -> str:
    """The amount in few digits, for where there is little room: "$1.96M", "US$196万"."""
    code = currency or current().currency
    return numbers.format_compact_currency(value, code, locale=_babel(), fraction_digits=2)


def format_compact(value: Decimal | float) -> str:
    """The number in few digits, for axes: "1.9K", "1.2万"."""
    return numbers.format_compact_decimal(value, locale=_babel(), fraction_digits=1)


def format_percent(share: Decimal | float, scale: int | None = None) -> str:
    """A share of one as a percentage: 0.125 is "12.5%"."""
    if scale is None:
        return numbers.format_percent(share, locale=_babel(), decimal_quantization=False)
    rounded = _rounded(share, scale + 2)
    shape = _percent_shape(current().locale, scale)
    return shape.write(rounded.scaleb(2)) if shape else _percent(_babel(), scale, rounded)


def _decimal(locale: Locale, scale: int, amount: Decimal) -> str:
    pattern = _with_scale(locale.decimal_formats[None].pattern, scale)
    return numbers.format_decimal(amount, format=pattern, locale=locale)


def _amount(locale: Locale, code: str, scale: int, amount: Decimal) -> str:
    pattern = locale.currency_formats["standard"].pattern
    whole = ";".join(_with_scale(half, scale) for half in pattern.split(";"))
    return numbers.format_currency(amount, code, whole, locale=locale, currency_digits=False)


def _percent(locale: Locale, scale: int, share: Decimal) -> str:
    pattern = _with_scale(locale.percent_formats[None].pattern, scale)
    return numbers.format_percent(share, format=pattern, locale=locale)


@cache
def _percent_shape(locale: str, scale: int) -> Shape | None:
    return learn(lambda points: _percent(_locale(locale), scale, points.scaleb(-2)), scale)


@cache
def _decimal_shape(locale: str, scale: int) -> Shape | None:
    return learn(partial(_decimal, _locale(locale), scale), scale)


@lru_cache(maxsize=2048)
def _currency_shape(locale: str, code: str, scale: int) -> Shape | None:
    return learn(partial(_amount, _locale(locale), code, scale), scale)


def currency_name(currency: str) -> str:
    """The name in the reader's language: "US Dollar"."""
    return numbers.get_currency_name(currency, locale=_words())


def format_unit(
    value: Decimal | float, unit: str, length: Literal["short", "long", "narrow"] = "short"
) -> str:
    """A measure with the name of its unit in the reader's language: (3, "kilometer") is "3 km"."""
    return units.format_unit(value, unit, length, locale=_words())


def unit_name(unit: str) -> str:
    """The name of a unit in the reader's language: "byte" is "bytes"."""
    return units.get_unit_name(unit, locale=_words()) or unit


def format_bytes(size: int) -> str:
    """A file size in the unit that suits it: 1536 is "1.5 kB"."""
    value, unit = float(size), "byte"
    for larger in ("kilobyte", "megabyte", "gigabyte", "terabyte"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return format_unit(round(value, 1), unit)


# --- dates --------------------------------------------------------------------------------------


def format_date(value: date, style: DateStyle = "medium") -> str:
    """A calendar day, the same in every zone; a moment is first taken to the reader's zone."""
    day = to_local(value).date() if isinstance(value, datetime) else value
    return _day(current().locale, day, style)


@lru_cache(maxsize=4096)
def _day(locale: str, day: date, style: DateStyle) -> str:
    return dates.format_date(day, style, locale=_locale(locale))


def format_datetime(value: datetime, style: DateStyle = "medium") -> str:
    """An aware moment, shown in the reader's zone. Seconds are left out below "long"."""
    local = to_local(value)
    if style in ("long", "full"):
        return dates.format_datetime(local, style, tzinfo=_zone(), locale=_babel())
    both = str(dates.get_datetime_format(style, locale=_babel())).replace("'", "")
    return both.format(format_time(local.time()), format_date(local, style))


def format_time(value: time | datetime, style: DateStyle = "short") -> str:
    """A time of day as it stands; a moment is first taken to the reader's zone."""
    clock = to_local(value).time() if isinstance(value, datetime) else value
    # Babel reads a time without zone as UTC of today and would shift it: hand in a fixed day.
    fixed = datetime.combine(date(2000, 1, 1), clock, UTC)
    return dates.format_time(fixed, style, tzinfo=UTC, locale=_babel())


def format_ago(moment: datetime, now: datetime) -> str:
    """How long ago, in words: "3 minutes ago"; in time to come: "in 2 days"."""
    return dates.format_timedelta(moment - now, add_direction=True, locale=_words())


def format_list(items: list[str]) -> str:
    """ "a, b, and c" in the reader's language."""
    return lists.format_list([str(item) for item in items], locale=_words())


def format_by(value: date, skeleton: str) -> str:
    """A day by the parts that the skeleton names, as the reader writes them: "yMMMM" is
    "November 2026", "2026年11月"."""
    return dates.format_skeleton(skeleton, value, locale=_babel())


def weekday_name(day: date, width: Literal["abbreviated", "wide"] = "abbreviated") -> str:
    """The day of the week as the reader writes dates."""
    return str(_babel().days["stand-alone"][width][day.weekday()])


def month_name(month: int) -> str:
    """The month, January = 1, as it stands by itself."""
    return str(_babel().months["stand-alone"]["wide"][month])


def first_weekday() -> int:
    """The day that the reader's week begins with: Monday = 0 … Sunday = 6."""
    return int(_babel().first_week_day)


def local_moment(day: date, at: time = time()) -> datetime:
    """The moment of a time of day in the reader's zone."""
    return datetime.combine(day, at, _zone())


def to_local(moment: datetime) -> datetime:
    """The aware moment in the reader's zone; a naive one is a bug."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a zone")
    return moment.astimezone(_zone())


# --- choices for settings -----------------------------------------------------------------------


@cache
def time_zones() -> tuple[str, ...]:
    """The zones a person may choose, by name."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe")
    named = (z for z in available_timezones() if z.split("/")[0] in (*areas, "Indian", "Pacific"))
    return ("UTC", *sorted(zone for zone in named if "/" in zone))


@cache
def locale_name(code: str) -> str:
    """The locale in its own words: "Deutsch (Österreich)"."""
    return Locale.parse(code).get_display_name(code) or code


def is_locale(code: str) -> bool:
    """Whether numbers and dates can be formatted by that locale."""
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return True


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def _zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _babel() -> Locale:
    return _locale(current().locale)


def _words() -> Locale:
    return _locale(current().language)


def _zone() -> ZoneInfo:
    return _zone_named(current().time_zone)


def _rounded(value: Decimal | float, scale: int) -> Decimal:
    """Half away from zero, as people round; Babel would round half to even."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _ROOMY)
    return rounded if rounded else rounded.copy_abs()  # nobody reads "-0"


def _with_scale(pattern: str, scale: int) -> str:
    """The number pattern with exactly so many decimals: "#,##0.###" and 2 is "#,##0.00"."""
    head, point, tail = pattern.partition(".")
    rest = tail.lstrip("0#") if point else ""
    if not point:
        last = max(head.rfind("0"), head.rfind("#"))
        head, rest = head[: last + 1], head[last + 1 :]
    return f"{head}.{'0' * scale}{rest}" if scale else f"{head}{rest}"
