"""Records, people, roles and rules that change at the same moment: in the end the model agrees."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.factories import deployed
from tests.runtime.access import worlds
from tests.runtime.access.oracle import Record
from tests.runtime.access.test_changes import Office
from trellis.metadata.invariants import check_metadata
from trellis.platform.db.scope import OrgDatabase

Deed = Callable[[random.Random], None]


class Busy(Office):
    """An office in which each kind of fact is one thread's, but for the records."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def alter(self, **changes: Any) -> None:
        with self.lock:
            super().alter(**changes)

    def _keep(self, *records: Record) -> None:
        with self.lock:
            kept = {**self.world.records, **{one.id: one for one in records}}
            self.world = replace(self.world, records=kept)


def at_once(deeds: list[Deed], times: int) -> list[BaseException]:
    """Does each of them so many times in a thread of its own; what went wrong."""
    barrier, wrong = threading.Barrier(len(deeds)), list[BaseException]()

    def go(number: int, deed: Deed) -> None:
        chance = random.Random(number)
        barrier.wait()
        try:
            for _n in range(times):
                deed(chance)
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            wrong.append(error)

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return wrong


@pytest.mark.abuse("A19")
@pytest.mark.parametrize("seed", [1, 2])
def test_what_changes_at_the_same_moment_is_what_the_model_says_in_the_end(
    org_db: OrgDatabase, seed: int
) -> None:
    class Here(Busy):
        pass

    Here.org_db, Here.base = org_db, deployed(org_db, *worlds.base_documents())
    office, chance = Here(), random.Random(seed)
    office.begin(chance)
    while len(office.world.roles) < 3:
        office.begin(chance)
    wrong = at_once(
        [office.give_away, office.recreate, office.move, office.lay_down, office.promote], 6
    )
    assert wrong == []
    office.ask(office.world.people.values(), worlds.OBJECTS)
    assert check_metadata(org_db) == ()
