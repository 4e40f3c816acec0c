"""What a formula field keeps of its formula's value: as a record's value, and in statements.

A number has as many decimals as the field shows, halves rounded away from zero; one with more
digits than a field can have is a value that cannot be worked out. Those are blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import sqlalchemy as sa

from ...platform.db.dialects import per_dialect
from ...platform.db.engine import offer_function
from ...platform.db.values import rounded
from ..field_types.numeric import MAX_PRECISION
from ..storage_types import storage_type
from . import exact
from .evaluation import BLANKS, Evaluator, Scene, evaluator
from .functions.base import FormulaError
from .pieces import Column, either, number
from .scaled import AmbientColumn, scaled
from .sql import CODES, decoded, is_percent, on_postgresql, on_sqlite, passed
from .typed import Ambient, Expression, Type, inputs_by_key, parts

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

RESULT, FIELD = "trellis_formula_result", "trellis_formula_field"


def value_of(expression: Expression, field: CustomField) -> Evaluator:
    """The function that works a record's value of the field out; None where it cannot."""
    work = evaluator(expression)

    def run(scene: Scene) -> Any:
        try:
            return _kept(work(scene), expression.type, _scale(field), is_percent(field))
        except FormulaError:
            return None

    return run


def _kept(value: Any, kind: Type, scale: int, percent: bool) -> Any:
    """Raises FormulaError where the field has no room for it."""
    if kind is Type.BOOLEAN:
        return bool(value)
    if value is None or value == "":
        return None
    if kind is Type.NUMBER:
        found = rounded(exact.bounded(value).scaleb(2 * percent), scale)
        if found and found.adjusted() >= MAX_PRECISION - scale:
            raise FormulaError("too_large", "too large")
        return Decimal(exact.plain(found))
    if isinstance(value, (datetime, time)):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def _scale(field: CustomField) -> int:
    return int(getattr(field.field_type, "scale", lambda _field: 0)(field))


class Runner:
    """Works a field out for statements of SQLite: one call a row, of what its inputs keep.

    It is found by its number as long as somebody keeps it, as a snapshot does.
    """

    def __init__(self, expression: Expression, field: CustomField) -> None:
        self.number = next(_NUMBERS)
        self.shift = _scale(field) + 2 * is_percent(field)
        self.inputs = tuple(inputs_by_key(expression).items())
        self.ambients = {one.name: one for one in parts(expression) if isinstance(one, Ambient)}
        self._work = evaluator(expression)
        self._is_number = expression.type is Type.NUMBER
        self._is_flag = expression.type is Type.BOOLEAN
        self._last: tuple[tuple[Any, ...], Any] = ((), None)
        _RUNNERS[self.number] = self

    @property
    def fits(self) -> bool:
        return len(self.inputs) + len(self.ambients) <= _MOST_ARGUMENTS

    def call(self, columns: Mapping[str, Column], ambients: Mapping[str, AmbientColumn]) -> Column:
        """The call of it over the columns of its inputs."""
        given = [_raw(columns[key], value.type) for key, value in self.inputs]
        for name, ambient in self.ambients.items():
            column, percent = ambients[name]
            given.append(_raw(column, ambient.type, percent))
        return sa.func.trellis_formula_field(self.number, *(part for one in given for part in one))

    def run(self, *raw: Any) -> Any:
        """What the column would keep; a statement often asks of one row several times."""
        asked, kept = self._last
        if asked != raw:
            kept = self._run(raw)
            self._last = raw, kept
        return kept

    def _run(self, raw: tuple[Any, ...]) -> Any:
        known = [_record_value(*raw[at : at + 3]) for at in range(0, len(raw), 3)]
        values = dict(zip((key for key, _value in self.inputs), known, strict=False))
        beside = dict(zip(self.ambients, known[len(values) :], strict=True))
        for name, ambient in self.ambients.items():
            if beside[name] is None:
                beside[name] = BLANKS.get(ambient.type)
        try:
            value = self._work(Scene(values, None, beside))
        except FormulaError:
            return None
        if not self._is_number or value is None:
            return int(bool(value)) if self._is_flag else _stored(value, 0)
        shifted = value.scaleb(self.shift, _WIDE).to_integral_value(ROUND_HALF_UP, _WIDE)
        whole = int(shifted)
        return whole if -_MOST < whole < _MOST else None


