"""The standard objects against what Salesforce says of its own.

described.json holds facts of recorded describe answers, for the fields that the package ships:
type, length, digits, picklist values, targets, and what becomes of children of a deleted parent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.snapshot import Snapshot

DESCRIBED: dict[str, Any] = json.loads(
    Path(__file__).with_name("described.json").read_text("utf-8")
)
TYPES = {
    "address": {"Address"}, "boolean": {"Checkbox"}, "combobox": {"Text"},
    "currency": {"Currency"}, "date": {"Date"}, "datetime": {"DateTime"}, "double": {"Number"},
    "email": {"Email"}, "int": {"Number"}, "percent": {"Percent"}, "phone": {"Phone"},
    "picklist": {"Picklist"}, "reference": {"Lookup", "MasterDetail", "Hierarchy"},
    "string": {"Text", "Name", "AutoNumber"}, "textarea": {"TextArea", "LongTextArea"},
    "url": {"Url"},
}  # fmt: skip
#: Ours keep cents: the files that companies bring have them, and an import must not lose them.
DIGITS_HERE = {"Account.AnnualRevenue": (18, 2), "Lead.AnnualRevenue": (18, 2)}
#: Values that the recorded org had added to its own list, and ours: competitors are tracked too.
ADDED_THERE = {"Account.Type": {"Pending", "Customer"}}
ADDED_HERE = {"Account.Type": {"Competitor"}, "Contact.Salutation": {"Mx."}}


def described_fields() -> Iterator[tuple[str, str]]:
    for object_name, facts in DESCRIBED.items():
        for name in facts["fields"]:
            yield object_name, name


@pytest.fixture(params=list(described_fields()), ids=".".join)
def pair(request: pytest.FixtureRequest, snapshot: Snapshot) -> tuple[CustomField, dict[str, Any]]:
    """(our field, the facts of it)."""
    object_name, name = request.param
    return snapshot.field(object_name, name), DESCRIBED[object_name]["fields"][name]


def test_a_field_has_the_type_and_size_that_was_described(
    pair: tuple[CustomField, dict[str, Any]],
) -> None:
    field, facts = pair
    assert field.type in TYPES[facts["type"]]
    if field.type in ("Text", "LongTextArea"):
        assert field.options["length"] == facts["length"]
    if field.type == "TextArea":
        assert facts["length"] == 255
    if "precision" in facts:
        digits = (field.options["precision"], field.options["scale"])
        described = (facts["precision"], facts["scale"])
        assert digits == DIGITS_HERE.get(field.name, described)


def test_a_picklist_has_the_values_that_were_described_in_their_order(
    pair: tuple[CustomField, dict[str, Any]], snapshot: Snapshot
) -> None:
    field, facts = pair
    if "values" not in facts:
        assert field.type != "Picklist"
        return
    theirs = [v for v in facts["values"] if v not in ADDED_THERE.get(field.name, ())]
    values = snapshot.values(field)
    ours = [v.name for v in values if v.name not in ADDED_HERE.get(field.name, ())]
    assert ours == theirs
    assert field.restricted == facts["restricted"] or field.component_of
    if "default" in facts:
        assert [v.name for v in values if v.default] == [facts["default"]]


def test_a_lookup_leads_where_was_described(
    pair: tuple[CustomField, dict[str, Any]], snapshot: Snapshot
) -> None:
    field, facts = pair
    if "referenceTo" not in facts:
        assert not field.reference_to
        return
    assert set(field.reference_to) <= set(facts["referenceTo"])
    assert snapshot.resolve(field.object_name, f"{facts['relationshipName']}.Id")[0] == field


def test_what_must_be_filled_is_what_was_described(
    pair: tuple[CustomField, dict[str, Any]], snapshot: Snapshot
) -> None:
    field, facts = pair
    required = field.required or field.type == "MasterDetail"
    # the recorded org also keeps persons as accounts, whose name is in other fields
    assert required == facts.get("required", field.name == "Account.Name")
    if facts.get("nameField"):
        assert snapshot.name_field(field.object_name) == field


@pytest.mark.parametrize("object_name", DESCRIBED)
def test_the_key_prefix_is_the_one_described(object_name: str, snapshot: Snapshot) -> None:
    assert snapshot.object(object_name).key_prefix == DESCRIBED[object_name]["keyPrefix"]


@pytest.mark.parametrize(
    ("parent", "child"), [(p, c) for p, facts in DESCRIBED.items() for c in facts["children"]]
)
def test_a_deleted_parent_takes_its_children_along_as_described(
    parent: str, child: str, snapshot: Snapshot
) -> None:
    facts = DESCRIBED[parent]["children"][child]
    field = snapshot.field(*child.split("."))
    if parent not in field.reference_to:
        pytest.fail(f"{child} does not lead to {parent}")
    cascades = field.type == "MasterDetail"
    fate = "Cascade" if cascades else field.options.get("deleteConstraint", "SetNull")
    assert (field.child_relationship, fate) == (facts["name"], facts["onDelete"])
