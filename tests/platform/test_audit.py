from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from trellis.platform import audit
from trellis.platform.audit import Subject
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_audit, sys_setting
from trellis.platform.people.actor import system_actor

pytestmark = pytest.mark.abuse("A78")

ROOT = system_actor("main", "nightly clean-up")


def write(db: OrgDatabase, count: int = 5) -> None:
    for turn in range(count):
        with db.write() as conn:
            subject = Subject("user", f"id{turn}", "Amy")
            audit.record(conn, ROOT, "user.changed", subject, {"title": ""}, {"title": "總裁 ☃"})


def test_entries_say_who_did_what_to_whom_and_the_chain_is_whole(org_db: OrgDatabase) -> None:
    write(org_db)
    with org_db.read() as conn:
        assert audit.verify(conn) is None
        entries = audit.list_entries(conn, limit=2)
        assert [entry.id for entry in entries] == [5, 4]
        assert [entry.id for entry in audit.list_entries(conn, before=4)] == [3, 2, 1]
        assert [entry.id for entry in audit.list_entries(conn, subject_id="id1")] == [2]
    assert entries[0].actor_name == "System"
    assert entries[0].reason == "nightly clean-up"
    assert entries[0].after == {"title": "總裁 ☃"}
    assert entries[0].subject == Subject("user", "id4", "Amy")


def test_numbers_keep_their_hash_on_every_database(org_db: OrgDatabase) -> None:
    values = {"a": 1e20, "b": 1.10, "c": -0.5, "d": [True, None, 12345678901234567890]}
    with org_db.write() as conn:
        audit.record(conn, ROOT, "setting.changed", Subject("setting"), values, {})
    with org_db.read() as conn:
        assert audit.verify(conn) is None


def test_an_empty_log_is_whole(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        assert audit.verify(conn) is None


def test_what_is_rolled_back_leaves_no_gap(org_db: OrgDatabase) -> None:
    write(org_db, 1)

    def fails(conn: sa.Connection) -> None:
        audit.record(conn, ROOT, "user.changed", Subject("user"))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        org_db.transact(fails)
    write(org_db, 1)
    with org_db.read() as conn:
        assert audit.verify(conn) is None
        assert [entry.id for entry in audit.list_entries(conn)] == [2, 1]


row = sys_audit.c.id == 3
TAMPERINGS: dict[str, Callable[[sa.Connection], object]] = {
    "actor": lambda c: c.execute(sa.update(sys_audit).where(row).values(actor_name="Eve")),
    "after": lambda c: c.execute(sa.update(sys_audit).where(row).values(after={"title": "x"})),
    "removed": lambda c: c.execute(sa.delete(sys_audit).where(row)),
    "rehashed": lambda c: c.execute(sa.update(sys_audit).where(row).values(hash="0" * 64)),
    "reason": lambda c: c.execute(sa.update(sys_audit).where(row).values(reason=None)),
    "swapped": lambda c: c.execute(sa.update(sys_audit).where(row).values(subject_id="id9")),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_row_that_was_tampered_with_is_named(org_db: OrgDatabase, what: str) -> None:
    write(org_db)
    with org_db.write() as conn:
        TAMPERINGS[what](conn)
    with org_db.read() as conn:
        problem = audit.verify(conn)
    assert problem
    assert (problem.code, problem.path) == ("audit.broken", (3,))


def test_a_log_that_was_cut_at_its_end_is_found(org_db: OrgDatabase) -> None:
    write(org_db)
    with org_db.write() as conn:
        conn.execute(sa.delete(sys_audit).where(sys_audit.c.id > 3))
    with org_db.read() as conn:
        problem = audit.verify(conn)
    assert problem
    assert problem.path == (4,)


def test_a_log_that_was_emptied_is_found(org_db: OrgDatabase) -> None:
    write(org_db)
    with org_db.write() as conn:
        conn.execute(sa.delete(sys_audit))
    with org_db.read() as conn:
        assert audit.verify(conn)
        assert conn.scalar(sa.select(sys_setting.c.value).where(sys_setting.c.name == "audit.head"))


def test_many_writers_at_once_make_one_chain(org_db: OrgDatabase) -> None:
    threads = [threading.Thread(target=write, args=(org_db, 5)) for _turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with org_db.read() as conn:
        assert audit.verify(conn) is None
        assert len(audit.list_entries(conn)) == 20
