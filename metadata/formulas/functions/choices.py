"""Logic: conditions, choices between values, blanks, picklists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from ....platform.i18n import lazy
from .. import readings
from ..pieces import Sql, as_kind, either, failing, holds, reading, value_is_null
from ..pieces import is_blank as blank_in
from ..typed import Type
from .base import (
    ANY,
    BOOLEAN,
    MULTI,
    PICK,
    PLAIN,
    TEXT,
    Family,
    FormulaError,
    function,
    is_blank,
    together,
)

Given = Callable[[], Any]  # the call that gives an argument
LOGIC = Family.LOGIC


def _if(condition: Given, then: Given, otherwise: Given) -> Any:
    return then() if condition() is True else otherwise()


def _case(chosen: Given, *rest: Given) -> Any:
    value = chosen()
    for i in range(0, len(rest) - 1, 2):
        candidate = rest[i]()
        if value == candidate and value is not None:
            return rest[i + 1]()
    return rest[-1]()


def _and(*conditions: Given) -> bool:
    return all(condition() is True for condition in conditions)


def _or(*conditions: Given) -> bool:
    return any(condition() is True for condition in conditions)


def _blank_value(value: Given, instead: Given) -> Any:
    found = value()
    return instead() if is_blank(found) else found


def _null_value(value: Given, instead: Given) -> Any:
    found = value()
    return instead() if found is None else found


def _if_error(value: Given, instead: Given) -> Any:
    try:
        return value()
    except FormulaError:
        return instead()


def _in(value: Any, *candidates: Any) -> bool:
    return not is_blank(value) and value in candidates


def _among(types: Sequence[Type]) -> Type | None:
    chosen = Type.TEXT if types[0] is Type.PICKLIST else types[0]
    return None if together((chosen, *types[1:])) is None else Type.BOOLEAN


def _of_branches(types: Sequence[Type]) -> Type | None:
    return together(types[1:])


def _of_cases(types: Sequence[Type]) -> Type | None:
    chosen = Type.TEXT if types[0] is Type.PICKLIST else types[0]
    if together((chosen, *types[1:-1:2])) is None:
        return None
    return together((*types[2::2], types[-1]))


def _if_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    condition, then, otherwise = args
    asked = holds(condition.value)
    value = sa.case((asked, as_kind(then, kind)), else_=as_kind(otherwise, kind))
    branch = sa.case((asked, failing(then)), else_=failing(otherwise))
    return Sql(value, kind, either(condition.fails, branch))


def _case_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    chosen, *rest = args
    value, fails = as_kind(rest[-1], kind), failing(rest[-1])
    for i in range(len(rest) - 3, -1, -2):
        asked, result = rest[i], rest[i + 1]
        same = holds(as_kind(chosen, asked.type) == as_kind(asked, chosen.type))
        value = sa.case((same, as_kind(result, kind)), else_=value)
        fails = sa.or_(failing(asked), sa.case((same, failing(result)), else_=fails))
    return Sql(value, kind, either(chosen.fails, fails))


def _and_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    fails = failing(args[-1])
    for arg in reversed(args[:-1]):
        fails = sa.or_(failing(arg), sa.and_(holds(arg.value), fails))
    return Sql(sa.and_(*(holds(arg.value) for arg in args)), kind, fails)


def _or_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    fails = failing(args[-1])
    for arg in reversed(args[:-1]):
        fails = sa.or_(failing(arg), sa.and_(sa.not_(holds(arg.value)), fails))
    return Sql(sa.or_(*(holds(arg.value) for arg in args)), kind, fails)


def _blank_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    return Sql(blank_in(args[0]), kind, args[0].fails)


def _null_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    return Sql(value_is_null(args[0]), kind, args[0].fails)


def _instead_sql(asks: Callable[[Sql], Any]) -> Any:
    def read(args: tuple[Sql, ...], kind: Type) -> Sql:
        value, instead = args
        asked = asks(value)
        chosen = sa.case((asked, as_kind(instead, kind)), else_=as_kind(value, kind))
        return Sql(chosen, kind, either(value.fails, sa.and_(asked, failing(instead))))

    return read


def _if_error_sql(args: tuple[Sql, ...], kind: Type) -> Sql:
    value, instead = args
    failed = failing(value)
    chosen = sa.case((failed, as_kind(instead, kind)), else_=as_kind(value, kind))
    return Sql(chosen, kind, sa.and_(failed, failing(instead)))


function(
    "IF",
    "IF(condition, then, else)",
    lazy("One value where the condition is true, the other where it is false or blank."),
    LOGIC,
    (BOOLEAN, PLAIN, PLAIN),
    _of_branches,
    _if,
    is_lazy=True,
    sql=_if_sql,
    sql_weight=2,
)
function(
    "CASE",
    "CASE(value, case1, result1, case2, result2, …, else)",
    lazy("The result beside the first case that equals the value, else the last one."),
    LOGIC,
    (PLAIN | PICK, PLAIN, PLAIN, PLAIN),
    _of_cases,
    _case,
    more=PLAIN,
    is_lazy=True,
    counts=lambda count: count % 2 == 0,
    sql=_case_sql,
    sql_weight=2,
)
function(
    "AND",
    "AND(condition, condition, …)",
    lazy("True when every condition is."),
    LOGIC,
    (BOOLEAN,),
    Type.BOOLEAN,
    _and,
    more=BOOLEAN,
    is_lazy=True,
    sql=_and_sql,
    sql_weight=2,
)
function(
    "OR",
    "OR(condition, condition, …)",
    lazy("True when some condition is."),
    LOGIC,
    (BOOLEAN,),
    Type.BOOLEAN,
    _or,
    more=BOOLEAN,
    is_lazy=True,
    sql=_or_sql,
    sql_weight=2,
)
function(
    "NOT",
    "NOT(condition)",
    lazy("True when the condition is false."),
    LOGIC,
    (BOOLEAN,),
    Type.BOOLEAN,
    lambda condition: not condition,
    sql=reading(lambda condition: Grouping(sa.not_(condition))),
)
function(
    "ISBLANK",
    "ISBLANK(value)",
    lazy("True when nothing is there."),
    LOGIC,
    (ANY | {Type.PLACE},),
    Type.BOOLEAN,
    is_blank,
    takes_blank=True,
    sql=_blank_sql,
)
function(
    "ISNULL",
    "ISNULL(value)",
    lazy("True when nothing is there; a text always is something. ISBLANK is the better question."),
    LOGIC,
    (ANY,),
    Type.BOOLEAN,
    lambda value: value is None,
    takes_blank=True,
    sql=_null_sql,
)
function(
    "BLANKVALUE",
    "BLANKVALUE(value, instead)",
    lazy("The value, or the other one where it is blank."),
    LOGIC,
    (PLAIN, PLAIN),
    together,
    _blank_value,
    is_lazy=True,
    sql=_instead_sql(blank_in),
    sql_weight=2,
)
function(
    "NULLVALUE",
    "NULLVALUE(value, instead)",
    lazy("As BLANKVALUE, but a text is never replaced."),
    LOGIC,
    (PLAIN, PLAIN),
    together,
    _null_value,
    is_lazy=True,
    sql=_instead_sql(value_is_null),
    sql_weight=2,
)
function(
    "IFERROR",
    "IFERROR(value, instead)",
    lazy("The value, or the other one where it cannot be worked out."),
    LOGIC,
    (PLAIN, PLAIN),
    together,
    _if_error,
    is_lazy=True,
    sql=_if_error_sql,
    sql_weight=2,
)
function(
    "IN",
    "IN(value, value1, value2, …)",
    lazy("True when the value is one of the others; what is blank is none of them."),
    LOGIC,
    (PLAIN | PICK, PLAIN),
    _among,
    _in,
    more=PLAIN,
    takes_blank=True,
    sql=readings.is_among,
    sql_weight=2,
)
function(
    "ISPICKVAL",
    'ISPICKVAL(picklist, "value")',
    lazy('True when that value is chosen; "" asks whether none is.'),
    LOGIC,
    (PICK, TEXT),
    Type.BOOLEAN,
    lambda chosen, value: chosen == value,
    sql=reading(lambda chosen, value: chosen == value),
)
function(
    "INCLUDES",
    'INCLUDES(picklist, "value")',
    lazy("True when that value is among the chosen ones."),
    LOGIC,
    (MULTI, TEXT),
    Type.BOOLEAN,
    lambda chosen, value: value in chosen,
    sql=reading(readings.includes),
    sql_weight=2,
)
function(
    "PICKLISTCOUNT",
    "PICKLISTCOUNT(picklist)",
    lazy("How many values are chosen."),
    LOGIC,
    (MULTI,),
    Type.NUMBER,
    lambda chosen: Decimal(len(chosen)),
    sql=reading(readings.how_many),
    sql_weight=3,
)
