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
    kept = {name: one for name, one in profile.layouts.items() if name not in layouts}
    chosen = kept | {name: one for name, one in layouts.items() if one}
    document = dict(document) | {"layoutAssignments": [{"layout": one} for one in chosen.values()]}
    return ChangeSet((_tidied(document),), (), change_set.summary)


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
