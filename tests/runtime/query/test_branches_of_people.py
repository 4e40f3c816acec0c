"""Branches of one statement hold the rights of people to whom little is shared."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.factories import deployed
from tests.runtime.access import worlds
from tests.runtime.access.oracle import READ
from trellis.metadata.predicates import Condition
from trellis.platform.db.scope import OrgDatabase
from trellis.runtime.query.branches import run_branches
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run


class Undone(Exception):
    """Takes the world back."""


@pytest.mark.parametrize("seed", range(4))
def test_branches_are_those_that_a_person_may_see(org_db: OrgDatabase, seed: int) -> None:
    base = deployed(org_db, *worlds.base_documents())
    world = worlds.make_world(seed)
    snapshot = worlds.snapshot_of(world, base)
    queries = [
        Query("Account", ("Id", "Colour"), Condition("Colour", "equals", (colour,)), limit=200)
        for colour in worlds.COLOURS
    ]
    with suppress(Undone), org_db.write() as conn:
        worlds.fill(conn, world, snapshot)
        for person in world.people.values():
            actor = worlds.actor_of(person, snapshot)
            together = run_branches(conn, actor, queries, snapshot)
            alone = [run(conn, actor, query, snapshot) for query in queries]
            assert [page.records for page in together] == [page.records for page in alone]
            given = {record.id for page in together for record in page.records}
            wanted = {
                record.id
                for record in world.records.values()
                if record.object == "Account" and world.level(person, record) >= READ
            }
            assert given == wanted
        raise Undone