_NUMBERS = count(1)
_RUNNERS: WeakValueDictionary[int, Runner] = WeakValueDictionary()
_MOST = 10**MAX_PRECISION
_WIDE = Context(prec=200)
_MOST_ARGUMENTS = 40


def _raw(column: Column, kind: Type, percent: bool = False) -> tuple[Any, int, Column]:
    scale = (getattr(column.type, "scale", None) or 0) + 2 * percent
    return CODES[kind], scale, sa.type_coerce(column, sa.Text())


def _record_value(code: str, scale: int, raw: Any) -> Any:
    """The record's value of what a column keeps."""
    if raw is None:
        return None
    if code == "n":
        return Decimal(raw).scaleb(-scale)
    return bool(raw) if code == "b" else decoded(str(raw), code)


def column_of(
    expression: Expression,
    field: CustomField,
    runner: Runner,
    columns: Mapping[str, Column],
    ambients: Mapping[str, AmbientColumn],
) -> Column:
    """The field as if it were a column of its type; `columns` are those of the inputs by key."""
    kept = storage_type(_storage(field))
    sqlite = _of_sqlite(expression, field, runner, columns, ambients)
    return per_dialect(sqlite, _on_postgresql(expression, field, columns, ambients), kept)


def _of_sqlite(
    expression: Expression,
    field: CustomField,
    runner: Runner,
    columns: Mapping[str, Column],
    ambients: Mapping[str, AmbientColumn],
) -> Column:
    """Worked out by SQLite itself as far as it is exact there, else by a call for each row."""
    found = scaled(expression, runner.shift, columns, ambients)
    if found is None:
        return _called(expression, field, runner, columns, ambients)
    if found.outside is None:
        return found.value
    called = _called(expression, field, runner, columns, ambients)
    return sa.case((found.outside, called), else_=found.value)


def _called(
    expression: Expression,
    field: CustomField,
    runner: Runner,
    columns: Mapping[str, Column],
    ambients: Mapping[str, AmbientColumn],
) -> Column:
    if runner.fits:
        return runner.call(columns, ambients)
    return sa.func.trellis_formula_result(
        CODES[expression.type], _scale(field), 2 * is_percent(field),
        on_sqlite(expression, columns, ambients),
    )  # fmt: skip


def _storage(field: CustomField) -> str:
    if field.field_type.formula_kind in ("number", "currency", "percent"):
        return f"exact({MAX_PRECISION},{_scale(field)})"
    return next(part.type for part in field.field_type.columns(field) if not part.name)


def _on_postgresql(
    expression: Expression,
    field: CustomField,
    columns: Mapping[str, Column],
    ambients: Mapping[str, AmbientColumn],
) -> Column:
    sql = on_postgresql(expression, columns, ambients)
    value, fails = sql.value, sql.fails
    match expression.type:
        case Type.NUMBER:
            fails = either(fails, sa.func.abs(value) >= number(10**exact.MAX_DIGITS))
            value = sa.func.round(value, exact.SCALE)
            scaled = value * number(100) if is_percent(field) else value
            value = sa.func.round(scaled, _scale(field))
            most = 10 ** (MAX_PRECISION - _scale(field))
            fails = either(fails, sa.func.abs(value) >= number(most))
        case Type.TEXT:
            value = sa.func.nullif(sa.collate(value, "C"), "")
        case Type.BOOLEAN:
            value = sa.func.coalesce(value, sa.false())
        case Type.DATETIME:
            value = sa.func.date_trunc("milliseconds", value)
    return value if fails is None else sa.case((fails, sa.null()), else_=value)


def _on_sqlite(code: str, scale: int, shift: int, raw: Any) -> Any:
    """The value of a result as the column types of the house keep it."""
    kind = _KINDS[code]
    try:
        value = _kept(passed(raw, code), kind, scale, bool(shift))
    except FormulaError:
        return None
    return _stored(value, scale)


def _stored(value: Any, scale: int) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value.scaleb(scale))
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "milliseconds")
    if isinstance(value, time):
        return value.isoformat("milliseconds")
    return None if value is None else str(value)


_KINDS = {
    CODES[kind]: kind
    for kind in (Type.TEXT, Type.NUMBER, Type.BOOLEAN, Type.DATE, Type.DATETIME, Type.TIME)
}
offer_function(RESULT, _on_sqlite)
offer_function(FIELD, lambda number_, *raw: _RUNNERS[number_].run(*raw))
