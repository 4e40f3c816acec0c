"""Translations: what the labels of other components are called in one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import LANGUAGES, _, lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import ID, KINDS, check_ids, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

ATTRIBUTES = re.compile(
    r"label|pluralLabel|inlineHelpText|description|errorMessage|(values|sections|relatedLists|steps|components)\..+"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One text: of the attribute of a target like "CustomField:Account.Rating"."""

    id: str
    target: str
    attribute: str
    text: str

    @property
    def kind(self) -> str:
        return self.target.partition(":")[0]

    @property
    def name(self) -> str:
        return self.target.partition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translations(Definition):
    """The texts of one language, for an object ("Account-zh_CN") or for the org ("zh_CN")."""

    language: str
    entries: tuple[Entry, ...] = ()

    @property
    def object_name(self) -> str:
        """The object whose file this is; "" for the org's."""
        owner, dash, language = self.name.rpartition("-")
        return owner if dash and language == self.language else ""


def _parse(document: Document) -> Translations:
    entries = tuple(
        Entry(row["id"], row["target"], row["attribute"], row["text"])
        for row in document.get("entries", ())
    )
    return Translations(**common(document), language=document["language"], entries=entries)


def _references(translations: Translations, _snapshot: Snapshot) -> tuple[Reference, ...]:
    found: list[Reference] = []
    if owner := translations.object_name:
        span = (0, len(owner))
        found.append(
            Reference(("name",), "CustomObject", owner, span=span, when_gone=WhenGone.FOLLOW)
        )
    for i, entry in enumerate(translations.entries):
        found += _entry_references(entry, i)
    return tuple(found)


def _entry_references(entry: Entry, i: int) -> Iterator[Reference]:
    start = len(entry.kind) + 1
    span = (start, start + len(entry.name))
    keys = ("target", "id") if entry.id.startswith(entry.target + "#") else ("target",)
    for key in keys:
        yield Reference(
            ("entries", i, key), entry.kind, entry.name, span=span,
            when_gone=WhenGone.TAKE_OUT, out=("entries", i),
        )  # fmt: skip


def _check(translations: Translations, snapshot: Snapshot) -> tuple[Problem, ...]:
    problems = list(check_ids((entry.id for entry in translations.entries), "entries"))
    if (owner := translations.object_name) and snapshot.find("CustomObject", owner) is None:
        message = _("There is no object %(name)s.", name=repr(owner))
        problems.append(Problem("object.unknown", ("name",), message))
    for i, entry in enumerate(translations.entries):
        if not _exists(entry, snapshot):
            message = _("There is no component %(name)s.", name=repr(entry.target))
            problems.append(Problem("translation.target", ("entries", i, "target"), message))
        if not ATTRIBUTES.fullmatch(entry.attribute):
            message = _("%(name)s is not a text that is translated.", name=repr(entry.attribute))
            problems.append(Problem("translation.attribute", ("entries", i, "attribute"), message))
    return tuple(problems)


def _exists(entry: Entry, snapshot: Snapshot) -> bool:
    if entry.kind == "CustomField":
        owner, _dot, local = entry.name.rpartition(".")
        return local in snapshot.fields(owner)
    return snapshot.find(entry.kind, entry.name) is not None


_ENTRY = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "target", "attribute", "text"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 900},
        "target": {"type": "string", "pattern": "^[A-Za-z]+:.+", "maxLength": 300},
        "attribute": dict(ID),
        "text": {"type": "string", "maxLength": 1000},
    },
}

KINDS.register(
    Kind(
        name="Translations",
        label=lazy("Translations"),
        schema=schema(
            "Translations",
            {"language": {"enum": sorted(LANGUAGES)}, "entries": listed(_ENTRY, 20000)},
            ("language",),
        ),
        rank=70,
        folder="translations",
        suffix="translation",
        parse=_parse,
        references=_references,
        check=_check,
        icon="languages",
    )
)
