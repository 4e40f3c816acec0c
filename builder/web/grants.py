"""What one profile or permission set allows: objects, system permissions, tabs and apps.

For a group of sets the same pages say what it mutes. Shipped profiles are shown, not edited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.grants import OBJECT_KEYS, OWN_RIGHTS, TAB_VISIBILITIES, ObjectRight
from ...metadata.kinds.permission_set_group import PermissionSetGroup
from ...metadata.kinds.profile import Profile
from ...metadata.system_permissions import SYSTEM_PERMISSIONS, with_included
from ...platform.db.types import fold
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _, mark
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here
from ...runtime.web.shell import applications
from ..drafts.grants import (
    Permit,
    edited_objects,
    edited_system,
    edited_visibility,
    grants_of,
    with_layouts,
    with_types,
)
from .blueprint import setup
from .deploying import put_live
from .permits import permit_frame, permit_page, problems_of, status_of
from .problems import by_field

COLUMNS = (
    ("allowRead", mark("Read")),
    ("allowCreate", mark("Create")),
    ("allowEdit", mark("Edit")),
    ("allowDelete", mark("Delete")),
    ("viewAllRecords", mark("View all")),
    ("modifyAllRecords", mark("Modify all")),
)
#: The permissions of `metadata/system_permissions`, as the page groups them.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (mark("Records"), ("ViewAllData", "ModifyAllData", "TransferAnyEntity")),
    (
        mark("Setup"),
        ("ViewSetup", "CustomizeApplication", "ManageUsers", "ManageProfilesPermissionsets",
         "ManageSharing", "ViewAuditTrail", "ManageCompany"),
    ),
    (mark("Lists and files"), ("ManagePublicListViews", "ExportReport", "ImportData")),
    (mark("Reports"), ("RunReports", "CreateCustomizeReports", "ManagePublicReports")),
    (mark("Programs"), ("ApiEnabled",)),
)  # fmt: skip


# -- objects


@setup.route("/access/<uid>/objects", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_objects(uid: str) -> str | Response | tuple[str, int]:
    """What may be done with the records of each object, in one table."""
    scope, known = permit_page(uid)
    if request.method == "GET":
        return _objects(scope, known, _ticked(scope, known))
    ticked = {
        name: {key for key in request.form.getlist(f"r.{name}") if key in OBJECT_KEYS}
        for name in request.form.getlist("object")
    }
    try:
        put_live(scope, edited_objects(known, ticked))
    except (Rejected, Conflict) as refused:
        shown = _ticked(scope, known) | ticked
        return _objects(scope, known, shown, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_objects", uid=uid))


def _ticked(scope: Here, known: Permit) -> dict[str, set[str]]:
    grants = grants_of(known)
    return {
        obj.name: {key for key in OBJECT_KEYS if OWN_RIGHTS[key] & grants.object_right(obj.name)}
        for obj in scope.snapshot.objects()
        if not obj.storage
    }


def _objects(
    scope: Here,
    known: Permit,
    ticked: Mapping[str, set[str]],
    problems: tuple[Problem, ...] = (),
) -> str:
    rows = [
        (obj, scope.snapshot.label(obj), ticked.get(obj.name, set()))
        for obj in scope.snapshot.objects()
        if not obj.storage
    ]
    rows.sort(key=lambda row: fold(row[1]))
    columns = [(key, _(label), _needs(key, known)) for key, label in COLUMNS]
    return render_template(
        "builder/permit_objects.html",
        rows=rows,
        columns=columns,
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


def _needs(key: str, known: Permit) -> str:
    """The keys that a tick brings along: the weaker ones; when muting, those that need it."""
    if isinstance(known, PermissionSetGroup):
        return " ".join(one for one in OBJECT_KEYS if OWN_RIGHTS[key] & OBJECT_KEYS[one])
    return " ".join(one for one in OBJECT_KEYS if OWN_RIGHTS[one] & OBJECT_KEYS[key])


# -- system permissions


@setup.route("/access/<uid>/system", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_system(uid: str) -> str | Response | tuple[str, int]:
    """System permissions by what they are about, and the org's custom permissions."""
    scope, known = permit_page(uid)
    if request.method == "GET":
        grants = grants_of(known)
        return _system(scope, known, set(grants.system), set(grants.custom))
    names, custom = request.form.getlist("system"), request.form.getlist("custom")
    try:
        put_live(scope, edited_system(known, names, custom))
    except (Rejected, Conflict) as refused:
        page = _system(scope, known, set(names), set(custom), problems_of(refused))
        return page, status_of(refused)
    return redirect(url_for("setup.permit_system", uid=uid))


