"""Layouts as programs read them: sections and fields of a record page, highlights, compact ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound
from ...platform.ids import derived_id
from ..access.permissions import readable
from ..layouts.bind import BoundCell, BoundLayout, BoundSection, Mode, compact_layout_of
from ..layouts.forms import bound_layout
from .blueprint import resource
from .call import Answer, Call
from .describe import kept, urls_of
from .described import Describer
from .values import MASTER, record_type_id

LAYOUT_PREFIX, COMPACT_PREFIX = "00h", "0AH"


@resource("sobjects/<object_name>/describe/layouts")
def describe_layouts(call: Call, object_name: str) -> Answer:
    """The layouts that the person's records of an object are shown in."""
    obj = call.object(object_name)
    return kept(call, f"{obj.name}/all layouts", lambda: _layouts(call, obj))


@resource("sobjects/<object_name>/describe/layouts/<type_id>")
def describe_layout(call: Call, object_name: str, type_id: str) -> Answer:
    """The layout of records of one record type."""
    obj = call.object(object_name)
    known = {one_id[:15]: name for name, one_id in _types(call, obj)}
    if (name := known.get(type_id[:15])) is None:
        raise NotFound(type_id)
    return kept(call, f"{obj.name}/layouts/{name}", lambda: _layout(call, obj, name))


@resource("sobjects/<object_name>/describe/compactLayouts")
def describe_compact_layouts(call: Call, object_name: str) -> Answer:
    """What the head of a record shows, for each record type."""
    obj = call.object(object_name)
    return kept(call, f"{obj.name}/compact", lambda: _compact(call, obj))


@resource("sobjects/<object_name>/describe/approvalLayouts")
def describe_approval_layouts(call: Call, object_name: str) -> Answer:
    """None: approvals are shown on the record itself."""
    call.object(object_name)
    return Answer({"approvalLayouts": []})


@resource("sobjects/<object_name>/describe/namedLayouts/<layout_name>")
def describe_named_layout(call: Call, object_name: str, layout_name: str) -> Answer:
    """There are no layouts of that sort."""
    call.object(object_name)
    raise NotFound(layout_name)


def _types(call: Call, obj: CustomObject) -> Sequence[tuple[str, str]]:
    """(local name, id) of the record types, and of none."""
    found = [
        (one.local_name, record_type_id(one.uid)) for one in call.snapshot.record_types(obj.name)
    ]
    return [*found, ("", MASTER)]


def _layouts(call: Call, obj: CustomObject) -> dict[str, Any]:
    types = _types(call, obj)
    layouts = {one["id"]: one for name, _id in types if (one := _layout(call, obj, name))}
    return {
        "layouts": list(layouts.values()),
        "recordTypeMappings": [
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": len(types) == 1,
                "developerName": name or "Master",
                "layoutId": _layout(call, obj, name).get("id"),
                "master": one_id == MASTER,
                "name": name or "Master",
                "picklistsForRecordType": None,
                "recordTypeId": one_id,
                "urls": {"layout": f"{urls_of(call, obj)['layouts']}/{one_id}"},
            }
            for name, one_id in types
        ],
        "recordTypeSelectorRequired": [len(types) > 2],
    }


def _layout(call: Call, obj: CustomObject, record_type: str) -> dict[str, Any]:
    """One layout, empty for an object without any."""
    try:
        shown = bound_layout(obj.name, call.snapshot, call.actor, Mode.READ, record_type)
        edited = bound_layout(obj.name, call.snapshot, call.actor, Mode.EDIT, record_type)
    except NotFound:
        return {}
    drawer = _Drawer(call, obj)
    return {
        "buttonLayoutSection": {"detailButtons": []},
        "detailLayoutSections": drawer.sections(shown),
        "editLayoutSections": drawer.sections(edited),
        "feedView": None,
        "highlightsPanelLayoutSection": None,
        "id": str(derived_id(LAYOUT_PREFIX, shown.layout.uid)),
        "multirowEditLayoutSections": [],
        "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []},
        "relatedContent": None,
        "relatedLists": [drawer.related(one) for one in shown.related],
        "saveOptions": [],
    }


