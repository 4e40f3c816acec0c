"""Formulas worked out by a statement, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from trellis.metadata.formulas import Expression
from trellis.metadata.formulas.functions.base import FormulaError
from trellis.metadata.formulas.sql import selected


def in_one_statement(
    conn: sa.Connection,
    expressions: Sequence[Expression],
    rows: Sequence[Mapping[str, Any]],
    kinds: Mapping[str, TypeEngine[Any]],
    ambients: Mapping[str, Any],
) -> list[list[Any]]:
    """For each expression what a statement over the rows answers; `kinds` are types of columns."""
    table = sa.union_all(
        *(
            sa.select(
                sa.literal(n).label("place"),
                *(_cast(row.get(name), kind).label(name) for name, kind in kinds.items()),
            )
            for n, row in enumerate(rows)
        )
    ).subquery()
    columns = {name: table.c[name] for name in kinds}
    chosen = [selected(one, columns, conn.dialect.name, ambients) for one in expressions]
    asked = (
        column.label(f"a{n}")
        for n, column in enumerate(column for one in chosen for column in (one.value, one.failed))
    )
    statement = sa.select(*asked).select_from(table).order_by(table.c.place)
    with conn.begin_nested():
        found = conn.execute(statement).all()
    return [
        [answer(lambda: one.read(*row[2 * n : 2 * n + 2])) for row in found]  # noqa: B023
        for n, one in enumerate(chosen)
    ]


def _cast(value: Any, kind: Any) -> sa.ColumnElement[Any]:
    if isinstance(value, tuple):
        value = ";".join(value)
    return sa.type_coerce(sa.cast(sa.literal(value, kind), kind), kind)


def answer(work: Any) -> Any:
    try:
        value = work()
    except FormulaError:
        return "#Error!"
    return (type(value).__name__, value)
