"""A public group: people, roles and other groups under one name, to share records with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..circles import (
    GROUP,
    ROLE,
    ROLE_AND_BELOW,
    Circle,
    check_circle,
    circle_reference,
    circle_schema,
    nested_groups,
    read_circle,
)
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import KINDS, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

MEMBERS = listed(circle_schema(ROLE, ROLE_AND_BELOW, GROUP), 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Definition):
    """`members` are roles and groups; single users belong to the org's data, not to this."""

    members: tuple[Circle, ...] = ()
    includes_bosses: bool = True  # people above a member get what the group gets


def _parse(document: Document) -> Group:
    return Group(
        **common(document),
        members=tuple(map(read_circle, document.get("members", ()))),
        includes_bosses=document.get("doesIncludeBosses", True),
    )


def member_references(members: tuple[Circle, ...]) -> Iterator[Reference]:
    for i, circle in enumerate(members):
        yield from circle_reference(circle, ("members", i), WhenGone.TAKE_OUT)


def check_members(members: tuple[Circle, ...], snapshot: Snapshot) -> Iterator[Problem]:
    """Members that are there twice or not at all."""
    for i, circle in enumerate(members):
        yield from check_circle(circle, snapshot, "members", i)
        if circle in members[:i]:
            message = _("%(name)s is there twice.", name=repr(circle.name))
            yield Problem("list.doubled", ("members", i), message)


def _check(group: Group, snapshot: Snapshot) -> tuple[Problem, ...]:
    inner = [circle.name for circle in group.members if circle.type == GROUP]
    problems = list(check_members(group.members, snapshot))
    if group.name in nested_groups(snapshot, inner):
        message = _("A group cannot be in itself.")
        problems.append(Problem("group.circle", ("members",), message))
    return tuple(problems)


KINDS.register(
    Kind(
        name="Group",
        label=lazy("Public group"),
        schema=schema(
            "Group", {"members": MEMBERS, "doesIncludeBosses": {"type": "boolean"}}, ("label",)
        ),
        rank=12,
        folder="groups",
        suffix="group",
        parse=_parse,
        references=lambda group, _snapshot: tuple(member_references(group.members)),
        check=_check,
        permission="ManageSharing",
        icon="users",
    )
)
