"""Labels that an administrator changes in Chinese change the Chinese, not the documents."""

from __future__ import annotations

import json
from typing import Any

from tests.factories import make_document, make_field, make_object, make_snapshot
from trellis.builder.drafts.documents import translation_entry
from trellis.builder.drafts.spoken import in_current_language
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.platform.i18n import in_language, use_locale

OBJECT = make_object("Deal__c", label="Deal")
FIELD = make_field("Deal__c.Amount__c", "Number", label="Amount")
CHOICE = make_field("Deal__c.Rating__c", "Picklist", label="Rating", values=["Hot", "Cold"])
LAYOUT = make_document(
    "Layout",
    "Deal__c-Deal Layout",
    label="Deal layout",
    object="Deal__c",
    sections=[{"id": "s1", "label": "Facts", "cells": []}],
)
WORDS = make_document(
    "Translations",
    "Deal__c-zh_CN",
    language="zh_CN",
    entries=[
        translation_entry("CustomObject", "Deal__c", "label", "交易"),
        translation_entry("CustomField", "Deal__c.Rating__c", "values.Hot", "热"),
        translation_entry("Layout", "Deal__c-Deal Layout", "sections.s1", "概况"),
    ],
)
SNAPSHOT = make_snapshot(OBJECT, FIELD, CHOICE, LAYOUT, WORDS)


def put(language: str, document: Any, **parts: Any) -> tuple[dict[str, Any], ...]:
    changed = json.loads(json.dumps({**document, **parts}))
    with use_locale(in_language(language)):
        change_set = in_current_language(SNAPSHOT, ChangeSet((changed,), (), "Changed"))
    return tuple(dict(one) for one in change_set.put)


def texts(document: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["text"] for entry in document["entries"]}


def test_a_label_said_in_chinese_goes_into_the_translations() -> None:
    document, words = put("zh_CN", OBJECT, label="项目")
    assert document["label"] == "Deal"
    assert words["uid"] == WORDS["uid"]
    assert texts(words) == {
        "CustomField:Deal__c.Rating__c#values.Hot": "热",
        "CustomObject:Deal__c#label": "项目",
        "Layout:Deal__c-Deal Layout#sections.s1": "概况",
    }


def test_a_label_left_as_it_was_shown_changes_nothing() -> None:
    assert put("zh_CN", OBJECT, label="交易") == (OBJECT,)


def test_a_label_that_chinese_has_no_word_for_changes_in_the_document() -> None:
    assert put("zh_CN", FIELD, label="金额") == ({**FIELD, "label": "金额"},)


def test_a_label_said_in_the_language_of_the_documents_changes_there() -> None:
    assert put("en", OBJECT, label="Project") == ({**OBJECT, "label": "Project"},)


def test_titles_of_sections_follow_the_same_rule() -> None:
    sections = [
        {"id": "s1", "label": "要点", "cells": []},
        {"id": "s2", "label": "新", "cells": []},
    ]
    document, words = put("zh_CN", LAYOUT, sections=sections)
    assert [section["label"] for section in document["sections"]] == ["Facts", "新"]
    assert texts(words)["Layout:Deal__c-Deal Layout#sections.s1"] == "要点"


def test_values_of_picklists_follow_the_same_rule() -> None:
    values = {"restricted": True, "values": [{"name": "Hot", "label": "火热"}, {"name": "Cold"}]}
    document, words = put("zh_CN", CHOICE, valueSet=values)
    assert document["valueSet"]["values"] == [{"name": "Hot"}, {"name": "Cold"}]
    assert texts(words)["CustomField:Deal__c.Rating__c#values.Hot"] == "火热"


def test_a_renamed_component_keeps_what_was_said_in_its_document() -> None:
    renamed = {**OBJECT, "name": "Project__c", "label": "项目"}
    assert put("zh_CN", renamed) == (renamed,)
