"""What statements give is what a model that knows no SQL gives, in thousands of random orgs.

A failure names the seed of its world. One org serves all worlds: each is rows in a transaction that
is taken back, over the same tables.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.factories import deployed
from tests.runtime.access import worlds
from tests.runtime.access.oracle import FULL, READ, Person, World
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.runtime.access.levels import Level
from trellis.runtime.query.compile import select_for
from trellis.runtime.query.request import Order, Query
from trellis.runtime.query.run import count
from trellis.runtime.query.strategy import Walk

pytestmark = pytest.mark.abuse("A18")

FEW = 60  # worlds of every test run
MANY = {"sqlite": 20_000, "postgresql": 2_000}  # of a nightly one
PAGE = Query("", order=(Order("CreatedDate"),), limit=1000)
#: what must find the same: one condition that finds, one asked of each row, source by source
WAYS = ((None, Query("")), (Walk.ROWS, PAGE), (Walk.SOURCES, PAGE))
Asked = tuple[Person, str, int]  # who, records of what, at which level


@pytest.fixture
def base(org_db: OrgDatabase) -> Snapshot:
    return deployed(org_db, *worlds.base_documents())


def test_statements_give_what_the_oracle_gives(org_db: OrgDatabase, base: Snapshot) -> None:
    agreement(org_db, base, FEW)


@pytest.mark.nightly
@pytest.mark.timeout(3 * 60 * 60)
def test_statements_give_what_the_oracle_gives_in_thousands_of_orgs(
    org_db: OrgDatabase, base: Snapshot
) -> None:
    agreement(org_db, base, MANY[org_db.dialect])


def agreement(org_db: OrgDatabase, base: Snapshot, worlds_tried: int) -> None:
    """Tries so many different worlds."""
    tried = set[int]()

    @settings(max_examples=worlds_tried, deadline=None, database=None, phases=[Phase.generate])
    @given(st.integers(0, 2**62))
    def agree(seed: int) -> None:
        tried.add(seed)
        world = worlds.make_world(seed)
        assert not disagreements(org_db, base, world, some_of(world, seed)), f"seed {seed}"

    agree()
    assert len(tried) >= worlds_tried * 0.99


def some_of(world: World, seed: int) -> Iterator[Asked]:
    """One question about each object: making a statement takes longer than all else."""
    chance = random.Random(seed)
    for name in worlds.OBJECTS:
        yield chance.choice(list(world.people.values())), name, chance.randint(READ, FULL)


def all_of(world: World) -> Iterator[Asked]:
    """Every question about a world."""
    return product(world.people.values(), worlds.OBJECTS, range(READ, FULL + 1))


class Undone(Exception):
    """Takes the world back."""


def disagreements(
    org_db: OrgDatabase, base: Snapshot, world: World, asked: Iterable[Asked]
) -> list[str]:
    """Each question that statement and oracle answer differently."""
    snapshot, found = worlds.snapshot_of(world, base), list[str]()
    chance = random.Random(len(repr(world)))
    with suppress(Undone), org_db.write() as conn:
        worlds.fill(conn, world, snapshot)
        for person, name, level in asked:
            records = [record for record in world.records.values() if record.object == name]
            wanted = {record.id for record in records if world.level(person, record) >= level}
            actor = worlds.actor_of(person, snapshot)
            walk, query = chance.choice(WAYS)
            query = replace(query, object=name)
            compiled = select_for(actor, query, snapshot, walk, level=Level(level))
            rows = conn.execute(compiled.statement, compiled.parameters)
            if (given := {row[0] for row in rows}) != wanted:
                what = f"more {given - wanted}, less {wanted - given}"
                found.append(f"{person} {Level(level)} {name} {walk}: {what}")
            if level == READ and count(conn, actor, Query(name), snapshot) != len(wanted):
                found.append(f"{person} {name}: another number")
        raise Undone
    return found
