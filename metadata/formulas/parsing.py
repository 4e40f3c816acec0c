"""From words to a tree, by the binding powers of the operators (Pratt).

From loose to tight: `||`, `&&`, `= <>`, `< <= > >=`, `+ - &`, `^`, `* /`, signs before a value.
That `^` binds looser than `*` is how the formulas that administrators bring along are meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ...platform.errors import Rejected
from ...platform.i18n import _
from .limits import MAX_DEPTH, MAX_PARTS, refused, too_deep, too_large
from .tokens import Kind, Token, tokens
from .tree import Call, Literal, Name, Node

_POWERS = {
    "||": 1, "&&": 2, "=": 3, "==": 3, "<>": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4,
    "+": 5, "-": 5, "&": 5, "^": 6, "*": 7, "/": 7,
}  # fmt: skip
_SAME = {"==": "=", "!=": "<>", "&&": "AND", "||": "OR"}
_BEFORE = {"-": "NEGATIVE", "+": "POSITIVE", "!": "NOT"}
_CONSTANTS: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}


def parse(formula: str) -> Node:
    """The tree of a formula; raises Rejected `formula.*` whose path is (from, to)."""
    return _Parser(formula).whole()


def names_in(formula: str) -> tuple[Name, ...]:
    """Every field path and global in a formula, in order; none of one that cannot be parsed."""
    try:
        return tuple(_names(parse(formula)))
    except Rejected:
        return ()


def _names(node: Node) -> Iterator[Name]:
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Call):
        for arg in node.args:
            yield from _names(arg)


class _Parser:
    def __init__(self, formula: str) -> None:
        self.words = list(tokens(formula))
        if len(self.words) > MAX_PARTS:
            raise too_large(self.words[MAX_PARTS].start, len(formula))
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        word = self.next
        self.at += 1
        return word

    def whole(self) -> Node:
        if len(self.words) == 1:
            message = _("The formula is empty.")
            raise refused("formula.syntax", 0, 0, message, _("Write what it shall be."))
        node, rest = self.expression(0), self.next
        if rest.kind is not Kind.END:
            raise self.unexpected(rest)
        return node

    def expression(self, power: int) -> Node:
        """The longest expression whose operators all bind tighter than `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep(self.next.start, self.next.end)
        left = self.value()
        while self.next.kind is Kind.SIGN and _POWERS.get(self.next.text, 0) > power:
            sign = self.take()
            right = self.expression(_POWERS[sign.text])
            name = _SAME.get(sign.text, sign.text)
            left = _joined(name, left, right, sign)
        self.depth -= 1
        return left

    def value(self) -> Node:
        word = self.take()
        match word.kind:
            case Kind.NUMBER:
                return Literal(Decimal(word.text), word.start, word.end)
            case Kind.TEXT:
                return Literal(word.text, word.start, word.end)
            case Kind.NAME:
                return self.named(word)
        if word.text == "(":
            node = self.expression(0)
            self.close(word)
            return node
        if word.text in _BEFORE and word.kind is Kind.SIGN:
            operand = self.expression(max(_POWERS.values()))
            return Call(_BEFORE[word.text], (operand,), word.start, word.end)
        raise self.unexpected(word)

    def named(self, word: Token) -> Node:
        if self.next.text == "(" and self.next.kind is Kind.SIGN:
            return Call(word.text.upper(), self.arguments(), word.start, word.end)
        if word.text.upper() in _CONSTANTS:
            return Literal(_CONSTANTS[word.text.upper()], word.start, word.end)
        return Name(word.text, word.start, word.end)

    def arguments(self) -> tuple[Node, ...]:
        opening = self.take()
        if self.next.text == ")" and self.next.kind is Kind.SIGN:
            self.take()
            return ()
        found = [self.expression(0)]
        while self.next.text == "," and self.next.kind is Kind.SIGN:
            self.take()
            found.append(self.expression(0))
        self.close(opening)
        return tuple(found)

    def close(self, opening: Token) -> None:
        word = self.take()
        if word.kind is Kind.END:
            message = _("This parenthesis is never closed.")
            raise refused("formula.syntax", opening.start, opening.end, message, _("Add a )."))
        if word.text != ")" or word.kind is not Kind.SIGN:
            raise self.unexpected(word)

    def unexpected(self, word: Token) -> Exception:
        if word.kind is Kind.END:
            message = _("The formula ends too early.")
            hint = _("A value is missing after the last sign.")
            return refused("formula.syntax", word.start, word.end, message, hint)
        message = _("%(word)s is not expected here.", word=repr(word.text)[:60])
        hint = ""
        if word.kind in (Kind.NAME, Kind.TEXT, Kind.NUMBER):
            hint = _("An operator or a comma may be missing before it.")
        return refused("formula.syntax", word.start, word.end, message, hint)


def _joined(name: str, left: Node, right: Node, sign: Token) -> Call:
    """Chains of AND, of OR and of & stay flat, however long they are."""
    if name in ("AND", "OR", "&") and isinstance(left, Call) and left.name == name:
        return Call(name, (*left.args, right), left.start, left.end)
    return Call(name, (left, right), sign.start, sign.end)
