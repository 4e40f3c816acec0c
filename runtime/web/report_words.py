"""Reports in words: what their types are called, what their filters say, which fields there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import Filter
from ...metadata.kinds.report_model import CrossFilter, Report, TimeFrame
from ...metadata.kinds.report_type import ReportType, find_type, pair_name, resolve_typed
from ...metadata.relative_dates import in_words
from ...metadata.snapshot import relation_name
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_date
from ...platform.ids import is_id
from ..access.permissions import Operation, may, readable
from ..layouts.forms import REFERENCE_TYPES
from ..query.run import find_titles
from ..reports.planning import label_of, may_use
from .filtering import filter_field, posted_rows
from .list_chips import ME, meant, parts_of, value_words
from .scope import Here

HIDDEN = ("IsDeleted", "SystemModstamp")
Titles = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field of a report's type, as pickers offer it."""

    path: str
    label: str
    group: str  # heading: the object, or the lookup it is reached by
    field: CustomField


# -- types ---------------------------------------------------------------------------------------


def type_label(scope: Here, type_: ReportType) -> str:
    """What a type is called: "Accounts", "Accounts with contacts", or as its document says."""
    snapshot = scope.snapshot
    if not type_.document.get("system"):
        return snapshot.label(type_)
    first = snapshot.label(snapshot.object(type_.object), "pluralLabel")
    if not type_.joins:
        return first
    join = type_.joins[0]
    words = {"parents": first, "children": child_label(scope, type_.object, join.field)}
    if join.outer:
        return _("%(parents)s with or without %(children)s", **words)
    return _("%(parents)s with %(children)s", **words)


def child_label(scope: Here, parent: str, lookup: str) -> str:
    """What the records behind a lookup are called: "Contacts", or "Accounts (Parent account)"."""
    snapshot = scope.snapshot
    name, local = lookup.split(".", 1)
    child = snapshot.label(snapshot.object(name), "pluralLabel")
    if not _is_told_apart(scope, parent, lookup):
        return child
    field = snapshot.label(snapshot.field(name, local))
    return _("%(children)s (%(field)s)", children=child, field=field)


def _is_told_apart(scope: Here, parent: str, field: str) -> bool:
    """Says whether the child has several lookups to the parent."""
    child = field.partition(".")[0]
    return sum(one.object_name == child for one in scope.snapshot.children(parent)) > 1


def types_offered(scope: Here) -> list[tuple[str, str, str]]:
    """(name, label, heading) of every type that the actor may use, made ones first."""
    snapshot, found = scope.snapshot, list[tuple[str, str, str]]()
    for type_ in snapshot.of_kind("ReportType"):
        if may_use(type_, scope.actor, snapshot):
            found.append((type_.name, type_label(scope, type_), _("Made for this company")))
    objects = [o for o in snapshot.objects() if may(scope.actor, Operation.READ, o, snapshot)]
    for obj in sorted(objects, key=lambda o: snapshot.label(o, "pluralLabel").casefold()):
        names = [obj.name]
        for field in snapshot.children(obj.name):
            if not field.is_system:
                names += [pair_name(field, obj.name), pair_name(field, obj.name, outer=True)]
        heading = snapshot.label(obj, "pluralLabel")
        for name in names:
            made = find_type(snapshot, name)
            if made is not None and may_use(made, scope.actor, snapshot):
                found.append((name, type_label(scope, made), heading))
    return found


# -- fields --------------------------------------------------------------------------------------


def fields_of_type(scope: Here, type_: ReportType) -> list[FieldChoice]:
    """The fields that pickers offer: of each object of the type, and of its parents."""
    if type_.sections:
        return [
            FieldChoice(path, label_of(scope.snapshot, type_, path), section.label, chain[-1])
            for section in type_.sections
            for path in section.columns
            if (chain := readable_chain(scope, type_, path)) is not None
        ]
    found: list[FieldChoice] = []
    for prefix, object_name in type_.objects.items():
        found += _of_object(scope, type_, prefix, object_name)
    return found


def readable_chain(scope: Here, type_: ReportType, path: str) -> tuple[CustomField, ...] | None:
    """The fields along a path, if the actor may read them all."""
    chain = resolve_typed(scope.snapshot, type_, path)
    is_open = all(readable(scope.actor, field, scope.snapshot) for field in chain)
    return chain if is_open else None


def _of_object(
    scope: Here, type_: ReportType, prefix: str, object_name: str
) -> Iterator[FieldChoice]:
    snapshot = scope.snapshot
    obj = snapshot.object(object_name)
    heading = snapshot.label(obj)
    own = list(_own_fields(scope, object_name))
    for field in own:
        path = prefix + field.local_name
        yield FieldChoice(path, snapshot.label(field), heading, field)
    for lookup in own:
        if not lookup.reference_to or len(lookup.reference_to) > 1:
            continue
        target = snapshot.object(lookup.reference_to[0])
        if not may(scope.actor, Operation.READ, target, snapshot):
            continue
        for field in _own_fields(scope, target.name):
            if field.is_system or field.reference_to:
                continue
            path = f"{prefix}{relation_name(lookup)}.{field.local_name}"
            group = _("%(object)s: %(field)s", object=heading, field=snapshot.label(lookup))
            yield FieldChoice(path, snapshot.label(field), group, field)


