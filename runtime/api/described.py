"""Describes of fields: what a program must know of each to show, fill and query it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.dependency import CHECKED, UNCHECKED
from ...metadata.kinds.value_set import PicklistValue
from ...metadata.snapshot import RECORD_TYPE, Snapshot, relation_name
from ...metadata.system_fields import WRITABLE
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may, writable
from ..records.deletion import WhenDeleted
from .values import find_field, is_whole

REFERENCES = frozenset({"Lookup", "MasterDetail", "Hierarchy"})
#: {type of ours: (type, type in SOAP, length of those without an option for it)}
TYPES: Mapping[str, tuple[str, str, int]] = MappingProxyType(
    {
        "Id": ("id", "tns:ID", 18),
        "Lookup": ("reference", "tns:ID", 18),
        "MasterDetail": ("reference", "tns:ID", 18),
        "Hierarchy": ("reference", "tns:ID", 18),
        "RecordType": ("reference", "tns:ID", 18),
        "Text": ("string", "xsd:string", 255),
        "AutoNumber": ("string", "xsd:string", 30),
        "Name": ("string", "xsd:string", 255),
        "TextArea": ("textarea", "xsd:string", 255),
        "LongTextArea": ("textarea", "xsd:string", 32768),
        "Html": ("textarea", "xsd:string", 32768),
        "Email": ("email", "xsd:string", 80),
        "Phone": ("phone", "xsd:string", 40),
        "Url": ("url", "xsd:string", 255),
        "Picklist": ("picklist", "xsd:string", 255),
        "MultiselectPicklist": ("multipicklist", "xsd:string", 4099),
        "EncryptedText": ("encryptedstring", "xsd:string", 175),
        "Checkbox": ("boolean", "xsd:boolean", 0),
        "Number": ("double", "xsd:double", 0),
        "Currency": ("currency", "xsd:double", 0),
        "Percent": ("percent", "xsd:double", 0),
        "Date": ("date", "xsd:date", 0),
        "DateTime": ("datetime", "xsd:dateTime", 0),
        "Time": ("time", "xsd:time", 0),
        "Address": ("address", "urn:address", 0),
        "Location": ("location", "urn:location", 0),
    }
)
NUMBERS = frozenset({"Number", "Currency", "Percent"})
TEXTS = frozenset({"LongTextArea", "TextArea", "Html"})


@dataclass(frozen=True, slots=True)
class Describer:
    """Describes the fields of one object for one actor."""

    actor: Actor
    snapshot: Snapshot

    def field(self, field: CustomField, *, is_name: bool) -> dict[str, Any]:
        """The 57 keys of a field."""
        kind, soap, usual = TYPES.get(field.value_type, ("anyType", "xsd:anyType", 0))
        if is_whole(field):
            kind, soap = "int", "xsd:int"
        length = int(field.options.get("length", usual)) if usual else 0
        is_text = soap == "xsd:string"
        of_type, is_reference = field.field_type, kind == "reference"
        may_set = writable(self.actor, field, self.snapshot) and bool(of_type.columns(field))
        is_fixed = field.type == "MasterDetail" and not field.options.get("reparentable", False)
        targets = self.targets(field)
        is_number = field.value_type in NUMBERS
        values = self.snapshot.values(field) if field.type != RECORD_TYPE else ()
        is_query = bool(of_type.columns(field)) or bool(field.formula)
        return {
            "aggregatable": is_query and len(of_type.aggregates) > 1,
            "aiPredictionField": False,
            "autoNumber": field.type == "AutoNumber",
            "byteLength": length * 3 if is_text else length,
            "calculated": bool(field.formula) or field.type == "Summary",
            # a formula names fields that not everybody may read
            "calculatedFormula": (self.actor.is_administrator and field.formula) or None,
            "cascadeDelete": False,
            "caseSensitive": field.case_sensitive,
            "compoundFieldName": field.component_of or self._compound(field),
            "controllerName": self._above(field) and field.controlled_by,
            "createable": may_set,
            "custom": field.is_custom,
            "defaultValue": self._default(field, values),
            "defaultValueFormula": None,
            "defaultedOnCreate": self._is_filled(field),
            "dependentPicklist": self._above(field) is not None,
            "deprecatedAndHidden": False,
            "digits": self._digits(field) if kind == "int" else 0,
            "displayLocationInDecimal": bool(field.options.get("displayLocationInDecimal", False)),
            "encrypted": field.type == "EncryptedText",
            "externalId": field.external_id,
            "extraTypeInfo": _extra(field),
            "filterable": is_query and of_type.filterable,
            "filteredLookupInfo": None,
            "formulaTreatNullNumberAsZero": bool(field.formula) and field.blank_is_zero,
            "groupable": (is_query and of_type.groupable and not is_number) or kind == "int",
            "highScaleNumber": False,
            "htmlFormatted": field.type == "Html",
            "idLookup": kind == "id" or field.external_id or (field.unique and is_text),
            "inlineHelpText": self.snapshot.label(field, "inlineHelpText") or None,
            "label": self.snapshot.label(field),
            "length": length,
            "mask": {"asterisk": "*", "X": "X"}.get(str(field.options.get("maskChar", ""))),
            "maskType": field.options.get("maskType"),
            "name": field.local_name,
            "nameField": is_name,
            "namePointing": len(targets) > 1,
            "nillable": not (field.required or of_type.always_required or kind == "boolean")
            and not field.is_system,
            "permissionable": not field.is_system and not field.required and not is_name,
            "picklistValues": [self._value(field, value) for value in values],
            "polymorphicForeignKey": len(targets) > 1,
            "precision": self._digits(field) if is_number and kind != "int" else 0,
            "queryByDistance": kind in ("address", "location"),
            "referenceTargetField": None,
            "referenceTo": list(targets),
            "relationshipName": relation_name(field) if is_reference and targets else None,
            "relationshipOrder": field.options.get("relationshipOrder")
            if field.type == "MasterDetail"
            else None,
            "restrictedDelete": is_reference
            and not field.is_system
            and field.type in REFERENCES
            and WhenDeleted.of(field) is WhenDeleted.RESTRICT,
            "restrictedPicklist": kind in ("picklist", "multipicklist") and field.restricted,
            "scale": int(field.options.get("scale", 0)) if is_number and kind != "int" else 0,
            "searchPrefilterable": is_reference,
            "soapType": soap,
            "sortable": is_query and of_type.sortable,
            "type": kind,
            "unique": field.unique,
            "updateable": may_set and not is_fixed,
            "writeRequiresMasterRead": bool(field.options.get("writeRequiresMasterRead", False)),
        }

    def targets(self, field: CustomField) -> tuple[str, ...]:
        """The objects that a lookup leads to."""
        if field.type == RECORD_TYPE:
            return ("RecordType",)
        found = (self.snapshot.object(name) for name in field.reference_to)
        return tuple(
            obj.name for obj in found if may(self.actor, Operation.READ, obj, self.snapshot)
        )

    def _compound(self, field: CustomField) -> str | None:
        """A name that is made of parts counts as a part of itself."""
        return field.local_name if field.type == "Name" else None

    def _default(self, field: CustomField, values: tuple[PicklistValue, ...]) -> Any:
        if field.value_type == "Checkbox":
            return str(field.default).casefold() == "true"
        chosen = next((one.name for one in values if one.default and one.active), None)
        return chosen if field.type == "Picklist" else None

    def _is_filled(self, field: CustomField) -> bool:
        filled = field.default is not None or field.value_type == "Checkbox"
        stamped = field.is_system and field.local_name not in WRITABLE
        return filled or stamped or field.local_name in WRITABLE or field.type == "AutoNumber"

    def _digits(self, field: CustomField) -> int:
        return int(field.options.get("precision") or 18)

    def _value(self, field: CustomField, value: PicklistValue) -> dict[str, Any]:
        return {
            "active": value.active,
            "defaultValue": value.default,
            "label": self.snapshot.value_label(field, value.name),
            "validFor": self._valid_for(field, value.name),
            "value": value.name,
        }

    def _above(self, field: CustomField) -> CustomField | None:
        """The field that decides on the values, if the actor may read it."""
        if not field.controlled_by:
            return None
        return find_field(self.actor, self.snapshot, field.object_name, field.controlled_by)

    def _valid_for(self, field: CustomField, value: str) -> str | None:
        """Bits in base 64: the n-th, most significant first, for the controller's n-th value."""
        if (above := self._above(field)) is None:
            return None
        keys = (
            [UNCHECKED, CHECKED]
            if above.type == "Checkbox"
            else [one.name for one in self.snapshot.values(above)]
        )
        bits = "".join("1" if value in field.allowed.get(key, ()) else "0" for key in keys)
        whole = bits.ljust(-(-len(bits) // 8) * 8, "0")
        return base64.b64encode(int(whole or "0", 2).to_bytes(len(whole) // 8, "big")).decode()


def _extra(field: CustomField) -> str | None:
    if field.type in TEXTS:
        return "richtextarea" if field.type == "Html" else "plaintextarea"
    return "personname" if field.component_of == "Name" else None
