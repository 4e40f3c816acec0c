"""Which list views an object has: those of its documents, one's own, and two that are built in.

The plain one stands in where nobody made any; the other one shows what a person opened lately.
"""

from __future__ import annotations

from ...metadata.definition import Uid
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.list_view import ListView
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound
from ...platform.i18n import mark
from .kept import NOTHING, Kept

RECENT = "recently-viewed"  # the key of the records that a person opened lately


def views_of(snapshot: Snapshot, object_name: str) -> tuple[ListView, ...]:
    """The shared views of an object in the order of pickers; a plain one when nobody made any."""
    found = [view for view in snapshot.of_kind("ListView") if view.object == object_name]
    ranked = sorted(found, key=lambda view: (view.rank, view.label.casefold()))
    return tuple(ranked) or (plain_view(snapshot, object_name),)


def find_view(
    snapshot: Snapshot, object_name: str, name: str = "", kept: Kept = NOTHING
) -> ListView:
    """A view by its local name, or the one that opens first; raises NotFound."""
    shared = views_of(snapshot, object_name)
    views = (*shared, *kept.views)
    if not name:
        usual = next((view for view in shared if view.default), shared[0])
        if kept.pinned == RECENT:
            return recent_view(snapshot, object_name)
        return next((view for view in views if view.uid == kept.pinned), usual)
    if name == RECENT:
        return recent_view(snapshot, object_name)
    for view in views:
        if view.local_name.casefold() == name.casefold():
            return view
    raise NotFound(name)


def recent_view(snapshot: Snapshot, object_name: str) -> ListView:
    """What the actor opened lately, in the columns of the object's default view."""
    usual = find_view(snapshot, object_name)
    return _built_in(object_name, RECENT, RECENT, mark("Recently viewed"), usual.columns)


def plain_view(snapshot: Snapshot, object_name: str) -> ListView:
    """All records of an object, with its name and its first few fields."""
    obj = snapshot.object(object_name)
    own = [f.local_name for f in snapshot.fields(obj.name).values() if _is_shown(f)]
    name = [obj.name_field] if obj.name_field else []
    columns = list(dict.fromkeys([*name, *own]))[:5] or ["Id"]
    return _built_in(obj.name, "All", f"{obj.uid}:All", mark("All"), tuple(columns), default=True)


def _built_in(
    object_name: str,
    name: str,
    uid: str,
    label: str,
    columns: tuple[str, ...],
    *,
    default: bool = False,
) -> ListView:
    full = f"{object_name}.{name}"
    document = {"kind": "ListView", "name": full, "label": label, "system": True}
    return ListView(
        uid=Uid(uid), name=full, label=label, document=document, object=object_name,
        columns=columns, default=default,
    )  # fmt: skip


def _is_shown(field: CustomField) -> bool:
    has_value = bool(field.field_type.columns(field)) and not field.component_of
    return has_value and not field.is_system and field.field_type.sortable
