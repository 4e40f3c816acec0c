"""Conditions of places: a formula, or rows of field, operator and value, that a record meets.

Not a kind: parts of documents that say when a place is shown, required or read only. A formula may
ask all that a validation rule may.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..definition import Path, Reference, WhenGone
from ..field_types.base import NEUTRAL
from ..filter_logic import parse as parse_logic
from ..formulas import Subject, Type
from ..predicates import Condition, Predicate
from .base import NAME, check_formula, check_path, listed, of_formula, of_path

if TYPE_CHECKING:
    from ..snapshot import Snapshot

VISIBLE, REQUIRED, READONLY = "visibleWhen", "requiredWhen", "readonlyWhen"


@dataclass(frozen=True, slots=True)
class When:
    """With a formula, that decides; else the rows, joined by the logic ("" = all)."""

    formula: str = ""
    rows: tuple[Condition, ...] = ()
    logic: str = ""

    def predicate(self, snapshot: Snapshot, object_name: str) -> Predicate:
        """The rows as one predicate; "Hot,Warm" are two values, as in a list view.

        Raises Rejected when the logic is not understood.
        """
        return parse_logic(
            self.logic, tuple(_read(row, object_name, snapshot) for row in self.rows)
        )


def _read(row: Condition, object_name: str, snapshot: Snapshot) -> Condition:
    field_type = snapshot.resolve(object_name, row.path)[-1].field_type
    if field_type.operator(row.operator).arity == 0:
        return replace(row, operands=())
    operands = (
        one
        for raw in row.operands or ("",)
        for one in (field_type.operands_of(raw) if isinstance(raw, str) else (raw,))
    )
    return replace(row, operands=tuple(operands))


def read_when(said: Mapping[str, Any] | None) -> When | None:
    """The condition of a document that fits WHEN; None for none."""
    if not said:
        return None
    rows = tuple(_row(row) for row in said.get("filters", ()))
    return When(said.get("formula", ""), rows, said.get("booleanFilter", ""))


def _row(row: Mapping[str, Any]) -> Condition:
    value = row.get("value")
    if isinstance(value, list):
        return Condition(row["field"], row["operator"], tuple(value))
    return Condition(row["field"], row["operator"], () if value is None else (value,))


def when_references(
    snapshot: Snapshot, object_name: str, when: When | None, place: Path
) -> Iterator[Reference]:
    """What a condition names; none of it can go while the condition is there."""
    if when is None:
        return
    if when.formula:
        found = of_formula(snapshot, object_name, when.formula, (*place, "formula"))
        yield from (replace(one, when_gone=WhenGone.REFUSE, out=()) for one in found)
        return
    for i, row in enumerate(when.rows):
        path = (*place, "filters", i, "field")
        for one in of_path(snapshot, object_name, row.path, path):
            yield replace(one, when_gone=WhenGone.REFUSE, out=())


def check_when(
    snapshot: Snapshot, object_name: str, when: When | None, *place: str | int
) -> Iterator[Problem]:
    """What is wrong with a condition: of a formula at its characters, of rows at the row."""
    if when is None:
        return
    if when.formula:
        subject = Subject(snapshot, object_name)
        yield from check_formula(when.formula, subject, Type.BOOLEAN, *place, "formula")
        return
    if not when.rows:
        yield Problem("condition.empty", place, _("The condition has no row."))
    for i, row in enumerate(when.rows):
        yield from _check_row(snapshot, object_name, row, *place, "filters", i)
    try:
        parse_logic(when.logic, when.rows)
    except Rejected as refusal:
        at = (*place, "booleanFilter")
        yield from (Problem(p.code, at, p.message, p.hint) for p in refusal.problems)


def _check_row(
    snapshot: Snapshot, object_name: str, row: Condition, *place: str | int
) -> Iterator[Problem]:
    if problems := check_path(snapshot, object_name, row.path, *place, "field"):
        yield from problems
        return
    field, key = snapshot.resolve(object_name, row.path)[-1], "operator"
    try:
        field.field_type.operator(row.operator)
        key = "value"
        operands = _read(row, object_name, snapshot).operands
        reading = NEUTRAL.for_field(field, snapshot)
        field.field_type.bind(row.operator, operands, field, reading)
    except Rejected as refusal:
        at = (*place, key)
        yield from (Problem(p.code, at, p.message, p.hint) for p in refusal.problems)


_ROW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["field", "operator"],
    "properties": {
        "field": dict(NAME),
        "operator": dict(NAME),
        "value": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"type": "array", "maxItems": 1000, "items": {"type": "string"}},
            ]
        },
    },
}
WHEN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "oneOf": [{"required": ["formula"]}, {"required": ["filters"]}],
    "properties": {
        "formula": {"type": "string", "minLength": 1, "maxLength": 3900},
        "filters": listed(_ROW, 20),
        "booleanFilter": {"type": "string", "maxLength": 1000},
    },
}
