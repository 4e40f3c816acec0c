"""Query jobs: the records of a query as tables, page by page.

Nothing of the records is kept: each page asks anew, with the rights of its moment, from the place
on where the page before it ended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ... import soql
from ...soql import Column, Scope
from ...soql.errors import INVALID_QUERY_LOCATOR, SoqlError
from ...soql.grouping import is_grouped
from ...soql.locators import read_locator
from ...soql.parser import parse
from ..call import Answer, Call
from ..faults import Refusal
from ..rows import row_body
from . import table
from .kept import Job

OPERATIONS = ("query", "queryAll")
BATCH = 2000  # records of one statement
USUAL = MOST = 50_000  # records of a page
FULL = 8_000_000  # bytes after which a page ends
LONGEST = 20_000  # characters of a query: where it goes on is said in a header
REFUSED = "FEATURENOTENABLED"
END = "null"  # the locator after the last page


def _scope(conn: sa.Connection, call: Call) -> Scope:
    return Scope(conn, call.actor, call.snapshot)


def check(conn: sa.Connection, call: Call, text: str) -> str:
    """The object of a query that a job can be made of; raises SoqlError and Refusal."""
    if len(text) > LONGEST:
        raise Refusal("MALFORMED_QUERY", f"The query is longer than {LONGEST} characters.")
    scope = _scope(conn, call)
    columns = soql.columns(scope, text)
    select = parse(text)
    if is_grouped(select) or select.offset is not None:
        raise Refusal(REFUSED, "GROUP BY, aggregates and OFFSET are not supported in a query job.")
    list(_paths(columns))
    return soql.object_of(scope, text).name


def count(conn: sa.Connection, call: Call, job: Job) -> int:
    """How many records the query finds."""
    return soql.count_all(_scope(conn, call), job.query or "", all_rows=_is_all(job))


def _is_all(job: Job) -> bool:
    return job.operation == "queryAll"


def _paths(columns: Sequence[Column], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names on the way to each value; raises Refusal for what is more than one value."""
    for column in columns:
        path = (*before, column.name)
        if column.aggregate or column.type in ("Address", "Location"):
            message = f"Selecting {'.'.join(path)} is not supported in a query job."
            raise Refusal(REFUSED, message)
        if column.joins:
            yield from _paths(column.joins, path)
        else:
            yield path


def results(call: Call, job: Job, locator: str, most: int) -> Answer:
    """A page: the table, how many records are in it, and where the next one begins."""
    most = min(most, MOST)
    size = min(most, BATCH)
    pieces: list[bytes] = []
    given = 0
    with call.scope.read() as conn:
        scope = _scope(conn, call)
        if locator:
            place = read_locator(scope, locator)
            if place.text != job.query:
                raise SoqlError(INVALID_QUERY_LOCATOR, "invalid query locator")
            size = place.size
        paths = tuple(_paths(soql.columns(scope, job.query or "")))
        pieces.append(table.lines_of([[".".join(p) for p in paths]], job.delimiter, job.newline))
        onward: str | None = locator
        while onward is not None and (not given or given + size <= most):
            if sum(map(len, pieces)) > FULL:
                break
            found = (
                soql.more(scope, onward)
                if onward
                else soql.run(scope, job.query or "", size=size, all_rows=_is_all(job))
            )
            bodies = (row_body(call, row) for row in found.records)
            rows = [[_cell(body, path) for path in paths] for body in bodies]
            pieces.append(table.lines_of(rows, job.delimiter, job.newline))
            given, onward = given + len(rows), found.locator
    headers = {"Sforce-Locator": onward or END, "Sforce-NumberOfRecords": str(given)}
    return Answer(headers=headers, csv=iter(pieces))


def _cell(body: Mapping[str, Any], path: Sequence[str]) -> str:
    value: Any = body
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
