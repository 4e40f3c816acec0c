"""Where Setup shows a component: pages here name what decides, the floor above knows its address.

One registration for each kind; what has no page is shown without a link, and so is everything to
whoever may not open Setup.
"""

from __future__ import annotations

from collections.abc import Callable

from ...metadata.definition import Definition
from .scope import Here

_PAGES: dict[str, Callable[[Definition], str]] = {}


def lead_to(kind: str, address: Callable[[Definition], str]) -> None:
    """Says where Setup shows components of the kind."""
    _PAGES[kind] = address


def setup_url(scope: Here, component: Definition | None) -> str:
    """The address of the component's page in Setup, "" where there is none for the actor."""
    if component is None or not scope.actor.is_administrator:
        return ""
    address = _PAGES.get(component.kind)
    return address(component) if address else ""
