"""The steps of a save, in order. Each works on all drafts of the save and notes their problems.

One record of a form and a thousand of an import pass through the same steps; a step asks the
database once for each field that needs it, however many records there are. What the guide says of
the order is compared with these lists by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from ...metadata.field_types.base import Value
from ...metadata.field_types.record_type import FIELD
from ...platform.errors import Problem, did_you_mean
from ...platform.events import publish_after_commit
from ...platform.i18n import _
from ..access import permissions
from . import (
    choices,
    companions,
    history,
    indexing,
    lookup_filters,
    references,
    rollups,
    together,
    transfer,
    unique,
    validation,
    write,
)
from .defaults import defaults_of
from .draft import Draft, at_field
from .events import Change, RecordsChanged
from .numbers import take_numbers
from .rules import Rule
from .save import Save

Step = Callable[[Save], None]


def prepare(save: Save) -> None:
    """Takes the drafts through every check; what is wrong is in their problems."""
    for step in CHECKS:
        step(save)


def look_over(save: Save) -> None:
    """As `prepare`, but nothing is written: for saves that only shall be tried."""
    for step in CHECKS:
        if step is not number:
            step(save)


def carry_out(save: Save) -> None:
    """Writes the drafts without problems and does all that follows from them.

    Those of whom a parent refuses what they would make of it get the problem: all is taken back
    then, and the others are written once more.
    """
    while tried := len(save.written):
        point = save.conn.begin_nested() if rollups.may_be_refused(save) else None
        _follow(save)
        if point is None:
            return
        if len(save.written) == tried:
            point.commit()
            return
        point.rollback()


def _follow(save: Save) -> None:
    for step in WRITES:
        if not save.written:
            return
        step(save)


def take_given(save: Save) -> None:
    """Only fields that exist and that the actor may write; everything else is refused by name."""
    allowed: dict[str, Rule | Problem] = {}
    for draft in save.drafts:
        for name, value in draft.given.items():
            if (rule := allowed.get(name)) is None:
                rule = allowed[name] = _allowed(save, name)
            if isinstance(rule, Problem):
                draft.problems.append(rule)
            elif not rule.places:
                draft.problems.append(_compound(rule))
            elif save.is_new or draft.old.get(rule.name) != value:
                draft.values[rule.name] = value


def _allowed(save: Save, name: str) -> Rule | Problem:
    rule = save.rules.rule(name)
    if rule is None or not permissions.readable(save.actor, rule.field, save.snapshot):
        known = (r.name for r in save.rules.fields.values())
        message = _(
            "%(name)s is not a field of %(object)s.",
            name=repr(name),
            object=save.rules.object.name,
        )
        return Problem("field.unknown", (name,), message, did_you_mean(name, known))
    if not permissions.writable(save.actor, rule.field, save.snapshot):
        return _not_writable(rule, name)
    return rule


def _not_writable(rule: Rule, name: str) -> Problem:
    shown = rule.field.label or name
    if rule.field.formula:
        message = _("%(name)s is worked out by a formula and cannot be set.", name=shown)
        return Problem("field.computed", (name,), message, _("Set the fields that it looks at."))
    return Problem("field.not_writable", (name,), _("%(name)s cannot be set.", name=shown))


def _compound(rule: Rule) -> Problem:
    parts = ", ".join(part.local_name for part in rule.type.components(rule.field))
    message = _("%(name)s is made of several fields.", name=rule.field.label or rule.name)
    return Problem("field.compound", (rule.name,), message, _("Set %(names)s.", names=parts))


def fill_defaults(save: Save) -> None:
    """A new record gets the defaults of the fields that were not mentioned, and an owner."""
    if not save.is_new:
        return
    name, by_type = save.rules.object.name, dict[Any, Mapping[str, Value]]()
    plain = defaults_of(save.conn, save.actor, save.snapshot, save.rules, save.now)
    plain |= save.rules.nothing_below
    for draft in save.drafts:
        if draft.values.get("OwnerId", "") is None:
            del draft.values["OwnerId"]
        if (of := draft.values.get(FIELD)) not in by_type:
            by_type[of] = choices.defaults_by_type(save.snapshot, name, plain, of)
        given = draft.values
        draft.values = {**by_type[of], **given}
        choices.drop_unfitting(save.snapshot, name, draft.values, given)


def compose_compounds(save: Save) -> None:
    """Compounds that are kept as a whole, such as a person's name, follow their components."""
    for rule, parts in save.rules.compounds:
        for draft in save.drafts:
            if any(part in draft.values for part in parts):
                values = {part: draft.effective(part) for part in parts}
                draft.values[rule.name] = rule.type.compose(rule.field, values)


def bring_companions(save: Save) -> None:
    """What goes along with every save of the object sets its values; see `companions`."""
    companions.before(save)


def check_values(save: Save) -> None:
    """What is required is there, and every value is one that its field may hold."""
    touched = dict.fromkeys(name for draft in save.drafts for name in draft.values)
    for name in touched:
        rule = save.rules.fields[name]
        if rule.is_checked:
            for draft in save.drafts:
                if (value := draft.values.get(name)) is not None:
                    _check(rule, draft, value)
    for rule in save.rules.required:
        for draft in save.drafts:
            missing = draft.effective(rule.name) is None
            if missing and (save.is_new or rule.name in draft.values):
                _require(rule, draft)


