"""From a difference to ordered steps, as a pure function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..definition import Uid
from ..field_types.summary import SUMMARY
from ..kinds.custom_field import CustomField
from ..kinds.custom_object import CustomObject
from ..kinds.record_type import RecordType
from ..kinds.unique_combination import UniqueCombination
from ..record_types import field_of
from ..rollups import every_rollup, signature
from ..snapshot import Snapshot
from . import steps as s
from .convert import needs_work
from .diff import Change, Diff
from .indexes import Index, Purpose, is_stored_apart, wanted_indexes

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order: tables first, then indexes; documents come with them."""

    tables: tuple[s.Step, ...]
    indexes: tuple[s.Step, ...]  # and what is begun once the tables are there
    documents: tuple[s.Step, ...]

    @property
    def steps(self) -> tuple[s.Step, ...]:
        """Every step, in the order a person reads them."""
        return (*self.tables, *self.indexes, *self.documents)


def planned(
    diff: Diff,
    old: Snapshot,
    new: Snapshot,
    binned: frozenset[str],
    becomes: Mapping[str, str] = _NOTHING,
) -> Plan:
    """The steps from old to new; `binned` are the uids that lie in the bin with their data.

    See ChangeSet for `becomes`.
    """
    found = [step for change in diff.changes for step in _of_change(change, old, new, binned)]
    tables = (*found, *_moved_together(diff, old, new, found))
    rebuilt = {step.after.uid for step in tables if isinstance(step, s.ConvertField)}
    drops, adds = _index_steps(diff, old, new, binned, rebuilt)
    documents = tuple(s.WriteDocument(c) for c in diff.changes if not _is_shown(c, tables))
    calculations = _calculations(old, new, binned)
    relabelled = _relabelled(diff, new, becomes)
    return Plan((*drops, *tables, *relabelled), (*adds, *calculations), documents)


def _calculations(old: Snapshot, new: Snapshot, binned: frozenset[str]) -> Iterator[s.Step]:
    """The roll-ups whose values follow from something else than before, where there are records."""
    for rollup in every_rollup(new):
        field, obj = rollup.field, new.object(rollup.parent)
        if old.find_uid(obj.uid) is None and obj.uid not in binned:
            continue
        before = old.find_uid(field.uid)
        if before is None or signature(before, old) != signature(field, new):
            yield s.CalculateSummary(field)


def _relabelled(diff: Diff, new: Snapshot, becomes: Mapping[str, str]) -> Iterator[s.Step]:
    """Records keep the names of their record types: new ones are written into them."""
    names: defaultdict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for change in diff.changes:
        before, after = change.before, change.after
        if not isinstance(before, RecordType):
            continue
        if isinstance(after, RecordType) and before.local_name != after.local_name:
            names[after.object].append((before.local_name, after.local_name))
        elif after is None and before.uid in becomes:
            names[before.object].append((before.local_name, becomes[before.uid] or None))
    for object_name, pairs in names.items():
        if (field := field_of(new, object_name)) is not None:
            yield s.RelabelRecords(field, tuple(pairs))


def _of_change(
    change: Change, old: Snapshot, new: Snapshot, binned: frozenset[str]
) -> Iterator[s.Step]:
    before, after = change.before, change.after
    match before, after:
        case None, CustomObject() as obj:
            yield s.RestoreObject(obj) if obj.uid in binned else s.AddObject(obj)
        case CustomObject() as obj, None:
            yield s.BinObject(obj)
        case None, CustomField() as field:
            if not _is_apart(new, field):
                yield s.RestoreField(field) if field.uid in binned else s.AddField(field)
        case CustomField() as field, None:
            if _stays(old, new, field) and not _is_apart(old, field):
                yield s.BinField(field)
        case CustomField() as field, CustomField() as now:
            yield from _of_changed_field(field, now, old, new)


def _moved_together(
    diff: Diff, old: Snapshot, new: Snapshot, found: list[s.Step]
) -> Iterator[s.MoveField]:
    """Fields of new combinations that are kept apart from the main table, which has the index."""
    replaced = {step.after.uid for step in found if isinstance(step, s.ConvertField)}
    for change in diff.changes:
        if not isinstance(one := change.after, UniqueCombination):
            continue
        for after in (new.field(one.object, name) for name in one.fields):
            before = old.find_uid(after.uid)
            if before is None or after.uid in replaced or not _is_in_slice(old, after):
                continue
            replaced.add(after.uid)
            yield s.MoveField(before, after)


