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
            "label": _label(snapshot, kind, name),
        }
        for kind, name in seen
    ]


def _label(snapshot: Snapshot, kind: str, name: str) -> str:
    """A field with its object: many objects have a field of the same label."""
    label = snapshot.label(snapshot.get(kind, name)) or name
    owner = snapshot.find_object(name.partition(".")[0]) if kind == "CustomField" else None
    return f"{snapshot.label(owner)} · {label}" if owner else label
