"""A report type: an object, the children joined to it, and the fields a report may begin with.

Joins go down from parents to children, each along a lookup of the child that names its parent; one
that is outer also keeps parents without such children, and then so do all below it. Every object,
and every lookup of one object to another, is a type without any document: see `find_type`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Path, Reference, Uid, WhenGone
from .base import ID, KINDS, NAME, TEXT, check_ids, check_path, common, listed, of_path, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

MAX_JOINS = 3  # beside the first object
MARK = "$"  # between the name of a join and a path from its object: "Contacts$Email"
CHILD = "Child"  # the join of a type without a document
OUTER = "?"  # at the end of the name of such a type: also parents without children


@dataclass(frozen=True, slots=True)
class Join:
    """Children of the object before: those whose lookup `field` names it."""

    name: str  # what paths call it
    field: str  # full name of the child's lookup: "Contact.AccountId"
    outer: bool = False

    @property
    def object(self) -> str:
        """The API name of the child."""
        return self.field.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under a heading, as the builder offers them; `chosen` ones begin a new report."""

    id: str
    label: str
    columns: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportType(Definition):
    """What the rows of a report are made of. Without sections every field is offered."""

    object: str
    joins: tuple[Join, ...] = ()
    sections: tuple[Section, ...] = ()

    def object_of(self, path: str) -> tuple[str, str]:
        """(object, path from it) of a path that may begin with a join: "Contacts$Email"."""
        name, mark, rest = path.partition(MARK)
        if not mark:
            return self.object, path
        join = next((one for one in self.joins if one.name == name), None)
        return ("" if join is None else join.object), rest

    @property
    def objects(self) -> Mapping[str, str]:
        """{prefix of paths: object}, the first one under ""."""
        return {"": self.object} | {one.name + MARK: one.object for one in self.joins}


# -- types without a document --------------------------------------------------------------------


def find_type(snapshot: Snapshot, name: str) -> ReportType | None:
    """A type by its name, or one that needs no document.

    "Account", "Account$Contact.AccountId" (accounts with contacts) and "Account$Contact.AccountId?"
    (with or without) are such names.
    """
    if (found := snapshot.find("ReportType", name)) is not None:
        return found  # type: ignore[no-any-return]
    object_name, mark, rest = name.partition(MARK)
    if snapshot.find("CustomObject", object_name) is None:
        return None
    if not mark:
        return _made(name, object_name, ())
    field = rest.removesuffix(OUTER)
    if not any(one.name == field for one in snapshot.children(object_name)):
        return None
    return _made(name, object_name, (Join(CHILD, field, rest.endswith(OUTER)),))


def pair_name(field: CustomField, parent: str, *, outer: bool = False) -> str:
    """The name of the type of a parent with the children of a lookup."""
    return f"{parent}{MARK}{field.name}{OUTER if outer else ''}"


def _made(name: str, object_name: str, joins: tuple[Join, ...]) -> ReportType:
    document = {"kind": "ReportType", "uid": f"type:{name}", "name": name, "system": True}
    return ReportType(
        uid=Uid(f"type:{name}"), name=name, document=document, object=object_name, joins=joins
    )


def type_references(name: str, path: Path, snapshot: Snapshot) -> Iterator[Reference]:
    """What the name of a report's type names: a document, or an object and a lookup."""
    if snapshot.find("ReportType", name) is not None:
        yield Reference(path, "ReportType", name, when_gone=WhenGone.FOLLOW)
        return
    object_name, mark, rest = name.partition(MARK)
    span, gone = (0, len(object_name)), WhenGone.FOLLOW
    yield Reference(path, "CustomObject", object_name, span=span, when_gone=gone)
    if mark:
        field = rest.removesuffix(OUTER)
        span = (len(object_name) + 1, len(object_name) + 1 + len(field))
        if not _is_system(snapshot, field):
            yield Reference(path, "CustomField", field, span=span, when_gone=gone)
        child = field.rpartition(".")[0]
        if _is_system(snapshot, field):
            end = span[0] + len(child)
            yield Reference(path, "CustomObject", child, span=(span[0], end), when_gone=gone)


def _is_system(snapshot: Snapshot, field: str) -> bool:
    return snapshot.find("CustomField", field) is None


# -- paths ---------------------------------------------------------------------------------------


def of_typed_path(
    snapshot: Snapshot, type_: ReportType, text: str, path: Path, out: Path | None = None
) -> Iterator[Reference]:
    """The fields that a path of a report names, as `of_path` has them."""
    object_name, rest = type_.object_of(text)
    start = len(text) - len(rest)
    for found in of_path(snapshot, object_name, rest, path, out) if object_name else ():
        yield Reference(
            path, found.kind, found.name, found.segment, (start, len(text)),
            when_gone=found.when_gone, out=found.out,
        )  # fmt: skip


