"""Where Setup shows a component: pages here name what decides, the floor above knows its address.

One registration for each kind; what has no page is shown without a link, and so is everything to
whoever may not open Setup.
"""

from __future__ import annotations

from collections.abc import Callable

from ...metadata.definition import Definition
from ...metadata.kinds.custom_field import CustomField
from .scope import Here

_PAGES: dict[str, Callable[[Definition], str]] = {}
_FIELD_ACCESS: list[Callable[[Definition, CustomField, str], str]] = []


def lead_to(kind: str, address: Callable[[Definition], str]) -> None:
    """Says where Setup shows components of the kind."""
    _PAGES[kind] = address


def lead_to_field_access(address: Callable[[Definition, CustomField, str], str]) -> None:
    """Says where Setup gives whoever has a profile a right ("Read", "Edit") on a field."""
    _FIELD_ACCESS[:] = [address]


def field_access_url(scope: Here, profile: Definition, field: CustomField, right: str) -> str:
    """The address of the page that would give the right, "" where there is none for the actor."""
    if not scope.actor.is_administrator:
        return ""
    return next((address(profile, field, right) for address in _FIELD_ACCESS), "")


def setup_url(scope: Here, component: Definition | None) -> str:
    """The address of the component's page in Setup, "" where there is none for the actor."""
    if component is None or not scope.actor.is_administrator:
        return ""
    address = _PAGES.get(component.kind)
    return address(component) if address else ""
