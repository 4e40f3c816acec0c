"""Profile and PermissionSet: what people may do, as far as it names what is here.

What a file does not name it says nothing of, and what it does not grant it does not take away: a
profile only ever gains. A row that changes here is written again; rows of what is not here are
then gone from its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .....platform.i18n import _
from ....definition import Document
from ....grants import OBJECT_KEYS, Grants, read_grants
from ....names import CUSTOM
from ....snapshot import Snapshot
from ....system_permissions import SYSTEM_PERMISSIONS
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Draft, Find, Ground, Translated, Translator, plain, stated
from .custom_field import ACTIVITY
from .custom_tab import STANDARD

Row = dict[str, Any]
_TABS = {"Visible": "DefaultOn", "Available": "DefaultOff", "None": "Hidden"}
_OPENNESS = ("Hidden", "DefaultOff", "DefaultOn")
_SHIPPED = "Profile_"  # before the name of the permission set that a shipped profile's file is
#: what the rows of each list name: (element, key of the name)
_KEYS = (
    ("applicationVisibilities", "application"), ("customPermissions", "name"),
    ("fieldPermissions", "field"), ("layoutAssignments", "layout"),
    ("objectPermissions", "object"), ("recordTypeVisibilities", "recordType"),
    ("tabVisibilities", "tab"), ("userPermissions", "name"),
)  # fmt: skip


class PermissionSets(Translator):
    """Permissions on code are only kept."""

    name = "PermissionSet"
    kind = "PermissionSet"
    order = 51
    reads = frozenset(
        {"label", "description", "tabSettings", *(name for name, _key in _KEYS)}
    ) - {"tabVisibilities", "layoutAssignments"}  # fmt: skip
    may_lack = frozenset({"description", *(name for name, _key in _KEYS)})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, notes = component.root, list[str]()
        draft = _head(component, plain(tree.value("label")))
        draft |= _granted(tree, ground, self.kind, component.name, notes)
        return Translated((stated(draft),), tuple(notes))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("description"):
            yield element("description", document["description"])
        yield element("label", document.get("label", ""))
        for found in _written(document):
            yield found if found.name != "tabVisibilities" else _as_setting(found)


class Profiles(Translator):
    """A shipped profile stays as it is: its file becomes a permission set that adds to it."""

    name = "Profile"
    kind = "Profile"
    order = 52
    reads = frozenset({"description", *(name for name, _key in _KEYS)})
    may_lack = PermissionSets.may_lack

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, notes = component.root, list[str]()
        shipped = ground.base(self.kind, component.name)
        draft = _head(component, component.name)
        if shipped is None:
            draft |= _granted(tree, ground, self.kind, component.name, notes)
            draft["layoutAssignments"] = _assignments(tree, ground)
            return Translated((stated(draft),), tuple(notes))
        label = f"{shipped['label']} (Salesforce)"[:255]
        draft |= {"kind": "PermissionSet", "name": _SHIPPED + component.name, "label": label}
        draft |= _granted(tree, ground, "PermissionSet", str(draft["name"]), notes)
        notes.append(_("Shipped profiles stay as they are: it is a permission set to assign."))
        return Translated((stated(draft),), tuple(notes))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("description"):
            yield element("description", document["description"])
        yield from _written(document)

    def full_name(self, document: Document) -> str:
        is_shipped = document["kind"] == "PermissionSet"
        name = str(document["name"])
        return name.removeprefix(_SHIPPED) if is_shipped else name


def _head(component: Component, label: str) -> Draft:
    description = plain(component.root.value("description"))[:1000]
    label = label or component.name.replace("_", " ")
    return {"name": component.name, "label": label[:255], "description": description}


# -- reading


def _granted(tree: Element, ground: Ground, kind: str, name: str, notes: list[str]) -> Draft:
    """{list: rows} of what grants something here, with what the org has granted already."""
    snapshot, missing = ground.snapshot, 0
    found: dict[str, dict[str, Row]] = {}
    for key, read in _READERS.items():
        rows: dict[str, Row] = {}
        elements = (*tree.all(key), *(tree.all("tabSettings") if key == "tabVisibilities" else ()))
        for one in elements:
            named = list(read(one, snapshot))
            missing += not named
            for row in named:
                rows.setdefault(_name_of(key, row), row)
        found[key] = rows
    if missing:
        notes.append(_("%(n)s of its rows name what is not here.", n=missing))
    live = ground.live.find(kind, name)
    if live is not None:
        _joined(found, live.document)
    grants = {key: list(filter(_is_grant, rows.values())) for key, rows in found.items()}
    _leave_one_default(grants)
    return dict(grants)


def _name_of(key: str, row: Mapping[str, Any]) -> str:
    return str(row[dict(_KEYS)[key]])


def _joined(found: dict[str, dict[str, Row]], live: Document) -> None:
    """Adds what the document grants already: none of it is taken away."""
    for key, rows in found.items():
        for row in live.get(key, ()):
            name = _name_of(key, row)
            rows[name] = _union(rows[name], row) if name in rows else dict(row)


def _union(one: Row, other: Mapping[str, Any]) -> Row:
    both = {**other, **one}
    for key, value in both.items():
        if isinstance(value, bool):
            both[key] = bool(one.get(key)) or bool(other.get(key))
    if "visibility" in both:
        both["visibility"] = max(one["visibility"], other["visibility"], key=_OPENNESS.index)
    return both


def _is_grant(row: Row) -> bool:
    return any(v is True for v in row.values()) or row.get("visibility", "Hidden") != "Hidden"


def _leave_one_default(grants: Mapping[str, list[Row]]) -> None:
    """An object has one default record type, and a person one default app."""
    seen: set[str] = set()
    for key, named in (("recordTypeVisibilities", "recordType"), ("applicationVisibilities", "")):
        for row in grants[key]:
            owner = str(row.get(named, "")).partition(".")[0]
            if row.get("default") and owner in seen:
                row.pop("default")
            seen |= {owner} if row.get("default") else set()


def _user_permission(row: Element, _snapshot: Snapshot) -> Iterator[Row]:
    if (name := row.value("name")) in SYSTEM_PERMISSIONS:
        yield {"name": name, "enabled": row.flag("enabled")}


def _custom_permission(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    if snapshot.find("CustomPermission", name := plain(row.value("name"))):
        yield {"name": name, "enabled": row.flag("enabled")}


def _object_permission(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    name = plain(row.value("object"))
    if snapshot.find("CustomObject", name):
        yield {"object": name, **{key: True for key in OBJECT_KEYS if row.flag(key)}}


def _field_permission(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    owner, _dot, local = plain(row.value("field")).partition(".")
    rights = {key: True for key in ("readable", "editable") if row.flag(key)}
    for name in ACTIVITY if owner == "Activity" else (owner,):
        if snapshot.find("CustomObject", name) and local in snapshot.fields(name):
            yield {"field": f"{name}.{local}", **rights}


def _tab(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    name = plain(row.value("tab")).removeprefix(STANDARD)
    said = row.value("visibility")
    visibility = _TABS.get(said, said)
    if snapshot.find("CustomTab", name) and visibility in _OPENNESS:
        yield {"tab": name, "visibility": visibility}


def _application(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    name = plain(row.value("application")).removeprefix("standard__")
    if snapshot.find("CustomApplication", name):
        is_shown = row.flag("visible")
        found: Row = {"application": name, "visible": is_shown}
        yield {**found, "default": True} if is_shown and row.flag("default") else found


def _record_type(row: Element, snapshot: Snapshot) -> Iterator[Row]:
    if snapshot.find("RecordType", name := plain(row.value("recordType"))):
        is_shown = row.flag("visible")
        found: Row = {"recordType": name, "visible": is_shown}
        yield {**found, "default": True} if is_shown and row.flag("default") else found


_READERS: Mapping[str, Callable[[Element, Snapshot], Iterator[Row]]] = {
    "applicationVisibilities": _application,
    "customPermissions": _custom_permission,
    "fieldPermissions": _field_permission,
    "objectPermissions": _object_permission,
    "recordTypeVisibilities": _record_type,
    "tabVisibilities": _tab,
    "userPermissions": _user_permission,
}


def _assignments(tree: Element, ground: Ground) -> list[Row]:
    """The layouts by object and record type, each once."""
    found: dict[str, Row] = {}
    for row in tree.all("layoutAssignments"):
        layout = ground.snapshot.find("Layout", plain(row.value("layout")))
        record_type = plain(row.value("recordType"))
        known = ground.snapshot.find("RecordType", record_type) if record_type else None
        if layout is None or (record_type and (known is None or known.object != layout.object)):
            continue
        said = {"layout": layout.name}
        key = record_type or layout.object
        found.setdefault(key, {**said, "recordType": record_type} if record_type else said)
    return list(found.values())


# -- writing


def _written(document: Document) -> Iterator[Element]:
    grants = read_grants(document)
    for key, named in _KEYS:
        for row in document.get(key, ()):
            if row[named] != "*":
                yield element(key, *_parts(key, named, row, grants))


def _parts(key: str, named: str, row: Mapping[str, Any], grants: Grants) -> Iterator[Element]:
    """The attributes of a row in the order of the alphabet."""
    values: dict[str, Any] = {named: _salesforce_name(named, str(row[named]))}
    if key == "objectPermissions":
        values |= {name: bool(row.get(name)) for name in OBJECT_KEYS}
    elif key == "fieldPermissions":
        right = grants.field_right(str(row[named]))
        values |= {"readable": bool(right), "editable": bool(row.get("editable"))}
    elif key in ("userPermissions", "customPermissions"):
        values["enabled"] = row.get("enabled", True)
    elif key == "tabVisibilities":
        values["visibility"] = row["visibility"]
    elif key == "layoutAssignments":
        values |= {"recordType": row["recordType"]} if row.get("recordType") else {}
    else:
        values |= {"default": bool(row.get("default")), "visible": row.get("visible", True)}
    yield from (element(name, values[name]) for name in sorted(values))


def _salesforce_name(named: str, name: str) -> str:
    return STANDARD + name if named == "tab" and not name.endswith(CUSTOM) else name


def _as_setting(row: Element) -> Element:
    words = {ours: theirs for theirs, ours in _TABS.items()}
    return element("tabSettings", element("tab", row.value("tab")),
                   element("visibility", words[row.value("visibility")]))  # fmt: skip


TRANSLATORS.register(PermissionSets())
TRANSLATORS.register(Profiles())
