"""Undo of the last save of a record, which every toast after a save offers."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...platform.errors import Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..records.conflicts import RecordConflict
from .blueprint import pages
from .feedback import say
from .records import find_object
from .scope import here


def say_saved(text: str, record_id: str, back: str = "") -> None:
    """Says that a record was saved, and offers to take that back."""
    url = url_for("pages.undo_save", record_id=record_id, back=back or None)
    say(text, undo=url, undo_label=_("Undo"))


@pages.post("/r/<record_id>/undo")
@requires(SIGNED_IN)
def undo_save(record_id: str) -> Response:
    """Takes back what the person saved last in the record; the toast offers that again."""
    scope = here()
    _obj, found_id = find_object(record_id, scope)
    back = safe_next(request.args.get("back"), url_for("pages.record", record_id=found_id))
    scope.records.get(found_id, ())  # what may not be seen is not there, whatever could be undone
    try:
        scope.records.undo_last(found_id)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
    except RecordConflict as conflict:
        text = _("%(name)s has changed this record since; nothing was taken back.")
        say(text % {"name": conflict.by_name}, kind="bad")
    else:
        say_saved(_("Taken back."), found_id, request.args.get("back", ""))
    return redirect(back)
