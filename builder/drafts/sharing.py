"""Org-wide defaults and sharing rules as change sets; what a changed default opens or closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metadata.circles import EVERYBODY
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds import KINDS
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.role import CHILD_LEVELS
from ...metadata.kinds.sharing_rule import CRITERIA, OWNER, SharingRule
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected, require
from ...platform.i18n import _
from ...runtime.access.levels import ORG_WIDE
from ...runtime.query.binding import criteria
from ...runtime.tables import Tables
from .documents import Draft, draft, new_uid

BY_PARENT = "ControlledByParent"
_EVERYWHERE = ("Private", "Read", "ReadWrite")
_SOME: Mapping[str, tuple[str, ...]] = {
    "Lead": ("ReadWriteTransfer",), "Case": ("ReadWriteTransfer",), "Campaign": ("FullAccess",),
}  # fmt: skip
#: objects whose records may go with their account
_WITH_ACCOUNTS = ("Contact", "Order", "Asset")


# -- org-wide defaults


@dataclass(frozen=True, slots=True)
class Default:
    """What everybody has on an object's records, and whether people above owners have more."""

    model: str
    uses_hierarchies: bool


def default_of(obj: CustomObject) -> Default:
    return Default(obj.sharing_model, obj.uses_hierarchies)


def models_of(obj: CustomObject, snapshot: Snapshot) -> tuple[str, ...]:
    """The defaults that the object can have; one alone where there is no choice."""
    if not obj.has_owner:
        return (obj.sharing_model,)
    by_parent = (BY_PARENT,) if _controller(obj, snapshot) else ()
    return tuple(
        dict.fromkeys((*_EVERYWHERE, *_SOME.get(obj.name, ()), *by_parent, obj.sharing_model))
    )


def _controller(obj: CustomObject, snapshot: Snapshot) -> str:
    """The lookup whose record may decide on access; "" for none."""
    if obj.controlled_by or obj.name not in _WITH_ACCOUNTS:
        return obj.controlled_by
    found = snapshot.find_field(obj.name, "AccountId")
    return "AccountId" if found is not None and found.reference_to == ("Account",) else ""


def may_leave_hierarchies(obj: CustomObject) -> bool:
    """Shipped objects always give people above owners what the owners have."""
    return obj.is_custom and obj.has_owner


def changed_defaults(snapshot: Snapshot, said: Mapping[str, Default]) -> ChangeSet:
    """The change set of {object: default}; objects that stay as they are are left out."""
    changed = {
        name: wanted for name, wanted in said.items() if wanted != default_of(snapshot.object(name))
    }
    require(
        Problem("sharing.model", (f"model-{name}",), _("Choose one of the list."))
        for name, wanted in changed.items()
        if not _is_possible(snapshot, snapshot.object(name), wanted)
    )
    documents = tuple(
        _with_default(snapshot, snapshot.object(name), wanted) for name, wanted in changed.items()
    )
    return ChangeSet(documents, (), _("Org-wide defaults changed"))


def _is_possible(snapshot: Snapshot, obj: CustomObject, wanted: Default) -> bool:
    is_same = wanted.uses_hierarchies == obj.uses_hierarchies
    return wanted.model in models_of(obj, snapshot) and (is_same or may_leave_hierarchies(obj))


def _with_default(snapshot: Snapshot, obj: CustomObject, wanted: Default) -> Draft:
    document = draft(obj) | {
        "sharingModel": wanted.model,
        "grantAccessUsingHierarchies": wanted.uses_hierarchies,
    }
    document.pop("controlledBy", None)
    if wanted.model == BY_PARENT and (controller := _controller(obj, snapshot)):
        document["controlledBy"] = controller
    return document


def effects(snapshot: Snapshot, obj: CustomObject, wanted: Default) -> list[tuple[str, bool]]:
    """(sentence, whether it opens records) of each thing that the new default does."""
    found: list[tuple[str, bool]] = []
    before, after = ORG_WIDE[obj.sharing_model], ORG_WIDE[wanted.model]
    if wanted.model == BY_PARENT != obj.sharing_model:
        text = _("Whoever has the parent record has these; rules and shares of their own rest.")
        found.append((text, False))
    elif after > before:
        text = _("Opens: whoever may read or edit the object does so with every record.")
        found.append((text, True))
    elif after < before or obj.sharing_model == BY_PARENT != wanted.model:
        text = _(
            "Closes: owners, those above them, rules and shares keep access; nobody else does."
        )
        found.append((text, False))
    elif obj.sharing_model != wanted.model:
        found.append((_("Changes who may give records to another owner."), False))
    if wanted.uses_hierarchies != obj.uses_hierarchies:
        opens = _("Opens: people above an owner in the roles get what the owner has.")
        closes = _("Closes: people above an owner in the roles lose what the owner has.")
        is_open = wanted.uses_hierarchies
        found.append((opens if is_open else closes, is_open))
    return found


