"""An edited layout as a change set: what the editor posts replaces sections and related lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.layout import Layout
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .documents import draft

_EDITED = frozenset({"sections", "relatedLists"})
MANY_REQUIRED = 8  # more required fields than this lower users' satisfaction


def edited_layout(layout: Layout, posted: Mapping[str, Any]) -> ChangeSet:
    """The change set of a posted layout; any other key is refused."""
    if unknown := set(posted) - _EDITED:
        message = _("%(name)s does not belong to a layout.", name=", ".join(sorted(unknown)))
        raise Rejected(Problem("layout.unknown_key", (), message))
    document = draft(layout) | dict(posted)
    return ChangeSet(
        (document,), (), _("Layout %(name)s changed", name=layout.label or layout.name)
    )


def warnings(posted: Mapping[str, Any]) -> list[str]:
    """What an administrator should know before saving."""
    required = [
        cell
        for section in posted.get("sections", ())
        for cell in section.get("cells", ())
        if cell.get("behavior") == "Required"
    ]
    if len(required) <= MANY_REQUIRED:
        return []
    return [_("%(n)s fields are required: people may give up on long forms.", n=len(required))]
