"""Reading of numbers that people and files wrote. Refuses what is no decimal, and never guesses.

The neutral form is `-1234.5`. A human Reading adds separators of its language, currency signs,
accounting brackets, full-width digits and the Chinese units 万 and 亿.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

from babel.numbers import list_currencies

from ..platform.db.types import rounded
from ..platform.errors import Problem, Rejected
from ..platform.i18n import _

if TYPE_CHECKING:
    from .field_types.base import Reading

MAX_TEXT = 100  # characters; no number of ours is longer
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_WIDE = str.maketrans(
    "０１２３４５６７８９．，－＋％（）−\u00a0\u202f\u2009", "0123456789.,-+%()-\u0020\u0020\u0020"
)
_UNITS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_SPACES = frozenset(" \u00a0\u202f\u2009")
_APOSTROPHES = frozenset("'’")
_ROOMY = Context(prec=MAX_TEXT + 20, rounding=ROUND_HALF_UP)
_FLOAT_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)  # what a spreadsheet keeps
# signs people write beside an amount -> ISO codes they may stand for; () = any
_SIGNS: dict[str, tuple[str, ...]] = {
    "$": ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD"), "US$": ("USD",), "A$": ("AUD",),
    "CA$": ("CAD",), "HK$": ("HKD",), "NT$": ("TWD",), "S$": ("SGD",), "R$": ("BRL",),
    "€": ("EUR",), "£": ("GBP", "EGP"), "¥": ("CNY", "JPY"), "￥": ("CNY", "JPY"), "元": ("CNY",),
    "人民币": ("CNY",), "RMB": ("CNY",), "CN¥": ("CNY",), "JP¥": ("JPY",), "円": ("JPY",),
    "₹": ("INR",), "Rs": ("INR",), "Rs.": ("INR",), "₩": ("KRW",), "₽": ("RUB",), "₺": ("TRY",),
    "kr": ("DKK", "NOK", "SEK", "ISK"), "kr.": ("DKK", "NOK", "SEK", "ISK"), "zł": ("PLN",),
    "Fr.": ("CHF",), "Fr": ("CHF",), "SFr.": ("CHF",), "₫": ("VND",), "₪": ("ILS",), "฿": ("THB",),
}  # fmt: skip


def read_decimal(text: str, reading: Reading, name: str = "") -> Decimal | None:
    """The exact number that the text means, None for blank; raises Rejected `number.*`."""
    bare = text.strip()
    if not bare:
        return None
    if len(bare) <= MAX_TEXT and bare.isascii() and bare.isdigit():
        return Decimal(bare)  # the same in every convention
    if len(bare) > MAX_TEXT:
        raise _refused("number.too_long", name, _("This is too long for a number."))
    if not reading.human:
        return _plain(bare, name) if reading.decimal == "." else _localized(bare, reading, name)
    sign, body, factor = _undressed(bare.translate(_WIDE).strip(), reading, name)
    return _ROOMY.multiply(_localized(body, reading, name), Decimal(sign * factor))


def of_float(value: float, name: str = "") -> Decimal:
    """The decimal of a spreadsheet's or JSON's float, as the 15 digits that a person sees."""
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise _refused("number.not_finite", name, _("This is not a number."))
    short = exact if len(exact.as_tuple().digits) <= 15 else _FLOAT_DIGITS.plus(exact)
    return _expanded(short, name)


def plain_text(value: Decimal) -> str:
    """The neutral text of a number: no exponent, no trailing zeros, no minus zero."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def check_digits(
    value: Decimal, precision: int, scale: int, *path: str | int
) -> tuple[Problem, ...]:
    """Problems of a number that cannot be kept exactly: digits are refused, never rounded."""
    if not value:
        return ()
    _sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - finite: `read_decimal` makes no other
    if value.adjusted() + 1 > precision - scale:
        message = _("At most %(n)s digits before the point fit.", n=precision - scale)
        return (Problem("number.too_large", path, message),)
    if -exponent <= scale:
        return ()
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    if -(exponent + zeros) > scale:
        message = _("At most %(n)s decimals fit.", n=scale)
        hint = _("Round it to %(example)s.", example=plain_text(rounded(value, scale)))
        return (Problem("number.too_precise", path, message, hint),)
    return ()


def _plain(text: str, name: str) -> Decimal:
    if not _PLAIN.fullmatch(text):
        raise _not_a_number(text, name)
    return Decimal(text) + 0 if Decimal(text) else Decimal(0)


def _expanded(value: Decimal, name: str) -> Decimal:
    if value.adjusted() > MAX_TEXT or value.adjusted() < -MAX_TEXT:
        raise _refused("number.too_large", name, _("This number is too large."))
    return Decimal(format(value, "f"))


