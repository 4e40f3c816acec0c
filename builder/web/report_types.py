"""Report types: what the rows of reports are made of, beyond single objects and pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.report_type import MAX_JOINS, ReportType, Section
from ...metadata.snapshot import Snapshot
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.reports.planning import label_of
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.report_types import SaidType, deleted_type, edited_type, new_type, said_of
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field

Answer = str | Response | tuple[str, int]
HIDDEN = ("IsDeleted", "SystemModstamp")

lead_to("ReportType", lambda one: url_for("setup.report_type", uid=one.uid))


@setup.get("/report-types")
@requires(ADMINISTRATOR)
def report_types() -> str:
    """The types that were made; every object and every pair is one without being made."""
    scope = here()
    stand("setup.report_types")
    snapshot, words = scope.snapshot, request.args.get("q", "").strip()
    used = Counter(report.report_type for report in snapshot.of_kind("Report"))
    rows = [
        {
            "id": type_.uid,
            "label": snapshot.label(type_),
            "url": url_for("setup.report_type", uid=type_.uid),
            "objects": " › ".join(_object_labels(snapshot, type_)),
            "reports": used[type_.name],
        }
        for type_ in snapshot.of_kind("ReportType")
        if words.casefold() in f"{snapshot.label(type_)} {type_.name}".casefold()
    ]
    rows.sort(key=lambda row: str(row["label"]).casefold())
    return render_template("builder/report_types.html", rows=rows, words=words)


@setup.route("/report-types/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_report_type() -> Answer:
    """The form of a new type: its name and objects; fields come with the next step."""
    scope = here()
    stand("setup.report_types", (_("New"), ""))
    if request.method == "GET":
        return _form(scope, SaidType("", ""))
    said = _said()
    try:
        put_live(scope, change_set := new_type(scope.snapshot, said))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, problems=problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.report_type", uid=change_set.put[0]["uid"]))


@setup.route("/report-types/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def report_type(uid: str) -> Answer:
    """The form of a type that is there."""
    scope, type_ = _found(uid)
    if request.method == "GET":
        return _form(scope, said_of(type_, scope.snapshot), type_)
    said = _said()
    try:
        change_set = edited_type(scope.snapshot, type_, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, type_, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.report_type", uid=uid))


@setup.post("/report-types/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_report_type(uid: str) -> Response:
    """Puts a type into the bin, unless reports are of it."""
    scope, type_ = _found(uid)
    try:
        put_live(scope, deleted_type(scope.snapshot, type_))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for("setup.report_type", uid=uid))
    return redirect(url_for("setup.report_types"))


def _found(uid: str) -> tuple[Here, ReportType]:
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if not isinstance(found, ReportType):
        raise NotFound(uid)
    stand("setup.report_types", (scope.snapshot.label(found), ""))
    return scope, found


def _object_labels(snapshot: Snapshot, type_: ReportType) -> Iterator[str]:
    for name in type_.objects.values():
        obj = snapshot.find_object(name)
        yield snapshot.label(obj, "pluralLabel") if obj else name


def _said() -> SaidType:
    form = request.form
    joins = zip(form.getlist("join"), form.getlist("outer"), strict=False)
    return SaidType(
        form.get("label", "").strip(),
        form.get("object", ""),
        form.get("description", "").strip(),
        tuple((field, outer == "outer") for field, outer in joins if field),
        tuple(_said_sections()),
    )


def _said_sections() -> Iterator[Section]:
    """Sections with a heading; what begins a new report is offered too."""
    form = request.form
    for key in form.getlist("section"):
        label = form.get(f"heading-{key}", "").strip()
        chosen = form.getlist(f"chosen-{key}")
        columns = tuple(dict.fromkeys([*form.getlist(f"columns-{key}"), *chosen]))
        if label and columns:
            yield Section(key, label, columns, tuple(chosen))


def _form(
    scope: Here, said: SaidType, type_: ReportType | None = None,
    problems: tuple[Problem, ...] = (),
) -> str:  # fmt: skip
    snapshot = scope.snapshot
    fields = list(_fields(snapshot, type_, said)) if type_ else []
    joins = [*said.joins, *[("", False)] * MAX_JOINS][:MAX_JOINS]
    reports = [r for r in snapshot.of_kind("Report") if type_ and r.report_type == type_.name]
    objects = [(o.name, snapshot.label(o, "pluralLabel")) for o in snapshot.objects()]
    return render_template(
        "builder/report_type.html",
        type=type_,
        said=said,
        title=snapshot.label(type_) if type_ else _("New report type"),
        objects=[("", _("--None--")), *sorted(objects, key=lambda row: row[1].casefold())],
        lookups=list(_lookups(snapshot)),
        joins=joins,
        ways=[("inner", _("Only those with such records")), ("outer", _("With or without them"))],
        fields=fields,
        sections=[*said.sections, Section(_free_id(said), "")] if type_ else [],
        reports=sorted(
            ((snapshot.label(r), url_for("pages.report", key=r.name)) for r in reports),
            key=lambda row: row[0].casefold(),
        ),
        errors=by_field(problems),
        back=url_for("setup.report_types"),
    )


def _free_id(said: SaidType) -> str:
    taken = {section.id for section in said.sections}
    return next(key for n in range(1, 60) if (key := f"section{n}") not in taken)


def _lookups(snapshot: Snapshot) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """(the parents, [(lookup, its children and what it is called)]), both by their labels."""
    objects = [(o.name, snapshot.label(o, "pluralLabel")) for o in snapshot.objects()]
    for name, label in sorted(objects, key=lambda row: row[1].casefold()):
        rows = []
        for lookup in snapshot.children(name):
            child = snapshot.label(snapshot.object(lookup.object_name), "pluralLabel")
            words = {"children": child, "field": snapshot.label(lookup)}
            rows.append((lookup.name, _("%(children)s (%(field)s)", **words)))
        if rows:
            yield _("Below %(name)s", name=label), sorted(rows, key=lambda r: r[1].casefold())


def _fields(snapshot: Snapshot, type_: ReportType, said: SaidType) -> Iterator[tuple[str, Any]]:
    """(path, label) of every field of the type's objects, and of paths that are offered already."""
    offered = []
    for prefix, object_name in type_.objects.items():
        for field in snapshot.fields(object_name).values():
            if field.local_name not in HIDDEN:
                offered.append(prefix + field.local_name)
    offered += [path for section in type_.sections for path in section.columns]
    for path in dict.fromkeys(offered):
        yield path, label_of(snapshot, type_, path)
