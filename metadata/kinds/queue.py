"""A queue: owns records until one of its members takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ...platform.ids import is_id
from ..circles import Circle, read_circle
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import KINDS, NAME, check_ids, common, listed, schema
from .group import MEMBERS, check_members, member_references

if TYPE_CHECKING:
    from ..snapshot import Snapshot


KEY_PREFIX = "00G"


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Definition):
    """`objects` are those whose records it may own; members as in a group.

    Its uid is a record id, because it stands where an owner's id does.
    """

    objects: tuple[str, ...] = ()
    members: tuple[Circle, ...] = ()
    email: str = ""


def _parse(document: Document) -> Queue:
    return Queue(
        **common(document),
        objects=tuple(document.get("objects", ())),
        members=tuple(map(read_circle, document.get("members", ()))),
        email=document.get("email", ""),
    )


def _references(queue: Queue, _snapshot: Snapshot) -> tuple[Reference, ...]:
    objects = (
        Reference(
            ("objects", i), "CustomObject", name, when_gone=WhenGone.TAKE_OUT, out=("objects", i)
        )
        for i, name in enumerate(queue.objects)
    )
    return (*objects, *member_references(queue.members))


def _check(queue: Queue, snapshot: Snapshot) -> tuple[Problem, ...]:
    return (*_check_uid(queue), *_check_objects(queue, snapshot))


def _check_uid(queue: Queue) -> Iterator[Problem]:
    if not (is_id(queue.uid) and queue.uid.startswith(KEY_PREFIX)):
        message = _("The uid of a queue is a record id that begins with %(p)s.", p=KEY_PREFIX)
        yield Problem("queue.uid", ("uid",), message)


def _check_objects(queue: Queue, snapshot: Snapshot) -> tuple[Problem, ...]:
    unowned = (
        Problem(
            "queue.object",
            ("objects", i),
            _("Records of %(name)s have no owner of their own.", name=name),
        )
        for i, name in enumerate(queue.objects)
        if (obj := snapshot.find("CustomObject", name)) is None or not obj.has_owner
    )
    doubled = check_ids(queue.objects, "objects")
    return (*doubled, *unowned, *check_members(queue.members, snapshot))


KINDS.register(
    Kind(
        name="Queue",
        label=lazy("Queue"),
        schema=schema(
            "Queue",
            {
                "objects": listed(NAME, 200),
                "members": MEMBERS,
                "email": {"type": "string", "maxLength": 254},
            },
            ("label",),
        ),
        rank=60,
        folder="queues",
        suffix="queue",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageSharing",
        icon="inbox",
    )
)
