"""A tab: an object's entry in the navigation of an app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import lazy
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import ICON, KINDS, NAME, check_object, common, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomTab(Definition):
    """Label and icon are the object's unless the tab has its own."""

    object: str
    icon: str = ""


def _parse(document: Document) -> CustomTab:
    return CustomTab(**common(document), object=document["object"], icon=document.get("icon", ""))


def _references(tab: CustomTab, _snapshot: Snapshot) -> tuple[Reference, ...]:
    return (Reference(("object",), "CustomObject", tab.object, when_gone=WhenGone.FOLLOW),)


def _check(tab: CustomTab, snapshot: Snapshot) -> tuple[Problem, ...]:
    return check_object(snapshot, tab.object)


KINDS.register(
    Kind(
        name="CustomTab",
        label=lazy("Tab"),
        schema=schema("CustomTab", {"object": dict(NAME), "icon": dict(ICON)}, ("object",)),
        rank=50,
        folder="tabs",
        suffix="tab",
        parse=_parse,
        references=_references,
        check=_check,
        icon="app-window",
    )
)
