"""The path of an object as a change set: a picklist as stages, what helps at each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.path_assistant import PathAssistant
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid

MOST = 5  # fields of one stage


@dataclass(frozen=True, slots=True)
class SaidStep:
    """What the editor says of one value."""

    value: str
    info: str = ""
    fields: tuple[str, ...] = ()


def edited_path(
    obj: CustomObject,
    known: PathAssistant | None,
    field: str,
    active: bool,
    steps: Sequence[SaidStep],
) -> ChangeSet:
    """The change set of a path; makes that of an object that has none."""
    require(_problems(field, steps))
    fresh: Draft = {
        "kind": "PathAssistant",
        "uid": new_uid(),
        "name": f"{obj.name}.Path",
        "label": "Path",
        "object": obj.name,
    }
    ids = {step.value: step.id for step in known.steps} if known else {}
    document = (draft(known) if known else fresh) | {
        "field": field,
        "active": active,
        "steps": [
            {"id": ids.get(one.value, new_uid()), "value": one.value}
            | ({"info": one.info} if one.info else {})
            | ({"fields": list(one.fields)} if one.fields else {})
            for one in steps
            if one.info or one.fields
        ],
    }
    return ChangeSet((document,), (), _("Path of %(name)s changed", name=obj.name))


def _problems(field: str, steps: Sequence[SaidStep]) -> list[Problem]:
    found = []
    if not field:
        found.append(Problem("path.field", ("field",), _("Choose the picklist of the stages.")))
    for n, step in enumerate(steps):
        if len(step.fields) > MOST:
            message = _("Choose at most %(n)s fields.", n=MOST)
            found.append(Problem("path.fields", (f"fields-{n}",), message))
    return found
