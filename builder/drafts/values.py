"""Picklist values as change sets: a field's own, or of a shared value set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.value_set import ValueSet
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, new_uid

TONES = ("#4c82f0", "#12908a", "#e08a1e", "#a04fd0", "#d4486a", "#6b7688", "#1c9a62", "#b45309")


def pasted(text: str) -> list[Draft]:
    """The values of a pasted list, one a line; blank and doubled lines are left out."""
    names = dict.fromkeys(line.strip() for line in text.splitlines() if line.strip())
    return [{"name": name, "label": name} for name in names]


def edited_rows(old: Iterable[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> list[Draft]:
    """The rows of an editor in their new order; what the editor does not show is kept by name."""
    kept = {row["name"]: dict(row) for row in old}
    edited = []
    for row in rows:
        known = kept.get(row.get("name") or "", {})
        known |= {k: v for k, v in row.items() if v is not None}
        known["name"] = row.get("name") or row.get("label", "")
        edited.append({k: v for k, v in known.items() if v not in ("", None)})
    return edited


def edited_value_set(value_set: ValueSet, rows: Sequence[Mapping[str, Any]]) -> ChangeSet:
    """The change set of a value set's new values."""
    document = draft(value_set)
    document["values"] = edited_rows(document["values"], rows)
    return ChangeSet((document,), (), _("Value set %(name)s changed", name=value_set.name))


def edited_field_values(known: CustomField, rows: Sequence[Mapping[str, Any]]) -> ChangeSet:
    """The change set of a field's own values."""
    document = draft(known)
    value_set = dict(document.get("valueSet", {}))
    value_set["values"] = edited_rows(value_set.get("values", ()), rows)
    document["valueSet"] = value_set
    return ChangeSet((document,), (), _("Values of %(name)s changed", name=known.name))


def new_value_set(snapshot: Snapshot, label: str, name: str, text: str) -> ChangeSet:
    """The change set of a new global value set from a pasted list."""
    name = name or api_name(label)
    if not label.strip() or not name:
        raise Rejected(Problem("value_set.label", ("label",), _("The value set needs a name.")))
    if snapshot.find("GlobalValueSet", name) or snapshot.find("StandardValueSet", name):
        message = _("There is already a value set %(name)s.", name=name)
        raise Rejected(Problem("value_set.exists", ("name",), message))
    values = pasted(text)
    if not values:
        message = _("The list has no values.")
        raise Rejected(Problem("value_set.no_values", ("values",), message))
    document: Draft = {"kind": "GlobalValueSet", "uid": new_uid(), "name": name, "label": label}
    document["values"] = values
    return ChangeSet((document,), (), _("New value set %(name)s", name=label))