def _check(rule: Rule, draft: Draft, value: Value) -> None:
    found: tuple[Problem, ...] = ()
    if rule.check is not None:
        found = rule.check(value, rule.field)
    if rule.values is not None and not found:
        found = _check_listed(rule, draft, value)
    if not rule.is_changed_freely and not found:
        old = draft.old.get(rule.name)
        found = rule.type.check_change(value, old, rule.field, rule.reading)
    if found:
        draft.problems += (at_field(problem, rule.name) for problem in found)


def _check_listed(rule: Rule, draft: Draft, value: Value) -> tuple[Problem, ...]:
    """A restricted list holds the value, or the record had it before."""
    assert rule.values is not None  # noqa: S101 - asked by the caller
    if isinstance(value, str) and value in rule.values:
        return ()
    chosen = (value,) if isinstance(value, str) else tuple(value)
    old = draft.old.get(rule.name) or ()
    kept = (old,) if isinstance(old, str) else tuple(old)
    for one in chosen:
        if one not in rule.values and one not in kept:
            message = _("%(text)s is not one of the values.", text=repr(one)[:80])
            hint = did_you_mean(str(one), rule.values)
            return (Problem("picklist.unknown_value", (rule.name,), message, hint),)
    return ()


def _require(rule: Rule, draft: Draft) -> None:
    if not any(problem.path[:1] == (rule.name,) for problem in draft.problems):
        message = _("%(name)s is required.", name=rule.field.label or rule.name)
        draft.problems.append(Problem("field.required", (rule.name,), message))


def check_masters(save: Save) -> None:
    """A detail stays with its master, unless its field says that it may move."""
    if save.is_new:
        return
    for rule in save.rules.references:
        if rule.field.type != "MasterDetail" or rule.field.options.get("reparentable", False):
            continue
        for draft in save.drafts:
            if rule.name in draft.values and draft.old.get(rule.name) is not None:
                message = _("%(name)s cannot be changed.", name=rule.field.label or rule.name)
                draft.problems.append(Problem("master.fixed", (rule.name,), message))


def check_references(save: Save) -> None:
    asked = save.conn, save.actor, save.snapshot, save.rules, save.drafts
    references.check(*asked, lock=not save.is_trial)


def check_lookup_filters(save: Save) -> None:
    """What lookups point at meets their filters; see `lookup_filters`."""
    lookup_filters.check(save)


def check_transfer(save: Save) -> None:
    if save.rules.object.has_owner:
        obj = save.rules.object
        transfer.check(save.conn, save.actor, save.snapshot, obj, save.drafts, is_new=save.is_new)


def check_unique(save: Save) -> None:
    """Values that one record only may have: of a field, and of several together."""
    unique.check(save.conn, save.rules, save.drafts)
    together.check(save.conn, save.actor, save.snapshot, save.rules, save.drafts)


def ask_rules(save: Save) -> None:
    """The validation rules of the object; see `validation`."""
    validation.ask(save)


def number(save: Save) -> None:
    """Numbers are taken last, for the records that will be kept."""
    if save.is_new and save.rules.numbered:
        day = save.now.astimezone(ZoneInfo(save.actor.time_zone)).date()
        for rule in save.rules.numbered:
            take_numbers(save.conn, rule, save.good, day)


def hold_parents(save: Save) -> None:
    """Parents with roll-ups are locked, so that saves of their children wait for each other."""
    rollups.hold(save)


def write_rows(save: Save) -> None:
    """The rows of the records, with who saved them and when."""
    put = write.insert if save.is_new else write.update
    put(save.conn, save.rules, save.written, save.actor.user_id, save.now)


def keep_history(save: Save) -> None:
    """What tracked fields were and became; a new record has no past."""
    if not save.is_new:
        history.write(save.conn, save.rules, save.written, save.actor.user_id, save.now)


def index_words(save: Save) -> None:
    """The words that the search finds the records by."""
    put = indexing.add if save.is_new else indexing.change
    put(save.conn, save.snapshot, save.rules, save.written)


def end_manual_shares(save: Save) -> None:
    """Records that changed hands are no longer shared by hand."""
    if not save.is_new:
        transfer.end_manual_shares(save.conn, save.written)


def let_companions_follow(save: Save) -> None:
    """What goes along with saves of the object sees the rows that are written."""
    companions.after(save, save.written)


def roll_up(save: Save) -> None:
    """The roll-ups of the parents, and of theirs; see `rollups`."""
    rollups.keep(save)


def tell(save: Save) -> None:
    """The rest of the house hears of it once the transaction is committed."""
    change = Change.CREATED if save.is_new else Change.UPDATED
    ids = tuple(draft.id for draft in save.written)
    name, org = save.rules.object.name, save.snapshot.org
    publish_after_commit(save.conn, RecordsChanged(org, name, change, ids, save.actor.user_id))


CHECKS: tuple[Step, ...] = (
    take_given,
    choices.fill_record_types,
    fill_defaults,
    compose_compounds,
    bring_companions,
    check_values,
    choices.check_choices,
    check_masters,
    hold_parents,
    check_references,
    check_lookup_filters,
    check_transfer,
    check_unique,
    ask_rules,
    number,
)
WRITES: tuple[Step, ...] = (
    write_rows,
    keep_history,
    index_words,
    end_manual_shares,
    let_companions_follow,
    roll_up,
    tell,
)
STEPS = (*CHECKS, *WRITES)

__all__ = ["CHECKS", "STEPS", "WRITES", "Save", "carry_out", "look_over", "prepare"]
