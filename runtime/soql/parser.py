"""A text becomes a tree, by recursive descent; what is not understood is refused with its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from .errors import SoqlError, error_at
from .syntax import (
    And,
    Call,
    Child,
    Compare,
    Expression,
    Item,
    Key,
    Literal,
    Not,
    Or,
    Path,
    Select,
    Test,
)
from .tokens import END, Token, check_escapes, tokens_of

MAX_DEPTH = 50  # parentheses and NOTs in each other
MAX_NESTING = 5  # queries in each other
MAX_CHILDREN = 20  # sub-selects among the items of a query

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
DATE_FUNCTIONS = frozenset(
    {
        "CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK",
        "DAY_IN_YEAR", "DAY_ONLY", "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY",
        "WEEK_IN_MONTH", "WEEK_IN_YEAR",
    }
)  # fmt: skip
WRAPPERS = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY", "CONVERTTIMEZONE", "FIELDS"})
_FUNCTIONS = AGGREGATES | DATE_FUNCTIONS | WRAPPERS
_UNSUPPORTED = frozenset({"DISTANCE", "GEOLOCATION", "GROUPING", "ROLLUP", "CUBE"})
_CLAUSES = frozenset(
    {"FROM", "USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "ALL"}
    | {"UPDATE"}
)
_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MODES = frozenset({"SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE"})
_PURPOSES = frozenset({"VIEW", "REFERENCE", "UPDATE"})
_VALUES = frozenset({"string", "number", "date", "datetime", "time", "money", "relative"})
_PLAIN = {"TRUE": "boolean", "FALSE": "boolean", "NULL": "null"}

T = TypeVar("T")


def parse(text: str) -> Select:
    """The tree of a query; raises SoqlError with the place of what is not understood."""
    parser = Parser(text)
    found = parser.select()
    parser.end()
    return found


class Parser:
    """Reads the tokens of one text, one after the other."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.position = text, tokens_of(text), 0
        self.depth = self.nesting = 0

    # -- tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def ahead(self, n: int) -> Token:
        return self.tokens[min(self.position + n, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.next
        if token.kind != END:
            self.position += 1
        return token

    def is_mark(self, mark: str, n: int = 0) -> bool:
        token = self.ahead(n)
        return token.kind == "mark" and token.text == mark

    def accept(self, *words: str) -> bool:
        """Takes the keywords if they come next."""
        if any(self.ahead(n).name != word for n, word in enumerate(words)):
            return False
        self.position += len(words)
        return True

    def accept_mark(self, mark: str) -> bool:
        if found := self.is_mark(mark):
            self.position += 1
        return found

    def expect(self, *words: str) -> None:
        for word in words:
            if not self.accept(word):
                raise self.expected(word)

    def expect_mark(self, mark: str) -> None:
        if not self.accept_mark(mark):
            raise self.expected(repr(mark))

    def word(self, what: str) -> Token:
        if self.next.kind != "word":
            raise self.expected(what)
        return self.take()

    def number(self) -> int:
        token = self.next
        if token.kind != "number" or not token.text.isdigit() or len(token.text) > 9:
            raise self.expected("a whole number")
        return int(self.take().text)

    def end(self) -> None:
        if self.next.kind != END:
            raise self.error(f"unexpected token: {self.next.shown}")

    def expected(self, what: str) -> SoqlError:
        return self.error(f"unexpected token: {self.next.shown}; expected {what}")

    def error(self, sentence: str, at: int | None = None) -> SoqlError:
        return error_at(self.text, self.next.at if at is None else at, sentence)

    def unsupported(self, what: str, at: int | None = None) -> SoqlError:
        return self.error(f"{what} is not supported.", at)

    def listed(self, read: Callable[[], T]) -> tuple[T, ...]:
        """One or more, with commas between."""
        found = [read()]
        while self.accept_mark(","):
            found.append(read())
        return tuple(found)

    def deeper(self, read: Callable[[], T]) -> T:
        """What stands inside of something, unless too much does."""
        if self.depth >= MAX_DEPTH:
            raise self.error(f"Conditions are nested at most {MAX_DEPTH} deep.")
        self.depth += 1
        found = read()
        self.depth -= 1
        return found

    # -- a query

    def select(self) -> Select:
        at = self.next.at
        if self.nesting >= MAX_NESTING:
            raise self.error(f"Queries are nested at most {MAX_NESTING} deep.")
        self.nesting += 1
        self.expect("SELECT")
        items = self.listed(self.item)
        if sum(isinstance(item, Child) for item in items) > MAX_CHILDREN:
            raise self.error(f"A query has at most {MAX_CHILDREN} sub-selects.", at)
        self.expect("FROM")
        source = self.path("an object")
        found = Select(
            items,
            source,
            alias=self.source_alias(),
            scope=self.word("a scope").text if self.accept("USING", "SCOPE") else "",
            where=self.test() if self.accept("WHERE") else None,
            modes=self.modes(),
            group_by=self.groups(),
            having=self.test() if self.accept("HAVING") else None,
            order_by=self.listed(self.key) if self.accept_by("ORDER") else (),
            limit=self.number() if self.accept("LIMIT") else None,
            offset=self.number() if self.accept("OFFSET") else None,
            purposes=self.purposes(),
            all_rows=self.accept("ALL", "ROWS"),
            at=at,
        )
        self.nesting -= 1
        return found

    def accept_by(self, word: str) -> bool:
        if not self.accept(word):
            return False
        self.expect("BY")
        return True

    def source_alias(self) -> str:
        if self.accept("AS"):
            return self.word("an alias").text
        is_alias = self.next.kind == "word" and self.next.name not in _CLAUSES
        return self.take().text if is_alias else ""

    def modes(self) -> tuple[str, ...]:
        found: list[str] = []
        while self.accept("WITH"):
            if self.next.name == "DATA":
                raise self.unsupported("WITH DATA CATEGORY")
            if self.next.name not in _MODES:
                raise self.expected("SECURITY_ENFORCED, USER_MODE or SYSTEM_MODE")
            found.append(self.take().name)
        return tuple(found)

    def groups(self) -> tuple[Expression, ...]:
        return self.listed(self.expression) if self.accept_by("GROUP") else ()

    def purposes(self) -> tuple[str, ...]:
        found: list[str] = []
        while self.next.name in ("FOR", "UPDATE"):
            if self.accept("UPDATE"):
                raise self.unsupported(f"UPDATE {self.next.text}")
            self.take()
            if self.next.name not in _PURPOSES:
                raise self.expected("VIEW, REFERENCE or UPDATE")
            found.append(self.take().name)
        return tuple(found)

    # -- items

    def item(self) -> Item | Child:
        if self.is_mark("("):
            self.take()
            child = Child(self.select())
            self.expect_mark(")")
            return child
        if self.next.name == "TYPEOF" and self.ahead(1).kind == "word" and self.is_typeof():
            raise self.unsupported("TYPEOF")
        expression = self.expression()
        is_alias = self.next.kind == "word" and self.next.name not in _CLAUSES
        return Item(expression, self.take().text if is_alias else "")

    def is_typeof(self) -> bool:
        return self.ahead(2).name == "WHEN" or self.is_mark(".", 2)

    def expression(self) -> Expression:
        """A path, or a function of some."""
        if not self.is_mark("(", 1):
            return self.path("a field")
        token = self.word("a field")
        if token.name in _UNSUPPORTED:
            raise self.unsupported(token.name, token.at)
        if token.name not in _FUNCTIONS:
            raise self.error(f"unknown function: {token.text[:40]!r}", token.at)
        self.take()
        arguments = () if self.is_mark(")") else self.deeper(lambda: self.listed(self.expression))
        self.expect_mark(")")
        return Call(token.name, arguments, token.at)

    def path(self, what: str) -> Path:
        first = self.word(what)
        names = [first.text]
        while self.accept_mark("."):
            names.append(self.word("a name").text)
        return Path(tuple(names), first.at)

    def key(self) -> Key:
        expression = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        if not self.accept("NULLS"):
            return Key(expression, descending)
        blanks_first = self.accept("FIRST")
        if not blanks_first:
            self.expect("LAST")
        return Key(expression, descending, blanks_first)

    # -- conditions

    def test(self) -> Test:
        """Conditions with AND between, or with OR; the two are not mixed without parentheses."""
        first = self.negated()
        word = self.next.name
        if word not in ("AND", "OR"):
            return first
        parts = [first]
        while self.accept(word):
            parts.append(self.negated())
        if self.next.name in ("AND", "OR"):
            raise self.error("AND and OR are mixed: say by parentheses what goes together.")
        return And(tuple(parts)) if word == "AND" else Or(tuple(parts))

    def negated(self) -> Test:
        if self.next.name == "NOT" and not self.is_mark("=", 1):
            self.take()
            return Not(self.deeper(self.negated))
        if self.accept_mark("("):
            found = self.deeper(self.test)
            self.expect_mark(")")
            return found
        return self.comparison()

    def comparison(self) -> Compare:
        left = self.expression()
        if self.next.kind == "mark" and self.next.text in _COMPARISONS:
            operator = _COMPARISONS[self.take().text]
            return Compare(left, operator, (self.literal(),))
        if self.accept("LIKE"):
            return Compare(left, "LIKE", (self.literal(),))
        if self.accept("NOT", "IN"):
            return Compare(left, "NOT IN", self.among())
        for word in ("IN", "INCLUDES", "EXCLUDES"):
            if self.accept(word):
                return Compare(left, word, self.among())
        raise self.expected("an operator")

    def among(self) -> tuple[Literal, ...] | Select:
        if self.is_mark(":"):
            raise self.unsupported("A bind variable")
        self.expect_mark("(")
        if self.next.name == "SELECT":
            found: tuple[Literal, ...] | Select = self.select()
        else:
            found = self.listed(self.literal)
        self.expect_mark(")")
        return found

    def literal(self) -> Literal:
        token = self.next
        if token.kind == "mark" and token.text == ":":
            raise self.unsupported("A bind variable")
        if token.kind == "string":
            return self.string()
        if token.kind in _VALUES:
            return Literal(token.kind, self.take().text, token.at)
        if token.kind == "word":
            return self.named_value()
        raise self.expected("a value")

    def string(self) -> Literal:
        token = self.take()
        raw = token.text[1:-1]
        if (wrong := check_escapes(raw)) is not None:
            raise self.error(f"unknown escape: {raw[wrong : wrong + 2]!r}", token.at + 1 + wrong)
        return Literal("string", raw, token.at)

    def named_value(self) -> Literal:
        """TRUE, FALSE, NULL, a relative date, or an amount such as USD5000."""
        token = self.next
        if (kind := _PLAIN.get(token.name)) is not None:
            return Literal(kind, self.take().name.lower(), token.at)
        if token.name[:3].isalpha() and len(token.name) > 3 and token.name[3:].isdigit():
            return Literal("money", self.take().text, token.at)
        if not is_relative_word(token.name):
            raise self.expected("a value")
        return Literal("relative", self.take().text, token.at)


def is_relative_word(name: str) -> bool:
    """Says whether the word may name days: TODAY, LAST_MONTH, LAST_90_DAYS."""
    return name in ("TODAY", "YESTERDAY", "TOMORROW") or name.startswith(
        ("THIS_", "LAST_", "NEXT_", "N_")
    )
