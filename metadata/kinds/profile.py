"""A profile: what everybody who has it may do, and how pages look to them. Everybody has one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ...platform.people.whereabouts import ANY_TIME, DAY, IpRange, Week, check_range
from ..definition import Definition, Document, Kind, Reference, WhenGone
from ..grants import GRANT_PROPERTIES, Grants, check_grants, grant_references, read_grants
from .base import KINDS, NAME, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: what an org may say even of a shipped profile
OWN_KEYS = ("loginIpRanges", "loginHours")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(Definition):
    """`layouts` is {object: layout}; objects it does not name have their default layout.

    `type_layouts` is {record type: layout}, which goes before.
    """

    grants: Grants = field(default_factory=Grants)
    layouts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    type_layouts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ip_ranges: tuple[IpRange, ...] = ()  # empty: from where the org says
    hours: Week = ANY_TIME  # when people may sign in, in the org's time zone
    needs_second_factor: bool = False
    protected: bool = False  # shipped: may be cloned, not changed or deleted


def _parse(document: Document) -> Profile:
    ranges = document.get("loginIpRanges", ())
    rows = document.get("layoutAssignments", ())
    return Profile(
        **common(document),
        grants=read_grants(document),
        layouts=MappingProxyType(
            {_object_of(row["layout"]): row["layout"] for row in rows if not row.get(_TYPE)}
        ),
        type_layouts=MappingProxyType(
            {row[_TYPE]: row["layout"] for row in rows if row.get(_TYPE)}
        ),
        ip_ranges=tuple(
            IpRange(row["startAddress"], row["endAddress"], row.get("description", ""))
            for row in ranges
        ),
        hours=_week(document.get("loginHours", {})),
        needs_second_factor=document.get("needsSecondFactor", False),
        protected=document.get("protected", False),
    )


def _week(said: Mapping[str, int]) -> Week:
    """A day that is not said is open at any time."""
    return tuple(
        (said[f"{day}Start"], said[f"{day}End"])
        if f"{day}Start" in said and f"{day}End" in said
        else None
        for day in WEEKDAYS
    )


_TYPE = "recordType"  # key of an assignment that holds for records of one type


def _object_of(layout: str) -> str:
    return layout.partition("-")[0]


def _references(profile: Profile, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return (*grant_references(profile.document), *_layout_references(profile.document))


def _layout_references(document: Document) -> Iterator[Reference]:
    for i, row in enumerate(document.get("layoutAssignments", ())):
        out = ("layoutAssignments", i)
        yield Reference(
            (*out, "layout"), "Layout", row["layout"], when_gone=WhenGone.TAKE_OUT, out=out
        )
        if name := row.get(_TYPE):
            yield Reference((*out, _TYPE), "RecordType", name, when_gone=WhenGone.TAKE_OUT, out=out)


def _check(profile: Profile, snapshot: Snapshot) -> tuple[Problem, ...]:
    document = profile.document
    return (
        *check_grants(document, snapshot),
        *_check_layouts(document, snapshot),
        *_check_ranges(document),
        *_check_hours(document),
    )


def _check_layouts(document: Document, snapshot: Snapshot) -> Iterator[Problem]:
    for i, row in enumerate(document.get("layoutAssignments", ())):
        if snapshot.find("Layout", row["layout"]) is None:
            message = _("There is no layout %(name)s.", name=repr(row["layout"]))
            yield Problem("profile.layout", ("layoutAssignments", i, "layout"), message)
        elif (name := row.get(_TYPE)) and not _fits(name, row["layout"], snapshot):
            message = _("There is no record type %(name)s of this object.", name=repr(name))
            yield Problem("profile.record_type", ("layoutAssignments", i, _TYPE), message)


def _fits(record_type: str, layout: str, snapshot: Snapshot) -> bool:
    found = snapshot.find("RecordType", record_type)
    return found is not None and found.object == snapshot.get("Layout", layout).object


def _check_ranges(document: Document) -> Iterator[Problem]:
    for i, row in enumerate(document.get("loginIpRanges", ())):
        problem = check_range(IpRange(row["startAddress"], row["endAddress"]))
        if problem is not None:
            place = ("loginIpRanges", i)
            yield Problem("profile.ip_range", place, problem.message, problem.hint)


def _check_hours(document: Document) -> Iterator[Problem]:
    said = document.get("loginHours", {})
    for day in WEEKDAYS:
        first, last = said.get(f"{day}Start"), said.get(f"{day}End")
        place = ("loginHours", f"{day}End")
        if (first is None) != (last is None):
            message = _("A day has a time at which it begins and one at which it ends.")
            yield Problem("profile.hours", place, message)
        elif first is not None and first > last:
            yield Problem("profile.hours", place, _("The day ends before it begins."))


_ADDRESS = {"type": "string", "maxLength": 45}
_RANGE: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["startAddress", "endAddress"],
    "properties": {
        "startAddress": _ADDRESS,
        "endAddress": _ADDRESS,
        "description": {"type": "string", "maxLength": 255},
    },
}
_MINUTES = {"type": "integer", "minimum": 0, "maximum": DAY}
_HOURS: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {f"{day}{end}": _MINUTES for day in WEEKDAYS for end in ("Start", "End")},
}
_LAYOUT: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["layout"],
    "properties": {"layout": dict(NAME), _TYPE: dict(NAME)},
}

KINDS.register(
    Kind(
        name="Profile",
        label=lazy("Profile"),
        schema=schema(
            "Profile",
            {
                **GRANT_PROPERTIES,
                "layoutAssignments": {"type": "array", "maxItems": 2000, "items": dict(_LAYOUT)},
                "loginHours": dict(_HOURS),
                "loginIpRanges": {"type": "array", "maxItems": 100, "items": dict(_RANGE)},
                "needsSecondFactor": {"type": "boolean"},
                "protected": {"type": "boolean"},
            },
            ("label",),
        ),
        rank=70,
        folder="profiles",
        suffix="profile",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageProfilesPermissionsets",
        icon="id-card",
    )
)
