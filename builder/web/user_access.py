"""What one user has beside profile and role: permission sets, groups of them, groups, queues."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.grants import ObjectRight
from ...metadata.kinds import KINDS
from ...metadata.rights import profile_of, rights_of
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people import users as people
from ...platform.people.assignments import Relation, held_by, set_held
from ...platform.people.standing import find_actor
from ...platform.people.users import User
from ...platform.web.access import DELEGATED, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .bounds import bounds, within
from .grants import right_words
from .holders import relation_of
from .nav import stand
from .problems import by_field

KINDS_HELD = ("PermissionSet", "PermissionSetGroup", "Group", "Queue")
_RELATIONS = (Relation.PERMISSION, Relation.MEMBERSHIP)


@setup.route("/users/<user_id>/access", methods=["GET", "POST"])
@requires(DELEGATED)
def user_access(user_id: str) -> str | Response | tuple[str, int]:
    """Everything that can be given to a user, to tick; below, what it comes to."""
    scope = here()
    with scope.read() as connection:
        known = people.get_user(connection, user_id)
        if request.method == "GET":
            bounds(scope).require_user(connection, known)
        held = frozenset().union(*(held_by(connection, r, known.id) for r in _RELATIONS))
    link = url_for("setup.user", user_id=user_id)
    stand("setup.users", (known.name, link), (_("Access"), ""))
    if request.method == "GET":
        return _page(scope, known, held)
    wanted = request.form.getlist("held")

    def change(connection: Connection) -> None:
        now = people.get_user(connection, user_id)
        limits = bounds(scope)
        limits.require_user(connection, now)
        had = frozenset().union(*(held_by(connection, r, now.id) for r in _RELATIONS))
        limits.require_given(now, frozenset(wanted) - had)
        for relation in _RELATIONS:
            offered = _offered(scope, relation, now)
            kept = held_by(connection, relation, now.id) - offered
            keys = {uid for uid in wanted if uid in offered}
            set_held(connection, relation, now.id, keys | kept, scope.actor)

    try:
        within(scope, change)
    except Rejected as rejected:
        return _page(scope, known, frozenset(wanted), rejected.problems), 422
    say(_("Saved."))
    return redirect(url_for("setup.user_access", user_id=user_id))


def _offered(scope: Here, relation: Relation, user: User) -> frozenset[str]:
    """The uids of what the caller may give the user, or take from them."""
    kinds = [kind for kind in KINDS_HELD if relation_of(kind) is relation]
    found = frozenset(str(d.uid) for kind in kinds for d in scope.snapshot.of_kind(kind))
    mine = bounds(scope).givable(user.role)
    return found if mine is None else found & mine


def _page(
    scope: Here, known: User, held: frozenset[str], problems: tuple[Problem, ...] = ()
) -> str:
    snapshot, mine = scope.snapshot, bounds(scope).givable(known.role)
    sections = [
        (
            str(KINDS.get(kind).label),
            KINDS.get(kind).icon,
            [
                (d, snapshot.label(d), d.uid in held)
                for d in snapshot.of_kind(kind)
                if mine is None or d.uid in mine
            ],
        )
        for kind in KINDS_HELD
    ]
    profile, role = profile_of(known.profile, snapshot), snapshot.find_uid(known.role)
    return render_template(
        "builder/user_access.html",
        user=known,
        sections=[section for section in sections if section[2]],
        profile=(profile.uid, snapshot.label(profile)) if profile else None,
        is_whole=mine is None,
        role=snapshot.label(role) if role else "",
        rights=_sum(scope, known),
        errors=by_field(problems),
    )


def _sum(scope: Here, known: User) -> list[tuple[Any, str, str]]:
    """(object, label, what may be done with its records) for whoever may work at all."""
    with scope.read() as connection:
        actor = find_actor(connection, scope.actor.org, known.id)
    if actor is None:
        return []
    rights = rights_of(actor, scope.snapshot)
    found = [
        (obj, scope.snapshot.label(obj), rights.object(obj))
        for obj in scope.snapshot.objects()
        if not obj.storage
    ]
    return [
        (obj, label, right_words(right))
        for obj, label, right in sorted(found, key=lambda row: row[1])
        if right != ObjectRight.NONE
    ]
