"""Validation rules of an object, asked of every record that is saved, on whatever way it comes.

Rules hold for everybody, so they look at the whole record and its parents, also where the person
who saves may not. A rule about a field that is wrong already is not asked: it could only repeat it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...metadata.formulas import (
    Evaluator,
    Expression,
    Scene,
    Subject,
    Type,
    check,
    evaluate,
    evaluator,
)
from ...metadata.formulas.evaluation import native_reader
from ...metadata.formulas.functions.base import FormulaError
from ...metadata.formulas.typed import KINDS, ambients_of, fields_of
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.validation_rule import ValidationRule
from ...metadata.snapshot import Snapshot, relation_name
from ...platform import clock
from ...platform.errors import NotFound, Problem
from ...platform.i18n import _
from ...platform.people.actor import Actor, system_actor
from ..access import permissions
from ..query.computed import ambient_values
from ..query.run import get, get_many
from .draft import Draft

if TYPE_CHECKING:
    from .save import Save

WHY = "validation rules look at the whole record"


@dataclass(frozen=True, slots=True)
class Parents:
    """What formulas want of the records that one lookup leads to."""

    lookup: str  # local name: "AccountId"
    object: str  # of the records
    paths: Mapping[str, str]  # {path from there: the whole path}: "Industry", "Account.Industry"


@dataclass(frozen=True, slots=True)
class Looks:
    """What formulas look at."""

    own: frozenset[str]  # local names
    parents: tuple[Parents, ...]
    ambients: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ready:
    """An active rule that is ready to be asked."""

    rule: ValidationRule
    holds: Evaluator  # true of what is refused
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The active rules of an object, and what all of them look at."""

    rules: tuple[Ready, ...]
    looks: Looks


def rules_of(snapshot: Snapshot, object_name: str) -> RuleSet:
    """The active validation rules of an object, made once for a snapshot."""
    return snapshot.derived((RuleSet, object_name), lambda: _made(snapshot, object_name))


def _made(snapshot: Snapshot, object_name: str) -> RuleSet:
    subject = Subject(snapshot, object_name)
    expressions: list[Expression] = []
    found = []
    for rule in snapshot.of_kind("ValidationRule"):
        if rule.object == object_name and rule.active:
            expression = check(rule.formula, subject, Type.BOOLEAN)
            own = frozenset(f.fields[0].local_name for f in fields_of(expression).values())
            found.append(Ready(rule, evaluator(expression), own))
            expressions.append(expression)
    return RuleSet(tuple(found), looks_of(expressions))


def looks_of(expressions: list[Expression]) -> Looks:
    """What the expressions look at, all together."""
    walked: dict[str, tuple[CustomField, ...]] = {}
    ambients: set[str] = set()
    for expression in expressions:
        ambients |= ambients_of(expression)
        walked |= {path: value.fields for path, value in fields_of(expression).items()}
    return looks_along(walked, frozenset(ambients))


def looks_along(
    walked: Mapping[str, tuple[CustomField, ...]], ambients: frozenset[str] = frozenset()
) -> Looks:
    """What {path: fields along it} look at."""
    own: set[str] = set()
    paths: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for path, (first, *rest) in walked.items():
        own.add(first.local_name)
        if rest:
            steps = (*map(relation_name, rest[:-1]), rest[-1].local_name)
            paths[first.local_name, first.reference_to[0]][".".join(steps)] = path
    parents = tuple(Parents(lookup, target, found) for (lookup, target), found in paths.items())
    return Looks(frozenset(own), parents, ambients)


def looked_at(snapshot: Snapshot, object_name: str) -> frozenset[str]:
    """The fields of the record itself that its rules want to know."""
    return rules_of(snapshot, object_name).looks.own


def ask(save: Save, *, only_changed: bool = False) -> None:
    """Notes a problem for each rule that a draft breaks, all at once.

    `only_changed`: only of the rules that look at a field the draft changes.
    """
    drafts = [draft for draft in save.drafts if draft.values or save.is_new]
    ask_of(save, drafts, only_changed=only_changed)


def ask_of(save: Save, drafts: list[Draft], *, only_changed: bool = False) -> None:
    """As `ask`, of these drafts, unchanged ones too."""
    ready = rules_of(save.snapshot, save.rules.object.name)
    if not ready.rules or not drafts:
        return
    looks = ready.looks
    known = ambients(save.conn, save.actor, save.snapshot, looks, save.now)
    known |= {"ISNEW": save.is_new, "ISCLONE": save.is_clone}
    parents = parent_values(
        save.conn, save.actor, save.snapshot, looks, [_own(draft, looks) for draft in drafts]
    )
    for draft, above in zip(drafts, parents, strict=True):
        prior = None if save.is_new else draft.old
        scene = Scene({**_own(draft, looks), **above}, prior, known)
        wrong = {str(problem.path[0]) for problem in draft.problems if problem.path}
        for one in ready.rules:
            if only_changed and one.own.isdisjoint(draft.values):
                continue
            if not one.own & wrong:
                draft.problems += answers(one, scene, save.actor, save.snapshot)


