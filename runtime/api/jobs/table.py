"""The tables of jobs: rows that a program sends, and what it is told of each of them.

Refuses an upload that is no table; the cells themselves are read when their turn comes.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from ....platform.db.scope import OrgDatabase
from ....platform.errors import Rejected
from ...transfer.source import Source, open_csv
from ..faults import Refusal
from . import kept
from .kept import Job

CHUNK = 200  # rows of one transaction: nobody else waits long for it
MOST_SIGNS = 1_000_000  # of the rows of a part, but for a single row
LONGEST_ROW = 4_000_000  # signs
AT_ONCE = 10  # parts that are written in one transaction
DELIMITERS = {
    "COMMA": ",", "SEMICOLON": ";", "TAB": "\t", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`",
}  # fmt: skip
LINE_ENDINGS = ("LF", "CRLF")
Part = list[list[str]]


# -- in --------------------------------------------------------------------------------------------


def keep_rows(db: OrgDatabase, job: Job, stream: IO[bytes]) -> None:
    """Keeps the rows of a table; raises Refusal and keeps none of them where it is none."""
    with NamedTemporaryFile(suffix=".csv") as file:
        shutil.copyfileobj(stream, file)
        file.flush()
        try:
            source = open_csv(Path(file.name), "utf-8-sig", job.delimiter)
        except Rejected as refused:
            raise _no_table(refused) from refused
        if not db.transact(lambda conn: kept.begin_rows(conn, job, source.headings)):
            message = f"Found multiple contents for job: {job.id}, or it is closed."
            raise Refusal("INVALIDJOBSTATE", message)
        try:
            _keep(db, job, source)
        except BaseException:
            db.transact(lambda conn: kept.drop_rows(conn, job))
            raise


def _keep(db: OrgDatabase, job: Job, source: Source) -> None:
    total = number = 0
    waiting: list[Part] = []

    def write() -> None:
        some, first = list(waiting), number - len(waiting)
        if some:
            db.transact(lambda conn: kept.add_rows(conn, job, first, some))
        waiting.clear()

    try:
        for one in _parts(source):
            waiting.append(one)
            number, total = number + 1, total + len(one)
            if len(waiting) == AT_ONCE:
                write()
    except Rejected as refused:
        raise _no_table(refused) from refused
    write()
    if not db.transact(lambda conn: kept.end_rows(conn, job, number, total)):
        raise Refusal("INVALIDJOBSTATE", "The job is not open any more.")


def _parts(source: Source) -> Iterator[Part]:
    """The rows in parts, each of them bounded in number and in size."""
    part: Part = []
    signs, width = 0, len(source.headings)
    for number, cells in source.rows():
        size = sum(map(len, cells))
        if len(cells) != width or size > LONGEST_ROW or any("\0" in cell for cell in cells):
            message = f"InvalidBatch : Row {number} does not have the {width} cells of the heading."
            raise Refusal("INVALIDBATCH", message)
        if part and (len(part) == CHUNK or signs + size > MOST_SIGNS):
            yield part
            part, signs = [], 0
        part.append(list(cells))
        signs += size
    if part:
        yield part


def _no_table(refused: Rejected) -> Refusal:
    said = " ".join(problem.message for problem in refused.problems)
    return Refusal("INVALIDBATCH", f"InvalidBatch : {said}")


# -- out -------------------------------------------------------------------------------------------


def lines_of(rows: Iterable[Sequence[str]], delimiter: str, newline: str) -> bytes:
    """Rows as lines of CSV; every cell is quoted."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    return text.getvalue().encode()


def successful(db: OrgDatabase, job: Job) -> Iterator[bytes]:
    """The rows that were saved, with the ids of their records."""

    def row(cells: list[str], result: Any) -> list[str] | None:
        record_id, is_new, error = result
        return None if error else [record_id, str(is_new).lower(), *cells]

    return _table(db, job, ("sf__Id", "sf__Created"), row)


def failed(db: OrgDatabase, job: Job) -> Iterator[bytes]:
    """The rows that were refused, with the reason."""

    def row(cells: list[str], result: Any) -> list[str] | None:
        record_id, _is_new, error = result
        return [record_id, error, *cells] if error else None

    return _table(db, job, ("sf__Id", "sf__Error"), row)


def unprocessed(db: OrgDatabase, job: Job) -> Iterator[bytes]:
    """The rows whose turn never came."""
    yield lines_of([job.headings or ()], job.delimiter, job.newline) if job.headings else b""
    for number in range(job.at, job.parts):
        with db.read() as conn:
            rows, _results = kept.part(conn, job, number)
        yield lines_of(rows, job.delimiter, job.newline)


def _table(
    db: OrgDatabase,
    job: Job,
    first: Sequence[str],
    row: Callable[[list[str], Any], list[str] | None],
) -> Iterator[bytes]:
    """A table in pieces, none of them read before the one in front of it has left."""
    yield lines_of([[*first, *(job.headings or ())]], job.delimiter, job.newline)
    for number in range(job.at):
        with db.read() as conn:
            rows, results = kept.part(conn, job, number)
        made = (row(cells, result) for cells, result in zip(rows, results, strict=True))
        yield lines_of([one for one in made if one is not None], job.delimiter, job.newline)