# -- rules


@dataclass(frozen=True, slots=True)
class SaidRule:
    """What the rule's form says; circles are written "role:Rep", everybody has no name."""

    label: str
    type: str = OWNER
    shared_from: str = ""
    shared_to: str = ""
    access: str = "Read"
    filters: tuple[Mapping[str, str], ...] = ()
    logic: str = ""
    account_levels: Mapping[str, str] = field(default_factory=dict)  # {child object: level}
    description: str = ""


def said_of(rule: SharingRule, label: str) -> SaidRule:
    """The form of a rule that is there."""
    document = rule.document
    return SaidRule(
        label,
        rule.type,
        _written(document.get("sharedFrom")),
        _written(document["sharedTo"]),
        rule.access,
        tuple(document.get("filters", ())),
        rule.boolean_filter,
        dict(rule.account_levels),
        rule.description,
    )


def _written(circle: Mapping[str, Any] | None) -> str:
    return f"{circle['type']}:{circle.get('name', '')}" if circle else ""


def new_rule(snapshot: Snapshot, obj: CustomObject, said: SaidRule) -> ChangeSet:
    """The change set of a new rule; its name is made of the label."""
    require(_problems(said))
    name = _free_name(snapshot, obj.name, api_name(said.label) or "Rule")
    document: Draft = {
        "kind": "SharingRule",
        "uid": new_uid(),
        "name": f"{obj.name}.{name}",
        "object": obj.name,
        "type": said.type,
        **_attributes(obj, said),
    }
    _try_criteria(snapshot, obj, document)
    return ChangeSet((document,), (), _("New sharing rule %(label)s", label=said.label))


def edited_rule(snapshot: Snapshot, rule: SharingRule, said: SaidRule) -> ChangeSet:
    """The change set of a changed rule; whether it goes by owner or criteria stays."""
    require(_problems(said))
    obj = snapshot.object(rule.object)
    kept = ("kind", "uid", "name", "object", "type")
    document = {key: value for key, value in draft(rule).items() if key in kept}
    document |= _attributes(obj, said)
    _try_criteria(snapshot, obj, document)
    return ChangeSet((document,), (), _("Sharing rule %(label)s changed", label=said.label))


def _problems(said: SaidRule) -> list[Problem]:
    found = []
    if not said.label.strip():
        found.append(Problem("sharing.label", ("label",), _("The rule needs a name.")))
    if not said.shared_to:
        found.append(Problem("sharing.to", ("shared_to",), _("Say whom the records are for.")))
    if said.type == OWNER and not said.shared_from:
        message = _("Say whose records are shared.")
        found.append(Problem("sharing.from", ("shared_from",), message))
    if said.type == CRITERIA and not said.filters:
        message = _("Say which records are shared: at least one row is needed.")
        found.append(Problem("sharing.criteria", ("filters",), message))
    return found


def _attributes(obj: CustomObject, said: SaidRule) -> Draft:
    found: Draft = {
        "label": said.label,
        "sharedTo": _circle(said.shared_to),
        "access": said.access,
    }
    if said.description:
        found["description"] = said.description
    if said.type == OWNER:
        found["sharedFrom"] = _circle(said.shared_from)
    else:
        found["filters"] = [{**row, "id": str(n)} for n, row in enumerate(said.filters, 1)]
        found |= {"booleanFilter": said.logic} if said.logic else {}
    if obj.name == "Account":
        levels = said.account_levels.items()
        found["accountSettings"] = {CHILD_LEVELS[name]: level for name, level in levels}
    return found


def _circle(written: str) -> Draft:
    kind, _colon, name = written.partition(":")
    return {"type": kind} if kind == EVERYBODY else {"type": kind, "name": name}


def _try_criteria(snapshot: Snapshot, obj: CustomObject, document: Draft) -> None:
    """Compiles the criteria once: what a value cannot be is refused here, not in every list."""
    if document["type"] != CRITERIA:
        return
    fields = snapshot.fields(obj.name)
    if any(row["field"] not in fields for row in document["filters"]):
        return  # the kind's own check says so
    rule: SharingRule = KINDS.get("SharingRule").parse(document)
    main = Tables.of(snapshot).home(obj.name).main.alias()
    try:
        criteria(snapshot, obj, main, rule.predicate)
    except Rejected as refused:
        raise Rejected(
            *(Problem(p.code, ("filters",), p.message, p.hint) for p in refused.problems)
        ) from refused


def _free_name(snapshot: Snapshot, object_name: str, name: str) -> str:
    taken = {rule.name for rule in snapshot.of_kind("SharingRule")}
    candidates = (name if i == 1 else f"{name}_{i}" for i in range(1, len(taken) + 2))
    return next(free for free in candidates if f"{object_name}.{free}" not in taken)
