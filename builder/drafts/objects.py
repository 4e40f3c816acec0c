"""A new object, complete enough to be used at once: name field, layout, views, tab."""

from __future__ import annotations

from dataclasses import dataclass

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.names import CUSTOM, METADATA_TYPE, check_custom_name
from ...metadata.snapshot import BASE_LANGUAGE, Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import LANGUAGES, _, mark
from .documents import (
    Draft,
    cell,
    draft,
    in_every_language,
    new_uid,
    translation_entries,
    with_translations,
)


@dataclass(frozen=True, slots=True)
class NewObject:
    """What the administrator says; the rest follows."""

    label: str
    plural: str
    name: str  # API name with __c
    name_label: str
    auto_number: str = ""  # display format, "" = the name is typed text
    first_number: int = 1
    description: str = ""
    icon: str = "box"
    tone: int = 1
    has_tab: bool = True
    apps: tuple[str, ...] = ()


def new_object(snapshot: Snapshot, said: NewObject) -> ChangeSet:
    """The change set of a new object; raises Rejected with everything that is wrong."""
    require(_problems(snapshot, said))
    documents = [
        _object(said),
        _name_field(said),
        _compact_layout(said),
        *_named(snapshot, said),
        *_tab_and_apps(snapshot, said),
    ]
    return ChangeSet(tuple(documents), (), _("New object %(label)s", label=said.label))


def _problems(snapshot: Snapshot, said: NewObject) -> list[Problem]:
    problems = [
        Problem("object.required", (field,), _("This is needed."))
        for field in ("label", "plural", "name", "name_label")
        if not getattr(said, field).strip()
    ]
    if said.name:
        problems += check_custom_name(said.name, "name")
    if snapshot.find_object(said.name):
        hint = _("Choose another API name.")
        message = _("There is already an object %(name)s.", name=said.name)
        problems.append(Problem("object.exists", ("name",), message, hint))
    if said.auto_number and "{0" not in said.auto_number:
        message = _("The format needs a place for the number.")
        hint = _("Write for example INV-{0000}.")
        problems.append(Problem("object.format", ("auto_number",), message, hint))
    return problems


def _object(said: NewObject) -> Draft:
    return {
        "kind": "CustomObject",
        "uid": new_uid(),
        "name": said.name,
        "label": said.label,
        "pluralLabel": said.plural,
        "description": said.description,
        "nameField": "Name",
        "icon": said.icon,
        "tone": said.tone,
        "sharingModel": "ReadWrite",
        "enableHistory": True,
        "enableSearch": True,
    }


def _name_field(said: NewObject) -> Draft:
    options: Draft = {"type": "Text", "length": 80, "required": True}
    if said.auto_number:
        options = {
            "type": "AutoNumber",
            "displayFormat": said.auto_number,
            "startingNumber": said.first_number,
        }
    name = f"{said.name}.Name"
    return {
        "kind": "CustomField",
        "uid": new_uid(),
        "name": name,
        "label": said.name_label,
        **options,
    }


def _named(snapshot: Snapshot, said: NewObject) -> list[Draft]:
    """The layout and the list views: documents whose own words exist in every language."""
    plural = dict.fromkeys(LANGUAGES, said.plural)
    layout = f"{said.name}-{said.label} Layout"
    information = in_every_language(mark("Information"))
    system = in_every_language(mark("System information"))
    all_words = in_every_language(mark("All %(objects)s"), objects=plural)
    my_words = in_every_language(mark("My %(objects)s"), objects=plural)
    entries = translation_entries(
        "Layout", layout, {"sections.information": information, "sections.system": system}
    )
    entries += translation_entries("ListView", f"{said.name}.All", {"label": all_words})
    documents = [
        _layout(said, layout, information[BASE_LANGUAGE], system[BASE_LANGUAGE]),
        _list_view(said, "All", all_words[BASE_LANGUAGE], "Everything"),
        _list_view(said, "My", my_words[BASE_LANGUAGE], "Mine"),
    ]
    entries += translation_entries("ListView", f"{said.name}.My", {"label": my_words})
    return documents + with_translations(snapshot, said.name, entries)


def _layout(said: NewObject, name: str, information: str, system: str) -> Draft:
    first = [cell("Name", 1, "Readonly" if said.auto_number else "Required"), cell("OwnerId", 2)]
    stamps = [
        cell("CreatedById", 1, "Readonly"),
        cell("CreatedDate", 1, "Readonly"),
        cell("LastModifiedById", 2, "Readonly"),
        cell("LastModifiedDate", 2, "Readonly"),
    ]
    return {
        "kind": "Layout",
        "uid": new_uid(),
        "name": name,
        "object": said.name,
        "label": f"{said.label} Layout",
        "default": True,
        "sections": [
            {"id": "information", "label": information, "columns": 2, "cells": first},
            {"id": "system", "label": system, "columns": 2, "cells": stamps},
        ],
        "relatedLists": [],
    }


def _list_view(said: NewObject, name: str, label: str, scope: str) -> Draft:
    return {
        "kind": "ListView",
        "uid": new_uid(),
        "name": f"{said.name}.{name}",
        "object": said.name,
        "label": label,
        "columns": ["Name", "OwnerId", "LastModifiedDate"],
        "filters": [],
        "scope": scope,
        "sort": [{"field": "LastModifiedDate", "descending": True}],
        "default": name == "All",
    }


def _compact_layout(said: NewObject) -> Draft:
    return {
        "kind": "CompactLayout",
        "uid": new_uid(),
        "name": f"{said.name}.Highlights",
        "object": said.name,
        "label": "Highlights",
        "fields": ["OwnerId", "LastModifiedDate"],
        "default": True,
    }


def _tab_and_apps(snapshot: Snapshot, said: NewObject) -> list[Draft]:
    if not said.has_tab:
        return []
    tab: Draft = {"kind": "CustomTab", "uid": new_uid(), "name": said.name, "object": said.name}
    apps = [draft(snapshot.get("CustomApplication", name)) for name in said.apps]
    for app in apps:
        app["tabs"] = [*app["tabs"], said.name]
    return [tab, *apps]


def custom_name(name: str) -> str:
    """The name with its suffix, as a person may leave it out."""
    return name if not name or name.endswith((CUSTOM, METADATA_TYPE)) else name + CUSTOM
