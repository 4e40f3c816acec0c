"""Words that an administrator changes in another language than the documents' own.

A page shows every label in the reader's language. Whoever changes a label there means the words
that were shown: those go into the translations, and the documents keep theirs. Where the language
has no words of its own yet, the document's were shown, and the document changes.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.i18n import current
from .documents import Draft, home_of, translation_entry, with_translations

_ATTRIBUTES = ("label", "pluralLabel", "inlineHelpText", "description", "errorMessage")
_LISTS = ("sections", "relatedLists")


def in_current_language(snapshot: Snapshot, change_set: ChangeSet) -> ChangeSet:
    """The change set with changed labels put where the current language has its words."""
    if current().language == BASE_LANGUAGE:
        return change_set
    documents: list[Draft] = []
    said: dict[str, list[tuple[str, Draft]]] = {}
    for document in change_set.put:
        changed = copy.deepcopy(dict(document))
        for home, entry in _moved(snapshot, changed):
            said.setdefault(home, []).append((current().language, entry))
        documents.append(changed)
    for home, entries in said.items():
        documents += with_translations(snapshot, home, entries)
    return replace(change_set, put=tuple(documents))


def _moved(snapshot: Snapshot, document: Draft) -> Iterator[tuple[str, Draft]]:
    """(home, entry) for every label that was shown in translation; it gets its own text back."""
    known = snapshot.find_uid(document.get("uid", ""))
    if known is None or known.name != document["name"]:
        return  # nothing was shown yet; or a rename, after which the entries have other targets
    target = (known.document.get("kind", "CustomField"), known.name)
    before = {attribute: row.get(key, "") for attribute, row, key in _texts(known.document)}
    for attribute, row, key in _texts(document):
        base, text = before.get(attribute, ""), row.get(key, "")
        shown = snapshot.text(*target, attribute, base)
        if shown in (base, "") or text == base:
            continue
        row[key] = base
        if not base:
            del row[key]
        if text != shown:
            yield home_of(known), translation_entry(*target, attribute, text)


def _texts(document: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """(attribute, the mapping that holds the text, its key) of everything that is translated."""
    for attribute in _ATTRIBUTES:
        yield attribute, document, attribute
    for row in (*document.get("values", ()), *document.get("valueSet", {}).get("values", ())):
        yield f"values.{row['name']}", row, "label"
    for name in _LISTS:
        for row in document.get(name, ()):
            if "id" in row:
                yield f"{name}.{row['id']}", row, "label"
