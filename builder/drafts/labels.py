"""Labels in every language as one change set: rename Account to Company everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, home_of, translation_entry, with_translations

Target = tuple[str, str, str]  # (kind, name, attribute): ("CustomObject", "Account", "pluralLabel")


def edited_labels(snapshot: Snapshot, texts: Mapping[Target, Mapping[str, str]]) -> ChangeSet:
    """The change set of {target: {language: text}}; only what differs is changed."""
    documents: dict[str, Draft] = {}
    entries: dict[str, list[tuple[str, Draft]]] = {}
    for (kind, name, attribute), words in texts.items():
        definition = snapshot.find(kind, name)
        if definition is None:
            raise NotFound(f"{kind} {name}")
        base = words.get(BASE_LANGUAGE)
        if base is not None and base != _base(definition, attribute):
            if not base.strip():
                message = _("%(name)s needs a label.", name=name)
                raise Rejected(Problem("label.blank", (name, attribute), message))
            document = documents.setdefault(definition.uid, draft(definition))
            _set_base(document, attribute, base)
        entries.setdefault(home_of(definition), []).extend(
            (language, translation_entry(kind, name, attribute, text))
            for language, text in words.items()
            if language != BASE_LANGUAGE
        )
    translated = [
        document
        for home, rows in entries.items()
        for document in with_translations(snapshot, home, rows)
        if _differs(snapshot, document)
    ]
    return ChangeSet((*documents.values(), *translated), (), _("Labels changed"))


def _base(definition: object, attribute: str) -> str:
    document = definition.document  # type: ignore[attr-defined]
    row = _row(document, attribute)
    if row is None:
        return str(document.get(attribute, ""))
    return str(row.get("label") or row.get("name", ""))


def _set_base(document: Draft, attribute: str, text: str) -> None:
    row = _row(document, attribute)
    if row is None:
        document[attribute] = text
    else:
        row["label"] = text


def _row(document: Mapping[str, Any], attribute: str) -> dict[str, Any] | None:
    """The element that "values.Hot", "sections.s1" or "relatedLists.r1" means; None for others."""
    home, dot, key = attribute.partition(".")
    if not dot:
        return None
    rows = document.get(home) or document.get("valueSet", {}).get(home, ())
    return next((row for row in rows if key in (row.get("id"), row.get("name"))), None)


def _differs(snapshot: Snapshot, document: Draft) -> bool:
    known = snapshot.find("Translations", document["name"])
    return known is None or list(known.document.get("entries", ())) != document["entries"]
