"""Delegated groups: the list, new ones, the page of one with its delegates. For administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.delegate_group import NAMED, DelegateGroup, powers_of
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Conflict, NotFound, Problem, Rejected, require
from ...platform.i18n import _, lazy
from ...platform.people.assignments import Relation, count_holders
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.documents import Draft, draft, new_uid
from ..drafts.permits import check_label, free_name
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .choices import tree
from .deploying import put_live
from .holders import holders_of
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field

#: {key of the document: what the form calls it}
CONTROLS: Mapping[str, Any] = {
    "roles": lazy("Users of these roles and below"),
    "profiles": lazy("Profiles they may give"),
    "permissionSets": lazy("Permission sets they may give"),
    "permissionSetGroups": lazy("Groups of permission sets they may give"),
    "groups": lazy("Public groups they may put users into"),
    "queues": lazy("Queues they may put users into"),
    "customObjects": lazy("Objects they may shape"),
}

lead_to("DelegateGroup", lambda one: url_for("setup.delegation", uid=one.uid))


@setup.get("/delegations")
@requires(ADMINISTRATOR)
def delegations() -> str:
    """All delegated groups, with what they are about."""
    scope, words = here(), request.args.get("q", "").strip()
    stand("setup.delegations")
    snapshot = scope.snapshot
    with scope.read() as connection:
        counts = count_holders(connection, Relation.MEMBERSHIP)
    rows = [
        {
            "one": one,
            "label": snapshot.label(one),
            "url": url_for("setup.delegation", uid=one.uid),
            "users": counts.get(one.uid, 0),
            "roles": _labels(snapshot, "Role", one.roles),
            "profiles": _labels(snapshot, "Profile", one.profiles),
        }
        for one in snapshot.of_kind("DelegateGroup")
        if fold(words) in fold(f"{snapshot.label(one)} {one.name}")
    ]
    return render_template("builder/delegations.html", rows=rows, words=words)


def _labels(snapshot: Snapshot, kind: str, names: tuple[str, ...]) -> str:
    found = (snapshot.find(kind, name) for name in names)
    return ", ".join(snapshot.label(one) for one in found if one is not None)


@setup.route("/delegations/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_delegation() -> str | Response | tuple[str, int]:
    """The form of a new one."""
    scope = here()
    stand("setup.delegations", (_("New"), ""))
    if request.method == "GET":
        return _form(scope, {})
    said = _said(scope.snapshot)
    try:
        require(check_label(scope.snapshot, "DelegateGroup", said["label"]))
        name = free_name(scope.snapshot, "DelegateGroup", said["label"])
        document = {"kind": "DelegateGroup", "uid": new_uid(), "name": name} | said
        put_live(scope, _put(document, _("%(name)s created", name=said["label"])))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, problems=problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.delegation", uid=document["uid"]))


@setup.route("/delegations/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def delegation(uid: str) -> str | Response | tuple[str, int]:
    """One delegated group as a form, and who its delegates are."""
    scope, known = _found(uid)
    if request.method == "GET":
        shown = dict(known.document) | {"label": scope.snapshot.label(known)}
        return _form(scope, shown, known)
    said = _said(scope.snapshot)
    try:
        require(check_label(scope.snapshot, "DelegateGroup", said["label"], known.uid))
        document = {key: one for key, one in draft(known).items() if key not in NAMED} | said
        change_set = _put(document, _("%(name)s changed", name=said["label"]))
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, known, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.delegation", uid=uid))


@setup.post("/delegations/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_delegation(uid: str) -> Response:
    """Puts it into the bin: its delegates administer nobody by it any more."""
    scope, known = _found(uid)
    summary = _("%(name)s deleted", name=known.label)
    try:
        put_live(scope, ChangeSet((), (Uid(known.uid),), summary))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for("setup.delegation", uid=uid))
    return redirect(url_for("setup.delegations"))


def _found(uid: str) -> tuple[Here, DelegateGroup]:
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if not isinstance(found, DelegateGroup):
        raise NotFound(uid)
    stand("setup.delegations", (scope.snapshot.label(found), ""))
    return scope, found


def _put(document: Draft, summary: str) -> ChangeSet:
    kept = {key: value for key, value in document.items() if value not in ([], "")}
    return ChangeSet((kept | {"label": document.get("label", "")},), (), summary)


def _said(snapshot: Snapshot) -> dict[str, Any]:
    """What the form says; components by their uids, which renames do not change."""
    said: dict[str, Any] = {"label": request.form.get("label", "").strip()}
    said["description"] = request.form.get("description", "").strip()
    for key, kind in NAMED.items():
        found = map(snapshot.find_uid, request.form.getlist(key))
        said[key] = [one.name for one in found if one is not None and one.kind == kind]
    return said


def _form(
    scope: Here,
    said: Mapping[str, Any],
    known: DelegateGroup | None = None,
    problems: tuple[Problem, ...] = (),
) -> str:
    snapshot = scope.snapshot
    controls = [
        (key, str(label), _choices(snapshot, key), _chosen(snapshot, key, said.get(key, ())))
        for key, label in CONTROLS.items()
    ]
    return render_template(
        "builder/delegation.html",
        known=known,
        said=said,
        title=snapshot.label(known) if known else _("New delegated group"),
        whom=controls[0],
        given=controls[1:6],
        shaped=controls[6],
        errors=by_field(problems),
        **(holders_of(scope, known) if known else {}),
    )


def _choices(snapshot: Snapshot, key: str) -> list[tuple[str, str]]:
    """What can be chosen; not what no delegate may give."""
    kind = NAMED[key]
    if kind == "Role":
        return [(one.uid, f"{'— ' * depth}{snapshot.label(one)}") for one, depth in tree(snapshot)]
    found = [
        (str(one.uid), snapshot.label(one))
        for one in snapshot.of_kind(kind)
        if not powers_of(kind, one.name, snapshot) and not getattr(one, "storage", "")
    ]
    return sorted(found, key=lambda row: fold(row[1]))


def _chosen(snapshot: Snapshot, key: str, names: Any) -> list[str]:
    found = (snapshot.find(NAMED[key], name) for name in names)
    return [str(one.uid) for one in found if one is not None]
