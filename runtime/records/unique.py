"""Unique fields of a save: no live record has the value, and no other record of the same save.

Whether case matters is the field's; sharing does not: a value that somebody else's record has is
taken. Two saves at the same moment are kept apart by the unique index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ...metadata.field_types.base import Value
from ...platform.errors import Problem
from ...platform.i18n import _
from .draft import Draft
from .rules import Rule, Rules

CHUNK = 500


def check(conn: sa.Connection, rules: Rules, drafts: Sequence[Draft]) -> None:
    """Notes a problem for every value that is taken."""
    for rule in rules.unique:
        asked: dict[Any, list[Draft]] = {}
        for draft in drafts:
            if draft.values.get(rule.name) is not None:
                asked.setdefault(key_of(rule, draft.values[rule.name]), []).append(draft)
        taken = holders(conn, rules, rule, asked)
        for key, rivals in asked.items():
            _check_rivals(rule, rivals, taken.get(key, ()))


def _check_rivals(rule: Rule, rivals: Sequence[Draft], taken: Sequence[str]) -> None:
    """The record that has the value keeps it, else the first of the rivals gets it."""
    keeper = next((draft for draft in rivals if draft.id in taken), None)
    winner = keeper or (None if taken else rivals[0])
    for draft in rivals:
        if draft is not winner:
            draft.problems.append(taken_by_another(rule, draft.values[rule.name]))


def key_of(rule: Rule, value: Value) -> Any:
    """What must differ: the folded text, or the value itself when case matters."""
    return rule.type.to_columns(value, rule.field)[rule.type.unique_part(rule.field)]


def holders(
    conn: sa.Connection, rules: Rules, rule: Rule, keys: Iterable[Any]
) -> Mapping[Any, Sequence[str]]:
    """{key: ids} of live records that have one of the keys.

    The unique index of a slice cannot tell deleted records, so those count there too.
    """
    place = rule.places[rule.type.unique_part(rule.field)]
    table, main = rules.home.table(place), rules.home.main
    column = table.c[place.column]
    wanted, found = list(keys), defaultdict[Any, list[str]](list)
    for start in range(0, len(wanted), CHUNK):
        statement = sa.select(column, table.c.id).where(column.in_(wanted[start : start + CHUNK]))
        if table is main:
            statement = statement.where(main.c.is_deleted == sa.false())
        for key, record_id in conn.execute(statement):
            found[key].append(str(record_id))
    return found


def taken_by_another(rule: Rule, value: Value) -> Problem:
    """The problem of a value that another record has."""
    shown = rule.type.export(value, rule.field)
    message = _("%(value)s is already in use.", value=repr(shown)[:80])
    return Problem("field.not_unique", (rule.name,), message)
