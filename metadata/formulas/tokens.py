"""The words of a formula: numbers, texts, names and signs, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

from ...platform.i18n import _
from .limits import MAX_NUMBER, check_length, refused

SIGNS = ("&&", "||", "==", "<>", "!=", "<=", ">=", *"+-*/^&=<>!(),")
_WORDS = re.compile(
    r"""
    (?P<blank>\s+|/\*.*?\*/)
  | (?P<number>\d+(?:\.\d+)?|\.\d+)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<name>\$?[^\W\d][\w.:$\#]*)
  | (?P<sign>&&|\|\||==|<>|!=|<=|>=|[+\-*/^&=<>!(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}


class Kind(Enum):
    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A word; `text` is what it says, without quotes and escapes."""

    kind: Kind
    text: str
    start: int
    end: int


def tokens(formula: str) -> Iterator[Token]:
    """The words in order, an END after the last; raises Rejected `formula.syntax`."""
    check_length(formula)
    place = 0
    while place < len(formula):
        found = _WORDS.match(formula, place)
        if found is None:
            raise _stray(formula, place)
        place = found.end()
        if found.lastgroup != "blank":
            yield _token(found)
    yield Token(Kind.END, "", len(formula), len(formula))


def _token(found: re.Match[str]) -> Token:
    kind, text = Kind(found.lastgroup), found[0]
    if kind is Kind.TEXT:
        text = re.sub(r"\\(.)", partial(_unescaped, found.start()), text, flags=re.DOTALL)[1:-1]
    elif kind is Kind.NUMBER and len(text) > MAX_NUMBER:
        message = _("A number has at most %(n)s digits.", n=MAX_NUMBER)
        raise refused("formula.syntax", found.start(), found.end(), message)
    return Token(kind, text, found.start(), found.end())


def _unescaped(start: int, found: re.Match[str]) -> str:
    if (letter := _ESCAPES.get(found[1])) is not None:
        return letter
    message = _("%(sign)s means nothing in a text.", sign=found[0])
    hint = _("A \\ that means itself is doubled.")
    place = start + found.start()
    raise refused("formula.syntax", place, place + 2, message, hint)


def _stray(formula: str, place: int) -> Exception:
    sign = formula[place]
    if sign in "\"'":
        message = _("This text has no end.")
        return refused("formula.syntax", place, len(formula), message, _("Close the quotes."))
    if formula.startswith("/*", place):
        message = _("This comment has no end.")
        return refused("formula.syntax", place, len(formula), message, _("Close it by */."))
    message = _("%(sign)s means nothing in a formula.", sign=repr(sign))
    hint = _("Put texts in straight quotes.") if sign in "“”‘’" else ""
    return refused("formula.syntax", place, place + 1, message, hint)
