"""What saving needs to know of an object, worked out once for a snapshot: its rules per field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ...metadata.defaults import is_formula, literal_of, read_default, worked_out
from ...metadata.field_types.base import NEUTRAL, FieldType, Reading, Value
from ...metadata.formulas import Scene
from ...metadata.formulas.typed import ambients_of
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.unique_combination import combinations_of
from ...metadata.rollups import rollups_at
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..tables import Home, Place, Tables

Check = Callable[[Value, CustomField], tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class Computed:
    """A default that is worked out for each save, and what it asks beside the record."""

    work: Callable[[Scene], Value]
    ambients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One field as a save sees it."""

    field: CustomField
    name: str  # local name
    type: FieldType
    places: Mapping[str, Place]  # {part: place}; empty for a compound of components
    plain: tuple[Place, ...]  # the places, where each keeps the value as it is
    required: bool
    check: Check | None  # None: the type has nothing to check
    values: frozenset[str] | None  # what a restricted picklist may hold
    default: Value  # already read; of a formula None
    computed: Computed | None  # the default's formula
    unique_part: str | None
    is_changed_freely: bool  # False: the type says which changes it allows
    reading: Reading  # knows the field's values

    @property
    def has_default(self) -> bool:
        return self.default is not None or self.computed is not None

    @property
    def is_checked(self) -> bool:
        """Says whether there is anything to check of a value."""
        return self.check is not None or self.values is not None or not self.is_changed_freely

    def stored(self, value: Value) -> list[tuple[Place, Any]]:
        """(place, stored value) of every part of the value."""
        return [(self.places[p], v) for p, v in self.type.to_columns(value, self.field).items()]


@dataclass(frozen=True, slots=True)
class Together:
    """A unique combination: the fields that are the same in one record only, all together."""

    rules: tuple[Rule, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one object."""

    object: CustomObject
    home: Home
    fields: Mapping[str, Rule]  # {local name: rule}, system fields that can be written included
    by_fold: Mapping[str, str]  # {casefolded local name: local name}
    defaults: Mapping[str, Value]  # those that are always the same
    computed: Mapping[str, Computed]  # the others; see `defaults`
    required: tuple[Rule, ...]
    unique: tuple[Rule, ...]
    together: tuple[Together, ...]
    references: tuple[Rule, ...]
    numbered: tuple[Rule, ...]
    compounds: tuple[tuple[Rule, tuple[str, ...]], ...]  # (compound with a column, its components)
    tracked: tuple[Rule, ...]
    nothing_below: Mapping[str, Value]  # what the roll-ups of a new record are

    def rule(self, name: str) -> Rule | None:
        return self.fields.get(name) or self.fields.get(self.by_fold.get(name.casefold(), ""))


def rules_for(snapshot: Snapshot, object_name: str) -> Rules:
    """The rules of an object; refuses objects whose records are kept elsewhere."""
    obj = snapshot.object(object_name)
    if obj.storage == "people":
        message = _("Users are not changed as records.")
        hint = _("An administrator creates and changes users in Setup.")
        raise Rejected(Problem("user.in_setup", (), message, hint))
    frames = Tables.of(snapshot).frames
    key = ("rules", obj.name)
    if (found := frames.get(key)) is None:
        found = frames[key] = _rules(snapshot, obj)
    return found


def _rules(snapshot: Snapshot, obj: CustomObject) -> Rules:
    home = Tables.of(snapshot).home(obj.name)
    fields = snapshot.fields(obj.name)
    rules = {name: _rule(snapshot, home, field) for name, field in fields.items()}
    each = tuple(rules.values())
    own = tuple(rule for rule in each if not rule.field.is_system)
    return Rules(
        object=obj,
        home=home,
        fields=MappingProxyType(rules),
        by_fold=MappingProxyType({name.casefold(): name for name in rules}),
        defaults=MappingProxyType({r.name: r.default for r in own if r.default is not None}),
        computed=MappingProxyType({r.name: r.computed for r in own if r.computed is not None}),
        required=tuple(rule for rule in own if rule.required),
        unique=tuple(rule for rule in own if rule.unique_part is not None),
        together=tuple(
            Together(tuple(rules[name] for name in one.fields))
            for one in combinations_of(snapshot, obj.name)
        ),
        references=tuple(rule for rule in each if rule.field.reference_to and rule.places),
        numbered=tuple(rule for rule in own if rule.field.type == "AutoNumber"),
        compounds=tuple(
            (rule, tuple(part.local_name for part in parts))
            for rule in own
            if rule.places and (parts := rule.type.components(rule.field))
        ),
        tracked=tuple(rule for rule in own if obj.enable_history and rule.field.track_history),
        nothing_below=MappingProxyType(
            {one.name: Decimal(0) for one in rollups_at(snapshot, obj.name) if one.is_never_blank}
        ),
    )


def _rule(snapshot: Snapshot, home: Home, field: CustomField) -> Rule:
    field_type = field.field_type
    values = snapshot.values(field)
    reading = NEUTRAL.for_field(field, snapshot)
    parts = home.parts(field)
    has_column = bool(parts)
    is_plain = type(field_type).to_columns is FieldType.to_columns
    return Rule(
        field=field,
        name=field.local_name,
        type=field_type,
        places=parts,
        plain=tuple(parts.values()) if is_plain else (),
        required=_is_required(field, has_column),
        check=None if type(field_type).check is FieldType.check else field_type.check,
        values=frozenset(v.name for v in values) if values and field.restricted else None,
        default=_default(field, reading, snapshot),
        computed=_computed(field, snapshot) if has_column else None,
        unique_part=field_type.unique_part(field) if field.unique and has_column else None,
        is_changed_freely=type(field_type).check_change is FieldType.check_change,
        reading=reading,
    )


def _is_required(field: CustomField, has_column: bool) -> bool:
    """Of a compound, its components say what must be there."""
    if not has_column or not field.is_editable or field.field_type.components(field):
        return False
    return field.required or field.type == "MasterDetail"


def _default(field: CustomField, reading: Reading, snapshot: Snapshot) -> Value:
    """The value of a field that nobody set: its default, or the default value of its list."""
    if field.default is not None and not field.formula:
        # a default that no longer fits is no reason to refuse every record
        return None if is_formula(field, snapshot) else literal_of(field, reading)
    chosen = [v.name for v in reading.values if v.default and v.active]
    return field.field_type.accept(chosen[0], field, reading) if chosen else None


def _computed(field: CustomField, snapshot: Snapshot) -> Computed | None:
    if not is_formula(field, snapshot):
        return None
    try:
        asked = ambients_of(read_default(field, snapshot))
        return Computed(worked_out(field, snapshot), asked)
    except Rejected:
        return None  # as above
