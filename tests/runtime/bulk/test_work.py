"""Deeds on whole lists: exactly the records that were chosen and may be changed, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
import time_machine

from tests.factories import deployed
from tests.runtime.conftest import Crm
from trellis.metadata.kinds.list_view import Filter
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db import scope
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.jobs import worker
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_history, sys_user
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import SYSTEM_USER_ID, Actor, system_actor
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft
from trellis.runtime.bulk import freezing, kept, work
from trellis.runtime.bulk.kept import Bulk, Deed, State
from trellis.runtime.feature import FEATURE
from trellis.runtime.lists.state import ListState
from trellis.runtime.query.request import Rows
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables

pytestmark = pytest.mark.abuse("A35")

HOT = ListState(filters=(Filter("1", "Rating", "equals", "Hot"),), is_instead=True, logic="1")


@dataclass
class Office:
    """Amy and Ben: everybody sees accounts, contacts are their owners' alone."""

    org_db: OrgDatabase
    snapshot: Snapshot
    worker: Worker
    actors: dict[str, Actor]

    def records(self, who: str) -> Records:
        return Records(self.org_db, self.actors[who], self.snapshot)

    def accounts(self, count: int, who: str = "Amy") -> list[str]:
        rows = [{"Name": f"{who} {n}", "Rating": "Hot"} for n in range(count)]
        return [one.id for one in self.records(who).create_many("Account", rows)]

    def chosen(self, deed: Deed, state: ListState = HOT, name: str = "Account") -> Bulk:
        """Amy's draft of a deed on a list."""
        actor, obj = self.actors["Amy"], self.snapshot.object(name)
        with self.org_db.read() as conn:
            ids = freezing.ids_of(conn, actor, self.snapshot, obj, state)
        with self.org_db.write() as conn:
            made = kept.draft(conn, actor, obj, deed, ids, "/o/Account")
        return self.look(made)

    def begin(self, bulk: Bulk, field: str = "", text: str | None = None) -> str:
        name = self.snapshot.find_uid(bulk.object_uid).name  # type: ignore[union-attr]
        uid = self.snapshot.fields(name)[field].uid if field else None
        with self.org_db.write() as conn:
            assert kept.start(conn, bulk, field_uid=uid, text=text)
        return bulk.id

    def cool(self) -> str:
        """Amy has everything hot become cold."""
        return self.begin(self.chosen(Deed.UPDATE), "Rating", "Cold")

    def undo(self, bulk_id: str) -> Bulk:
        with self.org_db.write() as conn:
            assert kept.start_undo(conn, self.look(bulk_id))
        return self.run(bulk_id)

    def run(self, bulk_id: str) -> Bulk:
        self.worker.run_due(self.org_db)
        return self.look(bulk_id)

    def look(self, bulk_id: str) -> Bulk:
        with self.org_db.read() as conn:
            found = kept.find(conn, bulk_id)
        assert found is not None
        return found

    def ratings(self, ids: Sequence[str], rows: Rows = Rows.ALL) -> list[object]:
        found = self.records("Amy")
        return [found.get(one, ["Rating"], rows)["Rating"] for one in ids]

    def versions(self, ids: Sequence[str], name: str = "Account") -> dict[str, int]:
        main = Tables.of(self.snapshot).home(name).main.c
        with self.org_db.read() as conn:
            rows = conn.execute(sa.select(main.id, main.version).where(main.id.in_(ids)))
            return {row[0]: row[1] for row in rows}


