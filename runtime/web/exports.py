"""A list as a file: what the view and the address show, all pages of it, streamed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import islice
from tempfile import TemporaryFile

from flask import Response, stream_with_context

from ...platform.errors import NotFound
from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ..lists.opening import open_list
from ..transfer.export import write_csv, write_xlsx
from .blueprint import pages
from .list_addresses import state_here
from .scope import here

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pages.get("/o/<object_name>/export.<kind>")
@requires(SIGNED_IN, Scope.READ)
def export_records(object_name: str, kind: str) -> Response:
    """The list as CSV or XLSX."""
    scope = here()
    if kind not in FORMATS:
        raise NotFound(kind)
    obj = scope.object(object_name)
    with scope.read() as connection:
        opened = open_list(connection, scope.actor, scope.snapshot, obj, state_here())
    found = opened.listing

    def stream() -> Iterator[bytes]:
        with scope.read() as connection:
            if kind == "csv":
                yield from write_csv(connection, scope.actor, scope.snapshot, found)
                return
            with TemporaryFile() as file:
                write_xlsx(connection, scope.actor, scope.snapshot, found, file)
                file.seek(0)
                yield from iter(lambda: file.read(64 * 1024), b"")

    name = scope.snapshot.label(found.object, "pluralLabel").encode("ascii", "ignore").decode()
    chunks = stream_with_context(stream())
    begun = list(islice(chunks, 2))  # a refusal is a page of its own, not a file that breaks off
    response = Response(_joined(begun, chunks), mimetype=FORMATS[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name or "export"}.{kind}"'
    return response


def _joined(begun: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, the rest of which is closed with them, whether it was begun or not."""
    try:
        yield from begun
        yield from rest
    finally:
        if isinstance(rest, Generator):
            rest.close()
