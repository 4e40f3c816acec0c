"""Formulas, defaults and conditions of eight published apps, read and checked with their fields.

What an app says of its fields is read here; the standard fields are those of the standard package.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.factories import make_field, make_object, make_snapshot
from tests.metadata.formulas.conftest import collection
from trellis.metadata.definition import Document
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.formulas import FUNCTIONS, Subject, check, parse
from trellis.metadata.formulas.checking import Purpose
from trellis.metadata.formulas.tree import Call, Node
from trellis.metadata.packages.read import read_package
from trellis.metadata.snapshot import Snapshot
from trellis.platform.errors import Rejected
from trellis.seeds import install

#: tags that hold a formula; a default is one in a field only
FORMULAS = {"formula", "errorConditionFormula", "defaultValue"}
KINDS = {"CustomField", "CustomObject", "ValidationRule", "Workflow", "QuickAction"}
#: types of fields that we have under another name, or not at all
OTHERS = {"Summary": "Number", "MetadataRelationship": "Text", "Location": "Text"}
PLACEHOLDER = re.compile(r"%%%\w+?%%%|___NAMESPACE___")


@dataclass(frozen=True, slots=True)
class Found:
    """A formula, the app and the object that it is about, and whether it is a rule's."""

    app: str
    object: str
    text: str
    is_rule: bool
    is_told: bool  # it can be checked: what its names mean is known


@cache
def formulas() -> tuple[Found, ...]:
    return tuple(_formulas())


def _formulas() -> Iterator[Found]:
    for path, root in _files(collection("salesforce")):
        app = path.relative_to(collection("salesforce")).parts[0]
        kind = _bare(root)
        for element in root.iter():
            tag = _bare(element)
            is_default = tag == "defaultValue" and kind in ("QuickAction", "Workflow")
            if tag in FORMULAS and element.text and not is_default:
                is_rule = tag == "errorConditionFormula" or kind == "Workflow"
                text = PLACEHOLDER.sub("", element.text)
                yield Found(app, _object_of(path), text, is_rule, kind != "QuickAction")


def _files(home: Path) -> Iterator[tuple[Path, ET.Element]]:
    for path in sorted(home.rglob("*")):
        if path.suffix in (".xml", ".object", ".workflow", ".quickAction"):
            root = ET.parse(path).getroot()  # noqa: S314 - files of a collection we keep
            if _bare(root) in KINDS:
                yield path, root


def _bare(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _object_of(path: Path) -> str:
    parts = path.parts
    name = parts[parts.index("objects") + 1] if "objects" in parts else path.name
    return PLACEHOLDER.sub("", name.partition(".")[0])


# -- what the apps say of their fields


@cache
def snapshot_of(app: str) -> Snapshot:
    standard = {(d["kind"], d["name"]): d for d in read_package(install.STANDARD)}
    kept = {at: d for at, d in standard.items() if at[0] in ("CustomObject", "CustomField")}
    for field in _fields(app):
        kept.setdefault(("CustomField", field["name"]), field)
    for field in list(kept.values()):
        for name in (field["name"].partition(".")[0], *field.get("referenceTo", ())):
            if name == "*" or ("CustomObject", name) in kept:
                continue
            kept["CustomObject", name] = make_object(name)
            kept.setdefault(("CustomField", f"{name}.Name"), make_field(f"{name}.Name"))
    return make_snapshot(*kept.values())


def _fields(app: str) -> Iterator[Document]:
    for path, root in _files(collection("salesforce", app)):
        if _bare(root) == "CustomField":
            yield from _field(_object_of(path), root)
        elif _bare(root) == "CustomObject":
            for element in root:
                if _bare(element) == "fields":
                    yield from _field(_object_of(path), element)


def _field(object_name: str, element: ET.Element) -> Iterator[Document]:
    said = {_bare(one): one.text or "" for one in element}
    type_name = OTHERS.get(said.get("type", ""), said.get("type", ""))
    name = PLACEHOLDER.sub("", said.get("fullName", ""))
    if not type_name or FIELD_TYPES.find(type_name) is None:
        return
    more: dict[str, Any] = {}
    if type_name in ("Lookup", "MasterDetail", "Hierarchy"):
        type_name, more = "Lookup", {"to": PLACEHOLDER.sub("", said.get("referenceTo", "User"))}
    elif type_name in ("Picklist", "MultiselectPicklist"):
        more = {"values": ["Any"]}
    yield make_field(f"{object_name}.{name}", type_name, **more)


# -- what is asked of them


def test_every_formula_can_be_read() -> None:
    refused = [(found.app, found.text) for found in formulas() if not _is_read(found.text)]
    assert len(formulas()) >= 520
    assert refused == []


def _is_read(text: str) -> bool:
    try:
        parse(text)
    except Rejected:
        return False
    return True


def test_every_function_of_the_apps_is_there() -> None:
    called = {call for found in formulas() for call in _calls(parse(found.text))}
    assert {name for name in called if FUNCTIONS.find(name) is None} == set()


def _calls(node: Node) -> Iterator[str]:
    if isinstance(node, Call):
        yield node.name
        for arg in node.args:
            yield from _calls(arg)


def test_every_formula_fits_together_where_its_names_are_known() -> None:
    """Some packages use fields of others that are not there, and what only their product has."""
    known = strange = 0
    wrong: list[tuple[str, str, str]] = []
    for found in formulas():
        if not found.is_told:
            continue
        problems = _problems(found)
        known += not problems
        strange += any(code in _UNKNOWN for code, _text in problems)
        wrong += [(found.app, text, found.text) for code, text in problems if code not in _UNKNOWN]
    assert wrong == []
    assert known >= 410
    assert known / (known + strange) > 0.85


_UNKNOWN = {"formula.unknown_field", "formula.unknown_name"}


def _problems(found: Found) -> list[tuple[str, str]]:
    purpose = Purpose.RULE if found.is_rule else Purpose.FIELD
    try:
        check(found.text, Subject(snapshot_of(found.app), found.object, purpose, True))
    except Rejected as refusal:
        return [(problem.code, problem.message) for problem in refusal.problems]
    return []
