"""Profiles, permission sets and groups of sets: the list, new ones, and the pages of one.

What they allow is edited in `grants`, field by field in `field_access`; who has them in `holders`.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds import KINDS
from ...metadata.kinds.permission_set_group import PermissionSetGroup
from ...metadata.kinds.profile import Profile
from ...platform.db.types import fold
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.people.assignments import count_holders
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.grants import Permit
from ..drafts.permits import (
    PERMIT_KINDS,
    deleted_permit,
    edited_permit,
    edited_sets,
    new_permit,
)
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .holders import holders_of, key_of, relation_of
from .nav import stand
from .problems import by_field

TONES = {"Profile": 1, "PermissionSet": 3, "PermissionSetGroup": 4}

lead_to("Profile", lambda one: url_for("setup.permit", uid=one.uid))
lead_to("PermissionSet", lambda one: url_for("setup.permit", uid=one.uid))
lead_to("PermissionSetGroup", lambda one: url_for("setup.permit", uid=one.uid))


@setup.get("/access")
@requires(ADMINISTRATOR)
def permits() -> str:
    """All of them with their kind and how many users have them; `q` and `kind` narrow."""
    scope = here()
    stand("setup.permits")
    words, kind = request.args.get("q", "").strip(), request.args.get("of", "")
    return render_template(
        "builder/permits.html",
        rows=_rows(scope, words, kind),
        words=words,
        kinds=[("", _("All")), *((name, str(KINDS.get(name).label)) for name in PERMIT_KINDS)],
        chosen=kind,
        tones=TONES,
    )


def _rows(scope: Here, words: str, kind: str) -> list[dict[str, Any]]:
    with scope.read() as connection:
        counts = {r: count_holders(connection, r) for r in set(map(relation_of, PERMIT_KINDS))}
    found = [
        {
            "permit": permit,
            "label": scope.snapshot.label(permit),
            "kind": str(KINDS.get(name).label),
            "users": counts[relation_of(name)].get(key_of(permit), 0),
            "url": url_for("setup.permit", uid=permit.uid),
        }
        for name in PERMIT_KINDS
        if kind in ("", name)
        for permit in scope.snapshot.of_kind(name)
    ]
    return [row for row in found if fold(words) in fold(f"{row['label']} {row['permit'].name}")]


@setup.route("/access/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_permit_page() -> str | Response | tuple[str, int]:
    """A new one: empty, or a copy of another."""
    scope = here()
    stand("setup.permits", (_("New"), ""))
    if request.method == "GET":
        start = scope.snapshot.find_uid(request.args.get("source", ""))
        said = {"source": start.uid, "kind": start.kind} if start else {"kind": "PermissionSet"}
        return _new(scope, said)
    said = {name: request.form.get(name, "").strip() for name in request.form}
    try:
        put_live(scope, change_set := _made(scope, said))
    except (Rejected, Conflict) as refused:
        return _new(scope, said, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit", uid=change_set.put[0]["uid"]))


def _made(scope: Here, said: dict[str, str]) -> ChangeSet:
    source = scope.snapshot.find_uid(said.get("source", ""))
    if source is not None and source.kind not in PERMIT_KINDS:
        raise NotFound(source.uid)
    label, description = said.get("label", ""), said.get("description", "")
    return new_permit(scope.snapshot, said.get("kind", ""), label, description, source)


def _new(scope: Here, said: dict[str, str], problems: tuple[Problem, ...] = ()) -> str:
    sources = [
        (permit.uid, f"{KINDS.get(name).label}: {scope.snapshot.label(permit)}")
        for name in PERMIT_KINDS
        for permit in scope.snapshot.of_kind(name)
    ]
    kinds = [(name, KINDS.get(name).label, KINDS.get(name).icon) for name in PERMIT_KINDS]
    return render_template(
        "builder/new_permit.html",
        said=said,
        kinds=kinds,
        sources=[("", _("Nothing: it starts empty")), *sources],
        errors=by_field(problems),
    )


@setup.get("/access/<uid>")
@requires(ADMINISTRATOR)
def permit(uid: str) -> Response:
    """It opens at its objects; a group at its sets."""
    _scope, known = permit_page(uid)
    is_group = isinstance(known, PermissionSetGroup)
    page = "setup.permit_sets" if is_group else "setup.permit_objects"
    return redirect(url_for(page, uid=uid))


@setup.route("/access/<uid>/details", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_details(uid: str) -> str | Response | tuple[str, int]:
    """Label and description."""
    scope, known = permit_page(uid)
    if request.method == "GET":
        return _details(scope, known)
    label = request.form.get("label", "").strip()
    description = request.form.get("description", "").strip()
    try:
        change_set = edited_permit(scope.snapshot, known, label, description)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _details(scope, known, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_details", uid=uid))


def _details(scope: Here, known: Permit, problems: tuple[Problem, ...] = ()) -> str:
    return render_template(
        "builder/permit_details.html", errors=by_field(problems), **permit_frame(scope, known)
    )


@setup.post("/access/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_permit(uid: str) -> Response:
    """Puts it into the bin, unless somebody has it or it is shipped."""
    scope, known = permit_page(uid)
    try:
        put_live(scope, deleted_permit(known))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for("setup.permit", uid=uid))
    return redirect(url_for("setup.permits"))


@setup.get("/access/<uid>/users")
@requires(ADMINISTRATOR)
def permit_users(uid: str) -> str:
    """The users who have it; more can be added."""
    scope, known = permit_page(uid)
    return render_template(
        "builder/permit_users.html", **permit_frame(scope, known), **holders_of(scope, known)
    )


@setup.route("/access/<uid>/sets", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_sets(uid: str) -> str | Response | tuple[str, int]:
    """The permission sets in a group, to tick."""
    scope, known = permit_page(uid)
    if not isinstance(known, PermissionSetGroup):
        raise NotFound(uid)
    if request.method == "GET":
        return _sets(scope, known, set(known.sets))
    chosen = request.form.getlist("sets")
    try:
        put_live(scope, edited_sets(known, chosen))
    except (Rejected, Conflict) as refused:
        return _sets(scope, known, set(chosen), problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_sets", uid=uid))


def _sets(
    scope: Here, known: PermissionSetGroup, chosen: set[str], problems: tuple[Problem, ...] = ()
) -> str:
    sets = [(one, scope.snapshot.label(one)) for one in scope.snapshot.of_kind("PermissionSet")]
    return render_template(
        "builder/permit_sets.html",
        sets=sets,
        chosen=chosen,
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


# -- what the pages of one share


def permit_page(uid: str) -> tuple[Here, Permit]:
    """The scope and the profile, permission set or group of an address; raises NotFound."""
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if found is None or found.kind not in PERMIT_KINDS:
        raise NotFound(uid)
    stand("setup.permits", (scope.snapshot.label(found), ""))
    known: Permit = found
    return scope, known


def permit_frame(scope: Here, known: Permit) -> dict[str, Any]:
    """What the heading and the tabs of the pages show."""
    with scope.read() as connection:
        counted = count_holders(connection, relation_of(known.kind))
    users = counted.get(key_of(known), 0)
    return {
        "permit": known,
        "permit_title": scope.snapshot.label(known),
        "permit_kind": str(KINDS.get(known.kind).label),
        "permit_icon": KINDS.get(known.kind).icon,
        "permit_tone": TONES[known.kind],
        "permit_note": ngettext("%(n)s user", "%(n)s users", users),
        "permit_tabs": _tabs(known, users),
        "is_locked": bool(getattr(known, "protected", False)),
        "is_group": isinstance(known, PermissionSetGroup),
    }


def _tabs(known: Permit, users: int) -> list[tuple[str, str, bool, Any]]:
    if isinstance(known, PermissionSetGroup):
        tabs = [
            (_("Permission sets"), "setup.permit_sets", len(known.sets)),
            (_("Muted objects"), "setup.permit_objects", ""),
            (_("Muted fields"), "setup.permit_fields", ""),
            (_("Muted permissions"), "setup.permit_system", ""),
        ]
    else:
        tabs = [
            (_("Objects"), "setup.permit_objects", ""),
            (_("Fields"), "setup.permit_fields", ""),
            (_("System permissions"), "setup.permit_system", len(known.grants.system)),
            (_("Tabs and apps"), "setup.permit_visibility", ""),
        ]
    if isinstance(known, Profile):
        tabs.append((_("Sign-in"), "setup.permit_sign_in", ""))
    tabs += [(_("Users"), "setup.permit_users", users), (_("Details"), "setup.permit_details", "")]
    return [
        (label, url_for(page, uid=known.uid), page == request.endpoint, count)
        for label, page, count in tabs
    ]


def problems_of(refused: Rejected | Conflict) -> tuple[Problem, ...]:
    """What the box at the top of a form says when nothing was saved."""
    if isinstance(refused, Rejected):
        return refused.problems
    hint = _("Nothing was saved. Reload the page to see the changes, then make yours again.")
    return (Problem("deployment.conflict", (), str(refused), hint),)


def status_of(refused: Rejected | Conflict) -> int:
    return 422 if isinstance(refused, Rejected) else 409
