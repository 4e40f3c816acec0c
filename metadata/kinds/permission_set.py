"""A permission set: what some people may do beyond their profile. It only ever adds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind, Reference
from ..grants import GRANT_PROPERTIES, Grants, check_grants, grant_references, read_grants
from .base import KINDS, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionSet(Definition):
    """It is assigned to users by itself or in groups."""

    grants: Grants = field(default_factory=Grants)


def _parse(document: Document) -> PermissionSet:
    return PermissionSet(**common(document), grants=read_grants(document))


def _references(found: PermissionSet, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return tuple(grant_references(found.document))


def _check(found: PermissionSet, snapshot: Snapshot) -> tuple[Problem, ...]:
    return tuple(check_grants(found.document, snapshot))


KINDS.register(
    Kind(
        name="PermissionSet",
        label=lazy("Permission set"),
        schema=schema("PermissionSet", dict(GRANT_PROPERTIES), ("label",)),
        rank=72,
        folder="permissionSets",
        suffix="permissionSet",
        parse=_parse,
        references=_references,
        check=_check,
        permission="ManageProfilesPermissionsets",
        icon="shield-plus",
    )
)
