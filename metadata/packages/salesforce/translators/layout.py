"""Layout: the sections of a page and its related lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .....platform.i18n import _
from ....definition import Document
from ..components import Component
from ..legacy_names import path_of, token_of
from ..markup import Element, element
from ..related_names import BY_THE_PAGE, field_of, list_name_of
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    refuse,
    stated,
)

_MOST_COLUMNS = 3
_STYLES = {1: "OneColumn", 2: "TwoColumnsTopToBottom", 3: "CustomLinks"}
_FOREIGN = ("page", "customLink", "component", "scontrol", "analyticsCloud", "canvas")
_LINKS = "CustomLinks"  # the style of sections of links


class Layouts(Translator):
    """Links, pages and actions on a layout are only kept."""

    name = "Layout"
    kind = "Layout"
    order = 31
    reads = frozenset({"layoutSections", "relatedLists"})
    may_lack = frozenset({"sections", "relatedLists", "default"})

    def read(self, component: Component, ground: Ground) -> Translated:
        owner, _dash, label = component.name.partition("-")
        if ground.snapshot.find_object(owner) is None:
            raise refuse("no_object", _("There is no object %(name)s here.", name=repr(owner)))
        notes: list[str] = []
        draft = stated(
            {
                "name": component.name,
                "label": label,
                "object": owner,
                "default": _is_default(component, owner, ground) or None,
            }
        )
        draft["sections"] = list(_sections(component.root, notes))
        draft["relatedLists"] = list(_related_lists(component.root, owner, ground, notes))
        return Translated((draft,), tuple(dict.fromkeys(notes)))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        for section in document.get("sections", ()):
            yield _written_section(section)
        for row in document.get("relatedLists", ()):
            yield _written_list(row, str(document["object"]))

    def brought(self, name: str, old: list[Element], new: list[Element]) -> list[Element]:
        if name == "layoutSections":
            return _brought(old, new, "label", _with_links, _is_links)
        return _brought(old, new, "relatedList", _with_rest, lambda row: not _may_live(row))


def _is_default(component: Component, owner: str, ground: Ground) -> bool:
    """The first layout of an object that had none, by the profiles that give it to people."""
    known = ground.snapshot.of_kind("Layout")
    if any(layout.object == owner and layout.name != component.name for layout in known):
        return False
    names = [plain(c.name) for c in ground.project.components
             if c.type == "Layout" and plain(c.name).partition("-")[0] == owner]  # fmt: skip
    given = [
        plain(row.value("layout"))
        for profile in ground.project.components if profile.type == "Profile"
        for row in profile.root.all("layoutAssignments") if row.find("recordType") is None
    ]  # fmt: skip
    return component.name == max(sorted(names), key=given.count)


# -- sections


def _sections(tree: Element, notes: list[str]) -> Iterator[Draft]:
    numbers = iter(range(1, 10_000))
    for i, section in enumerate(tree.all("layoutSections")):
        columns = section.all("layoutColumns")[:_MOST_COLUMNS]
        cells = [
            {"id": f"c{next(numbers)}", **cell, "column": at + 1}
            for at, column in enumerate(columns)
            for cell in _cells(column, notes)
        ]
        if cells or section.value("style") != _LINKS:
            draft = {"id": f"s{i + 1}", "label": plain(section.value("label"))[:255]}
            yield {**draft, "columns": max(len(columns), 1), "cells": cells}


def _cells(column: Element, notes: list[str]) -> Iterator[Draft]:
    for item in column.all("layoutItems"):
        if field := plain(item.value("field")):
            cell: Draft = {"field": field}
            behavior = item.value("behavior", "Edit")
            yield cell if behavior == "Edit" else {**cell, "behavior": behavior}
        elif item.flag("emptySpace"):
            yield {"blank": True}
        else:
            names = [child.name for child in item.children]
            what = next((name for name in _FOREIGN if name in names), "layoutItems")
            notes.append(_("layoutSections: %(what)s does nothing here.", what=what))


def _written_section(section: Mapping[str, Any]) -> Element:
    count = section.get("columns", 2)
    columns = [element("layoutColumns", *_written_cells(section, at + 1)) for at in range(count)]
    return element(
        "layoutSections", element("customLabel", True), element("detailHeading", True),
        element("editHeading", True),
        element("label", section["label"]) if section.get("label") else None,
        *columns, element("style", _STYLES[count]),
    )  # fmt: skip


def _written_cells(section: Mapping[str, Any], column: int) -> Iterator[Element]:
    for cell in section.get("cells", ()):
        if (1 if cell.get("wide") else cell.get("column", 1)) != column:
            continue
        if cell.get("blank"):
            yield element("layoutItems", element("emptySpace", True))
        else:
            yield element("layoutItems", element("behavior", cell.get("behavior", "Edit")),
                          element("field", cell["field"]))  # fmt: skip


# -- related lists


def _related_lists(tree: Element, owner: str, ground: Ground, notes: list[str]) -> Iterator[Draft]:
    for i, row in enumerate(tree.all("relatedLists")):
        name = plain(row.value("relatedList"))
        if name in BY_THE_PAGE:
            continue
        if not (field := field_of(name, owner, ground.snapshot)):
            notes.append(_("relatedLists: %(name)s does nothing here.", name=name))
            continue
        child = field.partition(".")[0]
        columns = (path_of(plain(t), child, ground.snapshot) for t in row.values("fields"))
        draft = {"id": f"r{i + 1}", "field": field, "columns": list(dict.fromkeys(columns))[:50]}
        yield draft | _sort(row, child, ground) | {"actions": ["New"] * _has_new(row)}


def _has_new(row: Element) -> bool:
    return "New" not in row.values("excludeButtons")


def _sort(row: Element, child: str, ground: Ground) -> Draft:
    path = path_of(plain(row.value("sortField")), child, ground.snapshot)
    if path not in ground.snapshot.fields(child):
        return {}
    return {"sort": {"field": path, "descending": row.value("sortOrder") == "Desc"}}


def _written_list(row: Mapping[str, Any], owner: str) -> Element:
    child = str(row["field"]).partition(".")[0]
    sort = row.get("sort")
    return element(
        "relatedLists",
        None if "New" in row.get("actions", ()) else element("excludeButtons", "New"),
        *(element("fields", token_of(path, child)) for path in row.get("columns", ())),
        element("relatedList", list_name_of(str(row["field"]), owner)),
        element("sortField", token_of(sort["field"], child)) if sort else None,
        element("sortOrder", "Desc" if sort.get("descending") else "Asc") if sort else None,
    )


# -- written again after a change


def _brought(
    old: list[Element],
    new: list[Element],
    key: str,
    joined: Callable[[Element, Element], Element],
    stays: Callable[[Element], bool],
) -> list[Element]:
    """The new elements with what only Salesforce knows of the old ones, and those of its own."""
    known = {plain(one.value(key)): one for one in reversed(old)}
    found = [joined(known[one.value(key)], one) if one.value(key) in known else one for one in new]
    names = {one.value(key) for one in new}
    return [*found, *(one for one in old if plain(one.value(key)) not in names and stays(one))]


def _is_links(section: Element) -> bool:
    return section.value("style") == _LINKS and not any(
        item.find("field") for column in section.all("layoutColumns")
        for item in column.all("layoutItems"))  # fmt: skip


def _with_links(old: Element, new: Element) -> Element:
    """The old section with the new cells; its links and pages stay in their columns."""
    before, after = old.all("layoutColumns"), list(new.all("layoutColumns"))
    for i, column in enumerate(before[: len(after)]):
        links = (c for c in column.children if not (c.find("field") or c.find("emptySpace")))
        after[i] = after[i].with_children((*after[i].children, *links))
    own = [child for child in old.children if child.name not in ("layoutColumns", "style")]
    style = old.find("style") if len(before) == len(after) else new.find("style")
    return old.with_children((*own, *after, *filter(None, [style])))


def _may_live(row: Element) -> bool:
    return "." in row.value("relatedList") and row.value("relatedList") not in BY_THE_PAGE


def _with_rest(old: Element, new: Element) -> Element:
    """The new list with the buttons of the old one."""
    buttons = old.all("customButtons")
    excluded = [e for e in old.all("excludeButtons") if e.text != "New"]
    return new.with_children((*buttons, *excluded, *new.children))


TRANSLATORS.register(Layouts())
