"""The words of a query: names, values and signs, each with its place; comments are passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import error_at

MAX_LENGTH = 100_000  # characters of a query

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    | (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<datetime>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\w-]))
    | (?P<time>\d{2}:\d{2}:\d{2}(?:\.\d+)?Z?)
    | (?P<money>[A-Za-z]{3}\d+\.\d+(?!\w))
    | (?P<relative>[A-Za-z]\w*:\d+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
    | (?P<mark><=|>=|!=|<>|[=<>(),.:])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII | re.IGNORECASE,
)
END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a query."""

    kind: str  # string datetime date time money relative word number mark end
    text: str
    at: int

    @property
    def name(self) -> str:
        """A word in capitals, as keywords are compared; "" of what is no word."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        """How a message names it."""
        return "the end of the query" if self.kind == END else repr(self.text[:40])


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text with one for its end; raises SoqlError for what is none."""
    if len(text) > MAX_LENGTH:
        sentence = f"A query has at most {MAX_LENGTH} characters."
        raise error_at(text, MAX_LENGTH, sentence)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        if match.lastgroup and match.lastgroup != "blank":
            found.append(Token(match.lastgroup, match[0], at))
        at = match.end()
    return [*found, Token(END, "", len(text))]


def _unreadable(text: str, at: int) -> Exception:
    if text[at] == "'":
        return error_at(text, at, "This text has no closing quote.")
    if text.startswith("/*", at):
        return error_at(text, at, "This comment has no end.")
    return error_at(text, at, f"unexpected character: {text[at]!r}")


# -- strings -------------------------------------------------------------------------------------

_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)


def check_escapes(raw: str) -> int | None:
    """Where the first escape stands that means nothing; None when all mean something."""
    for match in _ESCAPE.finditer(raw):
        sign = match[1].lower()
        if len(sign) == 1 and sign not in _ESCAPES and sign not in "%_":
            return match.start()
    return None


def cooked(raw: str) -> str:
    """The text that a string means."""
    return _ESCAPE.sub(_meant, raw)


def pattern_of(raw: str) -> str:
    r"""The text as a pattern of LIKE: "\%" and "\_" stay, a backslash is one that is meant."""

    def kept(match: re.Match[str]) -> str:
        if match[1] in "%_":
            return match[0]
        meant = _meant(match)
        return "\\\\" if meant == "\\" else meant

    return _ESCAPE.sub(kept, raw)


def _meant(match: re.Match[str]) -> str:
    sign = match[1]
    if len(sign) == 5:
        return chr(int(sign[1:], 16))
    return _ESCAPES.get(sign.lower(), sign)


def quoted(text: str) -> str:
    """The inside of a string that means the text."""
    back = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(back.get(char, char) for char in text)
