"""An object: what records there are, how they are called and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from ..names import CUSTOM, check_custom_name
from .base import KINDS, TEXT, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

DEFAULT_NAME_FIELD = "Name"
SHARING_MODELS = (
    "Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess", "ControlledByParent",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject(Definition):
    """An object of the org, shipped or built: one table, one record page, one tab."""

    plural_label: str = ""
    name_field: str = DEFAULT_NAME_FIELD  # local name of what names a record; "" = nothing does
    key_prefix: str = ""  # fixed for shipped objects, "" = allocated by the org
    sharing_model: str = "ReadWrite"
    icon: str = "box"
    tone: int = 1  # 1–8
    enable_history: bool = False
    enable_search: bool = True
    enable_activities: bool = False
    enable_reports: bool = True
    storage: str = ""  # "people": the records are the platform's users

    @property
    def is_custom(self) -> bool:
        return self.name.endswith(CUSTOM)

    @property
    def has_owner(self) -> bool:
        """Details belong to their master's owner; users own themselves."""
        return self.sharing_model != "ControlledByParent" and not self.storage


def _parse(document: Document) -> CustomObject:
    get = document.get
    return CustomObject(
        **common(document),
        plural_label=get("pluralLabel") or get("label") or document["name"],
        name_field=get("nameField", DEFAULT_NAME_FIELD),
        key_prefix=get("keyPrefix", ""),
        sharing_model=get("sharingModel", "ReadWrite"),
        icon=get("icon", "box"),
        tone=get("tone", 1),
        enable_history=get("enableHistory", False),
        enable_search=get("enableSearch", True),
        enable_activities=get("enableActivities", False),
        enable_reports=get("enableReports", True),
        storage=get("storage", ""),
    )


def _references(obj: CustomObject, _snapshot: Snapshot) -> tuple[Reference, ...]:
    if not obj.name_field:
        return ()
    name = f"{obj.name}.{obj.name_field}"
    return (Reference(("nameField",), "CustomField", name, segment=0),)


def _check(obj: CustomObject, snapshot: Snapshot) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    if "__" in obj.name:
        problems += check_custom_name(obj.name, "name")
    if not obj.label:
        problems.append(Problem("object.label", ("label",), _("The object needs a label.")))
    if obj.name_field and snapshot.find_field(obj.name, obj.name_field) is None:
        message = _("%(name)s is not a field of this object.", name=repr(obj.name_field))
        problems.append(Problem("object.name_field", ("nameField",), message))
    return tuple(problems)


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
                "icon": {"type": "string", "pattern": "^[a-z0-9-]{0,40}$"},
                "tone": {"type": "integer", "minimum": 1, "maximum": 8},
                "enableHistory": {"type": "boolean"},
                "enableSearch": {"type": "boolean"},
                "enableActivities": {"type": "boolean"},
                "enableReports": {"type": "boolean"},
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
