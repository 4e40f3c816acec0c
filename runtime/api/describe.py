"""Describes: all objects, one object with its fields, its layouts; of what the actor may see.

A describe is the same for everybody with the same rights and language as long as the metadata stays
as it is: it is written once, kept compressed, and not sent again to whoever has it.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from werkzeug.datastructures import ETags
from werkzeug.http import parse_accept_header, parse_etags

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.rights import rights_of
from ...platform.i18n import current
from ..access.permissions import Operation, fingerprint, may, readable
from ..records.deletion import WhenDeleted
from .blueprint import resource
from .call import Answer, Call
from .described import Describer
from .json_text import write_json
from .values import MASTER, readable_fields, record_type_id

MOST_KEPT = 512
LEVEL = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """A describe as it is sent."""

    packed: bytes  # by gzip
    etag: str


_KEPT: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
_LOCK = Lock()


def kept(call: Call, what: str, make: Callable[[], Any]) -> Answer:
    """The describe of that name: made once, and 304 for whoever has it."""
    snapshot = call.snapshot
    rights = fingerprint(call.actor, snapshot)
    key = (
        snapshot.org, str(snapshot.version), str(id(snapshot)), call.version, rights,
        current().language, what,
    )  # fmt: skip
    found = _KEPT.get(key)
    if found is None:
        content = write_json(make())
        tag = hashlib.sha256(content).hexdigest()[:32]
        found = Kept(gzip.compress(content, LEVEL, mtime=0), f'W/"{tag}"')
        with _LOCK:
            _KEPT[key] = found
            while len(_KEPT) > MOST_KEPT:
                _KEPT.popitem(last=False)
    headers = {"ETag": found.etag, "Vary": "Accept-Encoding"}
    if _tags(call).contains_weak(found.etag[3:-1]):
        return Answer(None, 304, headers)
    if parse_accept_header(call.headers.get("Accept-Encoding", ""))["gzip"] > 0:
        return Answer(headers=headers, ready=found.packed, ready_encoding="gzip")
    return Answer(headers=headers, ready=zlib.decompress(found.packed, zlib.MAX_WBITS | 16))


def _tags(call: Call) -> ETags:
    return parse_etags(call.headers.get("If-None-Match", ""))


# -- all objects


@resource("sobjects")
def describe_global(call: Call) -> Answer:
    """Every object that the actor may read."""
    return kept(
        call,
        "sobjects",
        lambda: {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [summary(call, obj) for obj in call.objects()],
        },
    )


def summary(call: Call, obj: CustomObject) -> dict[str, Any]:
    """The 28 keys of an object among all."""
    whole = describe(call, obj, with_fields=False)
    found = {name: whole[name] for name in SUMMARY}
    urls = {name: whole["urls"][name] for name in ("rowTemplate", "describe", "sobject")}
    return found | {"urls": urls}


SUMMARY = (
    "activateable", "associateEntityType", "associateParentEntity", "createable", "custom",
    "customSetting", "deepCloneable", "deletable", "deprecatedAndHidden", "feedEnabled",
    "hasSubtypes", "isInterface", "isSubtype", "keyPrefix", "label", "labelPlural", "layoutable",
    "mergeable", "mruEnabled", "name", "queryable", "replicateable", "retrieveable", "searchable",
    "triggerable", "undeletable", "updateable",
)  # fmt: skip


# -- one object


@resource("sobjects/<object_name>/describe")
def describe_object(call: Call, object_name: str) -> Answer:
    """All there is to know of an object."""
    obj = call.object(object_name)
    return kept(call, f"{obj.name}/describe", lambda: describe(call, obj))


def describe(call: Call, obj: CustomObject, *, with_fields: bool = True) -> dict[str, Any]:
    """The 45 keys of an object, in the order that programs know."""
    snapshot, allowed = call.snapshot, _allowed(call, obj)
    label, plural = snapshot.label(obj), snapshot.label(obj, "pluralLabel")
    has_layout = any(one.object == obj.name for one in snapshot.of_kind("Layout"))
    fields = readable_fields(call.actor, snapshot, obj.name) if with_fields else {}
    describer = Describer(call.actor, snapshot)
    return {
        "actionOverrides": [],
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "childRelationships": list(_children(call, obj)) if with_fields else [],
        "compactLayoutable": has_layout,
        "createable": allowed[Operation.CREATE],
        "custom": obj.is_custom,
        "customSetting": False,
        "deepCloneable": False,
        "defaultImplementation": None,
        "deletable": allowed[Operation.DELETE],
        "deprecatedAndHidden": False,
        "extendedBy": None,
        "extendsInterfaces": None,
        "feedEnabled": False,
        "fields": [
            describer.field(field, is_name=field.local_name == obj.name_field)
            for field in fields.values()
        ],
        "hasSubtypes": False,
        "implementedBy": None,
        "implementsInterfaces": None,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": snapshot.storage.prefix(obj.uid) or None,
        "label": label,
        "labelPlural": plural,
        "layoutable": has_layout,
        "listviewable": None,
        "lookupLayoutable": None,
        "mergeable": False,
        "mruEnabled": has_layout,
        "name": obj.name,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "queryable": True,
        "recordTypeInfos": _record_types(call, obj) if with_fields else [],
        "replicateable": True,
        "retrieveable": True,
        "searchLayoutable": obj.enable_search,
        "searchable": obj.enable_search,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": plural, "name": "everything"},
            *([{"label": f"My {plural}", "name": "mine"}] if obj.has_owner else []),
            *([{"label": f"My team's {plural}", "name": "team"}] if obj.has_owner else []),
        ],
        "triggerable": not obj.storage,
        "undeletable": allowed[Operation.DELETE],
        "updateable": allowed[Operation.EDIT],
        "urls": urls_of(call, obj),
    }


def _allowed(call: Call, obj: CustomObject) -> Mapping[Operation, bool]:
    return {one: may(call.actor, one, obj, call.snapshot) for one in Operation}


def urls_of(call: Call, obj: CustomObject) -> dict[str, str]:
    """Where an object's resources are."""
    home = f"{call.root}/sobjects/{obj.name}"
    return {
        "compactLayouts": f"{home}/describe/compactLayouts",
        "rowTemplate": f"{home}/{{ID}}",
        "approvalLayouts": f"{home}/describe/approvalLayouts",
        "uiDetailTemplate": "/r/{ID}",
        "uiEditTemplate": "/r/{ID}/edit",
        "listviews": f"{home}/listviews",
        "describe": f"{home}/describe",
        "uiNewRecord": f"/o/{obj.name}/new",
        "quickActions": f"{home}/quickActions",
        "layouts": f"{home}/describe/layouts",
        "sobject": home,
    }


