"""A role: a place in the tree of who sees whose records. People above see what those below see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from .base import KINDS, NAME, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

LEVELS = ("None", "Read", "Edit")
#: {object: key of a role's document}: what owners of accounts get to the accounts' children.
CHILD_LEVELS = {
    "Contact": "contactAccessLevel",
    "Opportunity": "opportunityAccessLevel",
    "Case": "caseAccessLevel",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Definition):
    """`parent` is the role above; "" at the top. The access levels are those of CHILD_LEVELS."""

    parent: str = ""
    child_levels: tuple[tuple[str, str], ...] = ()  # (object, level); what is not named is "Edit"
    rank: int = 100  # among the roles below the same one

    def child_level(self, object_name: str) -> str:
        return dict(self.child_levels).get(object_name, "Edit")


def _parse(document: Document) -> Role:
    levels = ((name, document.get(key)) for name, key in CHILD_LEVELS.items())
    return Role(
        **common(document),
        parent=document.get("parentRole", ""),
        child_levels=tuple((name, level) for name, level in levels if level),
        rank=document.get("rank", 100),
    )


def _references(role: Role, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return (Reference(("parentRole",), "Role", role.parent),) if role.parent else ()


def _check(role: Role, snapshot: Snapshot) -> tuple[Problem, ...]:
    if not role.parent:
        return ()
    seen, above = {role.name}, role.parent
    while above:
        found = snapshot.find("Role", above)
        if found is None:
            hint = did_you_mean(above, (r.name for r in snapshot.of_kind("Role")))
            message = _("There is no role %(name)s.", name=repr(above))
            return (Problem("role.unknown", ("parentRole",), message, hint),)
        if above in seen:
            message = _("A role cannot stand below itself.")
            return (Problem("role.circle", ("parentRole",), message),)
        seen.add(above)
        above = found.parent
    return ()


KINDS.register(
    Kind(
        name="Role",
        label=lazy("Role"),
        schema=schema(
            "Role",
            {
                "parentRole": dict(NAME),
                "rank": {"type": "integer", "minimum": 0, "maximum": 100000},
                **{key: {"enum": list(LEVELS)} for key in CHILD_LEVELS.values()},
            },
            ("label",),
        ),
        rank=10,
        folder="roles",
        suffix="role",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageSharing",
        icon="network",
    )
)
