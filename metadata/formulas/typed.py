"""A formula whose names are known and whose types fit: what evaluation and SQL are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ...platform.i18n import lazy

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from .functions.base import Function


class Type(Enum):
    """What an expression can be. Blank text is "", everything else blank is None."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    PLACE = "place"  # a pair of degrees, which only functions of places take
    BLANK = "blank"  # NULL, which fits everywhere

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Type.TEXT: lazy("text"),
    Type.NUMBER: lazy("number"),
    Type.BOOLEAN: lazy("true or false"),
    Type.DATE: lazy("date"),
    Type.DATETIME: lazy("date and time"),
    Type.TIME: lazy("time of day"),
    Type.PICKLIST: lazy("picklist"),
    Type.MULTIPICKLIST: lazy("picklist (several)"),
    Type.PLACE: lazy("place on the map"),
    Type.BLANK: lazy("blank"),
}
#: what the formula kinds of field types are here
KINDS = {
    "text": Type.TEXT, "id": Type.TEXT, "number": Type.NUMBER, "currency": Type.NUMBER,
    "percent": Type.NUMBER, "boolean": Type.BOOLEAN, "date": Type.DATE,
    "datetime": Type.DATETIME, "time": Type.TIME, "picklist": Type.PICKLIST,
    "multipicklist": Type.MULTIPICKLIST,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any
    type: Type
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of the record or of a parent; with `prior`, as it was before the save."""

    path: str  # in the spelling of the definitions: "Account.Owner.Name"
    fields: tuple[CustomField, ...]  # the relations walked, and the field at the end
    type: Type
    blank_is_zero: bool
    start: int
    end: int
    prior: bool = False
    open_from: int | None = None  # from that relation on, it is looked at for everybody

    @property
    def key(self) -> str:
        """Its path, apart from the same one that is looked at with the reader's eyes."""
        is_plain = self.open_from is None or self.open_from >= len(self.fields) - 1
        return self.path if is_plain else f"{self.open_from}!{self.path}"

    @property
    def field(self) -> CustomField:
        return self.fields[-1]


@dataclass(frozen=True, slots=True)
class Ambient:
    """What is not of the record: "TODAY", "NOW", "ISNEW", "$User.Name"."""

    name: str
    type: Type
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Apply:
    """A function of expressions."""

    function: Function
    args: tuple[Expression, ...]
    type: Type
    start: int
    end: int


Expression = Constant | FieldValue | Ambient | Apply


def parts(expression: Expression) -> Iterator[Expression]:
    """The expression and everything within it."""
    yield expression
    if isinstance(expression, Apply):
        for arg in expression.args:
            yield from parts(arg)


def fields_of(expression: Expression) -> dict[str, FieldValue]:
    """{path: one of its uses} of every field that the expression depends on."""
    return {part.path: part for part in parts(expression) if isinstance(part, FieldValue)}


def inputs_by_key(expression: Expression) -> dict[str, FieldValue]:
    """As `fields_of`, where a path may be there twice: for the reader and for everybody."""
    return {part.key: part for part in parts(expression) if isinstance(part, FieldValue)}


def ambients_of(expression: Expression) -> frozenset[str]:
    """The names of what it depends on beside the record."""
    return frozenset(part.name for part in parts(expression) if isinstance(part, Ambient))
