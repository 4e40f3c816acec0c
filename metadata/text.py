"""Cleaning of text from outside: stripped, with one kind of line end.

Refused: NUL and other control characters, and halves of characters (lone surrogates).
"""

from __future__ import annotations

import re

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _

# tabs and line ends aside, which are folded to a space in a single line
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_GAPS = re.compile("[\t\n]+")


def single_line(text: str, name: str = "") -> str | None:
    """The text on one line: line ends and tabs inside become a space. None for blank."""
    found = many_lines(text, name)
    return found if found is None else _GAPS.sub(" ", found)


def many_lines(text: str, name: str = "") -> str | None:
    """The text with LF line ends, without blanks around it. None for blank."""
    check_characters(text, name)
    if not text.isascii():
        text = text.removeprefix("\ufeff")
    return _LINE_ENDS.sub("\n", text).strip() or None


def check_characters(text: str, name: str = "") -> None:
    """Raises Rejected `text.control` or `text.surrogate` for what no text may hold."""
    path = (name,) if name else ()
    if (found := _CONTROL.search(text)) is not None:
        message = _("The text holds a control character (U+%(code)s).", code=f"{ord(found[0]):04X}")
        raise Rejected(
            Problem("text.control", path, message, _("Take it out, or type the text anew."))
        )
    if not text.isascii() and _SURROGATE.search(text):
        raise Rejected(Problem("text.surrogate", path, _("The text holds half of a character.")))


def check_length(text: str, length: int, *path: str | int) -> tuple[Problem, ...]:
    """A problem when the text has more characters than fit."""
    if len(text) <= length:
        return ()
    message = _("At most %(n)s characters fit, these are %(m)s.", n=length, m=len(text))
    return (Problem("text.too_long", path, message, _("Shorten it.")),)
