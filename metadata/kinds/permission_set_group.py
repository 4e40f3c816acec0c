"""Permission sets that are assigned together, less what the group mutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from ..grants import GRANT_PROPERTIES, Grants, check_grants, grant_references, read_muting
from .base import KINDS, NAME, check_ids, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSetGroup(Definition):
    """What is muted is taken from the group's sets only, not from what people have otherwise."""

    sets: tuple[str, ...] = ()
    muted: Grants = field(default_factory=Grants)


def _parse(document: Document) -> PermissionSetGroup:
    return PermissionSetGroup(
        **common(document),
        sets=tuple(document.get("permissionSets", ())),
        muted=read_muting(document.get("muting", {})),
    )


def _references(group: PermissionSetGroup, _snapshot: Snapshot) -> tuple[Reference, ...]:
    sets = (
        Reference(
            ("permissionSets", i), "PermissionSet", name,
            when_gone=WhenGone.TAKE_OUT, out=("permissionSets", i),
        )
        for i, name in enumerate(group.sets)
    )  # fmt: skip
    return (*sets, *grant_references(group.document.get("muting", {}), ("muting",)))


def _check(group: PermissionSetGroup, snapshot: Snapshot) -> tuple[Problem, ...]:
    known = [one.name for one in snapshot.of_kind("PermissionSet")]
    unknown = (
        Problem(
            "permission_set.unknown",
            ("permissionSets", i),
            _("There is no permission set %(name)s.", name=repr(name)),
            did_you_mean(name, known),
        )
        for i, name in enumerate(group.sets)
        if name not in known
    )
    muting = check_grants(group.document.get("muting", {}), snapshot, ("muting",))
    return (*check_ids(group.sets, "permissionSets"), *unknown, *muting)


KINDS.register(
    Kind(
        name="PermissionSetGroup",
        label=lazy("Permission set group"),
        schema=schema(
            "PermissionSetGroup",
            {
                "permissionSets": listed(NAME, 200),
                "muting": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": dict(GRANT_PROPERTIES),
                },
            },
            ("label",),
        ),
        rank=74,
        folder="permissionSetGroups",
        suffix="permissionSetGroup",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageProfilesPermissionsets",
        icon="shield-check",
    )
)
