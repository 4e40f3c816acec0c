"""Values that both databases keep alike: what is refused, how text is folded and numbers rounded.

Refused with Rejected: NaN, infinity, digits that do not fit, text with NUL or a lone surrogate.
"""

from __future__ import annotations

import json
import re
import unicodedata
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Any

from sqlalchemy.exc import DontWrapMixin

from ..errors import Problem, Rejected
from ..i18n import _

INT64 = 2**63
_NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Unstorable(Rejected, DontWrapMixin):
    """A value that the column cannot keep exactly; reaches the caller as it is, unwrapped."""


def fold(text: str) -> str:
    """The text as a key that ignores case, width and composition: NFKC, then full case folding.

    The one maker of `…_key` columns, so both databases agree on which texts are "the same".
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def rounded(value: Decimal, scale: int) -> Decimal:
    """The value with that many decimals, halves away from zero: the one rounding of the house."""
    if not value.is_finite():
        raise unstorable("number.not_finite", _("This is not a number."))
    if value.adjusted() > 60:
        raise unstorable("number.too_large", _("This number is too large."))
    wide = Context(prec=max(len(value.as_tuple().digits), 60) + 80, rounding=ROUND_HALF_UP)
    return value.quantize(Decimal(1).scaleb(-scale), context=wide) + 0


def dump_json(value: Any) -> str:
    """The value as JSON that both databases accept; Rejected for NaN, NUL, lone surrogates."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise unstorable("number.not_finite", _("This is not a number.")) from None
    if "\\u0000" in text and _NUL_ESCAPE.search(text):
        raise unstorable("text.nul", _("Text cannot hold the character NUL."))
    return checked_text(text)


def checked_decimal(value: Any, precision: int, scale: int) -> Decimal:
    """The value with exactly `scale` decimals; raises Rejected rather than lose a digit."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise TypeError(f"an exact column takes a Decimal or an int, not {value!r}")
    if not value.is_finite():
        raise unstorable("number.not_finite", _("This is not a number."))
    narrow = Context(prec=precision, rounding=ROUND_HALF_UP, traps=[Inexact, InvalidOperation])
    try:
        return (
            value.quantize(Decimal(1).scaleb(-scale), context=narrow) + 0 if value else Decimal(0)
        )
    except InvalidOperation:
        message = _("This number has more than %(n)s digits before the point.", n=precision - scale)
        raise unstorable("number.too_large", message) from None
    except Inexact:
        message = _("This number has more than %(n)s decimals.", n=scale)
        raise unstorable("number.too_precise", message) from None


def checked_text(text: str) -> str:
    """The text as it is; raises Rejected for NUL and lone surrogates."""
    if "\x00" in text:
        raise unstorable("text.nul", _("Text cannot hold the character NUL."))
    if not text.isascii() and _SURROGATE.search(text):
        raise unstorable("text.surrogate", _("This text holds half of a character."))
    return text


def unstorable(code: str, message: str) -> Unstorable:
    """The refusal of a value."""
    return Unstorable(Problem(code, (), message))
