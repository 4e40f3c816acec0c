"""Records by their addresses: finding one, what it is called, deleting it."""

from __future__ import annotations

from flask import redirect, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _
from ...platform.ids import parse_id
from ...platform.web.access import SIGNED_IN, requires
from ..layouts.bind import unnamed
from ..query.record import Record
from ..query.run import get
from .blueprint import pages
from .display import Shown, asked_paths
from .feedback import say
from .scope import Here, here
from .shell import Crumb


@pages.post("/r/<record_id>/delete")
@requires(SIGNED_IN)
def delete_record(record_id: str) -> Response:
    """Puts a record and its details into the recycle bin; the toast offers Undo."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    try:
        batch = scope.records.delete([found_id])
    except Rejected as rejected:
        say(" ".join(str(problem) for problem in rejected.problems), kind="bad")
        return redirect(url_for("pages.record", record_id=found_id))
    say(
        _("Moved to the recycle bin."),
        undo=url_for("pages.restore", batch=batch),
        undo_label=_("Undo"),
    )
    return redirect(url_for("pages.list_records", object_name=obj.name))


def find_object(record_id: str, scope: Here) -> tuple[CustomObject, str]:
    """The object of an id in a URL and the id in full; raises NotFound for anything else."""
    try:
        found_id = parse_id(record_id)
    except Exception as error:
        raise NotFound(record_id) from error
    return scope.snapshot.object_of_id(found_id), found_id


def get_record(
    connection: Connection, scope: Here, obj: CustomObject, record_id: str, columns: list[Shown]
) -> Record:
    """The record with what the columns need and its name; raises NotFound."""
    paths = (*asked_paths(columns), *([obj.name_field] if obj.name_field else []))
    return get(connection, scope.actor, scope.snapshot, record_id, paths or ("Id",))


def title_of(obj: CustomObject, found: Record, scope: Here) -> str:
    """What the record is called."""
    name = found.values.get(obj.name_field) if obj.name_field else None
    return str(name) if name else unnamed(obj, scope.snapshot)


def object_crumb(obj: CustomObject, scope: Here) -> Crumb:
    """The way back to the list."""
    label = scope.snapshot.label(obj, "pluralLabel")
    return label, url_for("pages.list_records", object_name=obj.name)
