"""Where-used of each field of the standard CRM, against a search of every text of every document.

The search knows nothing of kinds: it looks at all texts but those that only people read, takes
names out of them, and follows dots through lookups by itself. Of kept components, which
are the words of another system, only what they are here names something.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.demo_site import Site
from tests.factories import make_snapshot
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.packages.gallery import list_gallery
from trellis.metadata.packages.install import install
from trellis.metadata.packages.plan import Choice
from trellis.metadata.packages.read import read_package
from trellis.metadata.packages.salesforce.opening import translated_for
from trellis.metadata.snapshot import Snapshot, relation_name
from trellis.platform.people.actor import system_actor
from trellis.seeds.install import STANDARD

from .salesforce.samples import project_of

#: what people read, and what is no name: kinds, types, ids of parts, values of records
WORDS = {
    "label", "pluralLabel", "description", "inlineHelpText", "errorMessage", "info", "text",
    "kind", "uid", "id", "type", "icon", "sharingModel", "scope", "operator", "operation", "value",
    "values", "behavior", "displayFormat", "relationshipName", "childRelationshipName",
    "deleteConstraint", "defaultValue", "actions", "valueSetName", "language", "access",
    "attribute", "resultType", "summaryOperation", "visibility", "title", "footer", "otherLabel",
}  # fmt: skip
NAME = re.compile(r"(?:Child\$)?[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*")


def texts_of(
    tree: Any, owner: str, types: Mapping[str, str], at: str = ""
) -> Iterator[tuple[str, str, str]]:
    """(object it is seen from, key, text) of all texts that can name something.

    A report and the tiles that show it are seen from its type, which may be a parent and the
    lookup of its children: "Account$Contact.AccountId".
    """
    if isinstance(tree, str):
        yield owner, at, re.sub(r"'[^']*'|\"[^\"]*\"", " ", tree)
    elif isinstance(tree, Mapping):
        if at == "relatedLists":  # its columns are those of the other object
            owner = str(tree["field"]).partition(".")[0]
        if at == "crossFilters":  # so are its filters
            owner = str(tree["relation"]).partition(".")[0]
        if at == "components":
            owner = types.get(tree["report"], "")
        for key, value in tree.items():
            if key not in WORDS:
                yield from texts_of(value, owner, types, key)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from texts_of(part, owner, types, at)


def fields_named(snapshot: Snapshot, owner: str, text: str) -> Iterator[str]:
    """The full names of fields that a text names, seen from the object."""
    owner, _mark, lookup = owner.partition("$")
    child = lookup.partition(".")[0]
    for token in NAME.findall(text):
        if token.startswith("Child$"):
            yield from chain(snapshot, child, token.partition("$")[2])
            continue
        head, _dot, rest = token.partition(".")
        if head == "Source":  # in the filter of a lookup: the record that has it
            yield from chain(snapshot, owner, rest)
        if rest and snapshot.find_object(head):
            yield from chain(snapshot, head, rest)
        if owner:
            yield from chain(snapshot, owner, token)


def chain(snapshot: Snapshot, owner: str, path: str) -> Iterator[str]:
    """Each field on the way of a path that leads somewhere."""
    first, _dot, rest = path.partition(".")
    known = snapshot.fields(owner)
    if not rest:
        for field in known.values():
            if field.local_name.casefold() == first.casefold():
                yield field.name
                if field.component_of:  # a part names the whole
                    yield f"{owner}.{field.component_of}"
        return
    for field in known.values():
        if field.reference_to and relation_name(field).casefold() == first.casefold():
            yield field.name
            for target in field.reference_to:
                yield from chain(snapshot, target, rest)


def owner_of(document: Mapping[str, Any]) -> str:
    if "reportType" in document:
        return str(document["reportType"])
    name = str(document["name"])
    return str(document.get("object") or (name.partition(".")[0] if "." in name else name))


def searched(snapshot: Snapshot) -> Mapping[str, set[tuple[str, str]]]:
    """{full name of a field: the components that name it}."""
    found = defaultdict(set)
    types = {report.name: report.report_type for report in snapshot.of_kind("Report")}
    for definition in snapshot.by_uid.values():
        document = definition.document
        owner = owner_of(document)
        owner = owner if snapshot.find_object(owner.partition("$")[0]) else ""
        rest = {key: value for key, value in document.items() if key not in ("name", "object")}
        if definition.kind == "KeptComponent":
            rest = {"livesAs": document.get("livesAs")}
        for seen_from, key, text in texts_of(rest, owner, types):
            names = fields_named(snapshot, seen_from, text)
            if key == "target":  # of a translation: "CustomField:Account.Name"
                kind, _colon, name = text.partition(":")
                names = iter([name] if kind == "CustomField" else [])
            for name in names:
                found[name].add((definition.kind, definition.name))
    return found


def used(snapshot: Snapshot, field: CustomField) -> set[tuple[str, str]]:
    return {(use.kind, use.name) for use in snapshot.referrers("CustomField", field.name)}


@pytest.fixture(scope="module")
def crm() -> Snapshot:
    documents = [*read_package(STANDARD)]
    for one in list_gallery(None):
        assert one.package is not None
        documents += one.package.documents
    return make_snapshot(*documents)


@pytest.mark.nightly
def test_where_used_is_what_a_search_finds_in_a_large_project_too(site: Site) -> None:
    package = translated_for(site.db, project_of("npsp")).package
    install(site.db, system_actor("main", "a test"), package, Choice(access=True))
    compare(site.snapshot)


def test_where_used_is_what_a_search_of_all_documents_finds(crm: Snapshot) -> None:
    compare(crm)


def compare(crm: Snapshot) -> None:
    found = searched(crm)
    wrong = {}
    for field in crm.of_kind("CustomField"):
        itself = ("CustomField", field.name)
        said, there = used(crm, field) - {itself}, found[field.name] - {itself}
        if said != there:
            wrong[field.name] = (sorted(said - there), sorted(there - said))
    assert not wrong, (len(wrong), dict(list(wrong.items())[:12]))
    assert sum(map(len, found.values())) > 1000
