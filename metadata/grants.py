"""What a profile or a permission set grants, as a value: the part of their documents they share.

"*" stands for every object, field, tab or app that the document does not name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import IntFlag
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..platform.errors import Problem, did_you_mean
from ..platform.i18n import _
from .definition import Document, Path, Reference, WhenGone
from .system_permissions import SYSTEM_PERMISSIONS

if TYPE_CHECKING:
    from .snapshot import Snapshot

EVERY = "*"
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class ObjectRight(IntFlag):
    """Rights on an object's records; the stronger ones hold the weaker ones they need."""

    NONE = 0
    READ = 1
    CREATE = 2
    EDIT = 4
    DELETE = 8
    VIEW_ALL = 16
    MODIFY_ALL = 32


class FieldRight(IntFlag):
    """Rights on a field."""

    NONE = 0
    READ = 1
    EDIT = 2


#: {key of the document: (right, what it holds)}
OBJECT_KEYS: Mapping[str, ObjectRight] = MappingProxyType(
    {
        "allowRead": ObjectRight.READ,
        "allowCreate": ObjectRight.CREATE | ObjectRight.READ,
        "allowEdit": ObjectRight.EDIT | ObjectRight.READ,
        "allowDelete": ObjectRight.DELETE | ObjectRight.EDIT | ObjectRight.READ,
        "viewAllRecords": ObjectRight.VIEW_ALL | ObjectRight.READ,
        "modifyAllRecords": (
            ObjectRight.MODIFY_ALL | ObjectRight.VIEW_ALL | ObjectRight.DELETE
            | ObjectRight.EDIT | ObjectRight.READ
        ),
    }
)  # fmt: skip
#: {key of the document: the right that is its own, without what it holds}
OWN_RIGHTS: Mapping[str, ObjectRight] = MappingProxyType(
    dict(zip(OBJECT_KEYS, (right for right in ObjectRight if right), strict=True))
)
TAB_VISIBILITIES = ("DefaultOn", "DefaultOff", "Hidden")


@dataclass(frozen=True, slots=True)
class Grants:
    """Everything one document grants, by what it is granted on."""

    system: frozenset[str] = frozenset()
    objects: Mapping[str, ObjectRight] = field(default_factory=lambda: _NOTHING)
    fields: Mapping[str, FieldRight] = field(default_factory=lambda: _NOTHING)
    tabs: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # {tab: visibility}
    apps: Mapping[str, bool] = field(default_factory=lambda: _NOTHING)
    default_app: str = ""
    custom: frozenset[str] = frozenset()
    record_types: Mapping[str, bool] = field(default_factory=lambda: _NOTHING)
    default_types: frozenset[str] = frozenset()  # of record types: one an object at most

    def object_right(self, name: str) -> ObjectRight:
        return self.objects.get(name, self.objects.get(EVERY, ObjectRight.NONE))

    def field_right(self, name: str) -> FieldRight:
        return self.fields.get(name, self.fields.get(EVERY, FieldRight.NONE))

    def tab(self, name: str) -> str:
        return self.tabs.get(name, self.tabs.get(EVERY, "Hidden"))

    def may_use(self, app: str) -> bool:
        return self.apps.get(app, self.apps.get(EVERY, False))

    def may_have(self, record_type: str) -> bool:
        """Says whether new records may be given the record type."""
        return self.record_types.get(record_type, self.record_types.get(EVERY, False))


def read_grants(document: Document) -> Grants:
    """The grants of a document that fits GRANT_PROPERTIES."""

    def rows(key: str) -> list[Mapping[str, Any]]:
        return list(document.get(key, ()))

    apps, types = rows("applicationVisibilities"), rows("recordTypeVisibilities")
    return Grants(
        frozenset(r["name"] for r in rows("userPermissions") if r.get("enabled", True)),
        MappingProxyType({r["object"]: _object_right(r) for r in rows("objectPermissions")}),
        MappingProxyType({r["field"]: _field_right(r) for r in rows("fieldPermissions")}),
        MappingProxyType({r["tab"]: r["visibility"] for r in rows("tabVisibilities")}),
        MappingProxyType({r["application"]: r.get("visible", True) for r in apps}),
        next((r["application"] for r in apps if r.get("default", False)), ""),
        frozenset(r["name"] for r in rows("customPermissions") if r.get("enabled", True)),
        MappingProxyType({r["recordType"]: r.get("visible", True) for r in types}),
        frozenset(r["recordType"] for r in types if r.get("default", False)),
    )


def read_muting(document: Document) -> Grants:
    """What a document of this form takes away: with a right go those that cannot be without it.

    Who may no longer read may do nothing; who may no longer delete may still edit.
    """
    plain = read_grants(document)
    objects = {r["object"]: _object_muting(r) for r in document.get("objectPermissions", ())}
    fields = {r["field"]: _field_muting(r) for r in document.get("fieldPermissions", ())}
    return replace(plain, objects=MappingProxyType(objects), fields=MappingProxyType(fields))


