"""Background work: how a deed on a whole list goes, ending it, taking it back.

A person has their own deeds, an administrator may look at everybody's and end them; to take one
back is for whoever did it. Somebody else's is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.errors import NotFound
from ...platform.i18n import _, format_datetime, format_number, lazy
from ...platform.jobs import queue
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation, may, readable
from ..bulk import kept
from ..bulk.deeds import field_of, object_of
from ..bulk.kept import Bulk, Deed, State
from ..query.run import find_titles
from .blueprint import pages
from .feedback import say
from .scope import Here, here
from .shell import trail

ROWS = 50
#: {state: (words, kind of the pill)}
STATES: Mapping[str, tuple[str, str]] = {
    State.RUNNING: (lazy("Under way"), "acc"),
    State.DONE: (lazy("Finished"), "ok"),
    State.CANCELLED: (lazy("Cancelled"), "warn"),
    State.STOPPED: (lazy("Stopped"), "bad"),
    State.UNDOING: (lazy("Being taken back"), "acc"),
    State.UNDONE: (lazy("Taken back"), ""),
}
REASONS: Mapping[str, str] = {
    "inactive": lazy("Whoever began this may not work here at the moment."),
    "denied": lazy("The right to do this was withdrawn."),
    "gone": lazy("The object or the field has changed, so that this cannot go on."),
}


@pages.get("/jobs")
@requires(SIGNED_IN)
def background_work() -> str:
    """Recent deeds, latest first."""
    scope = here()
    everybody = scope.actor.is_administrator and request.args.get("of") == "all"
    with scope.read() as connection:
        found = kept.recent(connection, scope.actor, everybody=everybody, limit=ROWS)
        names = _names(connection, scope, found)
    trail((_("Background work"), ""))
    rows = [
        {
            "id": "",
            "url": url_for("pages.background_job", job_id=one.id),
            "bulk": one,
            "title": title_of(scope, one),
            "state": STATES[one.state],
            "when": format_datetime(one.created_at),
            "who": names.get(one.actor_id, ""),
        }
        for one in found
    ]
    return render_template("runtime/background.html", found=rows, everybody=everybody)


@pages.get("/jobs/<job_id>")
@requires(SIGNED_IN)
def background_job(job_id: str) -> str:
    """How one deed goes; the page looks again by itself until it is over."""
    scope = here()
    bulk = _find(scope, job_id)
    with scope.read() as connection:
        is_failed = kept.is_failed(connection, bulk)
        ids = [record_id for record_id, _reason in bulk.refusals]
        titles = find_titles(connection, scope.actor, scope.snapshot, ids)
        who = _names(connection, scope, (bulk,)).get(bulk.actor_id, "")
    trail((_("Background work"), url_for("pages.background_work")), (title_of(scope, bulk), ""))
    return render_template(
        "runtime/background_job.html",
        bulk=bulk,
        title=title_of(scope, bulk),
        who=who,
        is_own=bulk.actor_id == scope.actor.user_id,
        is_failed=is_failed,
        refusals=[(record_id, titles.get(record_id, ""), why) for record_id, why in bulk.refusals],
        **_standing(bulk, is_failed=is_failed),
    )


@pages.post("/jobs/<job_id>/cancel")
@requires(SIGNED_IN)
def cancel_job(job_id: str) -> Response:
    """Ends a deed with the chunk at hand; what is done stays."""
    scope = here()
    bulk = _find(scope, job_id)
    scope.org_db.transact(lambda conn: kept.cancel(conn, bulk))
    return _shown(bulk)


@pages.post("/jobs/<job_id>/undo")
@requires(SIGNED_IN)
def undo_job(job_id: str) -> Response:
    """Has the person's own deed taken back."""
    scope = here()
    bulk = _find(scope, job_id)
    if bulk.actor_id != scope.actor.user_id:
        raise NotFound(job_id)
    if not bulk.may_go_back:
        say(_("There is nothing of yours to take back."), kind="bad")
        return _shown(bulk)
    scope.org_db.transact(lambda conn: kept.start_undo(conn, bulk))
    return _shown(bulk)


@pages.post("/jobs/<job_id>/again")
@requires(SIGNED_IN)
def retry_job(job_id: str) -> Response:
    """Tries on after an error, from where it was."""
    scope = here()
    bulk = _find(scope, job_id)
    number = bulk.job_id or 0
    scope.org_db.transact(lambda conn: queue.retry(conn, number))
    return _shown(bulk)


def _shown(bulk: Bulk) -> Response:
    return redirect(url_for("pages.background_job", job_id=bulk.id))


def _find(scope: Here, job_id: str) -> Bulk:
    """The deed, if it is the person's own or they are an administrator; raises NotFound."""
    with scope.read() as connection:
        bulk = kept.find(connection, job_id)
    if bulk is None or bulk.state == State.DRAFT:
        raise NotFound(job_id)
    if bulk.actor_id != scope.actor.user_id and not scope.actor.is_administrator:
        raise NotFound(job_id)
    return bulk


def title_of(scope: Here, bulk: Bulk) -> str:
    """What is done to what, as far as the reader may know of it."""
    obj = object_of(scope.snapshot, bulk)
    if obj is None or not may(scope.actor, Operation.READ, obj, scope.snapshot):
        return _("Delete records") if bulk.deed == Deed.DELETE else _("Change records")
    what = scope.snapshot.label(obj, "pluralLabel")
    if bulk.deed == Deed.DELETE:
        return _("Delete %(objects)s", objects=what)
    field = field_of(scope.snapshot, bulk)
    if field is None or not readable(scope.actor, field, scope.snapshot):
        return _("Change %(objects)s", objects=what)
    return _("%(objects)s: change %(field)s", objects=what, field=scope.snapshot.label(field))


def _names(connection: Connection, scope: Here, found: tuple[Bulk, ...]) -> dict[str, str]:
    ids = {one.actor_id for one in found}
    return find_titles(connection, scope.actor, scope.snapshot, ids)


def _standing(bulk: Bulk, *, is_failed: bool) -> dict[str, Any]:
    """The state in words, the share that is through, and the figures."""
    words, kind = STATES[bulk.state]
    if is_failed:
        words, kind = _("Stopped by an error"), "bad"
    elif bulk.is_cancelled and bulk.state == State.RUNNING:
        words = _("Ends with the records at hand")
    elif bulk.is_under_way and bulk.at == 0:
        words = _("Waits for its turn")
    return {
        "words": str(words),
        "kind": kind,
        "reason": str(REASONS.get(bulk.reason or "", "")),
        "share": bulk.at / bulk.chunks if bulk.is_under_way else 1.0,
        "figures": _figures(bulk),
        "is_looking": bulk.is_under_way and not is_failed,
    }


def _figures(bulk: Bulk) -> list[tuple[str, str]]:
    """(label, number) of what became of the records."""
    found = [
        (_("Records"), bulk.total),
        (_("Done"), bulk.done),
        (_("Refused"), bulk.refused),
        (_("Left"), bulk.total - bulk.done - bulk.refused),
    ]
    if bulk.state in (State.UNDOING, State.UNDONE) or bulk.back:
        found.append((_("Taken back"), bulk.back))
        found.append((_("Not taken back"), bulk.changed - bulk.back))
    return [(label, format_number(n)) for label, n in found]