@pytest.fixture
def office(crm: Crm, orgs: Orgs, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(kept, "CHUNK", 3)
    monkeypatch.setattr(work, "TURN", 2)
    account = dict(crm.snapshot.object("Account").document) | {"sharingModel": "Read"}
    contact = dict(crm.snapshot.object("Contact").document) | {"sharingModel": "Private"}
    snapshot = deployed(crm.org_db, account, contact)
    actors = {}
    for name in ("Amy", "Ben"):
        draft = UserDraft(name, f"{name}@example.com", name)
        with crm.org_db.write() as conn:
            user = users.create_user(conn, draft, system_actor("main", "a test"))
            found = find_actor(conn, "main", user.id)
        assert found is not None
        actors[name] = found
    runs = Worker(orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID)
    return Office(crm.org_db, snapshot, runs, actors)


def counted(bulk: Bulk) -> tuple[str, int, int, int]:
    return bulk.state, bulk.total, bulk.done, bulk.refused


# -- whose records -------------------------------------------------------------------------------


def test_a_deed_changes_exactly_what_the_actor_may_edit(office: Office) -> None:
    mine, others = office.accounts(7), office.accounts(4, "Ben")
    cold = office.records("Amy").create("Account", {"Name": "cold", "Rating": "Warm"})
    before = office.versions([*others, cold])
    bulk = office.run(office.cool())
    assert counted(bulk) == ("done", 11, 7, 4)
    assert office.ratings(mine) == ["Cold"] * 7
    assert office.ratings([*others, cold]) == ["Hot"] * 4 + ["Warm"]
    assert office.versions([*others, cold]) == before
    assert sorted(one for one, _why in bulk.refusals) == sorted(others)
    assert "not change it" in bulk.refusals[0][1]


def test_what_the_actor_does_not_see_is_not_in_the_list_and_what_was_taken_away_stays(
    office: Office,
) -> None:
    amy, ben = office.records("Amy"), office.records("Ben")
    mine = [amy.create("Contact", {"Name": f"c{n}"}) for n in range(5)]
    hidden = [ben.create("Contact", {"Name": f"h{n}"}) for n in range(3)]
    bulk = office.chosen(Deed.UPDATE, ListState(), "Contact")
    assert bulk.total == 5
    gone = mine[:2]
    for one in gone:
        amy.update(one, {"OwnerId": office.actors["Ben"].user_id})
    bulk = office.run(office.begin(bulk, "Email", "a@example.com"))
    assert counted(bulk) == ("done", 5, 3, 2)
    emails = [ben.get(one, ["Email"])["Email"] for one in (*gone, *hidden)]
    assert emails == [None] * 5
    assert [amy.get(one, ["Email"])["Email"] for one in mine[2:]] == ["a@example.com"] * 3
    assert not any("c0" in why or "c1" in why for _one, why in bulk.refusals)


def test_the_records_are_those_of_the_moment_when_they_were_chosen(office: Office) -> None:
    ids = office.accounts(4)
    bulk = office.chosen(Deed.UPDATE)
    office.records("Amy").update(ids[0], {"Rating": "Warm"})
    late = office.accounts(2)
    office.run(office.begin(bulk, "Rating", "Cold"))
    assert office.ratings(ids) == ["Cold"] * 4
    assert office.ratings(late) == ["Hot"] * 2


@pytest.mark.parametrize("end", [users.deactivate_user, users.freeze_user])
def test_a35_nothing_more_happens_in_the_name_of_who_was_deactivated_or_frozen(
    office: Office, end: Callable[[sa.Connection, str, Actor], object]
) -> None:
    ids = office.accounts(9)
    bulk_id = office.cool()
    office.worker.run_next(office.org_db)  # two chunks
    with office.org_db.write() as conn:
        end(conn, office.actors["Amy"].user_id, system_actor("main", "a test"))
    bulk = office.run(bulk_id)
    assert (counted(bulk), bulk.reason) == (("stopped", 9, 6, 0), "inactive")
    assert Counter(office.ratings(ids)) == {"Cold": 6, "Hot": 3}


def test_a_right_that_was_withdrawn_stops_the_deed(office: Office) -> None:
    ids = office.accounts(4)
    bulk_id = office.cool()
    with office.org_db.write() as conn:
        amy = sys_user.c.id == office.actors["Amy"].user_id
        conn.execute(sa.update(sys_user).where(amy).values(profile="ReadOnly"))
    bulk = office.run(bulk_id)
    assert (counted(bulk), bulk.reason) == (("stopped", 4, 0, 0), "denied")
    assert office.ratings(ids) == ["Hot"] * 4


def test_a_list_is_refused_that_is_empty_or_too_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Rejected, match="no records"):
        office.chosen(Deed.UPDATE)
    monkeypatch.setattr(freezing, "MOST", 3)
    office.accounts(3)
    assert office.chosen(Deed.UPDATE).total == 3
    office.accounts(1)
    with pytest.raises(Rejected, match="At most 3"):
        office.chosen(Deed.UPDATE)


# -- exactly once --------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Passings:
    """Counts the points where a process can die, and dies at one of them."""

    fatal: int = 0
    seen: int = 0

    def __call__(self, _name: str) -> None:
        self.seen += 1
        if self.seen == self.fatal:
            raise Killed


def deaths(office: Office, clock: time_machine.Traveller, points: Passings) -> Iterator[int]:
    """Kills the worker at the first point, in the next round at the second, to the last."""
    for fatal in range(1, 200):
        yield fatal
        points.fatal, points.seen = fatal, 0
        try:
            office.worker.run_due(office.org_db)
            return
        except Killed:
            points.fatal = 0
            clock.shift(301)  # the lease runs out
            office.worker.run_due(office.org_db)


