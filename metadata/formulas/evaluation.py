"""The value of an expression for one record, in memory: calls within calls, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..field_types.base import Value
from . import exact
from .typed import Ambient, Apply, Constant, Expression, FieldValue, Type

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Scene:
    """What a formula looks at. Values are those of records; ambients are formula values."""

    values: Mapping[str, Value]  # {path: value}; what is not there is blank
    prior: Mapping[str, Value] | None = None  # before the save; None: as `values`
    ambients: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)  # {"TODAY": day, …}


Evaluator = Callable[[Scene], Any]


def evaluate(expression: Expression, scene: Scene) -> Any:
    """The value: None for blank, else of the expression's type. Raises FormulaError."""
    return evaluator(expression)(scene)


def evaluator(expression: Expression) -> Evaluator:
    """The function that works the expression out for a scene, as `evaluate` does."""
    work = _worked(expression)

    def run(scene: Scene) -> Any:
        value = work(scene)
        if expression.type is Type.NUMBER and value is not None:
            return exact.bounded(exact.kept(value))
        return None if value in ("", ()) else value

    return run


def _worked(expression: Expression) -> Evaluator:
    match expression:
        case Constant(value):
            return lambda scene: value
        case Ambient(name):
            return lambda scene: scene.ambients.get(name)
        case FieldValue():
            return _of_field(expression)
        case Apply():
            return _of_call(expression)


def _of_field(expression: FieldValue) -> Evaluator:
    path, key, is_prior = expression.path, expression.key, expression.prior
    native = native_reader(expression.field, expression.type, expression.blank_is_zero)

    def read(scene: Scene) -> Any:
        values = scene.prior if is_prior and scene.prior is not None else scene.values
        return native(values[key] if key in values else values.get(path))

    return read


BLANKS: Mapping[Type, Any] = MappingProxyType(
    {Type.TEXT: "", Type.PICKLIST: "", Type.MULTIPICKLIST: (), Type.BOOLEAN: False}
)


def native_reader(
    source: CustomField, kind: Type, blank_is_zero: bool = False
) -> Callable[[Value], Any]:
    """What makes a formula's value of a record's: a percentage of 12.5 is 0.125."""
    blank = exact.ZERO if blank_is_zero else BLANKS.get(kind)
    if source.field_type.formula_kind == "percent":
        return lambda value: blank if value is None else value.scaleb(-2)
    return lambda value: blank if value is None else value


def _of_call(expression: Apply) -> Evaluator:
    function, python = expression.function, expression.function.python
    args = [_worked(arg) for arg in expression.args]
    blank = "" if expression.type is Type.TEXT else None

    def lazily(scene: Scene) -> Any:
        value = python(*(_given(arg, scene) for arg in args))
        return blank if value is None else value

    def at_once(scene: Scene) -> Any:
        values = [arg(scene) for arg in args]
        if not function.takes_blank and None in values:
            return blank
        value = python(*values)
        return blank if value is None else value

    return lazily if function.is_lazy else at_once


def _given(arg: Evaluator, scene: Scene) -> Callable[[], Any]:
    return lambda: arg(scene)
