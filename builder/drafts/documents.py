"""Small makers of documents that the drafts share: identities, words in every language, cells."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.i18n import LANGUAGES, _, in_language, use_locale

Draft = dict[str, Any]  # a document in the making


def new_uid() -> str:
    """An identity, made once and kept through every rename."""
    return uuid.uuid4().hex


def draft(definition: Any) -> Draft:
    """A copy of a definition's document that may be edited."""
    return copy.deepcopy(dict(definition.document))


def in_every_language(message: str, **params: Mapping[str, str] | str) -> dict[str, str]:
    """{language: text} of a message; a parameter may itself differ by language."""
    words = {}
    for language in LANGUAGES:
        with use_locale(in_language(language)):
            words[language] = _(
                message,
                **{k: v if isinstance(v, str) else v[language] for k, v in params.items()},
            )
    return words


def words_of(snapshot: Snapshot, definition: Any, attribute: str = "label") -> dict[str, str]:
    """{language: label} of a definition."""
    words = {}
    for language in LANGUAGES:
        with use_locale(in_language(language)):
            words[language] = snapshot.label(definition, attribute)
    return words


def home_of(definition: Any) -> str:
    """The object whose Translations documents hold the words of a definition; "" for the org."""
    if definition.document.get("kind") == "CustomObject":
        return str(definition.name)
    return str(getattr(definition, "object", "") or getattr(definition, "object_name", ""))


def translation_entry(kind: str, name: str, attribute: str, text: str) -> Draft:
    """One text of a Translations document; an empty one takes the text out."""
    target = f"{kind}:{name}"
    return {
        "id": f"{target}#{attribute}",
        "target": target,
        "attribute": attribute,
        "text": text.strip(),
    }


def translation_entries(
    kind: str, name: str, words_by_attribute: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, Draft]]:
    """(language, entry) for every language but the documents' own."""
    return [
        (language, translation_entry(kind, name, attribute, text))
        for attribute, words in words_by_attribute.items()
        for language, text in words.items()
        if language != BASE_LANGUAGE and text and text != words.get(BASE_LANGUAGE)
    ]


def with_translations(
    snapshot: Snapshot, home: str, entries: Iterable[tuple[str, Draft]]
) -> list[Draft]:
    """The Translations documents of one home ("Invoice__c", or "" for the org) with entries put in.

    An entry of the same id replaces the old one; one with an empty text is taken out.
    """
    by_language: dict[str, dict[str, Draft]] = {}
    for language, entry in entries:
        by_language.setdefault(language, {})[entry["id"]] = entry
    return [_translations(snapshot, home, language, new) for language, new in by_language.items()]


def _translations(
    snapshot: Snapshot, home: str, language: str, entries: Mapping[str, Draft]
) -> Draft:
    name = f"{home}-{language}" if home else language
    known = snapshot.find("Translations", name)
    fresh: Draft = {"kind": "Translations", "uid": new_uid(), "name": name, "language": language}
    document = draft(known) if known else fresh
    merged = {entry["id"]: entry for entry in document.get("entries", ())} | dict(entries)
    document["entries"] = [merged[key] for key in sorted(merged) if merged[key]["text"]]
    return document


def cell(field: str, column: int, behavior: str = "Edit", *, wide: bool = False) -> Draft:
    """A layout cell with an identity of its own."""
    made: Draft = {"id": new_uid()[:8], "field": field, "behavior": behavior, "column": column}
    return made | ({"wide": True} if wide else {})


def add_cell(layout: Draft, field: str, behavior: str = "Edit", *, wide: bool = False) -> Draft:
    """The layout with a field at the end of the shorter column of its first open section."""
    if any(c.get("field") == field for s in layout["sections"] for c in s["cells"]):
        return layout
    section = next(
        (s for s in layout["sections"] if not _is_read_only(s)),
        layout["sections"][0] if layout["sections"] else None,
    )
    if section is None:
        section = {"id": "s1", "label": "", "columns": 2, "cells": []}
        layout["sections"].append(section)
    heights = [
        sum(1 for c in section["cells"] if c.get("column", 1) == column)
        for column in range(1, section["columns"] + 1)
    ]
    section["cells"].append(cell(field, heights.index(min(heights)) + 1, behavior, wide=wide))
    return layout


def _is_read_only(section: Draft) -> bool:
    cells = [c for c in section["cells"] if c.get("field")]
    return bool(cells) and all(c.get("behavior") == "Readonly" for c in cells)
