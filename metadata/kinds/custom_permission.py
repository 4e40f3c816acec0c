"""A permission that the org makes up, for its rules and formulas to ask for."""

from __future__ import annotations

from dataclasses import dataclass

from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind
from .base import KINDS, common, schema


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomPermission(Definition):
    """Profiles and permission sets grant it by name."""


def _parse(document: Document) -> CustomPermission:
    return CustomPermission(**common(document))


KINDS.register(
    Kind(
        name="CustomPermission",
        label=lazy("Custom permission"),
        schema=schema("CustomPermission", {}, ("label",)),
        rank=55,
        folder="customPermissions",
        suffix="customPermission",
        parse=_parse,
        references=lambda _permission, _snapshot: (),
        check=lambda _permission, _snapshot: (),
        permission="ManageProfilesPermissionsets",
        icon="key-round",
    )
)
