"""Values that no index is looked up for, where a planner would take the wrong one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def unindexed(expression: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The same value in a form that no index has."""
    return _Unindexed(expression)


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True

    def __init__(self, expression: sa.ColumnElement[Any]) -> None:
        self.type = expression.type  # before the comparator is made, which asks for it
        super().__init__(expression)


@compiles(_Unindexed)
def _of_itself(element: _Unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    inner = compiler.process(next(iter(element.clauses)), **kw)
    return f"COALESCE({inner}, {inner})"


@compiles(_Unindexed, "sqlite")
def _behind_a_plus(element: _Unindexed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"+({compiler.process(next(iter(element.clauses)), **kw)})"
