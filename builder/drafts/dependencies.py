"""Dependent picklists as change sets: which field controls another, which values go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.dependency import CONTROLLING, SETTINGS
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from .documents import draft


def edited_dependency(
    snapshot: Snapshot,
    field: CustomField,
    controlling: str,
    allowed: Mapping[str, Collection[str]],
) -> ChangeSet:
    """The change set of {controlling value: values}; a controlling field of "" ends it."""
    document = draft(field)
    value_set = {
        key: value
        for key, value in document.get("valueSet", {}).items()
        if key not in (CONTROLLING, SETTINGS)
    }
    if controlling:
        value_set[CONTROLLING] = controlling
        value_set[SETTINGS] = [
            {"valueName": one.name, "controllingFieldValue": keys}
            for one in snapshot.values(field)
            if (keys := [key for key, names in allowed.items() if one.name in names])
        ]
    document["valueSet"] = value_set
    return ChangeSet((document,), (), _("Dependency of %(name)s changed", name=field.name))
