"""Documents as canonical files: the same document always gives the same bytes.

Keys are sorted (kind, uid, name and label first), lists keep their order; two spaces of indent,
UTF-8, one newline at the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..definition import Document
from ..kinds import KINDS

_FIRST = ("kind", "uid", "name", "label")


def canonical_bytes(document: Document) -> bytes:
    """The document as the bytes of its file."""
    return (json.dumps(_sorted(document), ensure_ascii=False, indent=2) + "\n").encode()


def file_of(document: Document) -> str:
    """The document's place in a package: "objects/Account/fields/Rating.field.json"."""
    kind = KINDS.get(document["kind"])
    name = str(document["name"])
    owner, _dot, local = name.rpartition(".")
    folder = kind.folder.replace("{object}", owner).replace("{name}", name)
    is_inside = "{object}" in kind.folder
    return f"{folder}/{_safe(local if is_inside else name)}.{kind.suffix}.json"


def write_package(folder: Path, documents: Iterable[Document]) -> tuple[Path, ...]:
    """Writes each document to its place under the folder; returns the files."""
    written = []
    for document in documents:
        path = folder / file_of(document)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(canonical_bytes(document))
        written.append(path)
    return tuple(written)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        first = [key for key in _FIRST if key in value]
        keys = first + sorted(key for key in value if key not in _FIRST)
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(part) for part in value] if isinstance(value, list | tuple) else value


def _safe(name: str) -> str:
    """A name as a part of a path: no separator can come from a document."""
    return name.replace("/", "%2F").replace("\\", "%5C").lstrip(".")