def _system(
    scope: Here,
    known: Permit,
    names: set[str],
    custom: set[str],
    problems: tuple[Problem, ...] = (),
) -> str:
    included = with_included(frozenset(names)) - names
    grouped = {name for _heading, inside in GROUPS for name in inside}
    rest = tuple(name for name in SYSTEM_PERMISSIONS if name not in grouped)
    groups = (*GROUPS, (mark("More"), rest)) if rest else GROUPS
    return render_template(
        "builder/permit_system.html",
        groups=[
            (_(head), [SYSTEM_PERMISSIONS[name] for name in inside]) for head, inside in groups
        ],
        chosen=names,
        included=included,
        custom=[(p, scope.snapshot.label(p)) for p in scope.snapshot.of_kind("CustomPermission")],
        chosen_custom=custom,
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


# -- tabs, apps and layouts


@setup.route("/access/<uid>/visibility", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_visibility(uid: str) -> str | Response | tuple[str, int]:
    """Which tabs and apps are shown; for a profile its layouts too."""
    scope, known = permit_page(uid)
    if isinstance(known, PermissionSetGroup):
        raise NotFound(uid)
    if request.method == "GET":
        return _visibility(scope, known)
    try:
        put_live(scope, _said_visibility(scope, known))
    except (Rejected, Conflict) as refused:
        return _visibility(scope, known, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_visibility", uid=uid))


def _said_visibility(scope: Here, known: Permit) -> ChangeSet:
    form = request.form
    tabs = {
        tab.name: form[f"tab.{tab.name}"]
        for tab in scope.snapshot.of_kind("CustomTab")
        if form.get(f"tab.{tab.name}") in TAB_VISIBILITIES
    }
    visible = set(form.getlist("apps"))
    apps = {name: name in visible for name in form.getlist("app")}
    given, usual = set(form.getlist("types")), set(form.getlist("usual"))
    types = {name: (name in given or name in usual, name in usual) for name in form.getlist("type")}
    is_profile = isinstance(known, Profile)
    default = form.get("default_app", "") if is_profile else ""
    change_set = with_types(edited_visibility(known, tabs, apps, default), known, types)
    if not isinstance(known, Profile):
        return change_set
    layouts = {obj.name: form[f"layout.{obj.name}"] for obj in scope.snapshot.objects()
               if f"layout.{obj.name}" in form}  # fmt: skip
    return with_layouts(known, change_set, layouts)


def _visibility(scope: Here, known: Permit, problems: tuple[Problem, ...] = ()) -> str:
    grants, snapshot = grants_of(known), scope.snapshot
    words = {"DefaultOn": _("Shown"), "DefaultOff": _("Can be added"), "Hidden": _("Hidden")}
    tabs = []
    for tab in snapshot.of_kind("CustomTab"):
        if obj := snapshot.find_object(tab.object):
            label = snapshot.label(obj, "pluralLabel")
            tabs.append((tab.name, label, tab.icon or obj.icon, obj.tone, grants.tab(tab.name)))
    return render_template(
        "builder/permit_visibility.html",
        tabs=sorted(tabs, key=lambda row: fold(row[1])),
        visibilities=[(one, words[one]) for one in TAB_VISIBILITIES],
        apps=[(a, snapshot.label(a), grants.may_use(a.name)) for a in applications(scope)],
        default_app=grants.default_app,
        is_profile=isinstance(known, Profile),
        types=_types(scope, known),
        layouts=_layouts(scope, known) if isinstance(known, Profile) else [],
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A record type and what a profile or set says of it."""

    name: str
    object: str
    object_label: str
    label: str
    is_given: bool
    is_default: bool


def _types(scope: Here, known: Permit) -> list[TypeRow]:
    """The active record types by object."""
    grants, snapshot = grants_of(known), scope.snapshot
    found = [
        TypeRow(
            one.name,
            one.object,
            snapshot.label(snapshot.object(one.object)),
            snapshot.label(one),
            grants.may_have(one.name),
            one.name in grants.default_types,
        )
        for one in snapshot.of_kind("RecordType")
        if one.active
    ]
    return sorted(found, key=lambda row: (fold(row.object_label), fold(row.label)))


def _layouts(scope: Here, known: Profile) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """(object, its label, the layouts to choose from, the chosen one) of objects with several."""
    snapshot, rows = scope.snapshot, []
    for obj in snapshot.objects():
        own = [one for one in snapshot.of_kind("Layout") if one.object == obj.name]
        if len(own) > 1:
            choices = [("", _("The default layout")), *((o.name, snapshot.label(o)) for o in own)]
            rows.append((obj.name, snapshot.label(obj), choices, known.layouts.get(obj.name, "")))
    return rows


def object_line(permit: Permit, object_name: str) -> str:
    """What may be done with an object's records, in a few words."""
    return right_words(grants_of(permit).object_right(object_name))


def right_words(right: ObjectRight) -> str:
    words = [_(label) for key, label in COLUMNS if OWN_RIGHTS[key] & right]
    return ", ".join(words) or _("No access")
