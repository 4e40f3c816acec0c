"""New and edited list views as change sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.list_view import ListView
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid


@dataclass(frozen=True, slots=True)
class SaidView:
    """What the list view editor says. `filters` are {field, operator, value} rows."""

    label: str
    columns: tuple[str, ...]
    filters: tuple[Mapping[str, str], ...] = ()
    logic: str = ""
    scope: str = "Everything"
    sort: tuple[tuple[str, bool], ...] = ()  # (path, descending)
    is_default: bool = False


def new_view(snapshot: Snapshot, object_name: str, said: SaidView) -> ChangeSet:
    """The change set of a new view; its name is made of the label."""
    require(_problems(said))
    name = _free_name(snapshot, object_name, api_name(said.label) or "View")
    document: Draft = {
        "kind": "ListView",
        "uid": new_uid(),
        "name": f"{object_name}.{name}",
        "object": object_name,
        **_attributes(said),
    }
    others = _without_default(snapshot, object_name, document["uid"]) if said.is_default else []
    return ChangeSet((document, *others), (), _("New list view %(label)s", label=said.label))


def edited_view(snapshot: Snapshot, view: ListView, said: SaidView) -> ChangeSet:
    """The change set of a changed view."""
    require(_problems(said))
    document = {k: v for k, v in draft(view).items() if k not in ("booleanFilter", "sort")}
    others = _without_default(snapshot, view.object, view.uid) if said.is_default else []
    changed = document | _attributes(said)
    return ChangeSet((changed, *others), (), _("List view %(label)s changed", label=said.label))


def _problems(said: SaidView) -> list[Problem]:
    problems = []
    if not said.label.strip():
        problems.append(Problem("view.label", ("label",), _("The view needs a name.")))
    if not said.columns:
        message = _("The view shows no columns.")
        problems.append(Problem("view.columns", ("columns",), message, _("Choose at least one.")))
    return problems


def _attributes(said: SaidView) -> Draft:
    attributes: dict[str, Any] = {
        "label": said.label,
        "columns": list(said.columns),
        "filters": [{"id": str(i), **row} for i, row in enumerate(said.filters, 1)],
        "scope": said.scope,
        "sort": [{"field": path, "descending": down} for path, down in said.sort],
        "default": said.is_default,
    }
    return attributes | ({"booleanFilter": said.logic} if said.logic else {})


def _without_default(snapshot: Snapshot, object_name: str, uid: str) -> list[Draft]:
    return [
        draft(view) | {"default": False}
        for view in snapshot.of_kind("ListView")
        if view.object == object_name and view.default and view.uid != uid
    ]


def _free_name(snapshot: Snapshot, object_name: str, name: str) -> str:
    taken = {view.name for view in snapshot.of_kind("ListView")}
    candidates = (name if i == 1 else f"{name}_{i}" for i in range(1, len(taken) + 2))
    return next(free for free in candidates if f"{object_name}.{free}" not in taken)
