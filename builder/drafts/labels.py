"""Labels in every language as one change set: rename Account to Company everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, with_translations

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
        entries.setdefault(_home(definition), []).extend(
            (language, _entry(kind, name, attribute, text))
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


def _entry(kind: str, name: str, attribute: str, text: str) -> Draft:
    target = f"{kind}:{name}"
    return {
        "id": f"{target}#{attribute}",
        "target": target,
        "attribute": attribute,
        "text": text.strip(),
    }


def _home(definition: object) -> str:
    kind = definition.document["kind"]  # type: ignore[attr-defined]
    name: str = definition.name  # type: ignore[attr-defined]
    if kind == "CustomObject":
        return name
    return getattr(definition, "object", "") or getattr(definition, "object_name", "")


def _base(definition: object, attribute: str) -> str:
    document = definition.document  # type: ignore[attr-defined]
    if attribute.startswith("values."):
        rows = document.get("values") or document.get("valueSet", {}).get("values", ())
        name = attribute.removeprefix("values.")
        return next((row.get("label") or name for row in rows if row["name"] == name), "")
    return str(document.get(attribute, ""))


def _set_base(document: Draft, attribute: str, text: str) -> None:
    if not attribute.startswith("values."):
        document[attribute] = text
        return
    rows = document.get("values") or document["valueSet"]["values"]
    for row in rows:
        if row["name"] == attribute.removeprefix("values."):
            row["label"] = text


def _differs(snapshot: Snapshot, document: Draft) -> bool:
    known = snapshot.find("Translations", document["name"])
    return known is None or list(known.document.get("entries", ())) != document["entries"]
