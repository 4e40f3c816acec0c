"""All problems of documents, at once, each with a path and a way out."""

from __future__ import annotations

import pytest

from tests.factories import make_document, make_field, make_object, make_snapshot
from tests.metadata.company import company
from trellis.metadata.checks import check, check_document, parse
from trellis.metadata.kinds import KINDS
from trellis.platform.errors import Rejected


def codes(document: dict[str, object]) -> set[tuple[str, tuple[str | int, ...]]]:
    return {(p.code, p.path[2:]) for p in check_document(document)}


def test_a_sound_company_has_no_problem() -> None:
    documents = company()
    assert [p for d in documents for p in check_document(d)] == []
    assert check(make_snapshot(*documents)) == ()


@pytest.mark.parametrize("kind", KINDS.names())
def test_every_kind_occurs_in_the_company(kind: str) -> None:
    """So that what is tested with it is tested for every kind."""
    others = {"StandardValueSet"}  # the same module as GlobalValueSet
    assert kind in others | {document["kind"] for document in company()}


def test_an_unknown_key_is_refused_with_the_nearest_spelling() -> None:
    document = {**make_object("Deal__c"), "plurallabel": "Deals"}
    (problem,) = check_document(document)
    assert problem.code == "schema.unknown_key"
    assert problem.path == ("CustomObject", "Deal__c", "plurallabel")
    assert "pluralLabel" in problem.hint


def test_all_problems_of_a_document_come_at_once() -> None:
    document = {**make_object("Deal__c"), "tone": 99, "icon": 5, "enableSearch": "yes"}
    assert codes(document) == {
        ("schema.maximum", ("tone",)),
        ("schema.type", ("icon",)),
        ("schema.type", ("enableSearch",)),
    }


def test_a_document_of_no_kind_is_refused() -> None:
    (problem,) = check_document({"kind": "Layoot", "uid": "x", "name": "y"})
    assert problem.code == "kind.unknown"
    assert "Layout" in problem.hint


def test_a_document_without_name_is_refused_and_not_parsed() -> None:
    with pytest.raises(Rejected, match="name"):
        parse({"kind": "CustomObject", "uid": "x", "label": "X"})


def test_a_schema_elsewhere_is_never_fetched() -> None:
    document = {**make_object("Deal__c"), "$ref": "http://127.0.0.1:9/schema.json"}
    assert codes(document) == {("schema.unknown_key", ("$ref",))}


PROBLEMS = [
    (make_field("Nothing__c.Name"), "field.no_object", ("name",)),
    (make_field("Account.Bad Name__c"), "name.grammar", ("name",)),
    (make_field("Account.To__c", "Lookup", to="No"), "field.unknown_target", ("referenceTo", 0)),
    (make_object("Deal__c"), "object.name_field", ("nameField",)),
    (make_document("CustomTab", "X", object="Nothing"), "object.unknown", ("object",)),
    (make_document("CustomApplication", "X", tabs=["Invoicez"]), "app.unknown_tab", ("tabs", 0)),
    (make_document("CustomApplication", "X", default=True), "default.doubled", ("default",)),
    (make_document("CompactLayout", "Account.X", object="Account", fields=["Nme"]),
     "field.unknown", ("fields", 0)),
    (make_document("ListView", "Account.X", object="Account", columns=["Owner.Nme", "Parnt.Name"]),
     "field.unknown_relationship", ("columns", 1)),
    (make_document("ListView", "Account.X", object="Account", filters=[
        {"id": "1", "field": "Name", "operator": "resembles", "value": "x"}]),
     "filter.operator", ("filters", 0, "operator")),
    (make_document("ListView", "Account.X", object="Account", booleanFilter="1 AND 2", filters=[
        {"id": "1", "field": "Name", "operator": "equals", "value": "x"}]),
     "logic.unknown", ("booleanFilter",)),
    (make_document("Layout", "Account-X", object="Account", sections=[
        {"id": "s", "columns": 1, "cells": [{"id": "c", "field": "Name", "column": 2}]}]),
     "layout.column", ("sections", 0, "cells", 0, "column")),
    (make_document("Layout", "Account-X", object="Account", sections=[
        {"id": "s", "cells": [{"id": "c", "field": "Name"}, {"id": "d", "field": "Name"}]}]),
     "layout.doubled_field", ("sections", 0, "cells", 1, "field")),
    (make_document("Layout", "Account-X", object="Account", sections=[
        {"id": "s", "cells": [{"id": "c", "field": "Name"}, {"id": "c", "field": "Rating"}]}]),
     "list.doubled", ("sections", 0, "cells", 1, "id")),
    (make_document("Layout", "Account-X", object="Account", relatedLists=[
        {"id": "r", "field": "Line__c.Invoice__c"}]),
     "layout.related_list", ("relatedLists", 0, "field")),
    (make_document("Translations", "zh_CN", language="zh_CN", entries=[
        {"id": "x", "target": "CustomField:Account.Nope", "attribute": "label", "text": "x"}]),
     "translation.target", ("entries", 0, "target")),
    (make_document("Translations", "zh_CN", language="zh_CN", entries=[
        {"id": "x", "target": "CustomField:Account.Name", "attribute": "type", "text": "x"}]),
     "translation.attribute", ("entries", 0, "attribute")),
    (make_document("GlobalValueSet", "S", values=[{"name": "a"}, {"name": "A"}]),
     "picklist.doubled_value", ("values", 1)),
]  # fmt: skip


@pytest.mark.parametrize(("document", "code", "path"), PROBLEMS, ids=lambda v: str(v)[:40])
def test_a_document_that_does_not_fit_the_org_says_where(
    document: dict[str, object], code: str, path: tuple[str | int, ...]
) -> None:
    snapshot = make_snapshot(*company(), document)
    found = [p for p in check(snapshot) if p.path[:2] == (document["kind"], document["name"])]
    assert (code, (document["kind"], document["name"], *path)) in {(p.code, p.path) for p in found}
    assert all(p.message for p in found)