class _Drawer:
    """Writes bound layouts of an object."""

    def __init__(self, call: Call, obj: CustomObject) -> None:
        self.call, self.object = call, obj
        self.describer = Describer(call.actor, call.snapshot)

    def sections(self, bound: BoundLayout) -> list[dict[str, Any]]:
        return [self._section(n, section) for n, section in enumerate(bound.sections, 1)]

    def _section(self, number: int, section: BoundSection) -> dict[str, Any]:
        rows = list(_rows(section))
        return {
            "collapsed": section.collapsed,
            "columns": section.columns,
            "heading": section.label,
            "layoutRows": [
                {"layoutItems": [self._item(cell) for cell in row], "numItems": len(row)}
                for row in rows
            ],
            "layoutSectionId": section.id,
            "parentLayoutId": None,
            "rows": len(rows),
            "tabOrder": "TopToBottom",
            "useCollapsibleSection": True,
            "useHeading": bool(section.label),
        }

    def _item(self, cell: BoundCell | None) -> dict[str, Any]:
        parts = [self.component(n, part) for n, part in enumerate(cell.parts if cell else (), 1)]
        may_edit = cell is not None and not cell.readonly
        return {
            "editableForNew": may_edit,
            "editableForUpdate": may_edit,
            "label": cell.label if cell else "",
            "layoutComponents": parts,
            "placeholder": cell is None,
            "required": bool(cell and cell.required),
        }

    def component(self, number: int, field: CustomField) -> dict[str, Any]:
        is_name = field.local_name == self.object.name_field
        return {
            "details": self.describer.field(field, is_name=is_name),
            "displayLines": 1,
            "tabOrder": number,
            "type": "Field",
            "value": field.local_name,
        }

    def related(self, one: Any) -> dict[str, Any]:
        columns = [self._column(one.object.name, path) for path in one.columns]
        sort = one.sort and {"column": one.sort.field, "ascending": not one.sort.descending}
        return {
            "accessLevelRequiredForCreate": None,
            "buttons": [],
            "columns": columns,
            "custom": one.object.is_custom,
            "field": one.lookup.local_name,
            "label": one.label,
            "limitRows": 5,
            "name": one.lookup.child_relationship or one.object.name,
            "sobject": one.object.name,
            "sort": [sort] if sort else [],
        }

    def _column(self, object_name: str, path: str) -> dict[str, Any]:
        field = self.call.snapshot.resolve(object_name, path)[-1]
        return {
            "field": f"{object_name}.{path}",
            "fieldApiName": path,
            "format": None,
            "label": self.call.snapshot.label(field),
            "lookupId": None,
            "name": path,
            "sortable": field.field_type.sortable,
        }


def _rows(section: BoundSection) -> Iterable[list[BoundCell | None]]:
    """The cells row by row; a wide one has its row to itself."""
    row: list[BoundCell | None] = []
    for cell in section.flow:
        if cell is not None and cell.wide:
            if row:
                yield row
            yield [cell]
            row = []
            continue
        row.append(cell)
        if len(row) == section.columns:
            yield row
            row = []
    if row:
        yield row


def _compact(call: Call, obj: CustomObject) -> dict[str, Any]:
    found = {name: _compact_of(call, obj, name) for name, _id in _types(call, obj)}
    layouts = {one["id"]: one for one in found.values()}
    return {
        "compactLayouts": list(layouts.values()),
        "defaultCompactLayoutId": found[""]["id"],
        "recordTypeCompactLayoutMappings": [
            {
                "available": True,
                "compactLayoutId": found[name]["id"],
                "compactLayoutName": found[name]["name"],
                "recordTypeId": one_id,
                "recordTypeName": name or "Master",
            }
            for name, one_id in _types(call, obj)
        ],
        "urls": {"primary": urls_of(call, obj)["compactLayouts"]},
    }


def _compact_of(call: Call, obj: CustomObject, record_type: str) -> dict[str, Any]:
    compact = compact_layout_of(obj.name, call.snapshot, record_type)
    names = [name for name in (obj.name_field, *(compact.fields if compact else ())) if name]
    chains = [call.snapshot.resolve(obj.name, path) for path in dict.fromkeys(names)]
    shown = [
        chain[-1]
        for chain in chains
        if all(readable(call.actor, step, call.snapshot) for step in chain)
    ]
    drawer = _Drawer(call, obj)
    label = call.snapshot.label(compact) if compact else obj.label
    return {
        "actions": [],
        "fieldItems": [
            {
                "editableForNew": False,
                "editableForUpdate": False,
                "label": call.snapshot.label(field),
                "layoutComponents": [drawer.component(1, field)],
                "placeholder": False,
                "required": False,
            }
            for field in shown
        ],
        "id": str(derived_id(COMPACT_PREFIX, compact.uid if compact else obj.uid)),
        "imageItems": [],
        "label": label,
        "name": compact.name.rpartition(".")[2] if compact else "SYSTEM",
        "objectType": obj.name,
    }
