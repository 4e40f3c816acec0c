"""Expressions that read one way on SQLite and another on PostgreSQL, with the same value."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class per_dialect(FunctionElement[Any]):  # noqa: N801 - reads as a function in a statement
    """The first expression on SQLite, the second on PostgreSQL; of the type that is given."""

    inherit_cache = True

    def __init__(
        self,
        sqlite: sa.ColumnElement[Any],
        postgresql: sa.ColumnElement[Any],
        type_: sa.types.TypeEngine[Any],
    ) -> None:
        self.type = type_  # before a comparator asks
        super().__init__(sqlite, postgresql)


@compiles(per_dialect)
def _second(element: per_dialect, compiler: SQLCompiler, **kw: Any) -> str:
    _sqlite, postgresql = element.clauses
    return f"({compiler.process(postgresql, **kw)})"


@compiles(per_dialect, "sqlite")
def _first(element: per_dialect, compiler: SQLCompiler, **kw: Any) -> str:
    sqlite, _postgresql = element.clauses
    return f"({compiler.process(sqlite, **kw)})"