def _localized(text: str, reading: Reading, name: str) -> Decimal:
    """A number with the separators of the reading; the neutral form where it means nothing else."""
    local = _without_groups(text, reading)
    if local is not None:
        return _plain(local, name)
    if not reading.human:
        raise _not_a_number(text, name)
    if reading.decimal == "," and _PLAIN.fullmatch(text):
        return _plain(text, name)
    if re.fullmatch(r"[+-]?\d[\d.,' ]*", text, re.ASCII):
        message = _("It is not clear which number %(text)s is.", text=repr(text)[:60])
        hint = _("Write 1234.5 without separators of thousands.")
        raise _refused("number.ambiguous", name, message, hint)
    raise _not_a_number(text, name)


def _without_groups(text: str, reading: Reading) -> str | None:
    """The text in neutral form if it follows the reading's separators, else None."""
    whole, point, rest = text.partition(reading.decimal)
    if point and not re.fullmatch(r"\d*", rest, re.ASCII):
        return None
    groups = _SPACES if reading.group in _SPACES else {reading.group}
    groups = _APOSTROPHES if reading.group in _APOSTROPHES else groups
    separators = "".join(re.escape(g) for g in groups if g)
    if separators and re.search(f"[{separators}]", whole):
        # 1,234,567 everywhere and 12,34,567 in India
        sep = f"[{separators}]"
        shape = rf"[+-]?(?:\d{{1,3}}(?:{sep}\d{{3}})+|\d{{1,2}}(?:{sep}\d{{2}})+{sep}\d{{3}})"
        if not re.fullmatch(shape, whole, re.ASCII):
            return None
        whole = re.sub(f"[{separators}]", "", whole)
    neutral = f"{whole}.{rest}" if point else whole
    return neutral if _PLAIN.fullmatch(neutral) else None


def _undressed(text: str, reading: Reading, name: str) -> tuple[int, str, int]:
    """(sign, digits with separators, factor of a unit) of a human text."""
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1, text[1:-1].strip()
    text, factor = _without_currency(text, reading, name), 1
    if text[-1:] in _UNITS:
        text, factor = text[:-1].strip(), _UNITS[text[-1]]
    if text[:1] in ("-", "+"):
        sign *= -1 if text[0] == "-" else 1
        text = text[1:].strip()
        text = _without_currency(text, reading, name)
    elif text.endswith("-"):
        sign, text = -sign, text[:-1].strip()
    if text[:1] in ("-", "+"):
        raise _not_a_number(text, name)
    return sign, text, factor


_SIGNS_BY_LENGTH = tuple(sorted(_SIGNS, key=len, reverse=True))


def _without_currency(text: str, reading: Reading, name: str) -> str:
    """The text without the sign or code of a currency before it and behind it."""
    before, after = _affix(text, str.startswith), ""
    bare = text[len(before) :].strip()
    after = _affix(bare, str.endswith)
    for affix in (before, after):
        if affix:
            _check_currency(affix, reading, text, name)
    return bare[: len(bare) - len(after)].strip()


def _affix(text: str, stands_at: Callable[[str, str], bool]) -> str:
    """The currency sign or code at that end of the text, as it stands; "" for none."""
    if (sign := next((s for s in _SIGNS_BY_LENGTH if stands_at(text, s)), "")) != "":
        return sign
    for code in (text[:3], text[-3:]):
        if stands_at(text, code) and code.upper() in _codes():
            return code
    ends = (text[:1], text[-1:])
    return next(
        (c for c in ends if c and stands_at(text, c) and unicodedata.category(c) == "Sc"), ""
    )


@cache
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def _check_currency(affix: str, reading: Reading, text: str, name: str) -> None:
    """Refuses a currency other than the one that amounts are kept in."""
    codes = _SIGNS.get(affix) or ((affix.upper(),) if len(affix) == 3 else ())
    if codes and reading.currency and reading.currency not in codes:
        message = _(
            "%(text)s is not in %(currency)s.", text=repr(text)[:60], currency=reading.currency
        )
        hint = _("Convert it, and write the number alone.")
        raise _refused("number.other_currency", name, message, hint)


def _not_a_number(text: str, name: str) -> Rejected:
    message = _("%(text)s is not a number.", text=repr(text)[:60])
    return _refused("number.malformed", name, message, _("Write it like 1234.5."))


def _refused(code: str, name: str, message: str, hint: str = "") -> Rejected:
    return Rejected(Problem(code, (name,) if name else (), message, hint))
