"""A folder of JSON files as documents. Refuses what is no JSON object or of no known kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ..definition import Document
from ..kinds import KINDS

MANIFEST = "package.json"  # at the top of a package: its name, version and format


def read_package(folder: Path) -> tuple[Document, ...]:
    """Every document under the folder, in deploy order. Raises Rejected with all problems."""
    documents: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for path in sorted(set(folder.rglob("*.json")) - {folder / MANIFEST}):
        try:
            documents.append(read_file(path, folder))
        except Rejected as refusal:
            problems += refusal.problems
    problems += _doubles(documents)
    require(problems)
    return tuple(sorted(documents, key=lambda d: (KINDS.get(d["kind"]).rank, d["name"])))


def read_file(path: Path, folder: Path) -> dict[str, Any]:
    """One document; what its place says already (kind, name, uid) may be left out of the file."""
    where = path.relative_to(folder).as_posix()
    try:
        document = json.loads(path.read_text("utf-8"))
    except ValueError as err:
        message = _("This is not JSON: %(reason)s.", reason=str(err))
        raise Rejected(Problem("package.not_json", (where,), message)) from err
    if not isinstance(document, dict):
        raise Rejected(Problem("package.not_json", (where,), _("A document is a JSON object.")))
    return _completed(document, where)


def _completed(document: dict[str, Any], where: str) -> dict[str, Any]:
    file_name = where.rpartition("/")[2].removesuffix(".json")
    local, _dot, suffix = file_name.rpartition(".")
    kind = next((kind for kind in KINDS if kind.suffix == suffix), None)
    if kind is None or document.get("kind", kind.name) != kind.name:
        message = _("Files that end in .%(suffix)s.json hold no such component.", suffix=suffix)
        raise Rejected(Problem("package.kind", (where,), message))
    parts = where.split("/")
    inside = "{object}" in kind.folder and len(parts) > 2
    name = f"{parts[1]}.{local}" if inside else local
    head = {"kind": kind.name, "uid": stable_uid(kind.name, document.get("name", name))}
    return {**head, "name": name, **document}


def stable_uid(kind: str, name: str) -> str:
    """The uid of a shipped component whose file states none: the same in every org."""
    plain = "".join(c if (c.isalnum() and c.isascii()) or c in "_.-" else "_" for c in name)
    return f"{kind}:{plain}"


def _doubles(documents: list[dict[str, Any]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Mapping[str, Any]] = {}
    for document in documents:
        for key in (("uid", document["uid"]), (document["kind"], document["name"])):
            if key in seen:
                message = _("%(name)s is there twice.", name=repr(document["name"]))
                yield Problem("package.doubled", key, message)
            seen[key] = document
