"""Where a component is used, as pages list it."""

from __future__ import annotations

from collections.abc import Iterable

from ...metadata.definition import Use
from ...metadata.kinds import KINDS
from ...metadata.snapshot import Snapshot


def use_rows(snapshot: Snapshot, uses: Iterable[Use]) -> list[dict[str, str]]:
    """The components in the reader's language, once each; translations go without saying."""
    seen = dict.fromkeys((use.kind, use.name) for use in uses if use.kind != "Translations")
    return [
        {
            "kind": str(KINDS.get(kind).label),
            "icon": KINDS.get(kind).icon,
            "label": snapshot.label(snapshot.get(kind, name)) or name,
        }
        for kind, name in seen
    ]
