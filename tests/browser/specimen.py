"""An object with a field of every type, made as the builder makes it, and a record of it."""

from __future__ import annotations

from typing import Any

from tests.demo_site import Site
from trellis.builder.drafts.fields import NewField, new_field
from trellis.builder.drafts.objects import NewObject, new_object
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.field_types import FIELD_TYPES
from trellis.metadata.field_types.base import FieldType

NAME = "Specimen__c"
LEFT_OUT = {
    "MasterDetail",
    "Hierarchy",
    "Summary",
}  # takes the owner away, is for users, needs records below
NEEDED: dict[str, dict[str, Any]] = {"Lookup": {"referenceTo": ["Account"]}}


def add_specimen(site: Site) -> str:
    """The id of a record whose every field is filled."""
    _put(site, new_object(site.snapshot, NewObject("Specimen", "Specimens", NAME, "Name")))
    values: dict[str, Any] = {"Name": "Filled with everything"}
    for field_type in FIELD_TYPES:
        if field_type.creatable and field_type.name not in LEFT_OUT:
            for n, example in enumerate(_examples(field_type), 1):
                name = f"{field_type.name}_{n}__c"
                _add_field(site, field_type, name, dict(example.options))
                if field_type.editable and not field_type.components(_field(site, name)):
                    values[name] = example.value
    values["Lookup_1__c"] = site.find_id("Account")
    for part in site.snapshot.fields(NAME).values():
        if part.component_of and part.type == "Text":
            values[part.local_name] = "Here"
    return site.records().create(NAME, values)


def _examples(field_type: FieldType) -> list[Any]:
    """The first example of each set of options, two at most."""
    found = {repr(sorted(example.options.items())): example for example in field_type.examples}
    return list(found.values())[:2]


def _add_field(site: Site, field_type: FieldType, name: str, options: dict[str, Any]) -> None:
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == NAME)
    more = {"inlineHelpText": "What it means"} | NEEDED.get(field_type.name, {})
    label = name.removesuffix("__c").replace("_", " ")
    said = NewField(NAME, field_type.name, label, name, options | more, (layout.name,))
    _put(site, new_field(site.snapshot, said))


def _field(site: Site, name: str) -> Any:
    return site.snapshot.field(NAME, name)


def _put(site: Site, change_set: ChangeSet) -> None:
    deploy(site.db, site.actor(), change_set)
