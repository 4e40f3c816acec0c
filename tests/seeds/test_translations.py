"""Every word of the standard package that a person reads is there in Chinese; nothing else is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trellis.metadata.definition import Definition, Document
from trellis.metadata.snapshot import Snapshot
from trellis.platform.i18n import Localization, use_locale

HAN = re.compile(r"[\u4e00-\u9fff]")
READ = ("label", "pluralLabel", "inlineHelpText", "description")
OF_NO_OBJECT = {
    "StandardValueSet", "CustomApplication", "Profile", "Report", "ReportFolder", "Dashboard",
    "DashboardFolder",
}  # fmt: skip


def read_texts(document: Document) -> Iterator[tuple[str, str]]:
    """(attribute, English text) of what a person reads of one document."""
    for attribute in READ:
        if document.get(attribute):
            yield attribute, document[attribute]
    values = document.get("values", document.get("valueSet", {}).get("values", ()))
    for value in values:
        yield f"values.{value['name']}", value.get("label") or value["name"]
    for section in document.get("sections", ()):
        yield f"sections.{section['id']}", section["label"]
    for related in document.get("relatedLists", ()):
        if related.get("label"):
            yield f"relatedLists.{related['id']}", related["label"]
    for step in document.get("steps", ()):
        if step.get("info"):
            yield f"steps.{step['id']}", step["info"]
    for part in ("title", "footer"):
        for tile in document.get("components", ()):
            if tile.get(part):
                yield f"components.{tile['id']}.{part}", tile[part]


def target(document: Document) -> str:
    return f"{document['kind']}:{document['name']}"


def wanted(documents: tuple[Document, ...], snapshot: Snapshot) -> set[tuple[str, str]]:
    """(target, attribute) of every text, components of compounds included."""
    texts = {
        (target(document), attribute)
        for document in documents
        for attribute, _text in read_texts(document)
        if document["kind"] != "Translations"
    }
    components = {
        (f"CustomField:{field.name}", "label")
        for o in snapshot.objects()
        for field in snapshot.fields(o.name).values()
        if field.component_of
    }
    return texts | components


def translated(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    return {
        (entry.target, entry.attribute): entry.text
        for translations in snapshot.of_kind("Translations")
        for entry in translations.entries
    }


def test_every_text_has_a_chinese_one_and_no_entry_is_left_over(
    documents: tuple[Document, ...], snapshot: Snapshot
) -> None:
    there, needed = set(translated(snapshot)), wanted(documents, snapshot)
    assert sorted(needed - there) == []
    assert sorted(there - needed) == []


def test_every_chinese_text_is_chinese(snapshot: Snapshot) -> None:
    assert not [key for key, text in translated(snapshot).items() if not HAN.search(text)]


def test_no_entry_is_there_twice(snapshot: Snapshot) -> None:
    entries = [e for t in snapshot.of_kind("Translations") for e in t.entries]
    assert len({(e.target, e.attribute) for e in entries}) == len(entries)
    assert not [e.id for e in entries if e.id != f"{e.target}#{e.attribute}"]


def test_an_objects_texts_lie_in_its_own_file(snapshot: Snapshot) -> None:
    stray = [
        entry.id
        for translations in snapshot.of_kind("Translations")
        for entry in translations.entries
        if owner_of(entry.target) != translations.object_name
    ]
    assert not stray


def owner_of(name: str) -> str:
    kind, _colon, rest = name.partition(":")
    if kind in OF_NO_OBJECT:
        return ""
    return re.split(r"[.-]", rest)[0]


def test_a_chinese_reader_sees_chinese_and_an_english_one_english(snapshot: Snapshot) -> None:
    account: Definition = snapshot.object("Account")
    rating = snapshot.field("Account", "Rating")
    assert (snapshot.label(account), snapshot.value_label(rating, "Hot")) == ("Account", "Hot")
    with use_locale(Localization("zh_CN", "zh_CN", "Asia/Shanghai", "CNY")):
        assert snapshot.label(account, "pluralLabel") == "客户"
        assert snapshot.label(rating) == "评级"
        assert snapshot.value_label(rating, "Hot") == "热"
        assert snapshot.label(snapshot.field("Account", "BillingCity")) == "开票城市"
