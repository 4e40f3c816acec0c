"""What a package says of itself: `package.json` at its top.

Refuses names, versions and keys that it does not understand, and formats of later releases.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ... import __version__
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ..checks import fitting

FORMAT = 1
_NAME = "^[a-z][a-z0-9_-]{0,39}$"
_VERSION = r"^\d{1,6}(\.\d{1,6}){0,3}$"
_COMPONENT: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "uid", "name", "origin"],
    "properties": {key: {"type": "string", "maxLength": 300} for key in
                   ("kind", "uid", "name", "origin")},
}  # fmt: skip
SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "version", "format"],
    "properties": {
        "name": {"type": "string", "pattern": _NAME},
        "label": {"type": "string", "maxLength": 80},
        "description": {"type": "string", "maxLength": 1000},
        "version": {"type": "string", "pattern": _VERSION},
        "format": {"type": "integer", "minimum": 1},
        "platform": {"type": "string", "pattern": _VERSION},
        "dependencies": {
            "type": "object",
            "maxProperties": 100,
            "propertyNames": {"pattern": _NAME},
            "additionalProperties": {"type": "string", "pattern": _VERSION},
        },
        "removed": {"type": "array", "maxItems": 10_000, "items": dict(_COMPONENT)},
    },
}


@dataclass(frozen=True, slots=True)
class Removed:
    """A component of another package that this one wants gone."""

    kind: str
    uid: str
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`dependencies` is {package: lowest version}; `platform` the lowest release of Trellis."""

    name: str
    version: str = "1.0.0"
    label: str = ""
    description: str = ""
    platform: str = ""
    dependencies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    removed: tuple[Removed, ...] = ()
    format: int = FORMAT

    @property
    def title(self) -> str:
        return self.label or self.name

    def to_json(self) -> dict[str, Any]:
        """The tree of its file, without what is empty."""
        removed = [{"kind": r.kind, "uid": r.uid, "name": r.name, "origin": r.origin}
                   for r in self.removed]  # fmt: skip
        tree = {
            "name": self.name, "label": self.label, "description": self.description,
            "version": self.version, "format": self.format, "platform": self.platform,
            "dependencies": dict(sorted(self.dependencies.items())), "removed": removed,
        }  # fmt: skip
        return {key: value for key, value in tree.items() if value}


def parse_manifest(tree: Any) -> Manifest:
    """The manifest of a tree; raises Rejected with all problems."""
    require(problem.under("package.json") for problem in fitting(tree, SCHEMA))
    if tree["format"] > FORMAT:
        message = _("This package was written by a later release of Trellis.")
        raise Rejected(Problem("package.format", ("package.json", "format"), message))
    return Manifest(
        tree["name"], tree["version"], tree.get("label", ""), tree.get("description", ""),
        tree.get("platform", ""), MappingProxyType(dict(tree.get("dependencies", {}))),
        tuple(Removed(**row) for row in tree.get("removed", ())), tree["format"],
    )  # fmt: skip


def version_key(version: str) -> tuple[int, ...]:
    """A version as numbers that sort as versions do: "1.10" is after "1.9.3", "1.0" equals "1"."""
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def check_platform(manifest: Manifest) -> tuple[Problem, ...]:
    """A problem when the package needs a later Trellis."""
    if version_key(manifest.platform) <= version_key(__version__):
        return ()
    message = _("This package needs Trellis %(version)s.", version=manifest.platform)
    hint = _("This is Trellis %(version)s: upgrade it first.", version=__version__)
    return (Problem("package.platform", ("package.json", "platform"), message, hint),)
