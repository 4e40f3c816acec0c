"""The sheet that gives a record to another owner with what hangs on it, and the way back.

Who may not give the record away is refused, and who gives it out of their own sight is led to the
list. What has to stay with the old owner is named.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.ids import new_id
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.permissions import Operation, may
from ..access.teams import OF, TEAM, members_of
from ..layouts.forms import LABEL_SUFFIX
from ..query.held import level_on
from ..query.record import Record
from ..query.run import count, find_titles
from ..records.handover import (
    MOST,
    HandedOver,
    Handover,
    belongings,
    queues_of,
)
from ..records.lookups import find_by_title
from ..records.transfer import OWNER, may_give_all
from .blueprint import pages
from .cells import record_url
from .display import show
from .feedback import say
from .mass_update import BATCH
from .records import find_object, get_record, object_crumb, title_of
from .scope import Here, here
from .shell import trail

NAMED = 20  # children that stay and are named


@dataclass(frozen=True, slots=True)
class Asked:
    """The record whose owner is to change."""

    scope: Here
    object: CustomObject
    record: Record
    title: str

    @property
    def owner(self) -> str:
        return str(self.record.values[OWNER])


@pages.route("/r/<record_id>/owner", methods=["GET", "POST"])
@requires(SIGNED_IN)
def change_owner(record_id: str) -> str | Response | tuple[str, int]:
    """The sheet; posting it gives the record away."""
    asked = _asked(record_id)
    if request.method == "GET":
        return _page(asked)
    batch = new_id(BATCH)
    try:
        wanted = Handover(
            _new_owner(asked),
            request.form.get("was", ""),
            tuple(request.form.getlist("along")),
            "end_team" in request.form and may_end_team(asked.scope, asked.object),
        )
        found = asked.scope.records.hand_over(asked.record.id, wanted, batch=batch)
    except Rejected as refused:
        return _page(asked, refused.problems), 422
    return _done(asked, wanted, found, batch)


@pages.post("/r/<record_id>/owner/undo/<batch>")
@requires(SIGNED_IN)
def undo_owner(record_id: str, batch: str) -> Response:
    """Gives back what the person gave away under the batch."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    try:
        done = scope.records.undo_batch(batch)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")
    else:
        say(ngettext("%(n)s record taken back.", "%(n)s records taken back.", done))
    return redirect(_after(scope, obj, found_id))


def may_give(scope: Here, obj: CustomObject, level: Level) -> bool:
    """Says whether who has the level on a record may give it to another owner."""
    if not obj.has_owner or not may(scope.actor, Operation.EDIT, obj, scope.snapshot):
        return False
    is_free = level >= Level.EDIT and may_give_all(scope.actor, scope.snapshot, obj)
    return is_free or level >= Level.FULL


def may_end_team(scope: Here, obj: CustomObject) -> bool:
    """Says whether who gives away a record of the object may end its team by that."""
    team = scope.snapshot.find("CustomObject", TEAM)
    return (
        obj.name == OF
        and isinstance(team, CustomObject)
        and may(scope.actor, Operation.DELETE, team, scope.snapshot)
    )


