"""Files as documents. Refuses what is no JSON object, of no known kind, or there twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ..checks import fitting
from ..definition import Document
from ..kinds import KINDS
from ..overlay import Patch
from .archive import Files, read_files, read_folder
from .manifest import Manifest, parse_manifest

MANIFEST = "package.json"  # at the top of a package: its name, version and format
SAMPLES = "samples/"  # records that may be loaded with it
_EXTENSION: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "uid", "name", "extends", "patch"],
    "properties": {
        "kind": {"type": "string"},
        "uid": {"type": "string", "maxLength": 160},
        "name": {"type": "string", "minLength": 1, "maxLength": 240},
        "extends": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,39}$"},
        "patch": {"type": "object"},
    },
}


@dataclass(frozen=True, slots=True)
class Extension:
    """What a package changes in a component that another package ships."""

    kind: str
    uid: str
    name: str
    extends: str  # the package that ships it
    patch: Patch

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "uid": self.uid, "name": self.name,
                "extends": self.extends, "patch": self.patch}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Package:
    """A package as a value."""

    manifest: Manifest
    documents: tuple[Document, ...] = ()
    extensions: tuple[Extension, ...] = ()
    samples: Files = field(
        default_factory=lambda: MappingProxyType({})
    )  # {"samples/Account.csv": content}

    @property
    def uids(self) -> frozenset[str]:
        """Of everything that it has or changes."""
        return frozenset((*(str(d["uid"]) for d in self.documents),
                          *(e.uid for e in self.extensions)))  # fmt: skip


def open_package(path: Path) -> Package:
    """The package in a folder or zip. Raises Rejected with all problems."""
    return parse_package(read_files(path))


def parse_package(files: Files) -> Package:
    """The package of these files. Raises Rejected with all problems."""
    if MANIFEST not in files:
        hint = _("Choose the folder or zip that has %(file)s at its top.", file=MANIFEST)
        message = _("This is not a package: it has no %(file)s.", file=MANIFEST)
        raise Rejected(Problem("package.no_manifest", (MANIFEST,), message, hint))
    manifest = parse_manifest(parse_json(MANIFEST, files[MANIFEST]))
    rest = {name: content for name, content in files.items() if name != MANIFEST}
    samples = {name: rest.pop(name) for name in list(rest) if name.startswith(SAMPLES)}
    trees, problems = _trees(rest)
    extending = [tree for tree in trees if "extends" in tree]
    for tree in extending:
        problems += [p.under(tree["kind"], str(tree["name"])) for p in fitting(tree, _EXTENSION)]
    require(problems)
    documents = sorted((t for t in trees if "extends" not in t), key=_deploy_order)
    extensions = tuple(Extension(**tree) for tree in sorted(extending, key=_deploy_order))
    return Package(manifest, tuple(documents), extensions, MappingProxyType(samples))


def read_package(folder: Path) -> tuple[Document, ...]:
    """Every document under the folder, in deploy order. Raises Rejected with all problems."""
    files = dict(read_folder(folder))
    files.pop(MANIFEST, None)
    trees, problems = _trees(files)
    require(problems)
    return tuple(sorted(trees, key=_deploy_order))


def parse_json(where: str, content: bytes) -> Any:
    """The tree of a file: strict JSON in UTF-8, no key twice, of a bearable depth."""
    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as err:
        reason = str(err) or type(err).__name__
        message = _("This is not JSON: %(reason)s.", reason=reason)
        raise Rejected(Problem("package.not_json", (where,), message)) from err


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        names = [key for key, _value in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} is there twice")
    return tree


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _trees(files: Files) -> tuple[list[dict[str, Any]], list[Problem]]:
    trees: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for where in sorted(files):
        try:
            trees.append(_tree(where, files[where]))
        except Rejected as refusal:
            problems += refusal.problems
    return trees, [*problems, *_doubles(trees)]


def _tree(where: str, content: bytes) -> dict[str, Any]:
    """One document; what its place says already (kind, name, uid) may be left out of the file."""
    document = parse_json(where, content)
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
    head = {"kind": kind.name, "uid": stable_uid(kind.name, str(document.get("name", name)))}
    return {**head, "name": name, **document}


def stable_uid(kind: str, name: str) -> str:
    """The uid of a shipped component whose file states none: the same in every org."""
    plain = "".join(c if (c.isalnum() and c.isascii()) or c in "_.-" else "_" for c in name)
    return f"{kind}:{plain}"


def _deploy_order(document: Mapping[str, Any]) -> tuple[int, str]:
    return KINDS.get(document["kind"]).rank, str(document["name"])


def _doubles(documents: list[dict[str, Any]]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Mapping[str, Any]] = {}
    for document in documents:
        for key in (
            ("uid", str(document["uid"])),
            (document["kind"], str(document["name"]).casefold()),
        ):
            if key in seen:
                message = _("%(name)s is there twice.", name=repr(document["name"]))
                yield Problem("package.doubled", key, message)
            seen[key] = document
