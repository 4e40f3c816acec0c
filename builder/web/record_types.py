"""Record types of an object: the list, the editor with values and profiles, the deletion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.holders import count_of_type
from ...metadata.kinds.business_process import PROCESS_FIELDS, Subset
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.profile import Profile
from ...metadata.kinds.record_type import PICKLISTS, RecordType
from ...metadata.snapshot import BASE_LANGUAGE
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import LANGUAGES, _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.documents import words_of
from ..drafts.grants import Permit, grants_of
from ..drafts.record_types import (
    SaidType,
    deleted_record_type,
    edited_record_type_set,
    new_record_type,
    said_of,
    with_holders,
)
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .objects import object_frame, object_page
from .permits import problems_of, status_of
from .problems import by_field
from .uses import use_rows

_KEYS = {"businessProcess": "process", "compactLayout": "compact_layout"}


def _address(one: Any) -> str:
    return url_for("setup.record_type", object_name=one.object, type_name=one.local_name)


lead_to("RecordType", _address)


@setup.get("/objects/<object_name>/record-types")
@requires(ADMINISTRATOR)
def object_record_types(object_name: str) -> str:
    """The record types of an object, and its business processes where it can have some."""
    scope, obj = object_page(object_name, "record types")
    snapshot = scope.snapshot
    return render_template(
        "builder/object_record_types.html",
        may_have=not obj.storage,
        types=[
            {
                "type": one,
                "label": snapshot.label(one),
                "description": snapshot.label(one, "description"),
                "url": _address(one),
                "process": _label_of(scope, "BusinessProcess", one.process),
                "picklists": len(one.subsets),
                "profiles": _profiles_with(scope, one),
            }
            for one in snapshot.record_types(obj.name)
        ],
        has_processes=obj.name in PROCESS_FIELDS,
        processes=[
            {
                "process": one,
                "label": snapshot.label(one) or one.local_name,
                "values": len(one.subset.values),
                "uses": ", ".join(
                    snapshot.label(t) for t in snapshot.record_types(obj.name)
                    if t.process == one.name
                ),
                "url": url_for(
                    "setup.business_process", object_name=obj.name, process_name=one.local_name
                ),
            }
            for one in snapshot.of_kind("BusinessProcess")
            if one.object == obj.name
        ],
        **object_frame(scope, obj),
    )  # fmt: skip


def _profiles_with(scope: Here, one: RecordType) -> int:
    profiles: tuple[Profile, ...] = scope.snapshot.of_kind("Profile")
    return sum(grants_of(profile).may_have(one.name) for profile in profiles)


def _label_of(scope: Here, kind: str, name: str) -> str:
    found = scope.snapshot.find(kind, name) if name else None
    return (scope.snapshot.label(found) or found.local_name) if found else ""


# -- the editor


@setup.route("/objects/<object_name>/record-types/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_record_type_page(object_name: str) -> str | Response | tuple[str, int]:
    """The editor of a new record type, empty or as a copy of `source`."""
    scope = here()
    obj = scope.object(object_name)
    if obj.storage:
        raise NotFound(object_name)
    _stand(scope, obj, _("New record type"))
    if request.method == "GET":
        return _page(scope, obj, None, *_start(scope, obj))
    said, seen, usual = _said(scope, obj), *_holders()
    try:
        change_set = new_record_type(scope.snapshot, obj, said)
        name = str(change_set.put[0]["name"])
        put_live(scope, with_holders(change_set, name, _permits(scope), seen, usual))
    except (Rejected, Conflict) as refused:
        return _page(scope, obj, None, said, seen, usual, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


def _start(scope: Here, obj: CustomObject) -> tuple[SaidType, set[str], set[str]]:
    """(what a new one says, the permits that may give it, those whose default it is)."""
    source = scope.snapshot.find_uid(request.args.get("source", ""))
    if isinstance(source, RecordType) and source.object == obj.name:
        labels = {
            language: _("Copy of %(name)s", name=text) if text else ""
            for language, text in words_of(scope.snapshot, source).items()
        }
        known = said_of(
            scope.snapshot, source, labels, words_of(scope.snapshot, source, "description")
        )
        seen = {str(p.uid) for p in _permits(scope) if grants_of(p).may_have(source.name)}
        return _renamed(known), seen, set()
    blank = dict.fromkeys(LANGUAGES, "")
    profiles = {str(p.uid) for p in _permits(scope) if isinstance(p, Profile)}
    return SaidType(blank, blank), profiles, set()


def _words(scope: Here, one: RecordType, attribute: str = "label") -> dict[str, str]:
    """{language: text}; "" where a language has no words of its own."""
    words = words_of(scope.snapshot, one, attribute)
    base = words[BASE_LANGUAGE]
    return {k: "" if k != BASE_LANGUAGE and text == base else text for k, text in words.items()}


def _renamed(said: SaidType) -> SaidType:
    return SaidType(
        said.labels, said.descriptions, "", said.active, said.process, said.compact_layout,
        said.subsets,
    )  # fmt: skip


@setup.route("/objects/<object_name>/record-types/<type_name>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def record_type(object_name: str, type_name: str) -> str | Response | tuple[str, int]:
    """The editor of a record type that is there."""
    scope, obj, one = _asked(object_name, type_name)
    _stand(scope, obj, scope.snapshot.label(one))
    if request.method == "GET":
        words = (_words(scope, one), _words(scope, one, "description"))
        seen = {str(p.uid) for p in _permits(scope) if grants_of(p).may_have(one.name)}
        usual = {str(p.uid) for p in _permits(scope) if one.name in grants_of(p).default_types}
        return _page(scope, obj, one, said_of(scope.snapshot, one, *words), seen, usual)
    said, seen, usual = _said(scope, obj), *_holders()
    try:
        change_set = edited_record_type_set(scope.snapshot, one, said)
        put_live(scope, with_holders(change_set, one.name, _permits(scope), seen, usual))
    except (Rejected, Conflict) as refused:
        return _page(scope, obj, one, said, seen, usual, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


def _asked(object_name: str, type_name: str) -> tuple[Here, CustomObject, RecordType]:
    scope = here()
    obj = scope.object(object_name)
    one: RecordType = scope.snapshot.get("RecordType", f"{obj.name}.{type_name}")
    return scope, obj, one


def _permits(scope: Here) -> list[Permit]:
    """Profiles and permission sets that can be changed, by label."""
    found = [*scope.snapshot.of_kind("Profile"), *scope.snapshot.of_kind("PermissionSet")]
    open_ones = [one for one in found if not getattr(one, "protected", False)]
    return sorted(open_ones, key=lambda one: (one.kind, scope.snapshot.label(one)))


def _picklists(scope: Here, obj: CustomObject) -> list[CustomField]:
    """The picklists of which a type can have some values, by label."""
    fields = scope.snapshot.fields(obj.name).values()
    found = [one for one in fields if one.type in PICKLISTS and scope.snapshot.values(one)]
    return sorted(found, key=lambda one: scope.snapshot.label(one))


def _said(scope: Here, obj: CustomObject) -> SaidType:
    form = request.form
    process = form.get("process", "")
    subsets = {
        one.local_name: subset
        for one in _picklists(scope, obj)
        if one.local_name in form.getlist("picklist")
        and not (process and one.local_name == PROCESS_FIELDS.get(obj.name))
        and (subset := _said_subset(scope, one)) is not None
    }
    return SaidType(
        {language: form.get(f"label.{language}", "").strip() for language in LANGUAGES},
        {language: form.get(f"description.{language}", "").strip() for language in LANGUAGES},
        form.get("name", "").strip(),
        "active" in form,
        process,
        form.get("compact_layout", ""),
        subsets,
    )


def _said_subset(scope: Here, field: CustomField) -> Subset | None:
    """All values without a default of their own are no subset: new values come along."""
    ticked = set(request.form.getlist(f"v.{field.local_name}"))
    default = request.form.get(f"d.{field.local_name}", "")
    every = [value.name for value in scope.snapshot.values(field)]
    chosen = tuple(name for name in every if name in ticked)
    if len(chosen) == len(every) and not default:
        return None
    return Subset(chosen, default if default in chosen else "")


def _holders() -> tuple[set[str], set[str]]:
    seen, usual = set(request.form.getlist("visible")), set(request.form.getlist("default"))
    return seen | usual, usual


def _stand(scope: Here, obj: CustomObject, title: str) -> None:
    url = url_for("setup.object_record_types", object_name=obj.name)
    stand("setup.objects", (scope.snapshot.label(obj), url), (title, ""))


def _page(
    scope: Here,
    obj: CustomObject,
    one: RecordType | None,
    said: SaidType,
    seen: set[str],
    usual: set[str],
    problems: tuple[Problem, ...] = (),
) -> str:
    snapshot = scope.snapshot
    return render_template(
        "builder/record_type.html",
        object=obj,
        type=one,
        title=snapshot.label(one) if one else _("New record type"),
        said=said,
        languages=list(LANGUAGES.items()),
        picklists=[_picklist(scope, obj, field, said) for field in _picklists(scope, obj)],
        processes=[
            (p.name, snapshot.label(p) or p.local_name)
            for p in snapshot.of_kind("BusinessProcess")
            if p.object == obj.name and (p.active or p.name == said.process)
        ],
        has_processes=obj.name in PROCESS_FIELDS,
        compacts=[
            (c.name, snapshot.label(c) or c.local_name)
            for c in snapshot.of_kind("CompactLayout")
            if c.object == obj.name
        ],
        permits=_permit_rows(scope, seen, usual),
        always=[snapshot.label(p) for p in snapshot.of_kind("Profile")
                if p.protected and grants_of(p).record_types],
        uses=use_rows(snapshot, snapshot.referrers("RecordType", one.name)) if one else [],
        errors=by_field(_named(problem) for problem in problems),
        back=url_for("setup.object_record_types", object_name=obj.name),
    )  # fmt: skip


def _named(problem: Problem) -> Problem:
    """The problem at its control."""
    key = next((str(part) for part in reversed(problem.path) if isinstance(part, str)), "")
    return Problem(problem.code, (_KEYS.get(key, key),), problem.message, problem.hint)


def _picklist(
    scope: Here, obj: CustomObject, field: CustomField, said: SaidType
) -> Mapping[str, Any]:
    """A picklist of the editor: its values, which are ticked, which is the default."""
    subset = said.subsets.get(field.local_name)
    values = scope.snapshot.values(field)
    chosen = [v.name for v in values if subset is None or v.name in subset.values]
    return {
        "name": field.local_name,
        "label": scope.snapshot.label(field),
        "values": [
            (v.name, scope.snapshot.value_label(field, v.name), v.name in chosen, v.active)
            for v in values
        ],
        "defaults": [(v.name, scope.snapshot.value_label(field, v.name)) for v in values],
        "default": subset.default if subset else "",
        "chosen": len(chosen),
        "is_process": bool(said.process) and field.local_name == PROCESS_FIELDS.get(obj.name),
        "is_own": subset is not None,
    }


def _permit_rows(scope: Here, seen: set[str], usual: set[str]) -> list[tuple[Any, ...]]:
    """(uid, label, is it a profile, may it give the type, is that its default)."""
    return [
        (one.uid, scope.snapshot.label(one), isinstance(one, Profile), one.uid in seen,
         one.uid in usual)
        for one in _permits(scope)
    ]  # fmt: skip


# -- deletion


@setup.route("/objects/<object_name>/record-types/<type_name>/delete", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def delete_record_type(object_name: str, type_name: str) -> str | Response | tuple[str, int]:
    """Where it is used, how many records have it, and which type these get."""
    scope, obj, one = _asked(object_name, type_name)
    _stand(scope, obj, scope.snapshot.label(one))
    if request.method == "GET":
        return _delete_page(scope, obj, one)
    try:
        put_live(scope, deleted_record_type(one, request.form.get("heir")))
    except (Rejected, Conflict) as refused:
        return _delete_page(scope, obj, one, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.object_record_types", object_name=obj.name))


def _delete_page(
    scope: Here, obj: CustomObject, one: RecordType, problems: tuple[Problem, ...] = ()
) -> str:
    snapshot = scope.snapshot
    with scope.read() as connection:
        records = count_of_type(connection, snapshot, one)
    heirs = [(t.local_name, snapshot.label(t)) for t in snapshot.record_types(obj.name)
             if t.uid != one.uid and t.active]  # fmt: skip
    return render_template(
        "builder/delete_record_type.html",
        object=obj,
        label=snapshot.label(one),
        object_title=snapshot.label(obj),
        type=one,
        records=records,
        heirs=[*heirs, ("", _("No record type"))],
        heir=request.form.get("heir", heirs[0][0] if heirs else ""),
        uses=use_rows(snapshot, snapshot.referrers("RecordType", one.name)),
        errors=by_field(problems),
        back=_address(one),
    )
