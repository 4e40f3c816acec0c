"""What else says an object's name: renaming Account to Company also makes "All accounts" follow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.i18n import LANGUAGES, in_language, use_locale
from .documents import words_of
from .labels import Target

Words = Mapping[str, str]  # {language: text}
_ATTRIBUTES = ("label", "pluralLabel")


def followed(
    snapshot: Snapshot, obj: CustomObject, texts: Mapping[Target, Words]
) -> dict[Target, dict[str, str]]:
    """{target: {language: text}} of every other label that says an old name of the object.

    Whole words in languages that have spaces, in the case they are written; anywhere in Chinese.
    """
    renames = {
        language: pairs
        for language in LANGUAGES
        if (pairs := list(_renames(snapshot, obj, texts, language)))
    }
    found: dict[Target, dict[str, str]] = {}
    for target, words in _labels(snapshot):
        if target[:2] == ("CustomObject", obj.name) or target in texts:
            continue
        for language, pairs in renames.items():
            text = words[language]
            renamed = _renamed(text, pairs)
            if renamed != text:
                found.setdefault(target, {})[language] = renamed
    return found


def _renames(
    snapshot: Snapshot, obj: CustomObject, texts: Mapping[Target, Words], language: str
) -> Iterator[tuple[str, str]]:
    """(old, new) of the object's names in one language, the longer one first."""
    pairs = []
    for attribute in _ATTRIBUTES:
        new = texts.get(("CustomObject", obj.name, attribute), {}).get(language, "")
        old = words_of(snapshot, obj, attribute)[language]
        if new and old and new != old:
            pairs.append((old, new))
    yield from sorted(dict.fromkeys(pairs), key=lambda pair: -len(pair[0]))


def _renamed(text: str, pairs: list[tuple[str, str]]) -> str:
    by_fold = {old.casefold(): new for old, new in pairs}
    olds = "|".join(re.escape(old) for old, _new in pairs)
    edge = r"\b" if olds.isascii() else ""
    pattern = re.compile(f"{edge}({olds}){edge}", re.IGNORECASE)
    return pattern.sub(lambda found: _in_case_of(found[0], by_fold[found[0].casefold()]), text)


def _in_case_of(old: str, new: str) -> str:
    """The new word beginning as the old one did: accounts -> companies, Account -> Company."""
    if old[:1].islower():
        return new[:1].lower() + new[1:]
    return new


def _labels(snapshot: Snapshot) -> Iterator[tuple[Target, dict[str, str]]]:
    """Every label that may name an object, in every language."""
    for kind in ("CustomField", "ListView", "Layout", "CompactLayout", "CustomTab"):
        for definition in snapshot.of_kind(kind):
            if definition.label:
                yield (kind, definition.name, "label"), words_of(snapshot, definition)
    for layout in snapshot.of_kind("Layout"):
        for section in layout.sections:
            attribute = f"sections.{section.id}"
            yield _part(snapshot, layout.name, attribute, section.label)
        for related in layout.related_lists:
            if related.label:
                attribute = f"relatedLists.{related.id}"
                yield _part(snapshot, layout.name, attribute, related.label)


def _part(
    snapshot: Snapshot, layout: str, attribute: str, base: str
) -> tuple[Target, dict[str, str]]:
    words = {}
    for language in LANGUAGES:
        with use_locale(in_language(language)):
            words[language] = snapshot.text("Layout", layout, attribute, base)
    return ("Layout", layout, attribute), words
