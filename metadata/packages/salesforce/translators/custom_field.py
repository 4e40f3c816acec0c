"""CustomField: fields of all types, formulas, roll-ups; of a standard one, what it customises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .....platform.i18n import _
from ....definition import Document
from ....field_types import FIELD_TYPES
from ....names import CUSTOM, METADATA_TYPE
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
    stated,
)
from .custom_object import number_format
from .picklists import read_value_set, write_value_set

ACTIVITY = ("Task", "Event")  # what Salesforce customises as one object
NUMBERS = ("length", "precision", "scale", "visibleLines", "startingNumber", "relationshipOrder")
FLAGS = ("unique", "caseSensitive", "externalId", "trackHistory")
TRUTHS = ("displayLocationInDecimal", "writeRequiresMasterRead")
WORDS = ("deleteConstraint", "maskChar", "maskType", "summaryOperation", "summaryForeignKey",
         "summarizedField")  # fmt: skip
_CUSTOMISED = ("label", "description", "inlineHelpText")


class CustomFields(Translator):
    """A field of Activity becomes one of tasks and one of events."""

    name = "CustomField"
    kind = "CustomField"
    order = 12
    reads = frozenset(
        {"type", "label", "description", "inlineHelpText", "required", "defaultValue", "formula",
         "formulaTreatBlanksAs", "referenceTo", "relationshipName", "reparentableMasterDetail",
         "lookupFilter", "valueSet", "picklist", "displayFormat", "summaryFilterItems",
         *NUMBERS, *FLAGS, *TRUTHS, *WORDS}
    )  # fmt: skip
    may_lack = frozenset(
        {"description", "inlineHelpText", "defaultValue", "lookupFilter", "trackHistory", "unique",
         "externalId", "caseSensitive", "valueSet.controllingField", "deleteConstraint",
         "childRelationshipName", "visibleLines"}
    )  # fmt: skip

    def read(self, component: Component, ground: Ground) -> Translated:
        owner, local, tree = component.object_name, component.local_name, component.root
        if not local.endswith(CUSTOM):
            return self.customised(component, ground)
        owners = ACTIVITY if owner == "Activity" else (owner,)
        notes: list[str] = []
        drafts = []
        for name in owners:
            if ground.snapshot.find("CustomObject", name) is None:
                raise refuse("no_object", _("There is no object %(name)s here.", name=repr(owner)))
            drafts.append(_field(f"{name}.{local}", tree, notes))
        return Translated(tuple(drafts), tuple(dict.fromkeys(notes)))

    def customised(self, component: Component, ground: Ground) -> Translated:
        if ground.base(self.kind, component.name) is None:
            message = _("There is no standard field %(name)s here.", name=repr(component.name))
            raise refuse("standard_field", message)
        tree = component.root
        draft: Draft = {"name": component.name}
        draft |= {key: tree.value(key) for key in _CUSTOMISED if tree.value(key)}
        if tree.flag("trackHistory"):
            draft["trackHistory"] = True
        return Translated((draft,))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        get, is_stored = document.get, not document.get("formula")
        if "defaultValue" in document:
            yield element("defaultValue", document["defaultValue"])
        for key in (
            "description",
            "displayFormat",
            "formula",
            "formulaTreatBlanksAs",
            "inlineHelpText",
            "label",
            *WORDS,
        ):
            if get(key):
                yield element(key, document[key])
        for key in (*FLAGS, *TRUTHS):
            if get(key):
                yield element(key, True)
        if is_stored and document["type"] != "MasterDetail":
            yield element("required", bool(get("required")))
        if document["type"] != "Summary":
            yield from (element(key, document[key]) for key in NUMBERS if key in document)
        yield from _written_relation(document)
        yield from (_written_item("summaryFilterItems", row)
                    for row in get("summaryFilterItems", ()))  # fmt: skip
        yield element("type", document["type"])
        yield from write_value_set(document)

    def full_name(self, document: Document) -> str:
        """Custom fields of tasks and of events are fields of activities there."""
        owner, _dot, local = str(document["name"]).rpartition(".")
        is_shared = owner in ACTIVITY and local.endswith(CUSTOM)
        return f"Activity.{local}" if is_shared else f"{owner}.{local}"

    def stands_alone(self, document: Document) -> bool:
        """The fields of names and record types are said by objects."""
        owner, _dot, local = str(document["name"]).rpartition(".")
        is_custom = owner.endswith((CUSTOM, METADATA_TYPE))
        return local.endswith(CUSTOM) or not (is_custom or local == "RecordTypeId")


def _field(name: str, tree: Element, notes: list[str]) -> Draft:
    kind = _type_of(tree, notes)
    if kind not in FIELD_TYPES.names():
        message = _("Fields of the type %(type)s do nothing here.", type=repr(kind))
        raise refuse("field_type", message)
    label = plain(tree.value("label")) or name.rpartition(".")[2].removesuffix(CUSTOM)
    draft: Draft = {
        "name": name, "type": kind, "label": label.replace("_", " ")[:255]
        if not tree.value("label") else label[:255],
        "description": tree.value("description")[:1000],
        "inlineHelpText": tree.value("inlineHelpText")[:510],
    }  # fmt: skip
    draft |= _options(tree, kind)
    if tree.value("formula"):
        return stated(draft | _computed(tree))
    if kind == "Summary":
        items = [_summary_item(row) for row in tree.all("summaryFilterItems")]
        return stated(draft | {"summaryFilterItems": items})
    draft |= {flag: tree.flag(flag) or None for flag in FLAGS}
    draft["required"] = (
        tree.flag("required") and kind not in ("MasterDetail", "AutoNumber")
    ) or None
    draft |= _default(tree, kind)
    if tree.values("referenceTo") and kind != "Text":
        draft |= _relation(tree, kind)
    if kind in ("Picklist", "MultiselectPicklist"):
        draft["valueSet"] = read_value_set(tree)
    return stated(draft)


def _type_of(tree: Element, notes: list[str]) -> str:
    """A link between settings is a lookup; one to an object or field is its name."""
    kind = tree.value("type")
    if kind != "MetadataRelationship":
        return kind
    if tree.value("referenceTo").endswith(METADATA_TYPE):
        return "Lookup"
    notes.append(_("type: it holds the API name of what it is about, as a text."))
    return "Text"


def _options(tree: Element, kind: str) -> Draft:
    """The attributes of the type, as far as it has them here."""
    known, found = FIELD_TYPES.get(kind).options_schema, Draft()
    for key in NUMBERS:
        if key in known and tree.value(key).isdigit() and kind != "Summary":
            found[key] = int(tree.value(key))
    for key in WORDS:
        if key in known:
            found[key] = plain(tree.value(key))
    for key in TRUTHS:
        if key in known and tree.find(key) is not None:
            found[key] = tree.flag(key)
    if "displayFormat" in known:
        found["displayFormat"] = number_format(tree.value("displayFormat"))
    if "reparentable" in known and tree.flag("reparentableMasterDetail"):
        found["reparentable"] = True
    return found


def _computed(tree: Element) -> Draft:
    """Whoever reads a formula's result need not read what it is made of."""
    blanks = tree.value("formulaTreatBlanksAs")
    return {
        "formula": plain(tree.value("formula")),
        "formulaTreatBlanksAs": blanks or "BlankAsZero",
        "readableWithoutInputs": True,
    }