def _own(draft: Draft, looks: Looks) -> dict[str, Value]:
    values = {name: draft.effective(name) for name in looks.own}
    return values | ({"Id": draft.id} if "Id" in values and draft.version else {})


def answers(ready: Ready, scene: Scene, actor: Actor, snapshot: Snapshot) -> Iterator[Problem]:
    """The problem of a rule that is broken, or cannot be worked out."""
    rule = ready.rule
    try:
        if ready.holds(scene) is True:
            yield Problem("rule.broken", _place(rule, actor, snapshot), _said(rule, snapshot))
    except FormulaError as failure:
        message = _(
            "The validation rule %(name)s cannot be worked out. %(why)s",
            name=snapshot.label(rule) or rule.local_name,
            why=failure.problem.message,
        )
        yield Problem("rule.failed", (), message, _("An administrator can correct the rule."))


def _place(rule: ValidationRule, actor: Actor, snapshot: Snapshot) -> tuple[str, ...]:
    """The field's name, for whoever may know of it."""
    field = snapshot.find_field(rule.object, rule.field) if rule.field else None
    if field is None or not permissions.readable(actor, field, snapshot):
        return ()
    return (field.local_name,)


def _said(rule: ValidationRule, snapshot: Snapshot) -> str:
    return snapshot.text("ValidationRule", rule.name, "errorMessage", rule.message)


def parent_values(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    looks: Looks,
    records: list[dict[str, Value]],
) -> list[dict[str, Value]]:
    """For each record {path: value} of its parents; in a few statements for each lookup."""
    found: list[dict[str, Value]] = [{} for _record in records]
    system = system_actor(snapshot.org, WHY, actor.localization)
    for parents in looks.parents:
        ids = [_id_of(parents, record, snapshot) for record in records]
        wanted = {one for one in ids if one}
        there = get_many(
            conn, system, snapshot, parents.object, sorted(wanted), tuple(parents.paths)
        )
        for values, one in zip(found, ids, strict=True):
            if (parent := there.get(one)) is not None:
                values |= {path: parent[own] for own, path in parents.paths.items()}
    return found


def _id_of(parents: Parents, record: Mapping[str, Value], snapshot: Snapshot) -> str:
    """The id that the lookup holds, if it leads to the object that the formula means."""
    one = record.get(parents.lookup)
    if not isinstance(one, str):
        return ""
    try:
        return one if snapshot.object_of_id(one).name == parents.object else ""
    except NotFound:
        return ""


def ambients(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, looks: Looks, now: datetime
) -> dict[str, Any]:
    """{name: value} of what the formulas ask beside the record."""
    found = ambient_values(actor, snapshot, looks.ambients, now)
    return found | _of_user(conn, actor, snapshot, looks)


def _of_user(conn: sa.Connection, actor: Actor, snapshot: Snapshot, looks: Looks) -> dict[str, Any]:
    names = sorted(n.removeprefix("$User.") for n in looks.ambients if n.startswith("$User."))
    if not names:
        return {}
    system = system_actor(snapshot.org, WHY, actor.localization)
    there = get_many(conn, system, snapshot, "User", [actor.user_id], names)
    known = there[actor.user_id].values if actor.user_id in there else {}
    values = {**known, "Id": actor.user_id}
    found = {}
    for name in names:
        field = snapshot.field("User", name)
        native = native_reader(field, KINDS[field.field_type.formula_kind])
        found[f"$User.{name}"] = native(values.get(name))
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule says of a record as it is: broken, or a problem that kept it from saying."""

    is_broken: bool
    problem: Problem | None
    values: Mapping[str, Value]  # {path: value} that the rule looked at


def try_rule(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    object_name: str,
    formula: str,
    record_id: str,
) -> Trial:
    """What a rule of that formula says of a record, were it saved unchanged.

    Only what the actor may see is looked at. Raises Rejected for a wrong formula, NotFound.
    """
    expression = check(formula, Subject(snapshot, object_name), Type.BOOLEAN)
    paths = tuple(fields_of(expression))
    record = get(conn, actor, snapshot, record_id, paths)
    known = ambients(conn, actor, snapshot, looks_of([expression]), clock.now())
    known |= {"ISNEW": False, "ISCLONE": False}
    values = {path: record[path] for path in paths}
    try:
        return Trial(evaluate(expression, Scene(values, None, known)) is True, None, values)
    except FormulaError as failure:
        return Trial(False, failure.problem, values)
