"""Random queries over random shared worlds answer as plain Python over what the person sees.

Who sees what is said by the oracle of `tests/runtime/access`, which knows no SQL; a failure names
the seed of its world and the query.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.factories import deployed, make_snapshot
from tests.runtime.access import worlds
from tests.runtime.access.oracle import CHILDREN, READ, Person, Record, World
from tests.runtime.access.test_oracle import Undone
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.runtime.soql import Scope, run
from trellis.runtime.soql.naming import children_name

from .test_running import plain

pytestmark = pytest.mark.abuse("A18", "A57")

FEW = 25  # worlds of every test run
MANY = {"sqlite": 3_000, "postgresql": 600}  # of a nightly one
QUERIES = 6  # of each world

Row = Mapping[str, Any]
Holds = Callable[[Row], bool]


@pytest.fixture
def base(org_db: OrgDatabase) -> Snapshot:
    return deployed(org_db, *worlds.base_documents())


def test_queries_answer_as_plain_python_over_what_is_seen(
    org_db: OrgDatabase, base: Snapshot
) -> None:
    agreement(org_db, base, FEW)


@pytest.mark.nightly
@pytest.mark.timeout(2 * 60 * 60)
def test_thousands_of_queries_answer_as_plain_python(org_db: OrgDatabase, base: Snapshot) -> None:
    agreement(org_db, base, MANY[org_db.dialect])


def agreement(org_db: OrgDatabase, base: Snapshot, worlds_tried: int) -> None:
    """Tries queries in so many different worlds."""

    @settings(max_examples=worlds_tried, deadline=None, database=None, phases=[Phase.generate])
    @given(st.integers(0, 2**62))
    def agree(seed: int) -> None:
        world = worlds.make_world(seed)
        snapshot = worlds.snapshot_of(world, base)
        with suppress(Undone), org_db.write() as conn:
            worlds.fill(conn, world, snapshot)
            chance = random.Random(seed)
            for _n in range(QUERIES):
                person = chance.choice(list(world.people.values()))
                asked = Asker(chance, Seen(world, person), snapshot).query()
                assert answered(conn, person, snapshot, asked.text) == asked.found, (seed, asked)
            raise Undone

    agree()


def answered(conn: sa.Connection, person: Person, snapshot: Snapshot, text: str) -> Any:
    found = run(Scope(conn, worlds.actor_of(person, snapshot), snapshot), text)
    return plain(found) if found.records or "COUNT()" not in text else found.total


# -- what a person sees, as rows


class Seen:
    """The records of a world that a person may read, as rows of plain values."""

    def __init__(self, world: World, person: Person) -> None:
        self.records = {
            record.id: record
            for record in world.records.values()
            if world.level(person, record) >= READ
        }

    def rows(self, name: str) -> list[Row]:
        return [self.row(one) for one in self.records.values() if one.object == name]

    def row(self, record: Record) -> Row:
        """The record's values; those of an account that is not seen are blank."""
        account = self.records.get(record.account)
        return {
            "Id": record.id,
            "Name": record.id,
            "Colour": record.colour,
            "AccountId": record.account or None,
            "Account.Id": account and account.id,
            "Account.Name": account and account.id,
            "Account.Colour": account and account.colour,
        }


# -- queries


@dataclass(frozen=True)
class Asked:
    """A query and what it shall find."""

    text: str
    found: Any


OWN, PARENT = ("Id", "Name", "Colour"), ("Account.Id", "Account.Name", "Account.Colour")