def children_of(call: Call, obj: CustomObject) -> list[CustomField]:
    """The lookups that lead here from objects and fields that the actor may read."""
    return [
        lookup
        for lookup in call.snapshot.children(obj.name)
        if call.find_object(lookup.object_name) and readable(call.actor, lookup, call.snapshot)
    ]


def _children(call: Call, obj: CustomObject) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": _goes(lookup) is WhenDeleted.CASCADE,
            "childSObject": lookup.object_name,
            "deprecatedAndHidden": False,
            "field": lookup.local_name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": lookup.child_relationship or None,
            "restrictedDelete": _goes(lookup) is WhenDeleted.RESTRICT,
        }
        for lookup in children_of(call, obj)
    ]


def _goes(lookup: CustomField) -> WhenDeleted | None:
    return None if lookup.is_system else WhenDeleted.of(lookup)


def _record_types(call: Call, obj: CustomObject) -> list[dict[str, Any]]:
    """The record types of the object, and the one that records without a type have."""
    snapshot, rights = call.snapshot, rights_of(call.actor, call.snapshot)
    usual = rights.default_record_type(obj.name)
    found = [
        _record_type(
            call, obj, record_type_id(one.uid), one.local_name, snapshot.label(one),
            is_active=one.active, is_available=rights.may_have(one),
            is_usual=one is usual,
        )
        for one in snapshot.record_types(obj.name)
    ]  # fmt: skip
    return [
        *found,
        _record_type(
            call, obj, MASTER, "Master", "Master",
            is_active=True, is_available=True, is_usual=not any(
                one["defaultRecordTypeMapping"] for one in found
            ),
        ),
    ]  # fmt: skip


def _record_type(
    call: Call, obj: CustomObject, type_id: str, name: str, label: str,
    *, is_active: bool, is_available: bool, is_usual: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "active": is_active,
        "available": is_available,
        "defaultRecordTypeMapping": is_usual,
        "developerName": name,
        "master": type_id == MASTER,
        "name": label,
        "recordTypeId": type_id,
        "urls": {"layout": f"{call.root}/sobjects/{obj.name}/describe/layouts/{type_id}"},
    }
