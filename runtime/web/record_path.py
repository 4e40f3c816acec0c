"""The path at the head of a record: its stages, what helps at the present one, the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.path_assistant import PathAssistant
from ...metadata.kinds.record_type import RecordType
from ...metadata.kinds.value_set import PicklistValue
from ...metadata.record_types import find_type, values_for
from ..access.permissions import readable, writable
from .cells import DisplayCell
from .display import Shown, cell_of
from .moves import move_url
from .panels import Place
from .scope import Here


@dataclass(frozen=True, slots=True)
class Stage:
    """One value; `state` is "done", "current" or "", `outcome` of a closed one "won" or "lost"."""

    value: str
    label: str
    state: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class KeyField:
    """A field that matters at the present stage."""

    name: str
    label: str
    cell: DisplayCell


@dataclass(frozen=True, slots=True)
class Path:
    """All that the head of a record says of its path."""

    label: str  # of the field
    stages: tuple[Stage, ...]
    closers: tuple[Stage, ...]  # outcomes to choose from, while the record is open
    next: Stage | None
    info: str
    fields: tuple[KeyField, ...]
    url: str  # posts {to: value}; "" where the reader may not move the record


def path_document(scope: Here, object_name: str, record_type: str = "") -> PathAssistant | None:
    """The active path of records of a type, whose picklist the reader may see.

    The path of the record type itself goes before that of all the others.
    """
    full = f"{object_name}.{record_type}" if record_type else ""
    found = [
        one
        for one in scope.snapshot.of_kind("PathAssistant")
        if one.object == object_name and one.active and one.record_type in ("", full)
    ]
    one: PathAssistant
    for one in sorted(found, key=lambda path: path.record_type == ""):
        field = scope.snapshot.find_field(object_name, one.field)
        if field is not None and readable(scope.actor, field, scope.snapshot):
            return one
    return None


def path_names(document: PathAssistant, scope: Here) -> list[str]:
    """The local names of the fields that the path shows, as far as the reader may see them."""
    names = [document.field, *(name for step in document.steps for name in step.fields)]
    fields = (scope.snapshot.find_field(document.object, name) for name in dict.fromkeys(names))
    return [f.local_name for f in fields if f and readable(scope.actor, f, scope.snapshot)]


def path_of(
    document: PathAssistant,
    place: Place,
    columns: Mapping[str, Shown],
    titles: Mapping[str, str],
    record_type: str = "",
) -> Path:
    """The path of a record of which `columns` were read: stages that its type does not have go."""
    snapshot = place.scope.snapshot
    field = snapshot.field(document.object, document.field)
    now = place.record.values.get(field.local_name)
    mine = {v.name for v in values_for(snapshot, _type(place, record_type), field) if v.active}
    values = [v for v in snapshot.values(field) if v.name in mine or v.name == now]
    opened = [v for v in values if not _is_end(v)]
    ends = [v for v in values if _is_end(v)]
    at_end = next((v for v in ends if v.name == now), None)
    stages = _stages(place, field, opened, now, at_end)
    may_move = place.may_edit and writable(place.scope.actor, field, snapshot)
    step = document.step(str(now)) if now else None
    return Path(
        snapshot.label(field),
        stages,
        () if at_end else tuple(_end(place, field, v) for v in ends if not _is_verb(v)),
        _next(stages),
        snapshot.text("PathAssistant", document.name, f"steps.{step.id}", step.info)
        if step
        else "",
        tuple(
            KeyField(name, shown.label, cell_of(shown, place.record, snapshot, titles))
            for name in (step.fields if step else ())
            if (shown := columns.get(name))
        ),
        move_url(place.record.id, field, f"/r/{place.record.id}") if may_move else "",
    )


def _type(place: Place, record_type: str) -> RecordType | None:
    return find_type(place.scope.snapshot, place.object.name, record_type)


def _stages(
    place: Place,
    field: CustomField,
    opened: list[PicklistValue],
    now: object,
    at_end: PicklistValue | None,
) -> tuple[Stage, ...]:
    names = [v.name for v in opened]
    reached = len(opened) if at_end else names.index(now) if now in names else -1
    is_lost = at_end is not None and not _is_good(place, field, at_end)
    found = [
        Stage(v.name, _label(place, field, v), _state(n, reached, is_lost))
        for n, v in enumerate(opened)
    ]
    if at_end:
        found.append(_end(place, field, at_end, "current"))
    return tuple(found)


def _state(n: int, reached: int, is_lost: bool) -> str:
    if is_lost or n > reached:
        return ""
    return "current" if n == reached else "done"


def _end(place: Place, field: CustomField, value: PicklistValue, state: str = "") -> Stage:
    outcome = "won" if _is_good(place, field, value) else "lost"
    return Stage(value.name, _label(place, field, value), state, outcome)


def _is_good(place: Place, field: CustomField, value: PicklistValue) -> bool:
    """Won and converted are good ends; where no value says so, every end is."""
    said = value.attributes
    all_said = (one.attributes for one in place.scope.snapshot.values(field))
    if any(one.get("won") or one.get("converted") for one in all_said):
        return bool(said.get("won") or said.get("converted"))
    return True


def _next(stages: tuple[Stage, ...]) -> Stage | None:
    """The stage after the present one; the first where there is none yet; none after the last."""
    if any(stage.outcome for stage in stages):
        return None
    at = next((n for n, stage in enumerate(stages) if stage.state == "current"), -1)
    return stages[at + 1] if at + 1 < len(stages) else None


def _is_end(value: PicklistValue) -> bool:
    return bool(value.attributes.get("closed") or value.attributes.get("converted"))


def _is_verb(value: PicklistValue) -> bool:
    """A record gets there by what is done with it, as a lead by its conversion, not by a click."""
    return bool(value.attributes.get("converted"))


def _label(place: Place, field: CustomField, value: PicklistValue) -> str:
    return place.scope.snapshot.value_label(field, value.name)
