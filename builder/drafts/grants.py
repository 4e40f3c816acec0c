"""Edited grants as change sets: what a profile or permission set allows, what a group mutes.

A row that says the same as the row for "*" (or as no row at all) is left out, so that documents say
only what is special. Stronger rights bring the weaker ones they need; muting goes the other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.grants import (
    EVERY,
    OBJECT_KEYS,
    OWN_RIGHTS,
    FieldRight,
    Grants,
    ObjectRight,
    read_grants,
    read_muting,
)
from ...metadata.kinds.permission_set import PermissionSet
from ...metadata.kinds.permission_set_group import PermissionSetGroup
from ...metadata.kinds.profile import Profile
from ...platform.i18n import _
from .documents import Draft, draft

Permit = Profile | PermissionSet | PermissionSetGroup  # whatever is given to people and allows
Changes = Mapping[str, Any]


def grants_of(permit: Permit) -> Grants:
    """What it allows; of a group of sets: what it mutes."""
    return permit.muted if isinstance(permit, PermissionSetGroup) else permit.grants


def edited_objects(permit: Permit, ticked: Mapping[str, Iterable[str]]) -> ChangeSet:
    """The change set of {object: keys such as "allowRead" that are ticked}."""
    every = grants_of(permit).objects.get(EVERY, ObjectRight.NONE)
    rows: dict[str, Draft | None] = {}
    for name, keys in ticked.items():
        right = _object_right(permit, {"object": name, **dict.fromkeys(keys, True)})
        said = {key: True for key in OBJECT_KEYS if OWN_RIGHTS[key] & right}
        rows[name] = None if right == every else {"object": name, **said}
    return _edited(permit, {"objectPermissions": ("object", rows)})


def _object_right(permit: Permit, row: Draft) -> ObjectRight:
    read = read_muting if isinstance(permit, PermissionSetGroup) else read_grants
    return read({"objectPermissions": [row]}).objects[row["object"]]


def edited_fields(rights: Sequence[tuple[Permit, Mapping[str, FieldRight]]]) -> ChangeSet:
    """The change set of (permit, {field: right}): one column or many, all of them or none."""
    changed: list[Draft] = []
    for permit, wanted in rights:
        every = grants_of(permit).fields.get(EVERY, FieldRight.NONE)
        rows = {
            name: None if right == every else _field_row(permit, name, right)
            for name, right in wanted.items()
        }
        changed += map(dict, _edited(permit, {"fieldPermissions": ("field", rows)}).put)
    names = ", ".join(permit.label for permit, _wanted in rights)
    return ChangeSet(tuple(changed), (), _("Field access of %(names)s changed", names=names))


def _field_row(permit: Permit, name: str, right: FieldRight) -> Draft:
    editable = bool(right & FieldRight.EDIT)
    readable = bool(right & FieldRight.READ)
    return {"field": name, "readable": readable, "editable": editable}


def edited_system(permit: Permit, names: Iterable[str], custom: Iterable[str]) -> ChangeSet:
    """The change set of the system and custom permissions that are ticked."""
    home, document = _home(permit)
    home["userPermissions"] = [{"name": name, "enabled": True} for name in names]
    home["customPermissions"] = [{"name": name, "enabled": True} for name in custom]
    return _put(permit, document)


def edited_visibility(
    permit: Permit, tabs: Mapping[str, str], apps: Mapping[str, bool], default_app: str = ""
) -> ChangeSet:
    """The change set of {tab: visibility} and {app: whether it can be used}."""
    grants = grants_of(permit)
    every_tab, every_app = grants.tabs.get(EVERY, "Hidden"), grants.apps.get(EVERY, False)
    tab_rows = {n: None if v == every_tab else {"tab": n, "visibility": v} for n, v in tabs.items()}
    app_rows: dict[str, Draft | None] = {}
    for name, visible in apps.items():
        row = {"application": name, "visible": visible}
        is_default = name == default_app and visible
        if is_default:
            row["default"] = True
        app_rows[name] = row if is_default or visible != every_app else None
    return _edited(
        permit,
        {
            "tabVisibilities": ("tab", tab_rows),
            "applicationVisibilities": ("application", app_rows),
        },
    )


def with_layouts(profile: Profile, change_set: ChangeSet, layouts: Mapping[str, str]) -> ChangeSet:
    """The change set with {object: layout} of the profile; "" is the object's default layout."""
    (document,) = change_set.put
    document = dict(document) | {"layoutAssignments": _assignments(profile, layouts, {})}
    return ChangeSet((_tidied(document),), (), change_set.summary)


