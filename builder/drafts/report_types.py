"""Report types as change sets: an object, children joined to it, sections of fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...metadata.definition import Uid
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds import KINDS
from ...metadata.kinds.report_type import MARK, Join, ReportType, Section
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid
from .permits import check_label, free_name

KIND = "ReportType"


@dataclass(frozen=True, slots=True)
class SaidType:
    """What is said of a report type; joins as (lookup, whether parents without stay)."""

    label: str
    object: str
    description: str = ""
    joins: tuple[tuple[str, bool], ...] = ()
    sections: tuple[Section, ...] = ()


def said_of(type_: ReportType, snapshot: Snapshot) -> SaidType:
    """A type as its form shows it."""
    words = snapshot.label(type_), type_.object, snapshot.label(type_, "description")
    joins = tuple((join.field, join.outer) for join in type_.joins)
    return SaidType(*words, joins, type_.sections)


def new_type(snapshot: Snapshot, said: SaidType) -> ChangeSet:
    """The change set of a new type."""
    require(check_label(snapshot, KIND, said.label))
    document: Draft = {
        "kind": KIND, "uid": new_uid(), "name": free_name(snapshot, KIND, said.label),
    }  # fmt: skip
    put = (_with(document, said, ()),)
    return ChangeSet(put, (), _("%(name)s created", name=said.label))


def edited_type(snapshot: Snapshot, type_: ReportType, said: SaidType) -> ChangeSet:
    """The change set of other words, joins or fields."""
    require(check_label(snapshot, KIND, said.label, type_.uid))
    put = (_with(draft(type_), said, type_.joins),)
    return ChangeSet(put, (), _("%(name)s changed", name=said.label))


def deleted_type(snapshot: Snapshot, type_: ReportType) -> ChangeSet:
    """The change set that puts a type into the bin; raises Rejected when reports are of it.

    They would go along, as they do with an object: nobody who only tidies up types wants that.
    """
    for use in snapshot.referrers("ReportType", type_.name):
        message = _(
            "%(name)s is used by %(kind)s %(user)s.",
            name=type_.label, kind=str(KINDS.get(use.kind).label), user=use.label,
        )  # fmt: skip
        hint = _("Change or delete %(user)s first.", user=use.label)
        raise Rejected(Problem("component.in_use", (use.kind, use.name), message, hint))
    return ChangeSet((), (Uid(type_.uid),), _("%(name)s deleted", name=type_.label))


def _with(document: Draft, said: SaidType, known: Iterable[Join]) -> Draft:
    joins = list(_joins(said, {join.field: join.name for join in known}))
    prefixes = {"", *(join["name"] for join in joins)}
    document |= {
        "label": said.label, "description": said.description, "object": said.object,
        "joins": joins, "sections": list(_sections(said.sections, prefixes)),
    }  # fmt: skip
    return {key: value for key, value in document.items() if value not in ("", [])}


def _joins(said: SaidType, names: dict[str, str]) -> Iterator[Draft]:
    """The joins under the names that they had; a new one is called as its object."""
    taken = {names[field] for field, _outer in said.joins if field in names}
    for field, outer in said.joins:
        name = names.get(field) or _free(field.partition(".")[0], taken)
        taken.add(name)
        yield {"name": name, "field": field, **({"outer": True} if outer else {})}


def _free(base: str, taken: set[str]) -> str:
    return next(n for n in (base, *(f"{base}{i}" for i in range(2, 9))) if n not in taken)


def _sections(sections: Iterable[Section], prefixes: set[str]) -> Iterator[Draft]:
    """The sections without fields of objects that are joined no more."""
    for section in sections:
        columns = [c for c in section.columns if (c.partition(MARK)[0] if MARK in c else "")
                   in prefixes]  # fmt: skip
        rows = [
            {"field": c, **({"checkedByDefault": True} if c in section.chosen else {})}
            for c in columns
        ]
        if rows:
            yield {"id": section.id, "label": section.label, "columns": rows}