def _object_muting(row: Mapping[str, Any]) -> ObjectRight:
    muted = {key for key in OBJECT_KEYS if row.get(key, False)}
    found = ObjectRight.NONE
    for key in OBJECT_KEYS:
        if any(OBJECT_KEYS[key] & OWN_RIGHTS[one] for one in muted):
            found |= OWN_RIGHTS[key]
    return found


def _field_muting(row: Mapping[str, Any]) -> FieldRight:
    if row.get("readable", False):
        return FieldRight.READ | FieldRight.EDIT
    return FieldRight.EDIT if row.get("editable", False) else FieldRight.NONE


def _object_right(row: Mapping[str, Any]) -> ObjectRight:
    found = ObjectRight.NONE
    for key, right in OBJECT_KEYS.items():
        if row.get(key, False):
            found |= right
    return found


def _field_right(row: Mapping[str, Any]) -> FieldRight:
    if row.get("editable", False):
        return FieldRight.READ | FieldRight.EDIT
    return FieldRight.READ if row.get("readable", False) else FieldRight.NONE


# -- the documents


def _rows(key: str, **properties: Any) -> dict[str, Any]:
    name = {"type": "string", "minLength": 1, "maxLength": 240}
    return {
        "type": "array",
        "maxItems": 20_000,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": [key],
            "properties": {key: name, **properties},
        },
    }


_SWITCH = {"type": "boolean"}
GRANT_PROPERTIES: Mapping[str, Any] = MappingProxyType(
    {
        "userPermissions": _rows("name", enabled=_SWITCH),
        "objectPermissions": _rows("object", **dict.fromkeys(OBJECT_KEYS, _SWITCH)),
        "fieldPermissions": _rows("field", readable=_SWITCH, editable=_SWITCH),
        "tabVisibilities": _rows("tab", visibility={"enum": list(TAB_VISIBILITIES)}),
        "applicationVisibilities": _rows("application", visible=_SWITCH, default=_SWITCH),
        "customPermissions": _rows("name", enabled=_SWITCH),
        "recordTypeVisibilities": _rows("recordType", visible=_SWITCH, default=_SWITCH),
    }
)
#: (key of the document, key of its rows, kind that the rows name)
_NAMED = (
    ("objectPermissions", "object", "CustomObject"),
    ("fieldPermissions", "field", "CustomField"),
    ("tabVisibilities", "tab", "CustomTab"),
    ("applicationVisibilities", "application", "CustomApplication"),
    ("customPermissions", "name", "CustomPermission"),
    ("recordTypeVisibilities", "recordType", "RecordType"),
)


def grant_references(document: Document, under: Path = ()) -> Iterator[Reference]:
    """What the grants name; a row goes with the component that it names."""
    for key, inner, kind in _NAMED:
        for i, row in enumerate(document.get(key, ())):
            if row[inner] == EVERY:
                continue
            place, out = (*under, key, i, inner), (*under, key, i)
            yield Reference(place, kind, row[inner], when_gone=WhenGone.TAKE_OUT, out=out)


def check_grants(document: Document, snapshot: Snapshot, under: Path = ()) -> Iterator[Problem]:
    """Rows that are there twice, and names that nothing has."""
    for key, inner, kind in (("userPermissions", "name", ""), *_NAMED):
        seen: set[str] = set()
        for i, row in enumerate(document.get(key, ())):
            name, place = row[inner], (*under, key, i, inner)
            if name in seen:
                message = _("%(name)s is there twice.", name=repr(name))
                yield Problem("list.doubled", place, message)
            seen.add(name)
            if not _is_known(kind, name, snapshot):
                message = _("There is no %(name)s.", name=repr(name))
                yield Problem("grant.unknown", place, message, _nearest(kind, name, snapshot))
    yield from _check_default_types(document, under)


def _check_default_types(document: Document, under: Path) -> Iterator[Problem]:
    """An object has one default record type, and it is one that new records may have."""
    defaults: set[str] = set()
    for i, row in enumerate(document.get("recordTypeVisibilities", ())):
        if not row.get("default", False):
            continue
        place, owner = (*under, "recordTypeVisibilities", i, "default"), row["recordType"]
        if not row.get("visible", True) or owner == EVERY:
            message = _("The default record type has to be one that can be chosen.")
            yield Problem("grant.default_type", place, message)
        if (name := owner.partition(".")[0]) in defaults:
            message = _("%(name)s has two default record types.", name=name)
            yield Problem("grant.default_type", place, message)
        defaults.add(name)


def _is_known(kind: str, name: str, snapshot: Snapshot) -> bool:
    if not kind:
        return name in SYSTEM_PERMISSIONS
    if name == EVERY:
        return kind != "CustomPermission"
    if kind == "CustomField":
        owner, _dot, local = name.partition(".")
        return local in snapshot.fields(owner)
    return snapshot.find(kind, name) is not None


def _nearest(kind: str, name: str, snapshot: Snapshot) -> str:
    known = SYSTEM_PERMISSIONS if not kind else [d.name for d in snapshot.of_kind(kind)]
    return did_you_mean(name, known)
