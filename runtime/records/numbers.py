"""Auto-numbers: counted in the transaction of the save, so none is given twice or left out.

Two saves that number the same field wait for each other; a save that fails gives its numbers back
before anybody has seen them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from ...metadata.field_types.auto_number import number_text
from ...platform.db.inserts import insert_into
from ...platform.migrations.tables import sys_counter
from .draft import Draft
from .rules import Rule


def counter_name(field_uid: str) -> str:
    """The name of the counter of an auto-number field; its value is the last number given."""
    return f"number:{field_uid}"


def take_numbers(conn: sa.Connection, rule: Rule, drafts: Sequence[Draft], day: date) -> None:
    """Gives each draft the next number of the field."""
    if not drafts:
        return
    starting = int(rule.field.options.get("startingNumber", 1))
    last = advance(conn, counter_name(rule.field.uid), len(drafts), starting)
    for number, draft in enumerate(drafts, last - len(drafts) + 1):
        draft.values[rule.name] = number_text(rule.field, number, day)


def advance(conn: sa.Connection, name: str, by: int, starting: int = 1) -> int:
    """Moves the counter on and returns the last of the `by` numbers that now are the caller's."""
    statement = insert_into(conn, sys_counter).values(name=name, value=starting - 1 + by)
    moved = statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": sys_counter.c.value + by}
    ).returning(sys_counter.c.value)
    return int(conn.execute(moved).scalar_one())
