"""Public groups and queues: the two lists, new ones, and the page of one with its members."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.circles import GROUP, ROLE, ROLE_AND_BELOW, Circle
from ...metadata.kinds import KINDS
from ...metadata.kinds.group import Group
from ...metadata.kinds.queue import Queue
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.assignments import Relation, count_holders
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.gatherings import (
    Gathering,
    SaidGathering,
    deleted_gathering,
    edited_gathering,
    new_gathering,
)
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .choices import tree
from .deploying import put_live
from .holders import holders_of
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field
from .uses import use_rows

#: {kind: (page of the list, page of one, page of a new one, colour)}
PAGES = {
    "Group": ("setup.groups", "setup.group", "setup.new_group", 2),
    "Queue": ("setup.queues", "setup.queue", "setup.new_queue", 5),
}
_TYPES = ((ROLE, "roles"), (ROLE_AND_BELOW, "roles_below"), (GROUP, "groups"))

lead_to("Group", lambda one: url_for("setup.group", uid=one.uid))
lead_to("Queue", lambda one: url_for("setup.queue", uid=one.uid))


@setup.get("/groups")
@requires(ADMINISTRATOR)
def groups() -> str:
    """Public groups, to share records with."""
    return _list("Group")


@setup.get("/queues")
@requires(ADMINISTRATOR)
def queues() -> str:
    """Queues, which own records until somebody takes them."""
    return _list("Queue")


@setup.route("/groups/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_group() -> str | Response | tuple[str, int]:
    return _new("Group")


@setup.route("/queues/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_queue() -> str | Response | tuple[str, int]:
    return _new("Queue")


@setup.route("/groups/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def group(uid: str) -> str | Response | tuple[str, int]:
    return _one("Group", uid)


@setup.route("/queues/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def queue(uid: str) -> str | Response | tuple[str, int]:
    return _one("Queue", uid)


@setup.post("/groups/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_group(uid: str) -> Response:
    """Puts a group into the bin, unless a rule shares with it."""
    return _delete("Group", uid)


@setup.post("/queues/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_queue(uid: str) -> Response:
    """Puts a queue into the bin, unless it owns records or a rule shares with it."""
    return _delete("Queue", uid)


def _list(kind: str) -> str:
    scope, (tree_page, page, new_page, tone) = here(), PAGES[kind]
    stand(tree_page)
    snapshot, words = scope.snapshot, request.args.get("q", "").strip()
    with scope.read() as connection:
        counts = count_holders(connection, Relation.MEMBERSHIP)
    rows = [
        {
            "one": one,
            "label": snapshot.label(one),
            "url": url_for(page, uid=one.uid),
            "users": counts.get(one.uid, 0),
            "members": _told(snapshot, one),
            "objects": ", ".join(_object_labels(snapshot, one)) if isinstance(one, Queue) else "",
        }
        for one in snapshot.of_kind(kind)
        if fold(words) in fold(f"{snapshot.label(one)} {one.name}")
    ]
    return render_template(
        "builder/gatherings.html",
        rows=rows,
        words=words,
        is_queue=kind == "Queue",
        icon_name=KINDS.get(kind).icon,
        tone=tone,
        new_url=url_for(new_page),
    )


def _told(snapshot: Snapshot, one: Gathering) -> str:
    """Its roles and groups in words."""
    names = []
    for circle in one.members:
        kind = "Group" if circle.type == GROUP else "Role"
        found = snapshot.find(kind, circle.name)
        label = snapshot.label(found) if found else circle.name
        below = circle.type == ROLE_AND_BELOW
        names.append(_("%(role)s and below", role=label) if below else label)
    return ", ".join(names)


def _object_labels(snapshot: Snapshot, one: Queue) -> list[str]:
    found = (snapshot.find_object(name) for name in one.objects)
    return [snapshot.label(obj, "pluralLabel") for obj in found if obj]


def _new(kind: str) -> str | Response | tuple[str, int]:
    scope, (tree_page, page, _new_page, _tone) = here(), PAGES[kind]
    stand(tree_page, (_("New"), ""))
    if request.method == "GET":
        return _form(scope, kind, SaidGathering(""))
    said = _said(scope)
    try:
        put_live(scope, change_set := new_gathering(scope.snapshot, kind, said))
    except (Rejected, Conflict) as refused:
        return _form(scope, kind, said, problems=problems_of(refused)), status_of(refused)
    return redirect(url_for(page, uid=change_set.put[0]["uid"]))


def _one(kind: str, uid: str) -> str | Response | tuple[str, int]:
    scope, known = _found(kind, uid)
    if request.method == "GET":
        return _form(scope, kind, _said_by(scope.snapshot, known), known)
    said = _said(scope)
    try:
        change_set = edited_gathering(scope.snapshot, known, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _form(scope, kind, said, known, problems_of(refused)), status_of(refused)
    return redirect(url_for(PAGES[kind][1], uid=uid))


def _delete(kind: str, uid: str) -> Response:
    scope, known = _found(kind, uid)
    try:
        put_live(scope, deleted_gathering(known))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for(PAGES[kind][1], uid=uid))
    return redirect(url_for(PAGES[kind][0]))


def _found(kind: str, uid: str) -> tuple[Here, Gathering]:
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if found is None or found.kind != kind:
        raise NotFound(uid)
    stand(PAGES[kind][0], (scope.snapshot.label(found), ""))
    known: Gathering = found
    return scope, known


def _said(scope: Here) -> SaidGathering:
    """What the form says; members by the uids of roles and groups, which renames do not change."""
    form, members = request.form, []
    for circle_type, control in _TYPES:
        for uid in form.getlist(control):
            if (found := scope.snapshot.find_uid(uid)) is not None:
                members.append(Circle(circle_type, found.name))
    return SaidGathering(
        form.get("label", "").strip(),
        form.get("description", "").strip(),
        tuple(members),
        "bosses" in form,
        tuple(form.getlist("objects")),
        form.get("email", "").strip(),
    )


def _said_by(snapshot: Snapshot, known: Gathering) -> SaidGathering:
    words = (snapshot.label(known), snapshot.label(known, "description"), known.members)
    if isinstance(known, Group):
        return SaidGathering(*words, known.includes_bosses)
    return SaidGathering(*words, objects=known.objects, email=known.email)


def _form(
    scope: Here,
    kind: str,
    said: SaidGathering,
    known: Gathering | None = None,
    problems: tuple[Problem, ...] = (),
) -> str:
    snapshot, (tree_page, _page, _new_page, tone) = scope.snapshot, PAGES[kind]
    groups = [g for g in snapshot.of_kind("Group") if known is None or g.uid != known.uid]
    owned = [(o.name, snapshot.label(o, "pluralLabel")) for o in snapshot.objects() if o.has_owner]
    return render_template(
        "builder/gathering.html",
        known=known,
        said=said,
        is_queue=kind == "Queue",
        title=snapshot.label(known) if known else _new_title(kind),
        kind_label=str(KINDS.get(kind).label),
        icon_name=KINDS.get(kind).icon,
        tone=tone,
        back=url_for(tree_page),
        delete_url=url_for(f"setup.delete_{kind.lower()}", uid=known.uid) if known else "",
        roles=[(one.uid, snapshot.label(one)) for one, _depth in tree(snapshot)],
        groups=[(one.uid, snapshot.label(one)) for one in groups],
        objects=sorted(owned, key=lambda row: fold(row[1])),
        chosen=_chosen(snapshot, said),
        uses=use_rows(snapshot, snapshot.referrers(kind, known.name)) if known else [],
        errors=by_field(problems),
        **(holders_of(scope, known) if known else {}),
    )


def _new_title(kind: str) -> str:
    return _("New queue") if kind == "Queue" else _("New public group")


def _chosen(snapshot: Snapshot, said: SaidGathering) -> dict[str, list[Any]]:
    """{control: uids} of the members."""
    chosen: dict[str, list[Any]] = {control: [] for _type, control in _TYPES}
    for circle in said.members:
        kind = "Group" if circle.type == GROUP else "Role"
        if found := snapshot.find(kind, circle.name):
            chosen[dict(_TYPES)[circle.type]].append(found.uid)
    return chosen