def _asked(record_id: str) -> Asked:
    """Raises NotFound for what is not to be seen, Denied for what may not be given away."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    if not obj.has_owner or obj.storage:
        raise NotFound(record_id)
    with scope.read() as connection:
        columns = [show(obj.name, OWNER, scope.snapshot)]
        found = get_record(connection, scope, obj, found_id, columns)
        level = level_on(connection, scope.actor, scope.snapshot, found_id, Level.READ)
    if not may_give(scope, obj, level):
        raise Denied(f"give {obj.name}")
    return Asked(scope, obj, found, title_of(obj, found, scope))


def _new_owner(asked: Asked) -> str:
    """The queue or person that the form names; raises Rejected where it names nobody."""
    if queue := request.form.get("queue", ""):
        return queue
    if chosen := request.form.get(OWNER, ""):
        return chosen
    typed = request.form.get(OWNER + LABEL_SUFFIX, "").strip()
    field = asked.scope.field(asked.object.name, OWNER)
    with asked.scope.read() as connection:
        found = (
            find_by_title(connection, asked.scope.actor, asked.scope.snapshot, field, typed)
            if typed
            else ()
        )
    if len(found) != 1:
        message = _("Say who shall be the owner.")
        raise Rejected(Problem("owner.nobody", (OWNER,), message))
    return found[0]


def _done(asked: Asked, wanted: Handover, found: HandedOver, batch: str) -> str | Response:
    scope = asked.scope
    after = _after(scope, asked.object, asked.record.id)
    with scope.read() as connection:
        owner = find_titles(connection, scope.actor, scope.snapshot, {wanted.owner})
        is_back = _may_take_back(connection, asked)
    names = {"name": asked.title, "owner": owner.get(wanted.owner, "")}
    text = (
        _("%(name)s now belongs to %(owner)s.", **names)
        if found.done == 1
        else _("%(name)s and %(n)s more now belong to %(owner)s.", n=found.done - 1, **names)
    )
    url = url_for("pages.undo_owner", record_id=asked.record.id, batch=batch)
    say(text, undo=url if is_back else "", undo_label=_("Undo"))
    if not found.refused:
        return redirect(after)
    return _stayed_page(asked, found, after)


def _may_take_back(connection: Connection, asked: Asked) -> bool:
    """Who gave their own record away for good is not offered to take it back."""
    scope = asked.scope
    level = level_on(connection, scope.actor, scope.snapshot, asked.record.id)
    return may_give(scope, asked.object, level)


def _after(scope: Here, obj: CustomObject, record_id: str) -> str:
    """The record's page; the list where the record has gone out of sight."""
    with scope.read() as connection:
        level = level_on(connection, scope.actor, scope.snapshot, record_id)
    if level >= Level.READ:
        return record_url(record_id)
    return url_for("pages.list_records", object_name=obj.name)


def _stayed_page(asked: Asked, found: HandedOver, back: str) -> str:
    """Which children stay with the old owner, and why."""
    scope = asked.scope
    with scope.read() as connection:
        titles = find_titles(connection, scope.actor, scope.snapshot, set(found.refused))
    trail(object_crumb(asked.object, scope), (asked.title, back), (_("Not changed"), ""))
    rows = [
        (titles.get(one, ""), one, " ".join(problem.sentence for problem in outcome.problems))
        for one, outcome in list(found.refused.items())[:NAMED]
    ]
    return render_template(
        "runtime/owner_stayed.html",
        rows=rows,
        count=len(found.refused),
        title=asked.title,
        back=back,
    )


def _page(asked: Asked, problems: tuple[Problem, ...] = ()) -> str:
    scope, back = asked.scope, url_for("pages.record", record_id=asked.record.id)
    trail(object_crumb(asked.object, scope), (asked.title, back), (_("Change owner"), ""),
          active=asked.object)  # fmt: skip
    at_owner = [problem.sentence for problem in problems if problem.path[:1] == (OWNER,)]
    with scope.read() as connection:
        chosen = request.form.get(OWNER, "")
        owners = find_titles(connection, scope.actor, scope.snapshot, {asked.owner, chosen} - {""})
        along = _along(connection, asked)
        team = len(members_of(connection, scope.snapshot, (asked.record.id,)))
    person = scope.snapshot.object("User")
    return render_template(
        "runtime/change_owner.html",
        title=asked.title,
        back=back,
        action=url_for("pages.change_owner", record_id=asked.record.id),
        was=asked.owner,
        owner=owners.get(asked.owner, ""),
        chosen=chosen,
        lookup={
            "url": url_for("pages.lookup", object_name=asked.object.name, field_name=OWNER),
            "text": owners.get(chosen, "") or request.form.get(OWNER + LABEL_SUFFIX, ""),
            "icon": person.icon,
            "tone": person.tone,
        },
        queue=request.form.get("queue", ""),
        queues=[(q.uid, scope.snapshot.label(q)) for q in queues_of(scope.snapshot, asked.object)],
        along=along,
        ticked=request.form.getlist("along"),
        team=team if may_end_team(scope, asked.object) else 0,
        ends_team="end_team" in request.form,
        errors=at_owner,
        problems=[one.sentence for one in problems if one.path[:1] != (OWNER,)],
    )


def _along(connection: Connection, asked: Asked) -> list[tuple[str, str, str]]:
    """(object, label, how many) of the children that could go along."""
    scope, found = asked.scope, []
    for one in belongings(scope.actor, scope.snapshot, asked.record.id, asked.owner):
        n = count(connection, scope.actor, one.query, scope.snapshot, cap=MOST + 1)
        if n:
            label = scope.snapshot.label(one.object, "pluralLabel")
            found.append((one.object.name, label, f"{MOST}+" if n > MOST else str(n)))
    return found