def edited_assignments(
    rights: Sequence[tuple[Profile, str, Mapping[str, str]]], title: str
) -> ChangeSet:
    """The change set of (profile, object, {local name of a record type or "": layout})."""
    changed: list[Draft] = []
    for profile, name, layouts in rights:
        plain = {name: layouts[""]} if "" in layouts else {}
        typed = {f"{name}.{one}": layout for one, layout in layouts.items() if one}
        rows = _assignments(profile, plain, typed)
        document = _tidied(draft(profile) | {"layoutAssignments": rows})
        if document != profile.document:
            changed.append(document)
    return ChangeSet(tuple(changed), (), _("Layout assignment of %(name)s changed", name=title))


def _assignments(
    profile: Profile, layouts: Mapping[str, str], typed: Mapping[str, str]
) -> list[Draft]:
    """The rows of a profile's layouts with some of them changed; "" takes one out."""
    plain = {name: one for name, one in {**profile.layouts, **layouts}.items() if one}
    by_type = {name: one for name, one in {**profile.type_layouts, **typed}.items() if one}
    rows: list[Draft] = [{"layout": one} for one in plain.values()]
    return rows + [{"layout": one, "recordType": name} for name, one in by_type.items()]


def edited_record_type(
    permit: Permit, name: str, *, is_visible: bool, is_default: bool
) -> tuple[Mapping[str, Any], ...]:
    """The document with the record type given or not; nothing where that changes nothing."""
    grants = grants_of(permit)
    now = grants.may_have(name), name in grants.default_types
    if now == (is_visible, is_default and is_visible):
        return ()
    return edited_record_types(permit, {name: (is_visible, is_default and is_visible)}).put


def edited_record_types(permit: Permit, wanted: Mapping[str, tuple[bool, bool]]) -> ChangeSet:
    """The change set of {record type: (whether it may be given, whether it is the default)}.

    A new default takes the place of the object's old one.
    """
    every = grants_of(permit).record_types.get(EVERY, False)
    ousted = {
        one: (grants_of(permit).may_have(one), False)
        for one in grants_of(permit).default_types
        if any(is_default and _owner(one) == _owner(name)
               for name, (_seen, is_default) in wanted.items())
    }  # fmt: skip
    rows: dict[str, Draft | None] = {}
    for name, (is_visible, is_default) in {**ousted, **wanted}.items():
        row: Draft = {"recordType": name, "visible": is_visible}
        row |= {"default": True} if is_default else {}
        rows[name] = row if is_default or is_visible != every else None
    return _edited(permit, {"recordTypeVisibilities": ("recordType", rows)})


def with_types(
    change_set: ChangeSet, permit: Permit, wanted: Mapping[str, tuple[bool, bool]]
) -> ChangeSet:
    """The change set of one permit with record types as in `edited_record_types`."""
    if not wanted:
        return change_set
    (document,) = change_set.put
    (typed,) = edited_record_types(permit, wanted).put
    key = "recordTypeVisibilities"
    rest = {name: value for name, value in document.items() if name != key}
    merged = rest | ({key: typed[key]} if key in typed else {})
    return ChangeSet((_tidied(merged),), (), change_set.summary)


def _owner(record_type: str) -> str:
    return record_type.partition(".")[0]


def _edited(
    permit: Permit, edits: Mapping[str, tuple[str, Mapping[str, Draft | None]]]
) -> ChangeSet:
    """{key of the document: (key of its rows' name, {name: the new row, or None for none})}."""
    home, document = _home(permit)
    for key, (inner, rows) in edits.items():
        old = home.get(key, [])
        kept = [rows.get(row[inner], row) for row in old]
        known = {row[inner] for row in old}
        new = [row for name, row in rows.items() if name not in known]
        home[key] = [row for row in (*kept, *new) if row is not None]
    return _put(permit, document)


def _home(permit: Permit) -> tuple[Draft, Draft]:
    """(where the grants stand, the whole document), both to be changed."""
    document = draft(permit)
    if isinstance(permit, PermissionSetGroup):
        return document.setdefault("muting", {}), document
    return document, document


def _put(permit: Permit, document: Draft) -> ChangeSet:
    if isinstance(permit, PermissionSetGroup):
        document["muting"] = {key: rows for key, rows in document["muting"].items() if rows}
    name = permit.label or permit.name
    return ChangeSet((_tidied(document),), (), _("Access of %(name)s changed", name=name))


def _tidied(document: Changes) -> Draft:
    """Without lists that became empty: a document that says nothing new is the same as before."""
    return {key: value for key, value in document.items() if value not in ([], {})}