class Asker:
    """Makes queries, each with its answer."""

    def __init__(self, chance: random.Random, seen: Seen, snapshot: Snapshot) -> None:
        self.chance, self.seen, self.snapshot = chance, seen, snapshot
        self.is_inner = False  # within a sub-select of a condition, where no other may stand

    def query(self) -> Asked:
        name = self.chance.choice(worlds.OWNED)
        text, holds = self.where(name)
        rows = [row for row in self.seen.rows(name) if holds(row)]
        shapes = [self.listed, self.listed, self.counted, self.grouped]
        if name == "Account":
            shapes += [self.with_children] * 2
        return self.chance.choice(shapes)(name, text, rows)

    def paths(self, name: str) -> tuple[str, ...]:
        return OWN if name == "Account" else (*OWN, "AccountId", *PARENT)

    # -- shapes

    def listed(self, name: str, where: str, rows: list[Row]) -> Asked:
        """Some columns in an order, of a stretch of the rows."""
        shown = self.chance.sample(self.paths(name), 2)
        key, falls = self.chance.choice(self.paths(name)), self.chance.random() < 0.5
        blanks_first = self.chance.choice((None, True, False))
        rows = in_order(rows, key, falls=falls, blanks_first=blanks_first)
        order = key + (" DESC" if falls else "")
        order += {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[blanks_first]
        first, limit = self.chance.choice((0, 0, 1, 2)), self.chance.choice((1, 2, 9))
        text = f"SELECT {', '.join(shown)} FROM {name}{where} ORDER BY {order}"
        text += f" LIMIT {limit}" + (f" OFFSET {first}" if first else "")
        return Asked(text, [poured(row, shown) for row in rows[first : first + limit]])

    def counted(self, name: str, where: str, rows: list[Row]) -> Asked:
        return Asked(f"SELECT COUNT() FROM {name}{where}", len(rows))

    def grouped(self, name: str, where: str, rows: list[Row]) -> Asked:
        """Groups by a colour, and what their records come to."""
        key = "Colour" if name == "Account" else self.chance.choice(("Colour", "Account.Colour"))
        counted = self.chance.choice(self.paths(name))
        least = self.chance.choice((0, 1, 2))
        text = (
            f"SELECT {key} k, COUNT(Id) n, COUNT_DISTINCT({counted}) d, MAX(Name) m FROM {name}"
            f"{where} GROUP BY {key} HAVING COUNT(Id) >= {least} ORDER BY {key}"
        )
        found = []
        for colour in sorted({row[key] for row in rows}, key=lambda one: (one is not None, one)):
            some = [row for row in rows if row[key] == colour]
            distinct = {row[counted] for row in some} - {None}
            last = max((row["Name"] for row in some), key=str.casefold)
            if len(some) >= least:
                found.append({"k": colour, "n": len(some), "d": len(distinct), "m": last})
        return Asked(text, found)

    def with_children(self, _name: str, where: str, rows: list[Row]) -> Asked:
        """Accounts with those of their children that are seen and fulfil a condition."""
        child = self.chance.choice(CHILDREN)
        inner, holds = self.where(child)
        lookup = self.snapshot.field(child, "AccountId")
        called = children_name(lookup, self.snapshot.object(child))
        limit = self.chance.choice((1, 9))
        text = (
            f"SELECT Id, (SELECT Id FROM {called}{inner} ORDER BY Id LIMIT {limit}) FROM Account"
            f"{where} ORDER BY Id"
        )
        children = [row for row in self.seen.rows(child) if holds(row)]
        found = []
        for row in in_order(rows, "Id"):
            own = [one for one in children if one["AccountId"] == row["Id"]]
            some = [{"Id": one["Id"]} for one in in_order(own, "Id")[:limit]]
            found.append({"Id": row["Id"], called: some or None})
        return Asked(text, found)

    # -- conditions

    def where(self, name: str) -> tuple[str, Holds]:
        if self.chance.random() < 0.3:
            return "", lambda _row: True
        text, holds = self.test(name, 2)
        return f" WHERE {text}", holds

    def test(self, name: str, depth: int) -> tuple[str, Holds]:
        kind = self.chance.choice(("one", "one", "and", "or", "not")) if depth else "one"
        if kind == "not":
            text, holds = self.test(name, depth - 1)
            return f"(NOT ({text}))", lambda row: not holds(row)
        if kind == "one":
            is_among = not self.is_inner and self.chance.random() < 0.35
            return self.among(name) if is_among else self.compared(name)
        parts = [self.test(name, depth - 1) for _n in range(2)]
        every = all if kind == "and" else any
        text = f" {kind.upper()} ".join(f"({one})" for one, _holds in parts)
        return text, lambda row: every(holds(row) for _text, holds in parts)

    def compared(self, name: str) -> tuple[str, Holds]:
        """A field, or one of the account, with a value that somebody has; blanks are themselves."""
        path = self.chance.choice(self.paths(name))
        if self.chance.random() < 0.2:
            if self.chance.random() < 0.5:
                return f"{path} = null", lambda row: row[path] is None
            return f"{path} != null", lambda row: row[path] is not None
        value = self.value(path)
        if self.chance.random() < 0.3:
            values = [value, self.value(path)]
            shown = ", ".join(f"'{one}'" for one in values)
            if self.chance.random() < 0.5:
                return f"{path} IN ({shown})", lambda row: row[path] in values
            return f"{path} NOT IN ({shown})", lambda row: row[path] not in values
        if self.chance.random() < 0.5:
            return f"{path} = '{value}'", lambda row: row[path] == value
        return f"{path} != '{value}'", lambda row: row[path] != value

    def value(self, path: str) -> str:
        """A colour, or the id of a record, whoever may see it."""
        if path.endswith("Colour"):
            return self.chance.choice(worlds.COLOURS)
        prefix = worlds.PREFIXES[self.chance.choice(("Account", "Account", *CHILDREN))]
        return worlds.id_of(prefix, self.chance.randint(0, 2))

    def among(self, name: str) -> tuple[str, Holds]:
        """An id among those that a sub-select gives, or not."""
        if name == "Account":
            own, inner, shown = "Id", self.chance.choice(CHILDREN), "AccountId"
        else:
            own, inner, shown = "AccountId", "Account", "Id"
        self.is_inner = True
        text, holds = self.where(inner)
        self.is_inner = False
        ids = {row[shown] for row in self.seen.rows(inner) if holds(row)} - {None}
        if self.chance.random() < 0.5:
            return f"{own} IN (SELECT {shown} FROM {inner}{text})", lambda row: row[own] in ids
        return f"{own} NOT IN (SELECT {shown} FROM {inner}{text})", lambda row: row[own] not in ids


def in_order(
    rows: list[Row], key: str, *, falls: bool = False, blanks_first: bool | None = None
) -> list[Row]:
    """The rows by a key, then by id in its direction; blanks first unless it falls."""
    first = not falls if blanks_first is None else blanks_first
    kept = sorted(rows, key=lambda row: row["Id"], reverse=falls)
    filled = sorted(
        (row for row in kept if row[key] is not None),
        key=lambda row: row[key] if key.endswith("Id") else row[key].casefold(),
        reverse=falls,
    )
    blank = [row for row in kept if row[key] is None]
    return blank + filled if first else filled + blank


def poured(row: Row, paths: list[str]) -> dict[str, Any]:
    """The values of a row, those of its account in one of their own."""
    found: dict[str, Any] = {}
    for path in paths:
        relation, dot, last = path.rpartition(".")
        if not dot:
            found[last] = row[path]
        elif row["Account.Id"] is None:
            found[relation] = None
        else:
            found.setdefault(relation, {})[last] = row[path]
    return found


def test_the_queries_are_of_many_kinds() -> None:
    """Guards the test itself: chance makes every shape, with answers and without."""
    base = make_snapshot(*worlds.base_documents())
    kinds = Counter[str]()
    for seed in range(120):
        world, chance = worlds.make_world(seed), random.Random(seed)
        person = chance.choice(list(world.people.values()))
        asked = Asker(chance, Seen(world, person), base).query()
        kinds.update(one for one in SHAPES if one in asked.text)
        kinds[f"found {bool(asked.found)}"] += 1
    assert all(kinds[one] > 3 for one in (*SHAPES, "found True", "found False")), kinds


SHAPES = ("COUNT()", "GROUP BY", "(SELECT Id FROM", "NOT IN (SELECT", " IN (SELECT", "Account.",
          "ORDER BY", "OFFSET", "NOT (", "null")  # fmt: skip
