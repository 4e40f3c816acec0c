"""Field paths kept outside of the metadata: they follow renames when they are read.

Beside each path the uids of its fields are kept (ADR 009). Read under a later version of the
metadata, a path says what those fields are called by then; of a field that is gone, or can no
longer do what a view asks of it, the place is taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...metadata.definition import Document, Path
from ...metadata.kinds import KINDS
from ...metadata.kinds.list_view import path_at, path_places
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.errors import Rejected

Uids = Mapping[str, Sequence[str]]  # {path: [uid of each field on it]}
KIND = KINDS.get("ListView")
_LISTS = ("columns", "filters", "sort", "totals")


def uids_of(paths: Iterable[str], snapshot: Snapshot, object_name: str) -> dict[str, list[str]]:
    """The uids of the fields on each path; a path that leads nowhere has none."""
    found = {}
    for path in paths:
        try:
            found[path] = [str(field.uid) for field in snapshot.resolve(object_name, path)]
        except Rejected:
            continue
    return found


def present_path(uids: Sequence[str], snapshot: Snapshot, object_name: str) -> str | None:
    """The path over these fields as it is written now; None when one of them is gone."""
    parts: list[str] = []
    for n, uid in enumerate(uids, 1):
        field = next((f for f in snapshot.fields(object_name).values() if f.uid == uid), None)
        if field is None:
            return None
        if n == len(uids):
            return ".".join((*parts, field.local_name))
        if not field.reference_to:
            return None
        parts.append(relation_name(field))
        object_name = field.reference_to[0]
    return None


def paths_now(uids: Uids, snapshot: Snapshot, object_name: str) -> dict[str, str]:
    """{path as it was kept: path as it is written now} of those that still lead somewhere."""
    found = {path: present_path(chain, snapshot, object_name) for path, chain in uids.items()}
    return {path: now for path, now in found.items() if now is not None}


def followed(document: Document, uids: Uids, snapshot: Snapshot) -> tuple[Document, bool]:
    """The document of a view as it is to be read now, and whether something of it was lost."""
    now = paths_now(uids, snapshot, document["object"])
    gone: list[Path] = []
    changed: Any = document
    for place, out in path_places(document):
        path = now.get(path_at(document, place))
        if path is None:
            gone.append(out)
        else:
            changed = _with(changed, place, path)
    changed = _without(changed, gone)
    mended = _mended(changed, snapshot)
    return mended, bool(gone) or mended != changed


def _mended(document: Document, snapshot: Snapshot) -> Document:
    """The document without what its kind would refuse by now: a field may have another type."""
    for _attempt in range(5):
        problems = KIND.check(KIND.parse(document), snapshot)
        places = {_place(problem.path) for problem in problems if problem.path}
        if not places:
            break
        document = _without(document, sorted(places, key=str))
    return document


def _place(path: Path) -> Path:
    return path[:2] if path[0] in _LISTS else path[:1]


def _without(document: Document, places: Sequence[Path]) -> Document:
    assert KIND.take_out is not None  # noqa: S101 - logic follows its filters
    return KIND.take_out(document, tuple(dict.fromkeys(places))) if places else document


def _with(value: Any, place: Path, text: str) -> Any:
    if not place:
        return text
    head, *rest = place
    if isinstance(value, Mapping):
        return {**value, head: _with(value[head], tuple(rest), text)}
    return [_with(v, tuple(rest), text) if i == head else v for i, v in enumerate(value)]
