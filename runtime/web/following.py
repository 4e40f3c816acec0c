"""Following a record: one press on its page, the other one to stop."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..records import following
from .blueprint import pages
from .feedback import say
from .records import find_object, get_record
from .scope import here


@pages.post("/r/<record_id>/follow")
@requires(SIGNED_IN)
def follow_record(record_id: str) -> Response:
    """Has the person follow the record, or stop where `stop` is sent."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        get_record(connection, scope, obj, found_id, [])  # NotFound unless they may see it
    work = following.unfollow if request.form.get("stop") else following.follow
    scope.org_db.transact(lambda conn: work(conn, scope.actor, found_id))
    if not request.form.get("stop"):
        say(_("You will hear of changes to this record."))
    return redirect(url_for("pages.record", record_id=found_id))
