"""What statements give is what a model that knows no SQL gives, in thousands of random orgs.

TRELLIS_TEST_WORLDS says how many; a failure names the seed of its world.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import deployed
from tests.runtime.access import worlds
from tests.runtime.access.oracle import FULL, READ, Person, World
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.runtime.access.levels import Level
from trellis.runtime.query.compile import select_for
from trellis.runtime.query.request import Query

WORLDS = int(os.environ.get("TRELLIS_TEST_WORLDS", "150"))
Asked = tuple[Person, str, int]  # who, records of what, at which level


@pytest.fixture
def base(org_db: OrgDatabase) -> Snapshot:
    return deployed(org_db, *worlds.base_documents())


def test_statements_give_what_the_oracle_gives(org_db: OrgDatabase, base: Snapshot) -> None:
    @settings(max_examples=WORLDS, deadline=None, database=None)
    @given(st.integers(0, 2**40))
    def agree(seed: int) -> None:
        world = worlds.make_world(seed)
        assert not disagreements(org_db, base, world, some_of(world, seed)), f"seed {seed}"

    agree()


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
    with suppress(Undone), org_db.write() as conn:
        worlds.fill(conn, world, snapshot)
        for person, name, level in asked:
            records = [record for record in world.records.values() if record.object == name]
            wanted = {record.id for record in records if world.level(person, record) >= level}
            actor = worlds.actor_of(person, snapshot)
            compiled = select_for(actor, Query(name), snapshot, level=Level(level))
            rows = conn.execute(compiled.statement, compiled.parameters)
            if (given := {row[0] for row in rows}) != wanted:
                more, less = given - wanted, wanted - given
                found.append(f"{person} {Level(level)} {name}: too many {more}, too few {less}")
        raise Undone
    return found
