"""Filter logic: "1 AND (2 OR 3)" over numbered conditions, to a predicate and back.

Refused, with the position in the text: what is no number, word or bracket, brackets without their
other half, AND beside OR without brackets, numbers that no condition has, conditions left unused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _
from .predicates import ALWAYS, All, AnyOf, Condition, Not, Predicate, conditions

MAX_LENGTH = 1000
MAX_DEPTH = 20
_TOKEN = re.compile(r"\s*(?:(\d+)|([()（）])|([A-Za-z]+)|(\S))", re.ASCII)
_END = ""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str  # "12", "(", "AND", or "" at the end
    position: int  # of its first character, from 1


def parse(text: str, given: Sequence[Condition], *path: str | int) -> Predicate:
    """The predicate that the logic makes of the conditions, the first of which is number 1.

    Blank text joins all of them by AND. Raises Rejected (`logic.*`).
    """
    if not text.strip():
        return All(tuple(given)) if len(given) != 1 else given[0]
    if len(text) > MAX_LENGTH:
        raise Rejected(Problem("logic.too_long", path, _("The filter logic is too long.")))
    parser = _Parser(_tokens(text, path), given, path)
    predicate = parser.expression(0)
    if (rest := parser.next()).text != _END:
        raise parser.refused("logic.unexpected", _("Nothing was expected any more."), rest)
    if unused := sorted(set(range(1, len(given) + 1)) - parser.used):
        names = ", ".join(map(str, unused))
        message = _("The filter logic does not use %(names)s.", names=names)
        hint = _("Use every number, or take the condition out.")
        raise Rejected(Problem("logic.unused", path, message, hint))
    return predicate


def to_text(predicate: Predicate) -> tuple[str, tuple[Condition, ...]]:
    """The logic of a predicate and its conditions in the order of their numbers."""
    if not isinstance(predicate, Condition) and predicate == ALWAYS:
        return "", ()
    counter = iter(range(1, MAX_LENGTH))

    def written(part: Predicate, inside: bool) -> str:
        match part:
            case Condition():
                return str(next(counter))
            case Not(negated):
                return f"NOT {written(negated, True)}"
            case All((only,)) | AnyOf((only,)):
                return written(only, inside)
            case All(()) | AnyOf(()):
                raise ValueError("filter logic cannot say always or never")
            case All(parts) | AnyOf(parts):
                word = " AND " if isinstance(part, All) else " OR "
                joined = word.join(written(one, True) for one in parts)
                return f"({joined})" if inside else joined

    return written(predicate, False), tuple(conditions(predicate))


def default_text(count: int, word: str = "AND") -> str:
    """The logic that joins so many conditions by one word: "1 AND 2 AND 3"."""
    return f" {word} ".join(str(number) for number in range(1, count + 1))


def _tokens(text: str, path: tuple[str | int, ...]) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        number, bracket, word, other = match.groups()
        position = match.start(match.lastindex or 0) + 1
        token = number or {"（": "(", "）": ")"}.get(bracket, bracket) or (word or "").upper()
        if other or (word and token not in ("AND", "OR", "NOT")):
            message = _(
                "%(text)s at position %(n)s is not understood.",
                text=repr(word or other),
                n=position,
            )
            hint = _("Use numbers, AND, OR, NOT and brackets: 1 AND (2 OR 3).")
            raise Rejected(Problem("logic.malformed", path, message, hint))
        found.append(_Token(token, position))
    return [*found, _Token(_END, len(text) + 1)]


class _Parser:
    """Recursive descent over the tokens; `used` collects the numbers that occur."""

    def __init__(
        self, tokens: list[_Token], given: Sequence[Condition], path: tuple[str | int, ...]
    ) -> None:
        self._tokens = tokens
        self._at = 0
        self._given = given
        self._path = path
        self.used: set[int] = set()

    def next(self) -> _Token:
        return self._tokens[self._at]

    def take(self) -> _Token:
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return self._tokens[self._at - 1]

    def expression(self, depth: int) -> Predicate:
        """Parts joined by one word."""
        parts = [self.part(depth)]
        words: list[str] = []
        while self.next().text in ("AND", "OR"):
            word = self.take()
            if words and word.text != words[0]:
                message = _("AND and OR stand side by side.")
                hint = _("Put brackets around the parts that belong together: 1 AND (2 OR 3).")
                raise self.refused("logic.mixed", message, word, hint)
            words.append(word.text)
            parts.append(self.part(depth))
        if not words:
            return parts[0]
        return All(tuple(parts)) if words[0] == "AND" else AnyOf(tuple(parts))

    def part(self, depth: int) -> Predicate:
        """A number, a negation, or an expression in brackets."""
        if depth > MAX_DEPTH:
            raise self.refused("logic.too_deep", _("There are too many brackets."), self.next())
        token = self.next()
        if token.text == "NOT":
            self.take()
            return Not(self.part(depth + 1))
        if token.text == "(":
            self.take()
            inner = self.expression(depth + 1)
            if self.next().text != ")":
                raise self.refused("logic.unclosed", _("A bracket is not closed."), token)
            self.take()
            return inner
        if token.text.isdigit():
            self.take()
            return self.condition(token)
        message = (
            _("A number was expected.")
            if token.text != _END
            else _("The filter logic ends too early.")
        )
        raise self.refused("logic.unexpected", message, token)

    def condition(self, token: _Token) -> Condition:
        number = int(token.text[:9])
        if not 1 <= number <= len(self._given):
            message = _("There is no condition %(n)s.", n=token.text[:9])
            hint = _("There are %(n)s conditions.", n=len(self._given))
            raise self.refused("logic.unknown", message, token, hint)
        self.used.add(number)
        return self._given[number - 1]

    def refused(self, code: str, message: str, token: _Token, hint: str = "") -> Rejected:
        where = _("(At position %(n)s.)", n=token.position)
        return Rejected(Problem(code, self._path, f"{message} {where}", hint))
