"""Profiles, and roles in the order of their tree, as choices of a form."""

from __future__ import annotations

from collections.abc import Iterator

from ...metadata.kinds.role import Role
from ...metadata.rights import SHIPPED
from ...metadata.snapshot import Snapshot

Choices = list[tuple[str, str]]  # [(what users hold, label)]


def profile_choices(snapshot: Snapshot) -> Choices:
    """Every profile, the shipped ones first."""
    found = sorted(snapshot.of_kind("Profile"), key=lambda p: (not p.protected, p.label.casefold()))
    return [(profile.uid.removeprefix(SHIPPED), snapshot.label(profile)) for profile in found]


def role_choices(snapshot: Snapshot) -> Choices:
    """Every role below the one above it, set in by its depth."""
    return [(role.uid, f"{'— ' * depth}{snapshot.label(role)}") for role, depth in tree(snapshot)]


def tree(snapshot: Snapshot, above: str = "", depth: int = 0) -> Iterator[tuple[Role, int]]:
    """(role, how deep it stands) from the top, each followed by those below."""
    below = [role for role in snapshot.of_kind("Role") if role.parent == above]
    for role in sorted(below, key=lambda one: (one.rank, one.label.casefold())):
        yield role, depth
        yield from tree(snapshot, role.name, depth + 1)
