"""Regular expressions of formulas: whole texts only, in time that grows with the text, never worse.

The usual library goes back and forth, and a pattern such as `(a+)+b` can take it for ever. Here a
pattern is a net of states (Thompson), and a text walks over all of them at once. Understood: `.`,
classes, `\\d \\w \\s` and their opposites, groups, `|`, `* + ? {n,m}`, `^ $`, and `(?i)` in front.
Refused: references back, looking around, possessive signs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ...platform.i18n import _
from .functions.base import FormulaError

MAX_STATES = 1_000
MAX_TEXT = 5_000  # characters of a text that is looked at
MAX_REPEATS = 255
MAX_NESTING = 30
Test = Callable[[str], bool]
_DIGITS: Test = lambda c: "0" <= c <= "9"  # noqa: E731
_SPACES: Test = lambda c: c in " \t\n\r\f\v"  # noqa: E731
_LETTERS: Test = lambda c: c == "_" or (c.isascii() and c.isalnum())  # noqa: E731
_CLASSES = {"d": _DIGITS, "s": _SPACES, "w": _LETTERS}
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
_START, _END = "start", "end"


def fits(text: str, pattern: str) -> bool:
    """Says whether all of the text is as the pattern says; raises FormulaError."""
    if len(text) > MAX_TEXT:
        message = _("A pattern looks at texts of at most %(n)s characters.", n=MAX_TEXT)
        raise FormulaError("text_too_long", message)
    return read_pattern(pattern).fits(text)


@dataclass(slots=True)
class _State:
    """`test` leads on by a character; without one, `ways` are free, or hold at an `anchor`."""

    test: Test | None = None
    anchor: str = ""
    ways: list[_State] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pattern:
    first: _State
    last: _State

    def fits(self, text: str) -> bool:
        here = _reached([self.first], 0, len(text))
        for place, letter in enumerate(text, 1):
            moved = [w for s in here.values() if s.test and s.test(letter) for w in s.ways]
            here = _reached(moved, place, len(text))
            if not here:
                return False
        return id(self.last) in here


def _reached(states: Iterable[_State], place: int, length: int) -> dict[int, _State]:
    """{id: state} of all that are reached without a further character."""
    found: dict[int, _State] = {}
    due = list(states)
    while due:
        state = due.pop()
        if id(state) in found:
            continue
        found[id(state)] = state
        holds = state.anchor == "" or place == (0 if state.anchor == _START else length)
        if state.test is None and holds:
            due += state.ways
    return found


@lru_cache(maxsize=256)
def read_pattern(pattern: str) -> Pattern:
    """The pattern as a net of states; raises FormulaError `no_pattern`."""
    return _Reader(pattern).whole()


Piece = tuple[_State, _State]  # where it begins and ends


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.folds = pattern.startswith("(?i)")
        self.text = pattern.removeprefix("(?i)")
        self.at = self.states = self.depth = 0

    def whole(self) -> Pattern:
        first, last = self.choice()
        if self.at < len(self.text):
            raise self.refused()
        return Pattern(first, last)

    def choice(self) -> Piece:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise self.refused()
        branches = [self.sequence()]
        while self.eats("|"):
            branches.append(self.sequence())
        self.depth -= 1
        if len(branches) == 1:
            return branches[0]
        first, last = self.state(), self.state()
        for start, end in branches:
            first.ways.append(start)
            end.ways.append(last)
        return first, last

    def sequence(self) -> Piece:
        first = last = self.state()
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            place = self.at
            piece = self.atom()
            least, most = self.repeats()
            after = self.at
            for start, stop in self.copies(piece, place, least, most):
                last.ways.append(start)
                last = stop
            self.at = after
        return first, last

    def copies(self, piece: Piece, place: int, least: int, most: int | None) -> Iterator[Piece]:
        """The piece so many times, each with states of its own: it is read again at `place`."""
        fresh = [piece]

        def again() -> Piece:
            if fresh:
                return fresh.pop()
            self.at = place
            return self.atom()

        for _n in range(least):
            yield again()
        if most is None:
            yield self.loop(again())
        for _n in range((most or least) - least):
            yield self.option(again())

    def loop(self, piece: Piece) -> Piece:
        start, stop = piece
        first, last = self.state(), self.state()
        first.ways += (start, last)
        stop.ways += (start, last)
        return first, last

    def option(self, piece: Piece) -> Piece:
        start, stop = piece
        first, last = self.state(), self.state()
        first.ways += (start, last)
        stop.ways.append(last)
        return first, last

    def repeats(self) -> tuple[int, int | None]:
        """How often the last piece stands: (least, most), None for any number of times."""
        found: tuple[int, int | None] = (1, 1)
        if self.eats("*"):
            found = (0, None)
        elif self.eats("+"):
            found = (1, None)
        elif self.eats("?"):
            found = (0, 1)
        elif self.eats("{"):
            found = self.counted()
        else:
            return found
        self.eats("?")  # a lazy sign chooses another way to the same whole text
        if self.at < len(self.text) and self.text[self.at] in "*+?{":
            raise self.refused()
        return found

    def counted(self) -> tuple[int, int | None]:
        body, brace, _rest = self.text[self.at :].partition("}")
        low, comma, high = body.partition(",")
        digits = (low, high) if high else (low,)
        if not brace or not all(d.isascii() and d.isdigit() and len(d) < 4 for d in digits):
            raise self.refused()
        least = int(low)
        most = None if comma and not high else int(high or low)
        if least > MAX_REPEATS or (most is not None and not least <= most <= MAX_REPEATS):
            raise self.refused()
        self.at += len(body) + 1
        return least, most

    def atom(self) -> Piece:
        letter = self.take()
        if letter == "(":
            if self.eats("?") and not self.eats(":"):
                raise self.refused()
            piece = self.choice()
            if not self.eats(")"):
                raise self.refused()
            return piece
        if letter in "^$":
            first, last = self.state(), self.state()
            first.anchor = _START if letter == "^" else _END
            first.ways.append(last)
            return first, last
        if letter in "*+?{":
            raise self.refused()
        return self.tested(self.test_of(letter))

    def test_of(self, letter: str) -> Test:
        if letter == ".":
            return lambda c: c not in "\n\r"
        if letter == "[":
            return self.klass()
        return self.escape() if letter == "\\" else self.one(letter)

    def tested(self, test: Test) -> Piece:
        first, last = self.state(), self.state()
        first.test = test
        first.ways.append(last)
        return first, last

    def one(self, letter: str) -> Test:
        if not self.folds:
            return lambda c: c == letter
        folded = letter.casefold()
        return lambda c: c.casefold() == folded

    def escape(self) -> Test:
        letter = self.take()
        if letter.lower() in _CLASSES:
            test = _CLASSES[letter.lower()]
            return test if letter.islower() else lambda c: not test(c)
        if letter in _SIGNS:
            return self.one(_SIGNS[letter])
        if letter.isalnum():
            raise self.refused()
        return self.one(letter)

    def klass(self) -> Test:
        denies = self.eats("^")
        tests: list[Test] = []
        while not tests or not self.eats("]"):
            tests.append(self.member())
        return lambda c: any(test(c) for test in tests) != denies

    def member(self) -> Test:
        """One letter of a class, a span of them, or a class within it."""
        letter = self.take()
        if letter == "\\":
            if self.text[self.at : self.at + 1].lower() in _CLASSES:
                return self.escape()
            letter = self.take()
            letter = _SIGNS.get(letter, letter)
        if self.text[self.at : self.at + 1] != "-" or self.text[self.at + 1 : self.at + 2] == "]":
            return self.one(letter)
        self.at += 1
        last = self.take()
        last = self.take() if last == "\\" else last
        if last < letter:
            raise self.refused()
        if not self.folds:
            return lambda c: letter <= c <= last
        return lambda c: letter <= c.lower() <= last or letter <= c.upper() <= last

    def state(self) -> _State:
        self.states += 1
        if self.states > MAX_STATES:
            raise FormulaError("no_pattern", _("This pattern is too large."))
        return _State()

    def eats(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.refused()
        self.at += 1
        return self.text[self.at - 1]

    def refused(self) -> FormulaError:
        message = _("The pattern is not understood at character %(n)s.", n=self.at + 1)
        return FormulaError("no_pattern", message, _("A sign that means itself gets a \\ before."))
