"""Sets of people that metadata names: a role, a role and those below, a group, a queue, everybody.

Groups and queues share what they are made of; which users are in them directly is the org's data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..platform.errors import Problem, did_you_mean
from ..platform.i18n import _
from .definition import Path, Reference, WhenGone

if TYPE_CHECKING:
    from .snapshot import Snapshot

ROLE, ROLE_AND_BELOW, GROUP, QUEUE, EVERYBODY = (
    "role", "roleAndSubordinates", "group", "queue", "allInternalUsers",
)  # fmt: skip
#: {type of a circle: kind of what it names}
KIND_OF: Mapping[str, str] = {
    ROLE: "Role", ROLE_AND_BELOW: "Role", GROUP: "Group", QUEUE: "Queue",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Circle:
    """A set of people by its type and API name; everybody has no name."""

    type: str
    name: str = ""


def read_circle(row: Mapping[str, Any]) -> Circle:
    return Circle(row["type"], row.get("name", ""))


def circle_schema(*types: str) -> dict[str, Any]:
    """The schema of a circle of these types."""
    name = {"type": "string", "minLength": 1, "maxLength": 240}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {"type": {"enum": list(types)}, "name": name},
    }


def circle_reference(circle: Circle, place: Path, when_gone: WhenGone) -> Iterator[Reference]:
    """What the circle at `place` names; taken out, it goes whole."""
    if circle.type in KIND_OF:
        kind = KIND_OF[circle.type]
        yield Reference((*place, "name"), kind, circle.name, when_gone=when_gone, out=place)


def check_circle(circle: Circle, snapshot: Snapshot, *place: str | int) -> Iterator[Problem]:
    """A problem when the circle names nothing that there is."""
    if circle.type == EVERYBODY:
        return
    kind = KIND_OF[circle.type]
    if snapshot.find(kind, circle.name) is None:
        hint = did_you_mean(circle.name, (d.name for d in snapshot.of_kind(kind)))
        message = _("There is no %(name)s.", name=repr(circle.name))
        yield Problem("circle.unknown", (*place, "name"), message, hint)


def nested_groups(snapshot: Snapshot, names: Iterable[str]) -> frozenset[str]:
    """The groups with all that are in them, at any depth; a circle of groups does no harm."""
    found, waiting = set(names), list(names)
    while waiting:
        group = snapshot.find("Group", waiting.pop())
        for circle in group.members if group else ():
            if circle.type == GROUP and circle.name not in found:
                found.add(circle.name)
                waiting.append(circle.name)
    return frozenset(found)
