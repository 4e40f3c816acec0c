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
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .grants import right_words
from .holders import relation_of
from .nav import stand
from .problems import by_field

KINDS_HELD = ("PermissionSet", "PermissionSetGroup", "Group", "Queue")
_RELATIONS = (Relation.PERMISSION, Relation.MEMBERSHIP)


@setup.route("/users/<user_id>/access", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def user_access(user_id: str) -> str | Response | tuple[str, int]:
    """Everything that can be given to a user, to tick; below, what it comes to."""
    scope = here()
    with scope.read() as connection:
        known = people.get_user(connection, user_id)
        held = frozenset().union(*(held_by(connection, r, known.id) for r in _RELATIONS))
    link = url_for("setup.user", user_id=user_id)
    stand("setup.users", (known.name, link), (_("Access"), ""))
    if request.method == "GET":
        return _page(scope, known, held)
    wanted = request.form.getlist("held")

    def change(connection: Connection) -> None:
        for relation in _RELATIONS:
            keys = [uid for uid in wanted if uid in _offered(scope, relation)]
            kept = held_by(connection, relation, known.id) - _offered(scope, relation)
            set_held(connection, relation, known.id, {*keys, *kept}, scope.actor)

    try:
        scope.org_db.transact(change)
    except Rejected as rejected:
        return _page(scope, known, frozenset(wanted), rejected.problems), 422
    say(_("Saved."))
    return redirect(url_for("setup.user_access", user_id=user_id))


def _offered(scope: Here, relation: Relation) -> frozenset[str]:
    kinds = [kind for kind in KINDS_HELD if relation_of(kind) is relation]
    return frozenset(str(d.uid) for kind in kinds for d in scope.snapshot.of_kind(kind))


def _page(
    scope: Here, known: User, held: frozenset[str], problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    sections = [
        (
            str(KINDS.get(kind).label),
            KINDS.get(kind).icon,
            [(d, snapshot.label(d), d.uid in held) for d in snapshot.of_kind(kind)],
        )
        for kind in KINDS_HELD
    ]
    profile, role = profile_of(known.profile, snapshot), snapshot.find_uid(known.role)
    return render_template(
        "builder/user_access.html",
        user=known,
        sections=[section for section in sections if section[2]],
        profile=(profile.uid, snapshot.label(profile)) if profile else None,
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