def _default(tree: Element, kind: str) -> Draft:
    if (text := tree.value("defaultValue")) == "":
        return {}
    if kind == "Checkbox":
        return {"defaultValue": text.strip().casefold() == "true"}
    return {"defaultValue": plain(text)}


def _relation(tree: Element, kind: str) -> Draft:
    constraint = tree.value("deleteConstraint")
    draft: Draft = {
        "referenceTo": list(map(plain, tree.values("referenceTo"))),
        "childRelationshipName": plain(tree.value("relationshipName")),
        "lookupFilter": _lookup_filter(tree.find("lookupFilter")),
    }
    if kind == "Lookup":
        stays = "Restrict" if tree.flag("required") else "SetNull"
        draft["deleteConstraint"] = constraint if constraint and constraint != "SetNull" else stays
    return draft


def _lookup_filter(tree: Element | None) -> Draft:
    if tree is None:
        return {}
    rows = [
        stated({"field": plain(row.value("field")), "operation": row.value("operation"),
                "valueField": plain(row.value("valueField")),
                "value": None if row.find("valueField") else plain(row.value("value"))})
        for row in tree.all("filterItems")
    ]  # fmt: skip
    said: Draft = {key: tree.value(key) for key in ("booleanFilter", "errorMessage", "infoMessage")}
    return {**stated(said), "active": tree.flag("active", True),
            "isOptional": tree.flag("isOptional"), "filterItems": rows}  # fmt: skip


def _summary_item(row: Element) -> dict[str, Any]:
    return {"field": plain(row.value("field")), "operation": row.value("operation"),
            "value": plain(row.value("value"))}  # fmt: skip


def _written_relation(document: Document) -> Iterator[Element]:
    yield from (element("referenceTo", name) for name in document.get("referenceTo", ()))
    if document.get("childRelationshipName"):
        yield element("relationshipName", document["childRelationshipName"])
    if document["type"] == "MasterDetail":
        yield element("reparentableMasterDetail", bool(document.get("reparentable")))
    if said := document.get("lookupFilter"):
        yield element(
            "lookupFilter",
            element("active", bool(said.get("active", True))),
            *(element(key, said[key]) for key in ("booleanFilter", "errorMessage", "infoMessage")
              if said.get(key)),
            *(_written_item("filterItems", row) for row in said.get("filterItems", ())),
            element("isOptional", bool(said.get("isOptional"))),
        )  # fmt: skip


def _written_item(name: str, row: Any) -> Element:
    value = row.get("value", "")
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    other = row.get("valueField")
    return element(
        name, element("field", row["field"]), element("operation", row["operation"]),
        element("valueField", other) if other else element("value", text),
    )  # fmt: skip


TRANSLATORS.register(CustomFields())
