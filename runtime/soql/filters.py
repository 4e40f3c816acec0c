"""Conditions of a query as predicates of the query door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ...metadata.definition import Uid
from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import ALWAYS, All, AnyOf, Condition, Predicate
from ...metadata.predicates import Not as Denied
from ...metadata.relative_dates import DayRange
from ..query.request import Among
from .beyond import beyond, condition
from .errors import INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR, MALFORMED_QUERY
from .naming import Found, Names, object_named
from .syntax import And, Call, Compare, Expression, Item, Literal, Not, Or, Path, Select, Test
from .values import operand

OPERATORS = {
    "=": "equals", "!=": "notEqual", "<": "lessThan", "<=": "lessOrEqual", ">": "greaterThan",
    ">=": "greaterOrEqual", "LIKE": "like", "IN": "in", "NOT IN": "notIn",
    "INCLUDES": "includes", "EXCLUDES": "excludes",
}  # fmt: skip


def predicate(names: Names, test: Test | None) -> Predicate:
    """The predicate of a WHERE."""
    match test:
        case None:
            return ALWAYS
        case Compare():
            return _comparison(names, test)
        case Not(part):
            return Denied(predicate(names, part))
        case And(parts):
            return All(tuple(predicate(names, part) for part in parts))
        case Or(parts):
            return AnyOf(tuple(predicate(names, part) for part in parts))


def _comparison(names: Names, test: Compare) -> Predicate:
    if isinstance(test.left, Call) and test.left.function in _SPANS:
        return _of_span(names, test, test.left)
    path = path_of(names, test.left)
    if (far := beyond(names, path)) is not None and not isinstance(test.right, Select):
        return condition(names, test, far, OPERATORS[test.operator])
    found = names.field(path)
    name = checked_operator(names, test, found)
    if isinstance(test.right, Select):
        return Condition(found.text, name, (_among(names, test, found, test.right),))
    return Condition(found.text, name, _operands(names, test, found, test.right))


def _among(names: Names, test: Compare, left: Found, select: Select) -> Among:
    """The ids that a sub-select gives: one field, no groups, no order of its own."""
    is_plain = replace(select, alias="", where=None, modes=(), purposes=()) == Select(
        select.items, select.source, at=select.at
    )
    item = select.items[0]
    if not is_plain or len(select.items) != 1 or not isinstance(item, Item):
        sentence = "A sub-select of a condition selects one field, without GROUP, ORDER or LIMIT."
        raise names.refused(select.at, sentence, MALFORMED_QUERY)
    if names.is_among:
        sentence = "Sub-selects of conditions do not stand in each other."
        raise names.refused(select.at, sentence, MALFORMED_QUERY)
    obj = object_named(names.scope, names.text, select.source)
    inner = Names(names.scope, names.text, obj, select, among=True)
    found = inner.field(path_of(inner, item.expression))
    for one, at in ((left, test.left.at), (found, item.expression.at)):
        if one.field.field_type.formula_kind != "id":
            sentence = f"field '{one.field.local_name}' is no id: sub-selects compare ids."
            raise names.refused(at, sentence, MALFORMED_QUERY)
    return Among(obj.name, found.text, predicate(inner, select.where))


_SPANS = ("CALENDAR_YEAR", "DAY_ONLY")


def _of_span(names: Names, test: Compare, call: Call) -> Predicate:
    """Years and days are spans of what they are taken of, so an index can find them."""
    found = names.field(path_of(names, Call("TOLABEL", call.arguments, call.at)))
    kind, right = found.field.field_type.formula_kind, test.right
    if kind not in ("date", "datetime") or isinstance(right, Select):
        raise names.refused(call.at, f"{call.function} is taken of days.", MALFORMED_QUERY)
    name = checked_operator(names, test, found)
    if call.function == "DAY_ONLY":
        raw = tuple(operand(names, one, _DAY) for one in right)
    else:
        raw = tuple(_year(names, one) for one in right)
    return Condition(found.text, name, raw)


_DAY = CustomField.system(Uid("day"), "Any.Day", "", "Date", {})


def _year(names: Names, literal: Literal) -> DayRange:
    if literal.kind != "number" or not literal.text.isdigit() or not 1 <= int(literal.text) <= 9999:
        raise names.refused(literal.at, f"{literal.text} is not a year.", MALFORMED_QUERY)
    year = int(literal.text)
    return DayRange(date(year, 1, 1), date(year, 12, 31))


def _operands(
    names: Names, test: Compare, found: Found, right: tuple[Literal, ...]
) -> tuple[object, ...]:
    is_pattern = test.operator == "LIKE"
    return tuple(operand(names, one, found.field, is_pattern=is_pattern) for one in right)


def checked_operator(names: Names, test: Compare, found: Found) -> str:
    """The door's name of the operator, if the field has it."""
    field, at = found.field, test.left.at
    if not field.field_type.filterable:
        sentence = f"field '{field.local_name}' can not be filtered in a query call"
        raise names.refused(at, sentence, INVALID_FIELD)
    name = OPERATORS[test.operator]
    if all(operator.name != name for operator in field.field_type.operators):
        sentence = f"field '{field.local_name}' has no filter operator {test.operator}"
        raise names.refused(at, sentence, INVALID_QUERY_FILTER_OPERATOR)
    return name


def path_of(names: Names, expression: Expression) -> Path:
    """The path of a condition or key that is made of one field."""
    match expression:
        case Path():
            return expression
        case Call("TOLABEL" | "CONVERTCURRENCY", (Path() as path,)):
            return path
        case Call(function):
            sentence = f"{function} is not supported here."
            raise names.refused(expression.at, sentence, MALFORMED_QUERY)
