"""New and edited unique combinations as change sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.unique_combination import LEAST, UniqueCombination, combinations_of
from ...metadata.names import api_name
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, draft, new_uid


@dataclass(frozen=True, slots=True)
class SaidCombination:
    """What the editor of a unique combination says."""

    fields: tuple[str, ...] = ()  # local names
    label: str = ""
    description: str = ""


def new_combination(snapshot: Snapshot, object_name: str, said: SaidCombination) -> ChangeSet:
    """The change set of a new combination; without a label it is called by its fields."""
    require(_problems(said))
    label = said.label or _named_by(snapshot, object_name, said.fields)
    document: Draft = {
        "kind": "UniqueCombination",
        "uid": new_uid(),
        "name": f"{object_name}.{_free_name(snapshot, object_name, label)}",
        "object": object_name,
        "label": label,
        **_attributes(said),
    }
    return ChangeSet((document,), (), _("New unique combination %(label)s", label=label))


def edited_combination(
    snapshot: Snapshot, one: UniqueCombination, said: SaidCombination
) -> ChangeSet:
    """The change set of a changed combination."""
    require(_problems(said))
    label = said.label or _named_by(snapshot, one.object, said.fields)
    kept = {key: value for key, value in draft(one).items() if key != "description"}
    changed = kept | {"label": label} | _attributes(said)
    return ChangeSet((changed,), (), _("Unique combination %(label)s changed", label=label))


def _problems(said: SaidCombination) -> list[Problem]:
    if len(said.fields) >= LEAST:
        return []
    return [Problem("combination.too_few", ("fields",), _("Choose two or more fields."))]


def _attributes(said: SaidCombination) -> Draft:
    attributes: Draft = {"fields": list(said.fields)}
    if said.description:
        attributes["description"] = said.description
    return attributes


def _named_by(snapshot: Snapshot, object_name: str, names: Sequence[str]) -> str:
    fields = (snapshot.find_field(object_name, name) for name in names)
    return " + ".join(snapshot.label(field) for field in fields if field is not None)[:80]


def _free_name(snapshot: Snapshot, object_name: str, label: str) -> str:
    name = api_name(label) or "Combination"
    taken = {one.local_name for one in combinations_of(snapshot, object_name)}
    candidates = (name if i == 1 else f"{name}_{i}" for i in range(1, len(taken) + 2))
    return next(free for free in candidates if free not in taken)
