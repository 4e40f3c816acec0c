"""Sharing settings: what everybody has on each object, and the rules that give some people more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.circles import EVERYBODY, GROUP, KIND_OF, QUEUE, ROLE, ROLE_AND_BELOW, Circle
from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.role import CHILD_LEVELS, LEVELS
from ...metadata.kinds.sharing_rule import CRITERIA, OWNER, SharingRule
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _, lazy
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.request import Query
from ...runtime.query.run import count
from ...runtime.web.access_words import MODELS
from ...runtime.web.feedback import say
from ...runtime.web.filtering import filter_fields, posted_rows
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.sharing import (
    Default,
    SaidRule,
    changed_defaults,
    default_of,
    edited_rule,
    effects,
    may_leave_hierarchies,
    models_of,
    new_rule,
    said_of,
)
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .problems import by_field

COUNT_CAP = 10_000
ACCESS = {"None": lazy("No access"), "Read": lazy("Read"), "Edit": lazy("Read and edit")}

lead_to("SharingRule", lambda rule: url_for("setup.sharing_rule", name=rule.name))
lead_to("CustomObject", lambda obj: url_for("setup.sharing", _anchor=obj.name))


# -- org-wide defaults


@setup.route("/sharing", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def sharing() -> str | Response | tuple[str, int]:
    """The defaults as one table and the rules; posted, first what the change opens or closes."""
    scope = here()
    stand("setup.sharing")
    if request.method == "GET":
        return _page(scope, {})
    said = dict(_said_defaults(scope.snapshot))
    try:
        change_set = changed_defaults(scope.snapshot, said)
        if not change_set.put:
            say(_("Nothing was changed."))
            return redirect(url_for("setup.sharing"))
        if "confirmed" not in request.form:
            return _confirm(scope, said, [str(d["name"]) for d in change_set.put])
        put_live(scope, change_set)
    except Rejected as rejected:
        return _page(scope, said, rejected.problems), 422
    return redirect(url_for("setup.sharing"))


def _said_defaults(snapshot: Snapshot) -> Iterator[tuple[str, Default]]:
    """What the form says of each object; of one that it does not name: nothing."""
    form = request.form
    for obj in _objects(snapshot):
        model = form.get(f"model-{obj.name}")
        if model is None:
            continue
        above = obj.uses_hierarchies
        if may_leave_hierarchies(obj) and f"above-{obj.name}.sent" in form:
            above = f"above-{obj.name}" in form
        yield obj.name, Default(model, above)


def _objects(snapshot: Snapshot) -> list[CustomObject]:
    """All that have records of their own, by their labels."""
    found = (obj for obj in snapshot.objects() if not obj.storage)
    return sorted(found, key=lambda obj: snapshot.label(obj, "pluralLabel").casefold())


def _page(scope: Here, said: dict[str, Default], problems: tuple[Problem, ...] = ()) -> str:
    snapshot, rules = scope.snapshot, _rules_by_object(scope.snapshot)
    rows = [
        {
            "object": obj,
            "label": snapshot.label(obj, "pluralLabel"),
            "default": said.get(obj.name, default_of(obj)),
            "models": [(name, MODELS[name]) for name in models_of(obj, snapshot)],
            "may_leave": may_leave_hierarchies(obj),
            "rules": len(rules.get(obj.name, ())),
        }
        for obj in _objects(snapshot)
    ]
    groups = [
        (obj, snapshot.label(obj, "pluralLabel"), [_row(snapshot, one) for one in rules[obj.name]])
        for obj in _objects(snapshot)
        if obj.name in rules
    ]
    return render_template(
        "builder/sharing.html", rows=rows, groups=groups, errors=by_field(problems)
    )


def _confirm(scope: Here, said: dict[str, Default], names: list[str]) -> str:
    """What the changed defaults open and close, before anything is changed."""
    snapshot = scope.snapshot
    with scope.read() as connection:
        rows = [
            {
                "object": snapshot.object(name),
                "label": snapshot.label(snapshot.object(name), "pluralLabel"),
                "before": MODELS[snapshot.object(name).sharing_model],
                "after": MODELS[said[name].model],
                "effects": effects(snapshot, snapshot.object(name), said[name]),
                "records": count(connection, scope.actor, Query(name), snapshot, cap=COUNT_CAP),
            }
            for name in names
        ]
    return render_template("builder/sharing_confirm.html", rows=rows, said=said, cap=COUNT_CAP)


# -- rules


@setup.route("/sharing/<object_name>/rules/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_sharing_rule(object_name: str) -> str | Response | tuple[str, int]:
    """The form of a new rule, by owner or by criteria."""
    scope = here()
    obj = scope.object(object_name)
    if not obj.has_owner:
        raise NotFound(object_name)
    stand("setup.sharing", (_("New sharing rule"), ""))
    wanted = CRITERIA if request.values.get("type") == CRITERIA else OWNER
    if request.method == "GET":
        return _form(scope, obj, None, SaidRule("", wanted))
    said = _said_rule(wanted)
    try:
        put_live(scope, new_rule(scope.snapshot, obj, said))
    except Rejected as rejected:
        return _form(scope, obj, None, said, rejected.problems), 422
    return redirect(url_for("setup.sharing", _anchor=f"rules-{obj.name}"))


@setup.route("/sharing/rules/<name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def sharing_rule(name: str) -> str | Response | tuple[str, int]:
    """The form of a rule that is there."""
    scope = here()
    rule: SharingRule = scope.snapshot.get("SharingRule", name)
    obj, label = scope.snapshot.object(rule.object), scope.snapshot.label(rule)
    stand("setup.sharing", (label, ""))
    if request.method == "GET":
        return _form(scope, obj, rule, said_of(rule, label))
    said = _said_rule(rule.type)
    try:
        change_set = edited_rule(scope.snapshot, rule, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except Rejected as rejected:
        return _form(scope, obj, rule, said, rejected.problems), 422
    return redirect(url_for("setup.sharing", _anchor=f"rules-{obj.name}"))


@setup.post("/sharing/rules/<name>/delete")
@requires(ADMINISTRATOR)
def delete_sharing_rule(name: str) -> Response:
    """Puts a rule into the bin: what it gave is gone with the next statement."""
    scope = here()
    rule: SharingRule = scope.snapshot.get("SharingRule", name)
    label = scope.snapshot.label(rule)
    summary = _("Sharing rule %(label)s deleted", label=label)
    put_live(scope, ChangeSet((), (Uid(rule.uid),), summary))
    return redirect(url_for("setup.sharing", _anchor=f"rules-{rule.object}"))


def _said_rule(kind: str) -> SaidRule:
    form = request.form
    levels = {name: form.get(f"level-{name}", "") for name in CHILD_LEVELS}
    return SaidRule(
        label=form.get("label", "").strip(),
        type=kind,
        shared_from=form.get("shared_from", ""),
        shared_to=form.get("shared_to", ""),
        access="Edit" if form.get("access") == "Edit" else "Read",
        filters=tuple(posted_rows(form)) if kind == CRITERIA else (),
        logic=form.get("filter_logic", "").strip(),
        account_levels={name: level for name, level in levels.items() if level in LEVELS},
        description=form.get("description", "").strip(),
    )


def _form(
    scope: Here,
    obj: CustomObject,
    rule: SharingRule | None,
    said: SaidRule,
    problems: tuple[Problem, ...] = (),
) -> str:
    choices = list(_circles(scope.snapshot))
    children = [
        (name, scope.snapshot.label(child, "pluralLabel"))
        for name in CHILD_LEVELS
        if obj.name == "Account" and (child := scope.snapshot.find("CustomObject", name))
    ]
    # a rule means the same to everybody at any time: neither "me" nor "today"
    fields = [one | {"suggestions": []} for one in filter_fields(scope, obj)]
    return render_template(
        "builder/sharing_rule.html",
        object=obj,
        object_title=scope.snapshot.label(obj, "pluralLabel"),
        rule=rule,
        said=said,
        circles=[("", _("--None--")), *choices],
        access=[(name, ACCESS[name]) for name in ("Read", "Edit")],
        levels=[(name, ACCESS[name]) for name in LEVELS],
        children=children,
        filter_fields=fields,
        errors=by_field(problems),
        back=url_for("setup.sharing", _anchor=f"rules-{obj.name}"),
    )


def _circles(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Everybody, then roles, roles with those below, groups and queues by name."""
    yield f"{EVERYBODY}:", circle_label(snapshot, Circle(EVERYBODY))
    for kind in (ROLE, ROLE_AND_BELOW, GROUP, QUEUE):
        found = [Circle(kind, one.name) for one in snapshot.of_kind(KIND_OF[kind])]
        rows = [(f"{kind}:{one.name}", circle_label(snapshot, one)) for one in found]
        yield from sorted(rows, key=lambda row: row[1].casefold())


