"""CustomObjectTranslation and Translations: what components are called in another language.

Languages that nobody can choose here are only kept. The same goes for the texts of custom labels,
sections, links and report types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .....platform.i18n import LANGUAGES, _
from ....definition import Document
from ....snapshot import BASE_LANGUAGE, Snapshot
from ..components import Component
from ..markup import Element, element
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    refuse,
)
from .custom_tab import STANDARD

Text = tuple[str, str, str]  # (target, attribute, text)
_LONGEST = 1000
#: {list: (kind, {element: attribute})} of what is named within an object
_PARTS = {
    "fields": ("CustomField", {"label": "label", "help": "inlineHelpText"}),
    "recordTypes": ("RecordType", {"label": "label"}),
    "standardFields": ("CustomField", {"label": "label"}),
    "validationRules": ("ValidationRule", {"errorMessage": "errorMessage"}),
}
_ORG_PARTS = {"customApplications": "CustomApplication", "customTabs": "CustomTab"}
_CASES = {"label": False, "pluralLabel": True}  # {attribute: whether it is the plural}


class _Texts(Translator):
    """What both have in common: entries of one language."""

    kind = "Translations"
    may_lack = frozenset({"entries"})

    def texts(self, component: Component, snapshot: Snapshot) -> Iterator[Text]:
        raise NotImplementedError

    def read(self, component: Component, ground: Ground) -> Translated:
        language = component.name.rpartition("-")[2]
        if language not in LANGUAGES or language == BASE_LANGUAGE:
            raise refuse("language", _("%(language)s is no language that people choose here.",
                                       language=language))  # fmt: skip
        base = ground.base(self.kind, component.name)
        known = {row["id"]: row for row in base.get("entries", ())} if base else {}
        for target, attribute, text in self.texts(component, ground.snapshot):
            row = {"id": f"{target}#{attribute}", "target": target, "attribute": attribute}
            if text.strip() and len(row["id"]) <= 240:
                known[row["id"]] = {**row, "text": plain(text)[:_LONGEST]}
        entries = list(known.values())
        draft: Draft = {"name": component.name, "language": language, "entries": entries}
        return Translated((draft,))

    def brought(self, name: str, old: list[Element], new: list[Element]) -> list[Element]:
        """Old ones keep what is no text of ours; what has no text any more has none there."""
        words = {"label", "help", "errorMessage", "picklistValues"}
        fresh = {one.value("name"): one for one in new}
        found = []
        for one in old:
            said = fresh.pop(plain(one.value("name")), Element(name))
            rest = [child for child in one.children if child.name not in words]
            mine = [child for child in said.children if child.name != "name"]
            if mine or len(rest) > 1:
                found.append(one.with_children((*rest, *mine)))
        return [*found, *fresh.values()] if name != "caseValues" else new


class ObjectTranslations(_Texts):
    """The texts of an object, its fields, record types and rules."""

    name = "CustomObjectTranslation"
    order = 58
    reads = frozenset({"caseValues", "nameFieldLabel", *_PARTS})

    def texts(self, component: Component, snapshot: Snapshot) -> Iterator[Text]:
        tree, owner = component.root, component.name.rpartition("-")[0]
        if (obj := snapshot.find_object(owner)) is None:
            raise refuse("no_object", _("There is no object %(name)s here.", name=repr(owner)))
        for attribute, is_plural in _CASES.items():
            rows = [r for r in tree.all("caseValues") if r.flag("plural") == is_plural]
            yield f"CustomObject:{owner}", attribute, rows[0].value("value") if rows else ""
        if obj.name_field:
            target = f"CustomField:{owner}.{obj.name_field}"
            yield target, "label", tree.value("nameFieldLabel")
        for group, (kind, words) in _PARTS.items():
            for row in tree.all(group):
                name = f"{owner}.{plain(row.value('name'))}"
                if _is_there(kind, name, snapshot):
                    yield from ((f"{kind}:{name}", ours, row.value(theirs))
                                for theirs, ours in words.items())  # fmt: skip
                    yield from _values(f"{kind}:{name}", row, snapshot)

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        owner = str(document["name"]).rpartition("-")[0]
        by_target = _by_target(document.get("entries", ()))
        said = by_target.pop(f"CustomObject:{owner}", {})
        for attribute, is_plural in _CASES.items():
            if attribute in said:
                yield element("caseValues", element("plural", is_plural),
                              element("value", said[attribute]))  # fmt: skip
        obj = find("CustomObject", owner)
        named = f"CustomField:{owner}.{obj.get('nameField', 'Name') if obj else 'Name'}"
        if "label" in (texts := by_target.pop(named, {})):
            yield element("nameFieldLabel", texts["label"])
        for target, texts in by_target.items():
            yield from _written_part(target, texts)

    def stands_alone(self, document: Document) -> bool:
        return "-" in str(document["name"])


class OrgTranslations(_Texts):
    """The texts of tabs and apps."""

    name = "Translations"
    order = 59
    reads = frozenset(_ORG_PARTS)

    def texts(self, component: Component, snapshot: Snapshot) -> Iterator[Text]:
        for group, kind in _ORG_PARTS.items():
            for row in component.root.all(group):
                name = plain(row.value("name")).removeprefix(STANDARD)
                if _is_there(kind, name, snapshot):
                    yield f"{kind}:{name}", "label", row.value("label")

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        groups = {kind: group for group, kind in _ORG_PARTS.items()}
        for target, texts in _by_target(document.get("entries", ())).items():
            kind, _colon, name = target.partition(":")
            if kind in groups and "label" in texts:
                yield element(groups[kind], element("label", texts["label"]), element("name", name))

    def stands_alone(self, document: Document) -> bool:
        """Texts of an object have a file of its own."""
        return "-" not in str(document["name"])


def _is_there(kind: str, name: str, snapshot: Snapshot) -> bool:
    if kind != "CustomField":
        return snapshot.find(kind, name) is not None
    owner, _dot, local = name.partition(".")
    return local in snapshot.fields(owner)


def _values(target: str, row: Element, snapshot: Snapshot) -> Iterator[Text]:
    """The labels of a field's own values."""
    rows = row.all("picklistValues")
    if not rows:
        return
    owner, _dot, local = target.partition(":")[2].partition(".")
    field = snapshot.field(owner, local)
    names = {} if field.value_set_name else {v.label: v.name for v in snapshot.values(field)}
    for one in rows:
        label = plain(one.value("masterLabel"))
        if label in names:
            yield target, f"values.{names[label]}", one.value("translation")


def _by_target(entries: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """{target: {attribute: text}}, in the order of the entries."""
    found: dict[str, dict[str, str]] = {}
    for row in entries:
        found.setdefault(row["target"], {})[row["attribute"]] = row["text"]
    return found


def _written_part(target: str, texts: Mapping[str, str]) -> Iterator[Element]:
    kind, _colon, name = target.partition(":")
    local = name.partition(".")[2]
    is_own = local.endswith("__c") or kind != "CustomField"
    group = next((g for g, (known, _words) in _PARTS.items()
                  if known == kind and (g == "standardFields") != is_own), None)  # fmt: skip
    if group is None:
        return
    words = {ours: theirs for theirs, ours in _PARTS[group][1].items()}
    parts = [element(words[key], text) for key, text in texts.items() if key in words]
    values = [
        element("picklistValues", element("masterLabel", key.removeprefix("values.")),
                element("translation", text))
        for key, text in texts.items() if key.startswith("values.")
    ]  # fmt: skip
    if parts or values:
        yield element(group, *parts, element("name", local), *values)


TRANSLATORS.register(ObjectTranslations())
TRANSLATORS.register(OrgTranslations())
