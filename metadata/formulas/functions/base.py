"""What a function is: its name, what it takes and gives, a sentence of help, how it works.

Operators are functions whose names are signs. A function is worked out of values; those that look
at their arguments in turn (`is_lazy`) get calls that give them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ....platform.errors import Problem, TrellisError
from ....platform.i18n import lazy
from ....platform.registry import Registry
from ..typed import Type

FUNCTIONS: Registry[Function] = Registry("function")


class Family(Enum):
    """Where a picker lists the function."""

    LOGIC = "logic"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    RECORD = "record"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Family.LOGIC: lazy("Logic"),
    Family.TEXT: lazy("Text"),
    Family.NUMBER: lazy("Numbers"),
    Family.DATE: lazy("Dates"),
    Family.RECORD: lazy("The save"),
    Family.OPERATOR: lazy("Operators"),
}


class FormulaError(TrellisError):
    """A formula that cannot be worked out for these values: a division by zero, no such day."""

    status = 422

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(f"formula.{code}", (), message, hint)


Types = frozenset[Type]
ANY: Types = frozenset(Type) - {Type.BLANK, Type.PLACE}
TEXT, NUMBER, BOOLEAN = (frozenset({t}) for t in (Type.TEXT, Type.NUMBER, Type.BOOLEAN))
DATE, DATETIME, MULTI = (frozenset({t}) for t in (Type.DATE, Type.DATETIME, Type.MULTIPICKLIST))
PICK: Types = frozenset({Type.PICKLIST})
DAYS: Types = frozenset({Type.DATE, Type.DATETIME})
PLAIN: Types = ANY - {Type.PICKLIST, Type.MULTIPICKLIST}  # what = and < compare

Returns = Type | Callable[[Sequence[Type]], Type | None]  # None: these types do not go together


@dataclass(frozen=True, slots=True)
class Function:
    """One function. `takes` are the types of its arguments; `more` those of any further ones."""

    name: str
    signature: str  # "LEFT(text, count)": as the help shows it
    help: str
    family: Family
    takes: tuple[Types, ...]
    returns: Returns
    python: Callable[..., Any]
    more: Types | None = None
    optional: int = 0  # so many of `takes`, from the end, may be left out
    is_lazy: bool = False  # gets calls instead of values
    takes_blank: bool = False  # else a blank argument makes the result blank
    wants_field: bool = False  # its arguments must be fields
    only_in_rules: bool = False  # needs a save
    ambient: str = ""  # it is not worked out, but known: "TODAY"
    sql: Any = None  # its reading in statements (`pieces.Reading`); None: only in memory
    sql_weight: int = 1  # how often its reading writes out its arguments
    sql_takes: Callable[[Sequence[Type]], bool] | None = None  # of which types; None: of all
    reads_constant: Callable[[Any], object] | None = None  # tries the last argument if constant
    counts: Callable[[int], bool] | None = None  # a rule for how many arguments it takes

    @property
    def is_operator(self) -> bool:
        return self.family is Family.OPERATOR

    def may_take(self, count: int) -> bool:
        least = len(self.takes) - self.optional
        if self.counts is not None and not self.counts(count):
            return False
        return least <= count and (self.more is not None or count <= len(self.takes))

    def types_at(self, place: int) -> Types:
        """What the argument at that place may be."""
        if place < len(self.takes):
            return self.takes[place]
        return self.more or ANY


def function(
    name: str,
    signature: str,
    help: str,
    family: Family,
    takes: tuple[Types, ...],
    returns: Returns,
    python: Callable[..., Any],
    **more: Any,
) -> Function:
    """Registers a function."""
    made = Function(name, signature, help, family, takes, returns, python, **more)
    return FUNCTIONS.register(made)


def together(types: Sequence[Type]) -> Type | None:
    """The one type that all of these are, blanks aside."""
    found = {one for one in types if one is not Type.BLANK}
    if len(found) > 1:
        return None
    return found.pop() if found else Type.BLANK


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == ()
