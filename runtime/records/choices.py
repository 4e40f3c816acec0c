"""What a save may leave in picklists: values of the record type, values that go together.

Refuses, on every channel, a record type that the actor may not give, a newly set value that the
record type does not have, and one that does not go with the field that controls it. What a record
had before stays, whatever has become of the rules since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.record_type import RecordType
from ...metadata.record_types import (
    FIELD,
    allowed_by,
    default_for,
    dependents,
    find_type,
    subset_names,
    subset_of,
)
from ...metadata.rights import rights_of
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem
from ...platform.i18n import _
from ..access import permissions
from .draft import Draft

if TYPE_CHECKING:
    from .steps import Save


def looked_at(snapshot: Snapshot, object_name: str, names: Collection[str]) -> set[str]:
    """The fields to be known of records of which `names` are set."""
    fields = snapshot.fields(object_name)
    found = {FIELD} if FIELD in fields else set()
    for name, field in dependents(snapshot, object_name).items():
        if name in names or field.controlled_by in names:
            found |= {name, field.controlled_by}
    return found


# -- new records


def fill_record_types(save: Save) -> None:
    """A new record that says nothing else gets the record type that is the actor's default."""
    if not save.is_new or FIELD not in save.rules.fields:
        return
    rights = rights_of(save.actor, save.snapshot)
    usual = rights.default_record_type(save.rules.object.name)
    for draft in save.drafts:
        if usual is not None and draft.values.get(FIELD) is None:
            draft.values[FIELD] = usual.local_name


def defaults_by_type(
    snapshot: Snapshot, object_name: str, defaults: Mapping[str, Value], record_type: Any
) -> Mapping[str, Value]:
    """{local name: default} of a new record of the type, `defaults` being the fields' own."""
    one = find_type(snapshot, object_name, record_type)
    if one is None:
        return defaults
    fields, found = snapshot.fields(object_name), dict(defaults)
    for name in subset_names(one):
        if name in fields:
            value = default_for(snapshot, one, fields[name], found.pop(name, None))
            found |= {} if value is None else {name: value}
    return found


def drop_unfitting(
    snapshot: Snapshot, object_name: str, values: dict[str, Value], given: Collection[str]
) -> None:
    """Takes out defaults that do not go with what their controlling field has in the end."""
    for name, field in dependents(snapshot, object_name).items():
        if name in values and name not in given:
            fitting = allowed_by(snapshot, field, values.get(field.controlled_by))
            if not set(_several(values[name])) <= fitting:
                del values[name]


# -- every save


def check_choices(save: Save) -> None:
    """Notes what is wrong with the record type and the picklists of each draft."""
    snapshot, name = save.snapshot, save.rules.object.name
    has_types, controlled = FIELD in save.rules.fields, dependents(snapshot, name)
    if not has_types and not controlled:
        return
    for draft in save.drafts:
        said = {rule.name for one in draft.given if (rule := save.rules.rule(one))}
        if has_types:
            draft.problems += _of_type(save, draft)
            one = find_type(snapshot, name, draft.effective(FIELD))
            draft.problems += _of_subsets(save, draft, one, said)
        draft.problems += _of_dependencies(save, draft, controlled, said)


def _of_type(save: Save, draft: Draft) -> Iterator[Problem]:
    value = draft.values.get(FIELD)
    if value is None or any(problem.path[:1] == (FIELD,) for problem in draft.problems):
        return
    one = find_type(save.snapshot, save.rules.object.name, value)
    rights = rights_of(save.actor, save.snapshot)
    if one is None or rights.may_have(one):
        return
    message = _("You may not give a record the record type %(name)s.", name=_name(save, one))
    mine = rights.record_types(one.object)
    names = ", ".join(_name(save, other) for other in mine)
    hint = _("Choose one of: %(names)s.", names=names) if names else ""
    yield Problem("record_type.unavailable", (FIELD,), message, hint)


def _of_subsets(
    save: Save, draft: Draft, one: RecordType | None, said: Collection[str]
) -> Iterator[Problem]:
    for name in subset_names(one) if one is not None else ():
        if one is None or name not in said or draft.values.get(name) is None:
            continue
        field = save.rules.fields[name].field
        subset = subset_of(save.snapshot, one, field)
        kept = _several(draft.old.get(name))
        for value in _several(draft.values[name]):
            if subset is not None and value not in subset.values and value not in kept:
                yield _not_of_type(save, field, value, one, subset.values)
                break


def _not_of_type(
    save: Save, field: CustomField, value: str, one: RecordType, values: Collection[str]
) -> Problem:
    label = save.snapshot.value_label
    message = _(
        "%(value)s is no value of %(field)s for the record type %(type)s.",
        value=repr(label(field, value)),
        field=save.snapshot.label(field),
        type=_name(save, one),
    )
    names = ", ".join(label(field, each) for each in list(values)[:10])
    hint = _("Choose one of: %(names)s.", names=names) if names else ""
    return Problem("record_type.value", (field.local_name,), message, hint)


def _of_dependencies(
    save: Save, draft: Draft, controlled: Mapping[str, CustomField], said: Collection[str]
) -> Iterator[Problem]:
    """Of pairs of fields that the save touches; what it leaves alone was agreed to before."""
    for name, field in controlled.items():
        by, values = field.controlled_by, draft.values
        if not ((name in said and name in values) or (by in said and by in values)):
            continue
        fitting = allowed_by(save.snapshot, field, draft.effective(by))
        wrong = [one for one in _several(draft.effective(name)) if one not in fitting]
        if wrong and not any(problem.path[:1] == (name,) for problem in draft.problems):
            place = name if name in said else by
            yield Problem(
                "picklist.dependent_value", (place,), *_unfitting(save, draft, field, wrong[0])
            )


def _unfitting(save: Save, draft: Draft, field: CustomField, value: str) -> tuple[str, str]:
    """(message, hint); what the actor may not see is not told."""
    snapshot = save.snapshot
    above = snapshot.fields(field.object_name)[field.controlled_by]
    if not all(permissions.readable(save.actor, one, snapshot) for one in (field, above)):
        return _("The value does not go with another field of the record."), ""
    other = draft.effective(above.local_name)
    names = {"value": repr(snapshot.value_label(field, value)), "field": snapshot.label(field),
             "above": snapshot.label(above)}  # fmt: skip
    hint = _("Choose another value, or leave it empty.")
    if other is None and above.type != "Checkbox":
        return _("%(value)s of %(field)s needs a value of %(above)s.", **names), hint
    shown = above.field_type.display_in(bool(other) if above.type == "Checkbox" else other,
                                        above, snapshot)  # fmt: skip
    message = _("%(value)s of %(field)s does not go with %(other)s of %(above)s.",
                other=repr(shown), **names)  # fmt: skip
    return message, hint


def _several(value: Value) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _name(save: Save, one: RecordType) -> str:
    return save.snapshot.label(one) or one.local_name
