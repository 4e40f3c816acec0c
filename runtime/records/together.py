"""Unique combinations of a save: no live record, and no other of the same save, is alike in all.

A record with a blank among the fields is not compared; an unticked checkbox is blank here. Who has
the values keeps them, whoever may see that record: it is named only to those who may. Two saves at
the same moment are kept apart by the unique index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access import permissions
from ..query.request import Rows
from ..query.run import find_titles
from .draft import Draft
from .rules import Rule, Rules, Together

CHUNK = 200
Key = tuple[Any, ...]


def looked_at(rules: Rules) -> frozenset[str]:
    """The fields that are compared: what goes along with a save can change any of them."""
    return frozenset(name for one in rules.together for name in one.names)


def check(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, rules: Rules, drafts: Sequence[Draft]
) -> None:
    """Notes a problem at each field of every combination that another record has."""
    for one in rules.together:
        rivals: defaultdict[Key, list[Draft]] = defaultdict(list)
        for draft in drafts:
            is_due = any(name in draft.values for name in one.names)
            if is_due and (key := _key_of(one, draft)) is not None:
                rivals[key].append(draft)
        taken = _holders(conn, rules, one, rivals)
        losers = [
            (draft, taken.get(key, ()))
            for key, some in rivals.items()
            for draft in _losers(some, taken.get(key, ()))
        ]
        _tell(conn, actor, snapshot, one, losers)


def _key_of(one: Together, draft: Draft) -> Key | None:
    """What must differ; None for a record with a blank, or with a value that is wrong already."""
    wrong = {problem.path[0] for problem in draft.problems if problem.path}
    values = [draft.effective(name) for name in one.names]
    if wrong.intersection(one.names) or any(v is None or v is False for v in values):
        return None
    parts = zip(one.rules, values, strict=True)
    return tuple(rule.type.to_columns(value, rule.field)[_part(rule)] for rule, value in parts)


def _part(rule: Rule) -> str:
    return "" if rule.field.is_system else rule.type.unique_part(rule.field)


def _losers(rivals: Sequence[Draft], taken: Sequence[str]) -> list[Draft]:
    """Those who do not get the values: all but who has them, else but the first."""
    keeper = next((draft for draft in rivals if draft.id in taken), None)
    winner = keeper or (None if taken else rivals[0])
    return [draft for draft in rivals if draft is not winner]


def _holders(
    conn: sa.Connection, rules: Rules, one: Together, keys: Iterable[Key]
) -> Mapping[Key, Sequence[str]]:
    """{key: ids} of the live records that have one of the keys."""
    main = rules.home.main
    columns = [main.c[rule.places[_part(rule)].column] for rule in one.rules]
    wanted, found = list(keys), defaultdict[Key, list[str]](list)
    for start in range(0, len(wanted), CHUNK):
        alike = sa.tuple_(*columns).in_(wanted[start : start + CHUNK])
        statement = sa.select(main.c.id, *columns).where(alike, main.c.is_deleted == sa.false())
        for record_id, *key in conn.execute(statement):
            found[tuple(key)].append(str(record_id))
    return found


def _tell(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    one: Together,
    losers: Sequence[tuple[Draft, Sequence[str]]],
) -> None:
    if not losers:
        return
    known = [rule for rule in one.rules if permissions.readable(actor, rule.field, snapshot)]
    names = ", ".join(snapshot.label(rule.field) for rule in known)
    holders = {record_id for _draft, taken in losers for record_id in taken}
    titles = find_titles(conn, actor, snapshot, holders, Rows.LIVE)
    for draft, taken in losers:
        title = next((titles[record_id] for record_id in taken if record_id in titles), "")
        message = _said(names, title)
        places: list[tuple[str, ...]] = [(rule.name,) for rule in known] or [()]
        draft.problems += (Problem("combination.taken", place, message) for place in places)


def _said(names: str, title: str) -> str:
    if names and title:
        return _("%(record)s has the same %(fields)s.", record=title, fields=names)
    if names:
        return _("Another record has the same %(fields)s.", fields=names)
    return _("Another record has the same values.")
