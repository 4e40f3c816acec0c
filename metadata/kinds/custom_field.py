"""A field of an object: a type, its options, and the attributes every type shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, did_you_mean
from ...platform.i18n import _, lazy
from ..defaults import NAME as DEFAULT
from ..defaults import check_default, is_formula
from ..definition import Definition, Document, Kind, Reference, Uid, WhenGone
from ..field_types import FIELD_TYPES
from ..field_types.base import FieldType
from ..field_types.summary import SUMMARY
from ..lookup_filters import LOOKUP_FILTER, LookupFilter, check_lookup_filter, read_lookup_filter
from ..lookup_filters import NAME as LOOKUP_FILTER_NAME
from ..lookup_filters import references as lookup_filter_references
from ..names import CUSTOM, check_custom_name
from ..rollups import problems_of as rollup_problems
from ..rollups import references as rollup_references
from .base import KINDS, TEXT, common, of_formula, schema
from .computed_field import BLANK_AS_BLANK, BLANK_AS_ZERO, check_computed
from .dependency import DEPENDENCY, check_dependency, dependency_references, read_allowed
from .value_set import VALUE_SCHEMA, PicklistValue, check_values, read_values

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_object import CustomObject

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: What objects can say of themselves that opens a lookup to them: attribute -> its name here.
OPENING = MappingProxyType({"enableActivities": "enable_activities"})


@dataclass(frozen=True, slots=True)
class Every:
    """The targets of an open lookup: every object that says so of itself, but for some."""

    feature: str  # a key of OPENING
    but: tuple[str, ...] = ()

    def takes_in(self, obj: CustomObject) -> bool:
        return obj.name not in self.but and bool(getattr(obj, OPENING[self.feature]))


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField(Definition):
    """A field, shipped or built: "Object.Field"; `options` are the type's own attributes."""

    type: str
    required: bool = False
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    default: Any = None  # text as a person would write it, or a formula: see `defaults`
    help_text: str = ""
    track_history: bool = False
    reference_to: tuple[str, ...] = ()  # of an open lookup: filled in by the snapshot
    every: Every | None = None  # open: its targets follow from the objects there are
    relationship: str = ""  # "Account" of AccountId; "" = derived from the name
    child_relationship: str = ""  # "Contacts": how the parent calls these records
    lookup_filter: LookupFilter | None = None
    value_set_name: str = ""
    inline_values: tuple[PicklistValue, ...] = ()
    restricted: bool = True
    controlled_by: str = ""  # local name of the picklist or checkbox that decides on the values
    allowed: Mapping[str, frozenset[str]] = field(  # {controlling value: values it allows}
        default_factory=lambda: _NOTHING
    )
    is_system: bool = False
    component_of: str = ""  # local name of the compound this is a part of
    formula: str = ""  # it is computed of other fields, and has no column
    blank_is_zero: bool = True  # in its formula: blank numbers count as zero
    readable_without_inputs: bool = False  # whoever reads it need not read what it is made of
    options: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)  # length, precision, …

    @property
    def object_name(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def field_type(self) -> FieldType:
        return FIELD_TYPES.get(self.type).of(self)

    @property
    def value_type(self) -> str:
        """The type of its values: "Currency" of a roll-up of amounts, else its own."""
        return self.field_type.value_name or self.type

    @property
    def is_custom(self) -> bool:
        return self.name.endswith(CUSTOM)

    @property
    def is_editable(self) -> bool:
        """Says whether people give it its value: no number of the system's, no formula."""
        return self.field_type.editable and not self.formula

    @property
    def is_lookup(self) -> bool:
        """Says whether it points at records, also where no object is there to be pointed at."""
        return bool(self.reference_to or self.every)

    def open_to(self, objects: Iterable[CustomObject]) -> CustomField:
        """An open lookup with its targets among these objects: shipped ones first, by name."""
        if self.every is None:
            return self
        found = sorted(
            (obj for obj in objects if self.every.takes_in(obj)),
            key=lambda obj: (obj.is_custom, obj.name),
        )
        return replace(self, reference_to=tuple(obj.name for obj in found))

    @classmethod
    def of_document(cls, document: Document) -> CustomField:
        """The field of a document that fits the schema."""
        return _parse(document)

    @classmethod
    def system(
        cls, uid: Uid, name: str, label: str, type_name: str, options: Mapping[str, Any]
    ) -> CustomField:
        """A field that exists without a document of its own."""
        document = {
            "kind": "CustomField", "uid": uid, "name": name, "label": label,
            "type": type_name, "system": True, **options,
        }  # fmt: skip
        return _parse(document)

    def component(
        self, part: str, local_name: str, label: str, type_name: str, **options: Any
    ) -> CustomField:
        """A component of this compound field: "BillingCity" of BillingAddress."""
        document = {
            "kind": "CustomField", "uid": f"{self.uid}:{part}", "type": type_name, "label": label,
            "name": f"{self.object_name}.{local_name}", "componentOf": self.local_name,
            "trackHistory": self.track_history, **options,
        }  # fmt: skip
        return _parse(document)


_SHARED = frozenset(
    [
        "kind",
        "uid",
        "name",
        "label",
        "description",
        "type",
        "required",
        "unique",
        "caseSensitive",
        "externalId",
        "defaultValue",
        "inlineHelpText",
        "trackHistory",
        "referenceTo",
        "referenceToEvery",
        "relationshipName",
        "childRelationshipName",
        "lookupFilter",
        "valueSet",
        "system",
        "componentOf",
        "formula",
        "formulaTreatBlanksAs",
        "readableWithoutInputs",
    ]
)


def _parse(document: Document) -> CustomField:
    get = document.get
    value_set = get("valueSet", _NOTHING)
    return CustomField(
        **common(document),
        type=document["type"],
        required=get("required", False),
        unique=get("unique", False),
        case_sensitive=get("caseSensitive", False),
        external_id=get("externalId", False),
        default=get("defaultValue"),
        help_text=get("inlineHelpText", ""),
        track_history=get("trackHistory", False),
        reference_to=tuple(get("referenceTo", ())),
        every=_every(get("referenceToEvery")),
        relationship=get("relationshipName", ""),
        child_relationship=get("childRelationshipName", ""),
        lookup_filter=read_lookup_filter(get(LOOKUP_FILTER_NAME)),
        value_set_name=value_set.get("valueSetName", ""),
        inline_values=read_values(value_set.get("values", ())),
        restricted=value_set.get("restricted", True),
        controlled_by=value_set.get("controllingField", ""),
        allowed=read_allowed(value_set),
        is_system=get("system", False),
        component_of=get("componentOf", ""),
        formula=get("formula", ""),
        blank_is_zero=get("formulaTreatBlanksAs", BLANK_AS_ZERO) == BLANK_AS_ZERO,
        readable_without_inputs=get("readableWithoutInputs", False),
        options=MappingProxyType({k: v for k, v in document.items() if k not in _SHARED}),
    )


def _every(said: Mapping[str, Any] | None) -> Every | None:
    return Every(said["with"], tuple(said.get("except", ()))) if said else None


def _references(field: CustomField, snapshot: Snapshot) -> tuple[Reference, ...]:
    follow = WhenGone.FOLLOW
    found = [Reference(("name",), "CustomObject", field.object_name, 0, when_gone=follow)]
    for i, target in enumerate(field.reference_to):
        path: tuple[str | int, ...] = ("referenceTo", i)
        gone = _when_target_gone(field)
        found.append(Reference(path, "CustomObject", target, when_gone=gone, out=path))
    for i, target in enumerate(field.every.but if field.every else ()):
        path = ("referenceToEvery", "except", i)
        taken_out = WhenGone.TAKE_OUT
        found.append(Reference(path, "CustomObject", target, when_gone=taken_out, out=path))
    if field.value_set_name:
        # a set is either global or standard: both are named, one exists
        found += (
            Reference(("valueSet", "valueSetName"), kind, field.value_set_name)
            for kind in ("GlobalValueSet", "StandardValueSet")
        )
    if field.formula:
        found += of_formula(snapshot, field.object_name, field.formula, ("formula",))
    if field.type == SUMMARY:
        found += rollup_references(field.document)
    if is_formula(field, snapshot):
        found += of_formula(snapshot, field.object_name, field.default, (DEFAULT,))
    found += lookup_filter_references(field, snapshot)
    return (*found, *dependency_references(field))


def _when_target_gone(field: CustomField) -> WhenGone:
    """Details need their master; a lookup with other targets goes on with those."""
    if len(field.reference_to) > 1:
        return WhenGone.TAKE_OUT
    return WhenGone.REFUSE if field.type == "MasterDetail" else WhenGone.FOLLOW


def _check(field: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    if snapshot.find_object(field.object_name) is None:
        message = _("There is no object %(name)s.", name=repr(field.object_name))
        return (Problem("field.no_object", ("name",), message),)
    if "__" in field.local_name:
        problems += check_custom_name(field.local_name, "name")
    if not field.label:
        problems.append(Problem("field.label", ("label",), _("The field needs a label.")))
    problems += check_values(field.inline_values, "valueSet", "values")
    for i, target in enumerate(field.reference_to):
        if snapshot.find_object(target) is None:
            message = _("There is no object %(name)s.", name=repr(target))
            problems.append(Problem("field.unknown_target", ("referenceTo", i), message))
    problems += _check_every(field, snapshot)
    problems += _check_options(field)
    problems += check_dependency(field, snapshot)
    problems += field.field_type.check_definition(field, snapshot)
    problems += check_computed(field, snapshot)
    if field.type == SUMMARY:
        problems += rollup_problems(field, snapshot)
    if not problems:
        problems += check_default(field, snapshot)
        problems += check_lookup_filter(field, snapshot)
    return tuple(problems)


def _check_every(field: CustomField, snapshot: Snapshot) -> Iterator[Problem]:
    """An open lookup names no targets of its own, and leaves out objects that are there."""
    if field.every is None:
        return
    if field.reference_to:
        message = _("A lookup that is open to objects names none of them.")
        yield Problem("field.open_and_closed", ("referenceTo",), message)
    for i, target in enumerate(field.every.but):
        if snapshot.find_object(target) is None:
            message = _("There is no object %(name)s.", name=repr(target))
            yield Problem("field.unknown_target", ("referenceToEvery", "except", i), message)


def _check_options(field: CustomField) -> Iterator[Problem]:
    """Attributes that fields of this type do not have."""
    known = field.field_type.options_schema
    for name in sorted(set(field.options) - set(known)):
        message = _("%(type)s fields have no attribute %(name)s.", type=field.type, name=repr(name))
        yield Problem("field.unknown_option", (name,), message, did_you_mean(name, known))
    claims = {"unique": field.unique, "externalId": field.external_id}
    for name, claim in claims.items():
        if claim and not field.field_type.may_be_unique:
            message = _("%(type)s fields cannot be unique.", type=field.type)
            yield Problem("field.cannot_be_unique", (name,), message)


_PROPERTIES: dict[str, Any] = {
    "type": {"enum": list(FIELD_TYPES.names())},
    "required": {"type": "boolean"},
    "unique": {"type": "boolean"},
    "caseSensitive": {"type": "boolean"},
    "externalId": {"type": "boolean"},
    "defaultValue": {"type": ["string", "number", "boolean", "null"]},
    "inlineHelpText": {"type": "string", "maxLength": 510},
    "trackHistory": {"type": "boolean"},
    "referenceTo": {"type": "array", "items": dict(TEXT), "minItems": 1, "maxItems": 10},
    "referenceToEvery": {
        "type": "object",
        "additionalProperties": False,
        "required": ["with"],
        "properties": {
            "with": {"enum": list(OPENING)},
            "except": {"type": "array", "items": dict(TEXT), "maxItems": 50},
        },
    },
    "relationshipName": dict(TEXT),
    "childRelationshipName": dict(TEXT),
    LOOKUP_FILTER_NAME: LOOKUP_FILTER,
    "formula": {"type": "string", "minLength": 1, "maxLength": 5000},
    "formulaTreatBlanksAs": {"enum": [BLANK_AS_ZERO, BLANK_AS_BLANK]},
    "readableWithoutInputs": {"type": "boolean"},
    "valueSet": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "restricted": {"type": "boolean"},
            "sorted": {"type": "boolean"},
            "valueSetName": dict(TEXT),
            "values": {"type": "array", "maxItems": 10000, "items": dict(VALUE_SCHEMA)},
            **DEPENDENCY,
        },
    },
}
# one name may have other bounds in another type: which hold is said by the type, below
for _field_type in FIELD_TYPES:
    _PROPERTIES |= {option: {} for option in _field_type.options_schema}
_OF_TYPES = [
    {
        "if": {"properties": {"type": {"const": _field_type.name}}},
        "then": {"properties": dict(_field_type.options_schema)},
    }
    for _field_type in FIELD_TYPES
    if _field_type.options_schema
]

KINDS.register(
    Kind(
        name="CustomField",
        label=lazy("Field"),
        schema={**schema("CustomField", _PROPERTIES, ("type",)), "allOf": _OF_TYPES},
        rank=30,
        folder="objects/{object}/fields",
        suffix="field",
        parse=_parse,
        references=_references,
        check=_check,
        icon="text-cursor-input",
    )
)