def resolve_typed(snapshot: Snapshot, type_: ReportType, text: str) -> tuple[CustomField, ...]:
    """The fields along a path of a report; raises Rejected."""
    object_name, rest = type_.object_of(text)
    return snapshot.resolve(object_name or type_.object, rest if object_name else text)


def check_typed_path(
    snapshot: Snapshot, type_: ReportType, text: str, *path: str | int
) -> tuple[Problem, ...]:
    """A problem at `path` when the path of a report leads nowhere."""
    object_name, rest = type_.object_of(text)
    return check_path(snapshot, object_name or type_.object, rest if object_name else text, *path)


# -- the kind ------------------------------------------------------------------------------------


def parse_type(document: Document) -> ReportType:
    """The report type of a document that fits the schema."""
    return ReportType(
        **common(document),
        object=document["object"],
        joins=tuple(
            Join(row["name"], row["field"], row.get("outer", False))
            for row in document.get("joins", ())
        ),
        sections=tuple(map(_section, document.get("sections", ()))),
    )


def _section(row: Mapping[str, Any]) -> Section:
    columns = row.get("columns", ())
    chosen = tuple(one["field"] for one in columns if one.get("checkedByDefault"))
    return Section(row["id"], row["label"], tuple(one["field"] for one in columns), chosen)


def _references(type_: ReportType, snapshot: Snapshot) -> tuple[Reference, ...]:
    gone = WhenGone.FOLLOW
    found = [Reference(("object",), "CustomObject", type_.object, when_gone=gone)]
    for i, join in enumerate(type_.joins):
        place = ("joins", i, "field")
        if _is_system(snapshot, join.field):
            span = (0, len(join.object))
            found.append(Reference(place, "CustomObject", join.object, span=span, when_gone=gone))
        else:
            found.append(Reference(place, "CustomField", join.field, when_gone=gone))
    for i, section in enumerate(type_.sections):
        for j, column in enumerate(section.columns):
            row: Path = ("sections", i, "columns", j)
            found += of_typed_path(snapshot, type_, column, (*row, "field"), row)
    return tuple(found)


def _check(type_: ReportType, snapshot: Snapshot) -> tuple[Problem, ...]:
    if snapshot.find("CustomObject", type_.object) is None:
        hint = did_you_mean(type_.object, (o.name for o in snapshot.objects()))
        message = _("There is no object %(name)s.", name=repr(type_.object))
        return (Problem("object.unknown", ("object",), message, hint),)
    found = [*check_ids((one.name for one in type_.joins), "joins"), *_check_joins(type_, snapshot)]
    if found:
        return tuple(found)
    found += check_ids((one.id for one in type_.sections), "sections")
    for i, section in enumerate(type_.sections):
        for j, column in enumerate(section.columns):
            place = ("sections", i, "columns", j, "field")
            found += check_typed_path(snapshot, type_, column, *place)
    return tuple(found)


def _check_joins(type_: ReportType, snapshot: Snapshot) -> Iterator[Problem]:
    above, is_outer = type_.object, False
    for i, join in enumerate(type_.joins):
        field = snapshot.find_field(*_split(join.field))
        if field is None or above not in field.reference_to:
            message = _("%(name)s is no lookup to %(object)s.", name=repr(join.field), object=above)
            hint = did_you_mean(join.field, (one.name for one in snapshot.children(above)))
            yield Problem("report_type.join", ("joins", i, "field"), message, hint)
            return
        if is_outer and not join.outer:
            message = _("Below records that may be missing, all may be missing.")
            yield Problem("report_type.outer", ("joins", i, "outer"), message)
        above, is_outer = join.object, join.outer


def _split(full_name: str) -> tuple[str, str]:
    object_name, _dot, local = full_name.rpartition(".")
    return object_name, local


_COLUMN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["field"],
    "properties": {"field": dict(NAME), "checkedByDefault": {"type": "boolean"}},
}
_SECTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "label"],
    "properties": {"id": dict(ID), "label": dict(TEXT), "columns": listed(_COLUMN, 1000)},
}
_JOIN = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "field"],
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,79}$"},
        "field": dict(NAME),
        "outer": {"type": "boolean"},
    },
}

KINDS.register(
    Kind(
        name="ReportType",
        label=lazy("Report type"),
        schema=schema(
            "ReportType",
            {
                "object": dict(NAME),
                "joins": listed(_JOIN, MAX_JOINS),
                "sections": listed(_SECTION, 50),
            },
            ("label", "object"),
        ),
        rank=60,
        folder="reportTypes",
        suffix="reportType",
        parse=parse_type,
        references=_references,
        check=_check,
        icon="table-2",
    )
)