def circle_label(snapshot: Snapshot, circle: Circle) -> str:
    """Whom a circle holds, in words."""
    if circle.type == EVERYBODY:
        return _("Everybody")
    found = snapshot.find(KIND_OF[circle.type], circle.name)
    name = snapshot.label(found) if found else circle.name
    match circle.type:
        case "role":
            return _("Role %(name)s", name=name)
        case "roleAndSubordinates":
            return _("Role %(name)s and below", name=name)
        case "group":
            return _("Group %(name)s", name=name)
    return _("Queue %(name)s", name=name)


def _rules_by_object(snapshot: Snapshot) -> dict[str, list[SharingRule]]:
    found: dict[str, list[SharingRule]] = {}
    for rule in snapshot.of_kind("SharingRule"):
        found.setdefault(rule.object, []).append(rule)
    return found


def _row(snapshot: Snapshot, rule: SharingRule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "url": url_for("setup.sharing_rule", name=rule.name),
        "label": snapshot.label(rule),
        "cells": [
            snapshot.label(rule),
            _what(snapshot, rule),
            circle_label(snapshot, rule.shared_to),
            str(ACCESS[rule.access]),
        ],
    }


def _what(snapshot: Snapshot, rule: SharingRule) -> str:
    """Which records a rule shares, in words."""
    if rule.shared_from is not None:
        return _("Owned by: %(whom)s", whom=circle_label(snapshot, rule.shared_from))
    fields = dict.fromkeys(
        snapshot.label(f)
        for row in rule.filters
        if (f := snapshot.find_field(rule.object, row.field))
    )
    return _("By criteria: %(fields)s", fields=", ".join(fields))
