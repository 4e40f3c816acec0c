"""New and edited validation rules as change sets."""

from __future__ import annotations

from dataclasses import dataclass

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.validation_rule import FORMULA, MESSAGE, PLACE, ValidationRule
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid


@dataclass(frozen=True, slots=True)
class SaidRule:
    """What the editor of a rule says."""

    label: str = ""
    formula: str = ""
    message: str = ""
    field: str = ""  # where the message stands; "" = above the form
    description: str = ""
    active: bool = True


def new_rule(snapshot: Snapshot, object_name: str, said: SaidRule) -> ChangeSet:
    """The change set of a new rule; its name is made of the label."""
    require(_problems(said))
    document: Draft = {
        "kind": "ValidationRule",
        "uid": new_uid(),
        "name": f"{object_name}.{_free_name(snapshot, object_name, said.label)}",
        "object": object_name,
        **_attributes(said),
    }
    return ChangeSet((document,), (), _("New validation rule %(label)s", label=said.label))


def edited_rule(rule: ValidationRule, said: SaidRule) -> ChangeSet:
    """The change set of a changed rule."""
    require(_problems(said))
    kept = {k: v for k, v in draft(rule).items() if k not in (PLACE, "description")}
    changed = kept | _attributes(said)
    return ChangeSet((changed,), (), _("Validation rule %(label)s changed", label=said.label))


def _problems(said: SaidRule) -> list[Problem]:
    wanted = (
        ("label", said.label, _("The rule needs a name.")),
        (FORMULA, said.formula, _("The rule needs a formula.")),
        (MESSAGE, said.message, _("Say what is wrong, and how to put it right.")),
    )
    return [Problem("rule.missing", (key,), text) for key, given, text in wanted if not given]


def _attributes(said: SaidRule) -> Draft:
    attributes: Draft = {
        "label": said.label,
        FORMULA: said.formula,
        MESSAGE: said.message,
        "active": said.active,
    }
    if said.field:
        attributes[PLACE] = said.field
    if said.description:
        attributes["description"] = said.description
    return attributes


def _free_name(snapshot: Snapshot, object_name: str, label: str) -> str:
    name = api_name(label) or "Rule"
    taken = {rule.name for rule in snapshot.of_kind("ValidationRule")}
    candidates = (name if i == 1 else f"{name}_{i}" for i in range(1, len(taken) + 2))
    return next(free for free in candidates if f"{object_name}.{free}" not in taken)