def test_every_record_is_changed_once_wherever_the_worker_dies(
    office: Office, frozen_clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, points = office.accounts(8), Passings()
    office.worker.run_due(office.org_db)
    for module in (worker, scope):
        monkeypatch.setattr(module, "failpoint", points)
    rating, rounds, bulk_id = "Hot", 0, ""
    for _fatal in deaths(office, frozen_clock, points):
        if bulk_id:
            assert counted(office.look(bulk_id)) == ("done", 8, 8, 0)
        assert set(office.ratings(ids)) == {rating}
        assert set(office.versions(ids).values()) == {1 + rounds}
        rating, rounds = ("Cold" if rating == "Hot" else "Hot"), rounds + 1
        points.fatal = 0
        state = ListState()
        bulk_id = office.begin(office.chosen(Deed.UPDATE, state), "Rating", rating)
    assert rounds > 15  # it died in many places, and once in none
    assert set(office.versions(ids).values()) == {1 + rounds}
    with office.org_db.read() as conn:
        found = conn.execute(sa.select(sys_history.c.record_id)).scalars()
        assert set(Counter(found).values()) == {rounds}


# -- ending and taking back ----------------------------------------------------------------------


def test_cancelling_ends_with_the_chunk_at_hand_and_what_is_done_goes_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "TURN", 1)
    ids = office.accounts(8)
    bulk_id = office.cool()
    office.worker.run_next(office.org_db)
    with office.org_db.write() as conn:
        kept.cancel(conn, office.look(bulk_id))
    bulk = office.run(bulk_id)
    assert counted(bulk) == ("cancelled", 8, 3, 0)
    assert Counter(office.ratings(ids)) == {"Cold": 3, "Hot": 5}
    assert bulk.may_go_back
    assert office.undo(bulk_id).back == 3
    assert office.ratings(ids) == ["Hot"] * 8


def test_undo_gives_all_values_back_but_those_that_were_changed_since(office: Office) -> None:
    ids = office.accounts(8)
    bulk = office.run(office.cool())
    amy = office.records("Amy")
    amy.update(ids[0], {"Rating": "Warm"})
    amy.update(ids[5], {"Phone": "1"})
    amy.delete([ids[7]])
    back = office.undo(bulk.id)
    assert (back.state, back.changed, back.back) == ("undone", 8, 5)
    expected = ["Warm", "Hot", "Hot", "Hot", "Hot", "Cold", "Hot", "Cold"]
    assert office.ratings(ids) == expected
    assert not back.may_go_back


def test_what_was_so_before_is_neither_changed_nor_taken_back(office: Office) -> None:
    ids = office.accounts(4)
    office.records("Amy").update(ids[0], {"Rating": "Cold"})
    bulk = office.run(office.begin(office.chosen(Deed.UPDATE, ListState()), "Rating", "Cold"))
    assert (bulk.done, bulk.changed) == (4, 3)
    assert office.undo(bulk.id).back == 3
    assert office.ratings(ids) == ["Cold", "Hot", "Hot", "Hot"]


def test_a_deletion_leaves_what_others_need_and_is_taken_back_with_what_went_along(
    office: Office,
) -> None:
    amy = office.records("Amy")
    ids = office.accounts(7)
    quotes = [amy.create("Quote__c", {"Account__c": one}) for one in ids[:3]]
    child = amy.create("Contact", {"Name": "c", "AccountId": ids[1]})
    amy.create("Opportunity", {"Name": "needs it", "AccountId": ids[4]})
    theirs = office.accounts(2, "Ben")
    bulk = office.run(office.begin(office.chosen(Deed.DELETE)))
    assert counted(bulk) == ("done", 9, 6, 3)
    why = dict(bulk.refusals)
    assert set(why) == {ids[4], *theirs}
    assert "needs it" in why[ids[4]]
    left = office.chosen(Deed.DELETE)
    assert left.total == 3
    assert amy.get(child, ["AccountId"])["AccountId"] is None
    back = office.undo(bulk.id)
    assert (back.state, back.back) == ("undone", 6)
    assert office.chosen(Deed.DELETE).total == 9
    assert [amy.get(one, ["Account__c"])["Account__c"] for one in quotes] == ids[:3]
    assert amy.get(child, ["AccountId"])["AccountId"] == ids[1]


def test_a_record_that_cannot_come_back_keeps_no_other_in_the_bin(office: Office) -> None:
    amy = office.records("Amy")
    ids = office.accounts(3)
    amy.update(ids[1], {"Code": "only one"})
    bulk = office.run(office.begin(office.chosen(Deed.DELETE)))
    amy.create("Account", {"Name": "other", "Code": "only one"})
    assert office.undo(bulk.id).back == 2
    assert office.chosen(Deed.DELETE).total == 2


def test_who_owns_them_is_changed_like_any_field(office: Office) -> None:
    ids = office.accounts(4)
    ben = office.actors["Ben"].user_id
    bulk = office.run(office.begin(office.chosen(Deed.UPDATE), "OwnerId", ben))
    assert counted(bulk) == ("done", 4, 4, 0)
    assert {office.records("Ben").get(one, ["OwnerId"])["OwnerId"] for one in ids} == {ben}


def test_drafts_and_what_is_long_over_are_forgotten(
    office: Office, frozen_clock: time_machine.Traveller
) -> None:
    office.accounts(4)
    over, draft = office.run(office.cool()), office.chosen(Deed.UPDATE, ListState())
    frozen_clock.shift(86_400)
    with office.org_db.write() as conn:
        assert kept.forget_old(conn) == 1
        assert kept.find(conn, draft.id) is None
    frozen_clock.shift(30 * 86_400)
    with office.org_db.write() as conn:
        assert kept.forget_old(conn) == 1
        assert kept.find(conn, over.id) is None
    assert State(over.state) is State.DONE
