"""How much a formula may be, asked before anything walks over it; and how it is refused."""

from __future__ import annotations

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _

MAX_LENGTH = 3900  # characters
MAX_PARTS = 5000  # names, constants, operators and calls of one formula
MAX_DEPTH = 100  # of calls and operators within each other
MAX_NUMBER = 40  # digits of a number that is written in a formula
MAX_TEXT = 100_000  # characters of a text that a function makes
MAX_COMPILED = 5000  # parts of a formula with all the formulas that it uses
MAX_WRITTEN = 20_000  # parts of a statement that one formula is written out to
MAX_RELATIONS = 15  # different relationships that one formula walks


def refused(code: str, start: int, end: int, message: str, hint: str = "") -> Rejected:
    """The refusal of what stands from `start` to before `end`: the path of its problem."""
    return Rejected(Problem(code, (start, end), message, hint))


def check_length(text: str) -> None:
    """Raises Rejected `formula.too_long`."""
    if len(text) > MAX_LENGTH:
        message = _("A formula has at most %(n)s characters.", n=MAX_LENGTH)
        raise refused("formula.too_long", MAX_LENGTH, len(text), message)


def too_deep(start: int, end: int) -> Rejected:
    message = _("A formula is nested at most %(n)s deep.", n=MAX_DEPTH)
    return refused("formula.too_deep", start, end, message, _("CASE keeps many branches flat."))


def too_costly(start: int, end: int) -> Rejected:
    message = _(
        "With the formula fields that it uses, the formula has more than %(n)s parts.",
        n=MAX_COMPILED,
    )
    hint = _("Use fewer formula fields in it, or each of them once.")
    return refused("formula.too_costly", start, end, message, hint)


def too_large(start: int, end: int) -> Rejected:
    message = _("A formula has at most %(n)s parts.", n=MAX_PARTS)
    return refused("formula.too_large", start, end, message)
