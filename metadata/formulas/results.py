"""What a formula field keeps of its formula's value: as a record's value, and in statements.

A number has as many decimals as the field shows, halves rounded away from zero; one with more
digits than a field can have is a value that cannot be worked out. Those are blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...platform.db.dialects import per_dialect
from ...platform.db.engine import offer_function
from ...platform.db.values import rounded
from ..field_types.numeric import MAX_PRECISION
from ..storage_types import storage_type
from . import exact
from .evaluation import Evaluator, Scene, evaluator
from .functions.base import FormulaError
from .pieces import Column, either, number
from .sql import CODES, is_percent, on_postgresql, on_sqlite, passed
from .typed import Expression, Type

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

RESULT = "trellis_formula_result"


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


def column_of(
    expression: Expression,
    field: CustomField,
    columns: Mapping[str, Column],
    ambients: Mapping[str, Column],
) -> Column:
    """The field as if it were a column of its type; `columns` are those of the inputs by key."""
    kept = storage_type(_storage(field))
    sqlite = sa.func.trellis_formula_result(
        CODES[expression.type], _scale(field), 2 * is_percent(field),
        on_sqlite(expression, columns, ambients),
    )  # fmt: skip
    return per_dialect(sqlite, _on_postgresql(expression, field, columns, ambients), kept)


def _storage(field: CustomField) -> str:
    if field.field_type.formula_kind in ("number", "currency", "percent"):
        return f"exact({MAX_PRECISION},{_scale(field)})"
    return next(part.type for part in field.field_type.columns(field) if not part.name)


def _on_postgresql(
    expression: Expression,
    field: CustomField,
    columns: Mapping[str, Column],
    ambients: Mapping[str, Column],
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
    """The value as the column types of the house keep it."""
    kind = _KINDS[code]
    try:
        value = _kept(passed(raw, code), kind, scale, bool(shift))
    except FormulaError:
        return None
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
