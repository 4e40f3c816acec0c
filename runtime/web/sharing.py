"""Sharing one record by hand: who has it, giving it to somebody, taking it back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_datetime
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.people import BELOW_MARK
from ..access.shares import (
    MANUAL,
    levels_of,
    require_sharing,
    share,
    shares_of,
    unshare,
)
from ..query.run import find_titles, get
from ..records.lookups import find_by_title
from .access_words import MODELS, RIGHTS, grantee_label
from .blueprint import pages
from .feedback import say
from .records import find_object, object_crumb, title_of
from .scope import Here, here
from .shell import trail

OWNER = "OwnerId"


@pages.route("/r/<record_id>/share", methods=["GET", "POST"])
@requires(SIGNED_IN)
def share_record(record_id: str) -> str | Response | tuple[str, int]:
    """The shares of a record; posted, one more. Only for who disposes of the record."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    if request.method == "GET":
        return _page(scope, obj, found_id)
    with scope.read() as connection:
        require_sharing(connection, scope.actor, scope.snapshot, found_id)
        grantee = _grantee(connection, scope, obj)
    level, (actor, snapshot) = request.form.get("level", ""), (scope.actor, scope.snapshot)
    try:
        scope.org_db.transact(lambda conn: share(conn, actor, snapshot, found_id, grantee, level))
    except Rejected as rejected:
        return _page(scope, obj, found_id, rejected.problems), 422
    say(_("Shared."))
    return redirect(url_for("pages.share_record", record_id=found_id))


@pages.post("/r/<record_id>/share/end")
@requires(SIGNED_IN)
def unshare_record(record_id: str) -> Response:
    """Takes a share back."""
    scope = here()
    _obj, found_id = find_object(record_id, scope)
    grantee, (actor, snapshot) = request.form.get("grantee", ""), (scope.actor, scope.snapshot)
    scope.org_db.transact(lambda conn: unshare(conn, actor, snapshot, found_id, grantee))
    say(_("No longer shared."))
    return redirect(url_for("pages.share_record", record_id=found_id))


def _grantee(connection: Connection, scope: Here, obj: CustomObject) -> str:
    """The circle that was chosen, else the person, by id or by the words of their name."""
    chosen = request.form.get("circle", "") or request.form.get("person", "")
    typed = request.form.get("person.label", "").strip()
    if chosen or not typed:
        return chosen
    field = scope.snapshot.field(obj.name, OWNER)
    found = find_by_title(connection, scope.actor, scope.snapshot, field, typed)
    return found[0] if len(found) == 1 else typed


def _page(
    scope: Here, obj: CustomObject, record_id: str, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    with scope.read() as connection:
        require_sharing(connection, scope.actor, snapshot, record_id)
        paths = (*([obj.name_field] if obj.name_field else []), OWNER)
        record = get(connection, scope.actor, snapshot, record_id, paths)
        shares = shares_of(connection, snapshot, record_id)
        ids = {one.grantee for one in shares} | {one.by_id for one in shares}
        titles = find_titles(connection, scope.actor, snapshot, ids | {str(record[OWNER])})
    title, url = title_of(obj, record, scope), url_for("pages.record", record_id=record_id)
    trail(object_crumb(obj, scope), (title, url), (_("Share"), ""), active=obj)
    queue = snapshot.find_uid(str(record[OWNER]))
    return render_template(
        "runtime/share.html",
        object=obj,
        record=record,
        title=title,
        url=url,
        owner=snapshot.label(queue) if queue else titles.get(str(record[OWNER]), ""),
        model=MODELS[obj.sharing_model],
        shares=[
            {
                "grantee": one.grantee,
                "label": grantee_label(snapshot, one.grantee, titles),
                "level": RIGHTS["Edit" if one.level >= Level.EDIT else "Read"],
                "by": titles.get(one.by_id, ""),
                "when": format_datetime(one.at),
                "is_manual": one.cause == MANUAL,
            }
            for one in shares
        ],
        levels=[(name, RIGHTS[name]) for name in levels_of(obj)],
        circles=[("", _("--None--")), *_circles(snapshot)],
        problems=[problem.sentence for problem in problems],
        posted=request.form,
    )


def _circles(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Roles, roles with those below, and groups, as choices."""
    roles = [role.uid for role in snapshot.of_kind("Role")]
    groups = [group.uid for group in snapshot.of_kind("Group")]
    keys = (*roles, *(BELOW_MARK + uid for uid in roles), *groups)
    found = [(key, grantee_label(snapshot, key, {})) for key in keys]
    return sorted(found, key=lambda row: row[1].casefold())
