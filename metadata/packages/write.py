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
from .archive import Files, write_folder
from .read import MANIFEST, Package

_FIRST = ("kind", "uid", "name", "label")


def files_of(package: Package) -> Files:
    """Every file of the package; equal packages have equal files."""
    trees = (*package.documents, *(extension.to_json() for extension in package.extensions))
    return {
        MANIFEST: canonical_bytes(package.manifest.to_json()),
        **{file_of(tree): canonical_bytes(tree) for tree in trees},
        **package.samples,
    }


def canonical_bytes(document: Mapping[str, Any]) -> bytes:
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
    files = {file_of(document): canonical_bytes(document) for document in documents}
    write_folder(folder, files)
    return tuple(folder / name for name in files)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        first = [key for key in _FIRST if key in value]
        keys = first + sorted(key for key in value if key not in _FIRST)
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(part) for part in value] if isinstance(value, list | tuple) else value


def _safe(name: str) -> str:
    """A name as a part of a path: no separator can come from a document."""
    return name.replace("/", "%2F").replace("\\", "%5C").replace(":", "%3A").lstrip(".")