def _stays(old: Snapshot, new: Snapshot, field: CustomField) -> bool:
    """Says whether the field's object stays: else its columns go out of sight with the tables."""
    obj = old.find("CustomObject", field.object_name)
    return obj is not None and new.find_uid(obj.uid) is not None


def _of_changed_field(
    before: CustomField, after: CustomField, old: Snapshot, new: Snapshot
) -> Iterator[s.Step]:
    if _is_apart(new, after):
        return
    is_of_people = bool(new.object(after.object_name).storage)
    if needs_work(before, after) and after.type == SUMMARY:
        yield s.ReplaceSummary(before, after)
    elif needs_work(before, after):
        yield s.ConvertField(before, after)
    elif after.unique and not is_of_people and _is_in_slice(old, after):
        yield s.MoveField(before, after)
    elif _component_needs(before) != _component_needs(after):
        yield s.AdjustField(before, after)


def _is_apart(snapshot: Snapshot, field: CustomField) -> bool:
    obj = snapshot.find("CustomObject", field.object_name)
    return obj is not None and is_stored_apart(obj, field)


def _is_in_slice(old: Snapshot, field: CustomField) -> bool:
    place = old.storage.of_field(field.uid).get(field.field_type.unique_part(field))
    return place is not None and "_" in place.table


def _component_needs(field: CustomField) -> dict[str, set[tuple[str, str]]]:
    return {
        part.uid: {(p.name, p.type) for p in part.field_type.columns(part)}
        for part in field.field_type.components(field)
    }


def _is_shown(change: Change, tables: tuple[s.Step, ...]) -> bool:
    """Says whether a step about tables speaks of the component already."""
    for step in tables:
        match step:
            case s.AddObject(obj) | s.BinObject(obj) | s.RestoreObject(obj):
                if obj.uid == change.uid:
                    return True
            case s.AddField(field) | s.BinField(field) | s.RestoreField(field):
                if field.uid == change.uid:
                    return True
    return False


# -- indexes

_Steps = tuple[s.Step, ...]


def _index_steps(
    diff: Diff, old: Snapshot, new: Snapshot, binned: frozenset[str], rebuilt: set[Uid]
) -> tuple[_Steps, _Steps]:
    drops: list[s.Step] = []
    adds: list[s.Step] = []
    for uid in _touched_objects(diff, old, new):
        before, after = old.find_uid(uid), new.find_uid(uid)
        if after is None:
            continue  # a binned object keeps its indexes with its tables
        if before is None and uid in binned:
            adds.append(s.ReconcileIndexes(after))
            continue
        had = wanted_indexes(old, before) if before else frozenset()
        wants = wanted_indexes(new, after)
        again = {i for i in had & wants if any(uid in rebuilt for uid, _p in i.columns)}
        old_obj = before or after
        drops += (s.DropIndex(i, _shown(i, old, old_obj)) for i in sorted((had - wants) | again))
        adds += (s.AddIndex(i, _shown(i, new, after)) for i in sorted((wants - had) | again))
    return tuple(drops), tuple(adds)


def _touched_objects(diff: Diff, old: Snapshot, new: Snapshot) -> tuple[Uid, ...]:
    """The objects whose indexes can be others than before."""
    found: dict[Uid, None] = {}
    for change in diff.changes:
        for snapshot, side in ((old, change.before), (new, change.after)):
            if side is None:
                continue
            owner = _owner_name(change.kind, side)
            if (obj := snapshot.find("CustomObject", owner)) is not None:
                found[obj.uid] = None
    return tuple(found)


def _owner_name(kind: str, side: object) -> str:
    if kind == "CustomObject":
        return str(getattr(side, "name", ""))
    if kind == "CustomField":
        return str(getattr(side, "object_name", ""))
    return str(getattr(side, "object", "")) if kind in _INDEXING else ""


_INDEXING = ("ListView", "SharingRule", "UniqueCombination")


def _shown(index: Index, snapshot: Snapshot, obj: CustomObject) -> str:
    names = {str(field.uid): name for name, field in snapshot.fields(obj.name).items()}
    shown = (f"{obj.name}.{names[uid]}" if uid in names else f"{obj.name}.{part}"
             for uid, part in index.columns)  # fmt: skip
    return ", ".join(shown)


def unique_steps(plan: Plan) -> tuple[s.AddIndex, ...]:
    """The steps that existing values can stand in the way of."""
    return tuple(
        step
        for step in plan.indexes
        if isinstance(step, s.AddIndex) and step.index.purpose is Purpose.UNIQUE
    )
