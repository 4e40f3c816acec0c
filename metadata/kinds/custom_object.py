"""An object: what records there are, how they are called and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Path, Reference, WhenGone
from ..names import CUSTOM, METADATA_TYPE, check_custom_name
from .base import KINDS, TEXT, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

DEFAULT_NAME_FIELD = "Name"
SHARING_MODELS = (
    "Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess", "ControlledByParent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Privacy:
    """Records of the object can be private: seen by their owner and whom they are shared with."""

    field: str  # local name of the checkbox
    shared_with: str = ""  # "EventRelation.RelationId": a detail's lookup to those who see it too

    @property
    def detail(self) -> str:
        return self.shared_with.rpartition(".")[0]

    @property
    def member(self) -> str:
        return self.shared_with.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject(Definition):
    """An object of the org, shipped or built: one table, one record page, one tab."""

    plural_label: str = ""
    name_field: str = DEFAULT_NAME_FIELD  # local name of what names a record; "" = nothing does
    key_prefix: str = ""  # fixed for shipped objects, "" = allocated by the org
    sharing_model: str = "ReadWrite"
    uses_hierarchies: bool = True  # people above an owner get what the owner has
    controlled_by: str = ""  # the lookup whose record decides, where no master does
    icon: str = "box"
    tone: int = 1  # 1–8
    enable_history: bool = False
    enable_search: bool = True
    enable_activities: bool = False
    enable_reports: bool = True
    privacy: Privacy | None = None
    storage: str = ""  # "people": the records are the platform's users

    @property
    def is_custom(self) -> bool:
        return self.name.endswith((CUSTOM, METADATA_TYPE))

    @property
    def has_owner(self) -> bool:
        """Details belong to their master's owner; users own themselves."""
        is_detail = self.sharing_model == "ControlledByParent" and not self.controlled_by
        return not is_detail and not self.storage


def _parse(document: Document) -> CustomObject:
    get = document.get
    return CustomObject(
        **common(document),
        plural_label=get("pluralLabel") or get("label") or document["name"],
        name_field=get("nameField", DEFAULT_NAME_FIELD),
        key_prefix=get("keyPrefix", ""),
        sharing_model=get("sharingModel", "ReadWrite"),
        uses_hierarchies=get("grantAccessUsingHierarchies", True),
        controlled_by=get("controlledBy", ""),
        icon=get("icon", "box"),
        tone=get("tone", 1),
        enable_history=get("enableHistory", False),
        enable_search=get("enableSearch", True),
        enable_activities=get("enableActivities", False),
        enable_reports=get("enableReports", True),
        privacy=_privacy(get("private")),
        storage=get("storage", ""),
    )


def _privacy(said: Mapping[str, Any] | None) -> Privacy | None:
    return Privacy(said["field"], said.get("sharedWith", "")) if said else None


def _references(obj: CustomObject, _snapshot: Snapshot) -> tuple[Reference, ...]:
    found = []
    for key, field in (("nameField", obj.name_field), ("controlledBy", obj.controlled_by)):
        if field:
            name = f"{obj.name}.{field}"
            found.append(Reference((key,), "CustomField", name, segment=0))
    if obj.privacy is not None:
        secret, out = f"{obj.name}.{obj.privacy.field}", ("private",)
        gone = WhenGone.TAKE_OUT
        place: Path = ("private", "field")
        found.append(Reference(place, "CustomField", secret, segment=0, when_gone=gone, out=out))
        if members := obj.privacy.shared_with:
            place = ("private", "sharedWith")
            found.append(Reference(place, "CustomField", members, when_gone=gone, out=place))
    return tuple(found)


def _check(obj: CustomObject, snapshot: Snapshot) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    if "__" in obj.name:
        bare = obj.name.removesuffix(METADATA_TYPE)
        problems += check_custom_name(obj.name if bare == obj.name else bare + CUSTOM, "name")
    if not obj.label:
        problems.append(Problem("object.label", ("label",), _("The object needs a label.")))
    if obj.name_field and snapshot.find_field(obj.name, obj.name_field) is None:
        message = _("%(name)s is not a field of this object.", name=repr(obj.name_field))
        problems.append(Problem("object.name_field", ("nameField",), message))
    problems += _check_privacy(obj, snapshot)
    if obj.controlled_by:
        problems += _check_controlling(obj, snapshot)
    return tuple(problems)


def _check_privacy(obj: CustomObject, snapshot: Snapshot) -> Iterator[Problem]:
    if obj.privacy is None:
        return
    field = snapshot.find_field(obj.name, obj.privacy.field)
    if field is None or field.type != "Checkbox" or not obj.has_owner:
        message = _("Private records need an owner and a checkbox that says so.")
        yield Problem("object.private_field", ("private", "field"), message)
    if not obj.privacy.shared_with:
        return
    member = snapshot.find_field(obj.privacy.detail, obj.privacy.member)
    if member is None or not member.is_lookup or master_of(snapshot, obj) is None:
        message = _("%(name)s is no lookup of a detail.", name=repr(obj.privacy.shared_with))
        yield Problem("object.private_members", ("private", "sharedWith"), message)


def master_of(snapshot: Snapshot, obj: CustomObject) -> CustomField | None:
    """The field by which the records that share a private one are its details."""
    detail = obj.privacy.detail if obj.privacy else ""
    fields = snapshot.fields(detail).values()
    masters = (f for f in fields if f.type == "MasterDetail" and f.reference_to == (obj.name,))
    return next(masters, None)


def _check_controlling(obj: CustomObject, snapshot: Snapshot) -> Iterator[Problem]:
    field = snapshot.find_field(obj.name, obj.controlled_by)
    if field is None or field.type != "Lookup" or len(field.reference_to) != 1:
        message = _("%(name)s is no lookup to one object.", name=repr(obj.controlled_by))
        yield Problem("object.controlled_by", ("controlledBy",), message)
    elif field.reference_to[0] == obj.name:
        message = _("Records cannot decide on access to others of their own object.")
        yield Problem("object.controlled_by", ("controlledBy",), message)


KINDS.register(
    Kind(
        name="CustomObject",
        label=lazy("Object"),
        schema=schema(
            "CustomObject",
            {
                "pluralLabel": dict(TEXT),
                "nameField": {"type": "string"},
                "keyPrefix": {"type": "string", "pattern": "^[0-9A-Za-z]{3}$"},
                "sharingModel": {"enum": list(SHARING_MODELS)},
                "grantAccessUsingHierarchies": {"type": "boolean"},
                "controlledBy": {"type": "string", "maxLength": 80},
                "icon": {"type": "string", "pattern": "^[a-z0-9-]{0,40}$"},
                "tone": {"type": "integer", "minimum": 1, "maximum": 8},
                "enableHistory": {"type": "boolean"},
                "enableSearch": {"type": "boolean"},
                "enableActivities": {"type": "boolean"},
                "enableReports": {"type": "boolean"},
                "private": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["field"],
                    "properties": {"field": dict(TEXT), "sharedWith": dict(TEXT)},
                },
                "storage": {"enum": ["", "people"]},
            },
            ("label",),
        ),
        rank=20,
        folder="objects/{name}",
        suffix="object",
        parse=_parse,
        references=_references,
        check=_check,
        icon="database",
    )
)
