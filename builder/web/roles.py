"""The tree of roles: who sees whose records. New roles, their names, places and users."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.role import CHILD_LEVELS, LEVELS, Role
from ...metadata.snapshot import Snapshot
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.people.assignments import Relation, count_holders
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.roles import SaidRole, deleted_role, edited_role, moved_role, names_below, new_role
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .choices import tree
from .deploying import put_live
from .holders import holders_of
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field

lead_to("Role", lambda one: url_for("setup.role", uid=one.uid))


@setup.get("/roles")
@requires(ADMINISTRATOR)
def roles() -> str:
    """The whole tree with the number of users in each role."""
    scope = here()
    stand("setup.roles")
    with scope.read() as connection:
        counts = count_holders(connection, Relation.ROLE)
    total = len(scope.snapshot.of_kind("Role"))
    return render_template(
        "builder/roles.html",
        nodes=_nodes(scope.snapshot, counts),
        note=ngettext("%(n)s role", "%(n)s roles", total),
    )


def _nodes(snapshot: Snapshot, counts: Any, above: str = "") -> list[dict[str, Any]]:
    """The roles below one, each with its label, number of users and those below it."""
    below = [role for role in snapshot.of_kind("Role") if role.parent == above]
    return [
        {
            "role": role,
            "label": snapshot.label(role),
            "users": counts.get(role.uid, 0),
            "below": _nodes(snapshot, counts, role.name),
        }
        for role in sorted(below, key=lambda one: (one.rank, one.label.casefold()))
    ]


@setup.route("/roles/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_role_page() -> str | Response | tuple[str, int]:
    """A new role, below the one named by `under`."""
    scope = here()
    stand("setup.roles", (_("New role"), ""))
    if request.method == "GET":
        above = scope.snapshot.find_uid(request.args.get("under", ""))
        return _form(scope, SaidRole("", above.name if isinstance(above, Role) else ""))
    said = _said()
    try:
        put_live(scope, new_role(scope.snapshot, said))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, problems=problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.roles"))


@setup.route("/roles/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def role(uid: str) -> str | Response | tuple[str, int]:
    """One role: its name, place and levels, and the users in it."""
    scope, known = _role_page(uid)
    label = scope.snapshot.label(known)
    if request.method == "GET":
        said = SaidRole(label, known.parent, known.description, known.child_levels)
        return _form(scope, said, known)
    said = _said()
    try:
        change_set = edited_role(scope.snapshot, known, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, known, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.role", uid=uid))


@setup.route("/roles/<uid>/move", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def move_role(uid: str) -> str | Response | tuple[str, int]:
    """Puts a role, with all below it, under another: what a drag in the tree does."""
    scope, known = _role_page(uid)
    if request.method == "GET":
        return _move_page(scope, known, known.parent)
    above = scope.snapshot.find_uid(request.form.get("under", ""))
    parent = above.name if isinstance(above, Role) else ""
    try:
        if request.form.get("under") and not parent:
            raise Rejected(Problem("role.unknown", ("parent",), _("Choose one of the list.")))
        put_live(scope, moved_role(scope.snapshot, known, parent))
    except (Rejected, Conflict) as refused:
        return _move_page(scope, known, parent, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.roles"))


def _move_page(scope: Here, known: Role, parent: str, problems: tuple[Problem, ...] = ()) -> str:
    inside = names_below(scope.snapshot, known)
    choices = [("", _("Nobody: the top of the tree"))]
    choices += [
        (one.uid, f"{'— ' * depth}{scope.snapshot.label(one)}")
        for one, depth in tree(scope.snapshot)
        if one.name not in inside
    ]
    above = scope.snapshot.find("Role", parent)
    return render_template(
        "builder/move_role.html",
        role=known,
        title=scope.snapshot.label(known),
        choices=choices,
        under=above.uid if above else "",
        below=len(inside) - 1,
        errors=by_field(problems),
    )


@setup.post("/roles/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_role(uid: str) -> Response:
    """Puts a role into the bin, unless somebody has it or roles stand below it."""
    scope, known = _role_page(uid)
    try:
        put_live(scope, deleted_role(scope.snapshot, known))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for("setup.role", uid=uid))
    return redirect(url_for("setup.roles"))


def _role_page(uid: str) -> tuple[Here, Role]:
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if not isinstance(found, Role):
        raise NotFound(uid)
    stand("setup.roles", (scope.snapshot.label(found), ""))
    return scope, found


def _said() -> SaidRole:
    form = request.form
    levels = {name: form[f"level.{name}"] for name in CHILD_LEVELS if f"level.{name}" in form}
    return SaidRole(
        form.get("label", "").strip(),
        form.get("parent", ""),
        form.get("description", "").strip(),
        tuple(levels.items()),
    )


def _form(
    scope: Here, said: SaidRole, known: Role | None = None, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    inside = names_below(snapshot, known) if known else frozenset()
    above = [
        (one.name, f"{'— ' * depth}{snapshot.label(one)}")
        for one, depth in tree(snapshot)
        if one.name not in inside
    ]
    words = {"None": _("No access"), "Read": _("Read"), "Edit": _("Edit")}
    chosen = dict(said.child_levels)
    return render_template(
        "builder/role.html",
        role=known,
        title=snapshot.label(known) if known else _("New role"),
        said=said,
        parents=[("", _("Nobody: the top of the tree")), *above],
        levels=[(level, words[level]) for level in LEVELS],
        children=[
            (name, snapshot.label(snapshot.object(name), "pluralLabel"), chosen.get(name, "Edit"))
            for name in CHILD_LEVELS
            if snapshot.find_object(name)
        ],
        errors=by_field(problems),
        **(holders_of(scope, known) if known else {}),
    )
