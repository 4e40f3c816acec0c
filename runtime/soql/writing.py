"""A tree becomes a text again, which is parsed to the same tree."""

from __future__ import annotations

from collections.abc import Iterator

from .syntax import (
    And,
    Call,
    Child,
    Compare,
    Expression,
    Item,
    Key,
    Literal,
    Not,
    Or,
    Path,
    Select,
    Test,
)


def written(select: Select) -> str:
    """The query as a text."""
    return " ".join(_clauses(select))


def _clauses(select: Select) -> Iterator[str]:
    yield "SELECT " + ", ".join(map(_item, select.items))
    yield "FROM " + select.source.text
    if select.alias:
        yield "AS " + select.alias
    if select.scope:
        yield "USING SCOPE " + select.scope
    if select.where is not None:
        yield "WHERE " + _test(select.where)
    yield from (f"WITH {mode}" for mode in select.modes)
    if select.group_by:
        yield "GROUP BY " + ", ".join(map(_expression, select.group_by))
    if select.having is not None:
        yield "HAVING " + _test(select.having)
    if select.order_by:
        yield "ORDER BY " + ", ".join(map(_key, select.order_by))
    if select.limit is not None:
        yield f"LIMIT {select.limit}"
    if select.offset is not None:
        yield f"OFFSET {select.offset}"
    yield from (f"FOR {purpose}" for purpose in select.purposes)
    if select.all_rows:
        yield "ALL ROWS"


def _item(item: Item | Child) -> str:
    if isinstance(item, Child):
        return f"({written(item.select)})"
    return f"{_expression(item.expression)} {item.alias}".rstrip()


def _expression(expression: Expression) -> str:
    match expression:
        case Path():
            return expression.text
        case Call(function, arguments):
            return f"{function}({', '.join(map(_expression, arguments))})"


def _key(key: Key) -> str:
    blanks = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[key.blanks_first]
    return _expression(key.expression) + (" DESC" if key.descending else "") + blanks


def _test(test: Test) -> str:
    match test:
        case Compare(left, operator, right):
            return f"{_expression(left)} {operator} {_operands(operator, right)}"
        case Not(part):
            return f"NOT {_inner(part)}"
        case And(parts):
            return " AND ".join(map(_inner, parts))
        case Or(parts):
            return " OR ".join(map(_inner, parts))


def _inner(test: Test) -> str:
    return f"({_test(test)})" if isinstance(test, And | Or) else _test(test)


def _operands(operator: str, right: tuple[Literal, ...] | Select) -> str:
    if isinstance(right, Select):
        return f"({written(right)})"
    values = ", ".join(map(_literal, right))
    return values if operator in ("=", "!=", "<", "<=", ">", ">=", "LIKE") else f"({values})"


def _literal(literal: Literal) -> str:
    return f"'{literal.text}'" if literal.kind == "string" else literal.text