def _own_fields(scope: Here, object_name: str) -> list[CustomField]:
    snapshot = scope.snapshot
    name = snapshot.object(object_name).name_field
    found = [
        field
        for field in snapshot.fields(object_name).values()
        if field.local_name not in HIDDEN and readable(scope.actor, field, snapshot)
    ]
    return sorted(
        found, key=lambda f: (f.local_name != name, f.is_system, snapshot.label(f).casefold())
    )


def filter_choices(
    scope: Here, type_: ReportType, used: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """The fields of the filter rows, and those that the report filters by already."""
    found = []
    offered = {choice.path: choice for choice in fields_of_type(scope, type_)}
    for choice in offered.values():
        if choice.field.field_type.filterable and choice.field.field_type.operators:
            label = label_of(scope.snapshot, type_, choice.path)
            found.append(filter_field(scope, choice.field, choice.path, label))
    for path in used:
        chain = readable_chain(scope, type_, path)
        if path not in offered and chain is not None:
            label = label_of(scope.snapshot, type_, path)
            found.append(filter_field(scope, chain[-1], path, label))
    return found


def posted_typed(conn: Connection, scope: Here, type_: ReportType, form: Any) -> tuple[Filter, ...]:
    """The rows of the posted form; records named in them become their ids. Raises Rejected."""
    found, problems = [], list[Problem]()
    for number, row in enumerate(posted_rows(form), 1):
        try:
            field = resolve_typed(scope.snapshot, type_, row["field"])[-1]
            value = meant(conn, scope, field, row["value"])
        except Rejected as refusal:
            problems += refusal.problems
            continue
        found.append(Filter(str(number), row["field"], row["operator"], value))
    if problems:
        raise Rejected(*problems)
    return tuple(found)


# -- filters in words ----------------------------------------------------------------------------


def named_in(conn: Connection, scope: Here, type_: ReportType, rows: Iterable[Filter]) -> Titles:
    """The names of the records that filters of lookups mean."""
    ids = set()
    for row in rows:
        field = resolve_typed(scope.snapshot, type_, row.field)[-1]
        if field.type in REFERENCE_TYPES:
            ids |= {part for part in parts_of(field, row) if part != ME and is_id(part)}
    return find_titles(conn, scope.actor, scope.snapshot, ids) if ids else {}


def filter_words(
    scope: Here, type_: ReportType, row: Filter, titles: Titles
) -> tuple[str, str, str]:
    """(label, words, icon) of a filter: "Stage", "equals Won, Lost"."""
    field = resolve_typed(scope.snapshot, type_, row.field)[-1]
    operator = field.field_type.operator(row.operator)
    words = ", ".join(value_words(scope, field, part, titles) for part in parts_of(field, row))
    label = label_of(scope.snapshot, type_, row.field)
    return label, f"{operator.label} {words}".strip(), field.field_type.icon


def frame_words(frame: TimeFrame) -> str:
    """A time frame as people say it; "" for all time."""
    if frame.interval:
        return in_words(frame.interval)
    start = format_date(date.fromisoformat(frame.start)) if frame.start else ""
    end = format_date(date.fromisoformat(frame.end)) if frame.end else ""
    if start and end:
        return _("from %(start)s to %(end)s", start=start, end=end)
    if start:
        return _("from %(start)s", start=start)
    return _("to %(end)s", end=end) if end else ""


def cross_words(scope: Here, cross: CrossFilter) -> str:
    """A cross filter as people say it: "with opportunities (Stage equals Won)".

    "" where the reader may not see the other object, or a field that is asked of it.
    """
    snapshot = scope.snapshot
    inner = find_type(snapshot, cross.object)
    if inner is None or not may_use(inner, scope.actor, snapshot):
        return ""
    children = snapshot.label(snapshot.object(cross.object), "pluralLabel")
    parts = []
    for row in cross.filters:
        if readable_chain(scope, inner, row.field) is None:
            return ""
        label, words, _icon = filter_words(scope, inner, row, {})
        parts.append(f"{label} {words}")
    text = (
        _("without %(children)s", children=children)
        if cross.is_without
        else _("with %(children)s", children=children)
    )
    return f"{text} ({'; '.join(parts)})" if parts else text


def scope_labels(scope: Here, type_: ReportType) -> list[tuple[str, str, str]]:
    """Whose records there are to choose from: (value, label, icon)."""
    found = [("organization", _("Everybody's"), "users"), ("mine", _("Mine"), "user")]
    if scope.actor.role:
        found.append(("team", _("My team's"), "network"))
    return found


def format_label(report: Report) -> str:
    """What a format is called."""
    return {"Tabular": _("Tabular"), "Summary": _("Summary"), "Matrix": _("Matrix")}[report.format]
