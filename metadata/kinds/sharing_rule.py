"""A sharing rule: some people get more access to some records than the org-wide default gives.

The records are those of certain owners, or those that meet criteria. Rules only ever add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..circles import (
    EVERYBODY,
    GROUP,
    QUEUE,
    ROLE,
    ROLE_AND_BELOW,
    Circle,
    check_circle,
    circle_reference,
    circle_schema,
    read_circle,
)
from ..definition import Definition, Document, Kind, Reference, WhenGone
from ..filter_logic import parse as parse_logic
from ..predicates import Predicate
from ..relative_dates import is_relative
from .base import (
    KINDS,
    NAME,
    check_ids,
    check_object,
    common,
    find_last,
    listed,
    of_object,
    of_path,
    of_record_types,
    schema,
)  # fmt: skip
from .list_view import FILTER, Filter, check_filter, check_logic, read_filter
from .role import CHILD_LEVELS, LEVELS

if TYPE_CHECKING:
    from ..snapshot import Snapshot

OWNER, CRITERIA = "owner", "criteria"
_NO_LEVELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingRule(Definition):
    """By owner it has `shared_from`, by criteria `filters`; `account_levels` are of accounts."""

    object: str
    type: str
    shared_to: Circle
    access: str  # Read or Edit
    shared_from: Circle | None = None
    filters: tuple[Filter, ...] = ()
    boolean_filter: str = ""
    account_levels: Mapping[str, str] = field(default_factory=lambda: _NO_LEVELS)  # {child: level}

    @property
    def predicate(self) -> Predicate:
        """The criteria. Raises Rejected when their logic is not understood."""
        return parse_logic(self.boolean_filter, tuple(row.condition for row in self.filters))


def _parse(document: Document) -> SharingRule:
    shared_from, levels = document.get("sharedFrom"), document.get("accountSettings", {})
    return SharingRule(
        **common(document),
        object=document["object"],
        type=document["type"],
        shared_to=read_circle(document["sharedTo"]),
        access=document["access"],
        shared_from=read_circle(shared_from) if shared_from else None,
        filters=tuple(map(read_filter, document.get("filters", ()))),
        boolean_filter=document.get("booleanFilter", ""),
        account_levels=MappingProxyType(
            {name: levels[key] for name, key in CHILD_LEVELS.items() if key in levels}
        ),
    )


def _references(rule: SharingRule, snapshot: Snapshot) -> tuple[Reference, ...]:
    return (
        *of_object(rule.document),
        *circle_reference(rule.shared_to, ("sharedTo",), WhenGone.REFUSE),
        *_from_reference(rule),
        *_filter_references(rule, snapshot),
    )


def _from_reference(rule: SharingRule) -> Iterator[Reference]:
    if rule.shared_from:
        yield from circle_reference(rule.shared_from, ("sharedFrom",), WhenGone.REFUSE)


def _filter_references(rule: SharingRule, snapshot: Snapshot) -> Iterator[Reference]:
    """A criterion cannot be left out, which would share more: its field cannot go."""
    for i, row in enumerate(rule.filters):
        for found in of_path(snapshot, rule.object, row.field, ("filters", i, "field")):
            yield Reference(found.path, found.kind, found.name, found.segment)
    for i, row in enumerate(rule.document.get("filters", ())):
        field = find_last(snapshot, rule.object, row["field"])
        yield from of_record_types(snapshot, field, row, ("filters", i))


def _check(rule: SharingRule, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, rule.object):
        return problems
    return (
        *_check_shape(rule, snapshot),
        *check_circle(rule.shared_to, snapshot, "sharedTo"),
        *(check_circle(rule.shared_from, snapshot, "sharedFrom") if rule.shared_from else ()),
        *_check_criteria(rule, snapshot),
    )


def _check_shape(rule: SharingRule, snapshot: Snapshot) -> Iterator[Problem]:
    if not snapshot.object(rule.object).has_owner:
        message = _("Records of this object are shared as their masters are.")
        yield Problem("sharing.no_owner", ("object",), message)
    if (rule.type == OWNER) != (rule.shared_from is not None):
        message = _("A rule by owner says whose records it shares; no other rule does.")
        yield Problem("sharing.from", ("sharedFrom",), message)
    if (rule.type == CRITERIA) != bool(rule.filters):
        message = _("A rule by criteria has at least one criterion; no other rule has any.")
        yield Problem("sharing.criteria", ("filters",), message)


def _check_criteria(rule: SharingRule, snapshot: Snapshot) -> Iterator[Problem]:
    yield from check_ids((row.id for row in rule.filters), "filters")
    for i, row in enumerate(rule.filters):
        if "." in row.field:
            message = _("Criteria name fields of the record itself.")
            yield Problem("sharing.path", ("filters", i, "field"), message)
        elif (field := snapshot.find_field(rule.object, row.field)) and field.formula:
            message = _("Criteria name fields that are filled in, not formula fields.")
            yield Problem("sharing.formula", ("filters", i, "field"), message)
        else:
            yield from check_filter(rule.object, row, snapshot, "filters", i)
            yield from _check_operands(row, "filters", i, "value")
    yield from check_logic(rule)


def _check_operands(row: Filter, *place: str | int) -> Iterator[Problem]:
    """A rule shares the same records at any time and for anybody."""
    operands = row.value if isinstance(row.value, tuple) else (row.value,)
    if any(isinstance(one, str) and (is_relative(one) or one == "me") for one in operands):
        message = _("Criteria compare with fixed values, not with today or with the reader.")
        yield Problem("sharing.operand", place, message)


_FROM: Any = circle_schema(ROLE, ROLE_AND_BELOW, GROUP, QUEUE, EVERYBODY)
_TO: Any = circle_schema(ROLE, ROLE_AND_BELOW, GROUP, QUEUE, EVERYBODY)

KINDS.register(
    Kind(
        name="SharingRule",
        label=lazy("Sharing rule"),
        schema=schema(
            "SharingRule",
            {
                "object": dict(NAME),
                "type": {"enum": [OWNER, CRITERIA]},
                "sharedFrom": _FROM,
                "sharedTo": _TO,
                "access": {"enum": ["Read", "Edit"]},
                "filters": listed(FILTER, 20),
                "booleanFilter": {"type": "string", "maxLength": 1000},
                "accountSettings": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {key: {"enum": list(LEVELS)} for key in CHILD_LEVELS.values()},
                },
            },
            ("label", "object", "type", "sharedTo", "access"),
        ),
        rank=62,
        folder="objects/{object}/sharingRules",
        suffix="sharingRule",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageSharing",
        icon="share-2",
    )
)
