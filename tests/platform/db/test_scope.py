# ruff: noqa: PT012 - a transaction that fails is a block of several statements
from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from trellis.platform import clock
from trellis.platform.db.failpoints import Failpoint, armed
from trellis.platform.db.faults import DoubtfulCommit, Full, Passing, TookTooLong
from trellis.platform.db.scope import OrgDatabase, SwallowedError
from trellis.platform.db.types import Words
from trellis.platform.errors import TrellisError, Unavailable
from trellis.platform.migrations.tables import sys_counter, sys_credential, sys_setting
from trellis.platform.orgs import Orgs

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def put(conn: sa.Connection, name: str, value: int = 1) -> None:
    conn.execute(sa.insert(sys_counter).values(name=name, value=value))


def names(db: OrgDatabase) -> list[str]:
    with db.read() as conn:
        return list(conn.scalars(sa.select(sys_counter.c.name).order_by(sys_counter.c.name)))


def test_work_is_committed_at_the_end_of_the_block(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        put(conn, "a")
    assert names(org_db) == ["a"]


def test_an_error_undoes_rows_and_tables_together(org_db: OrgDatabase) -> None:
    with pytest.raises(KeyError), org_db.write() as conn:
        conn.execute(sa.text("CREATE TABLE t1 (a INTEGER)"))
        put(conn, "a")
        conn.execute(sa.text("ALTER TABLE t1 ADD COLUMN b INTEGER"))
        raise KeyError
    assert names(org_db) == []
    with org_db.read() as conn:
        assert not sa.inspect(conn).has_table("t1", schema=org_db.schema)


def test_a_write_within_a_write_is_a_bug_at_once(org_db: OrgDatabase) -> None:
    with pytest.raises(RuntimeError, match="within another"), org_db.write(), org_db.write():
        pass
    with org_db.write() as conn:
        put(conn, "a")
    assert names(org_db) == ["a"]


def test_a_reader_sees_one_moment(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        before = conn.scalar(sa.select(sa.func.count()).select_from(sys_counter))
        with org_db.write() as other:
            put(other, "later")
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_counter)) == before == 0
    assert names(org_db) == ["later"]


def test_a_reader_cannot_write(org_db: OrgDatabase) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), org_db.read() as conn:
        put(conn, "a")
    with org_db.write() as conn:
        put(conn, "b")
    assert names(org_db) == ["b"]


def test_a_swallowed_error_is_not_committed(org_db: OrgDatabase) -> None:
    with pytest.raises(SwallowedError), org_db.write() as conn:
        put(conn, "a")
        with pytest.raises(sa.exc.IntegrityError):
            put(conn, "a")
    assert names(org_db) == []


def test_an_error_within_a_savepoint_may_be_handled(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        put(conn, "a")
        with pytest.raises(sa.exc.IntegrityError), conn.begin_nested():
            put(conn, "b")
            put(conn, "a")
        put(conn, "c")
    assert names(org_db) == ["a", "c"]


def test_a_savepoint_after_a_swallowed_error_is_refused(org_db: OrgDatabase) -> None:
    with pytest.raises((RuntimeError, sa.exc.DBAPIError)), org_db.write() as conn:
        put(conn, "a")
        with pytest.raises(sa.exc.IntegrityError):
            put(conn, "a")
        with conn.begin_nested():
            put(conn, "b")
    assert names(org_db) == []


def test_a_statement_without_end_is_stopped_and_nothing_of_the_transaction_stays(
    org_db: OrgDatabase,
) -> None:
    began = time.monotonic()
    with pytest.raises(TookTooLong), org_db.write(seconds=0.3) as conn:
        put(conn, "a")
        conn.execute(sa.text(ENDLESS))
    assert time.monotonic() - began < 5
    assert names(org_db) == []
    with pytest.raises(TookTooLong), org_db.read(seconds=0.3) as conn:
        conn.execute(sa.text(ENDLESS))


def test_a_stopped_write_that_was_swallowed_saves_nothing_before_or_after_it(
    org_db: OrgDatabase,
) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    grow = f"INSERT INTO sys_counter {numbers} SELECT CAST(i AS TEXT), 1 FROM n"
    with pytest.raises((TrellisError, sa.exc.SQLAlchemyError)), org_db.write(seconds=0.3) as conn:
        put(conn, "before")
        with pytest.raises(sa.exc.DBAPIError):
            conn.execute(sa.text(grow))
        with pytest.raises(sa.exc.SQLAlchemyError):
            put(conn, "after")
    assert names(org_db) == []
    with org_db.write() as conn:
        put(conn, "next")
    assert names(org_db) == ["next"]


@SQLITE
def test_a_full_disk_takes_the_whole_transaction_and_the_next_one_works(
    org_db: OrgDatabase,
) -> None:
    with pytest.raises(Full), org_db.write() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
        for n in range(2000):
            put(conn, f"{n:0100}")
    assert names(org_db) == []
    with org_db.write() as conn:
        conn.exec_driver_sql("PRAGMA max_page_count=1000000")
        put(conn, "again")
    assert names(org_db) == ["again"]


@SQLITE
def test_a_full_disk_that_was_swallowed_commits_nothing(org_db: OrgDatabase) -> None:
    with pytest.raises((TrellisError, sa.exc.SQLAlchemyError)), org_db.write() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages + 5}")
        for n in range(2000):
            try:
                put(conn, f"{n:0100}")
            except sa.exc.SQLAlchemyError:
                continue
    assert names(org_db) == []


def test_a_busy_database_is_unavailable_after_the_wait(orgs: Orgs, org_db: OrgDatabase) -> None:
    impatient = Orgs(replace(orgs.config, lock_seconds=1)).open("main")
    with org_db.write() as conn:
        lock_counters(conn, org_db)
        began = time.monotonic()
        with pytest.raises(Passing), impatient.write() as other:
            put(other, "b")
        assert 0.5 < time.monotonic() - began < 4
    with impatient.write() as other:
        put(other, "c")
    assert names(org_db) == ["c"]
    close(impatient)


def test_work_is_begun_again_when_others_were_in_the_way(org_db: OrgDatabase) -> None:
    tries: list[int] = []

    def work(conn: sa.Connection) -> str:
        tries.append(1)
        put(conn, f"try {len(tries)}")
        if len(tries) < 3:
            raise busy_error()
        return "done"

    assert org_db.transact(work) == "done"
    assert names(org_db) == ["try 3"]


def test_work_is_given_up_after_three_more_tries(org_db: OrgDatabase) -> None:
    tries: list[int] = []

    def work(conn: sa.Connection) -> None:
        tries.append(1)
        raise busy_error()

    with pytest.raises(Unavailable):
        org_db.transact(work)
    assert len(tries) == 4


def test_two_writers_in_opposite_order_both_get_through(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        put(conn, "x")
        put(conn, "y")
    barrier = threading.Barrier(2, timeout=5)

    def swap(first: str, second: str) -> Callable[[sa.Connection], None]:
        met: list[int] = []

        def work(conn: sa.Connection) -> None:
            raise_counter(conn, first)
            if not met and org_db.dialect == "postgresql":
                met.append(1)
                barrier.wait()
            raise_counter(conn, second)

        return work

    threads = [
        threading.Thread(target=org_db.transact, args=(swap(*pair),))
        for pair in (("x", "y"), ("y", "x"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    with org_db.read() as conn:
        assert conn.scalars(sa.select(sys_counter.c.value)).all() == [3, 3]


def test_parallel_writers_lose_nothing(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        put(conn, "n", 0)
    threads = [
        threading.Thread(
            target=lambda: [
                org_db.transact(lambda conn: raise_counter(conn, "n")) for _ in range(25)
            ]
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with org_db.read() as conn:
        assert conn.scalar(sa.select(sys_counter.c.value)) == 100


@POSTGRESQL
def test_a_lost_connection_is_replaced_and_the_work_begun_again(org_db: OrgDatabase) -> None:
    tries: list[int] = []

    def work(conn: sa.Connection) -> None:
        tries.append(1)
        put(conn, "a")
        if len(tries) == 1:
            end_backend(org_db, conn)
            put(conn, "b")

    org_db.transact(work)
    assert names(org_db) == ["a"]
    assert len(tries) == 2


@POSTGRESQL
def test_an_idle_connection_that_died_is_not_noticed(orgs: Orgs, org_db: OrgDatabase) -> None:
    assert orgs.config.database_url
    with org_db.read() as conn:
        pid = conn.scalar(sa.text("SELECT pg_backend_pid()"))
    with psycopg.connect(orgs.config.database_url) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 2000)", (pid,))
    assert names(org_db) == []


def test_a_connection_lost_in_the_commit_is_not_tried_again(
    org_db: OrgDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def lose(_conn: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, Exception("gone"), connection_invalidated=True)

    def work(conn: sa.Connection) -> None:
        tries.append(1)
        monkeypatch.setattr(conn, "commit", lambda: lose(conn), raising=False)

    with pytest.raises(DoubtfulCommit):
        org_db.transact(work)
    assert len(tries) == 1


@pytest.mark.abuse("A02")
@POSTGRESQL
@pytest.mark.parametrize("harm", ["raise", "error", "timeout", "cut"])
def test_a_connection_that_broke_for_one_org_serves_the_next_as_the_nexts(
    orgs: Orgs, org_db: OrgDatabase, harm: str
) -> None:
    other, broken, later = orgs.create("other", "Other"), list[int](), set[int]()

    def pid_of(conn: sa.Connection) -> int:
        return int(conn.scalar(sa.text("SELECT pg_backend_pid()")) or 0)

    def break_off(conn: sa.Connection) -> None:
        put(conn, "undone")
        broken.append(pid_of(conn))
        match harm:
            case "raise":
                raise KeyError
            case "error":
                conn.execute(sa.text("SELECT 1/0"))
            case "timeout":
                conn.execute(sa.text("SET LOCAL statement_timeout = 20"))
                conn.execute(sa.text("SELECT pg_sleep(5)"))
            case _:
                with psycopg.connect(str(orgs.config.database_url), autocommit=True) as killer:
                    killer.execute("SELECT pg_terminate_backend(%s)", broken)
                conn.execute(sa.text("SELECT 1"))

    with pytest.raises((KeyError, Unavailable, sa.exc.DBAPIError)), org_db.write() as conn:
        break_off(conn)
    for n in range(3):
        with other.write() as conn:
            later.add(pid_of(conn))
            assert conn.scalar(sa.text("SELECT current_schema()")) == "org_other"
            assert conn.scalar(sa.text("SHOW statement_timeout")) != "20ms"
            conn.execute(sa.text(f"INSERT INTO sys_counter (name, value) VALUES ('raw {n}', 1)"))
    assert names(other) == ["raw 0", "raw 1", "raw 2"]
    assert names(org_db) == []
    assert later.isdisjoint(broken) == (harm == "cut")  # the same connection, while it lives


@pytest.mark.abuse("A02")
def test_settings_of_one_org_do_not_reach_the_next_on_the_same_connection(
    orgs: Orgs, org_db: OrgDatabase
) -> None:
    other = orgs.create("other", "Other")
    with org_db.write() as conn:
        put(conn, "of main")
        conn.execute(sa.text("INSERT INTO sys_counter (name, value) VALUES ('raw of main', 1)"))
    with pytest.raises(KeyError), org_db.write() as conn:
        put(conn, "undone")
        raise KeyError
    assert names(other) == []
    with other.write() as conn:
        conn.execute(sa.text("INSERT INTO sys_counter (name, value) VALUES ('raw of other', 1)"))
    assert names(other) == ["raw of other"]
    assert names(org_db) == ["of main", "raw of main"]


@POSTGRESQL
def test_without_a_scope_no_table_of_any_org_is_reachable(orgs: Orgs, org_db: OrgDatabase) -> None:
    engine = orgs.home.engine  # type: ignore[attr-defined]
    with engine.connect() as conn, pytest.raises(sa.exc.ProgrammingError, match="does not exist"):
        conn.execute(sa.text("SELECT * FROM sys_counter"))


def test_rebuilding_a_parent_table_keeps_its_children(org_db: OrgDatabase) -> None:
    make_parent_and_child(org_db)
    with org_db.rebuild() as conn:
        if org_db.dialect == "sqlite":
            for statement in (
                "CREATE TABLE p_new (id INTEGER PRIMARY KEY, name TEXT) STRICT",
                "INSERT INTO p_new (id) SELECT id FROM p",
                "DROP TABLE p",
                "ALTER TABLE p_new RENAME TO p",
            ):
                conn.execute(sa.text(statement))
        else:
            conn.execute(sa.text("ALTER TABLE p ADD COLUMN name TEXT"))
    with org_db.read() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM c")) == 2
    with org_db.write() as conn:
        conn.execute(sa.text("DELETE FROM p WHERE id = 1"))
        assert conn.scalar(sa.text("SELECT count(*) FROM c")) == 0


@SQLITE
def test_a_rebuild_that_loses_a_parent_is_undone(org_db: OrgDatabase) -> None:
    make_parent_and_child(org_db)
    with pytest.raises(TrellisError, match="without their parent"), org_db.rebuild() as conn:
        conn.execute(sa.text("DELETE FROM p"))
    with org_db.read() as conn:
        assert conn.scalar(sa.text("SELECT count(*) FROM p")) == 2


def test_foreign_keys_hold(org_db: OrgDatabase) -> None:
    lonely = {"user_id": "005000000000001AAA", "password_hash": "x", "changed_at": clock.now()}
    with pytest.raises(sa.exc.IntegrityError), org_db.write() as conn:
        conn.execute(sa.insert(sys_credential).values(lonely))


def test_failpoints_raise_only_while_armed(org_db: OrgDatabase) -> None:
    with armed("db.before_commit"), pytest.raises(Failpoint), org_db.write() as conn:
        put(conn, "a")
    with armed("db.after_commit"), pytest.raises(Failpoint), org_db.write() as conn:
        put(conn, "b")
    with org_db.write() as conn:
        put(conn, "c")
    assert names(org_db) == ["b", "c"]


CHILD = """
import sys, sqlalchemy as sa
from pathlib import Path
from trellis.platform.config import Config
from trellis.platform.orgs import Orgs
from trellis.platform.migrations.tables import sys_counter
db = Orgs(Config(data_dir=Path(sys.argv[1]), database_url=sys.argv[2] or None)).open("main")
with db.write() as conn:
    conn.execute(sa.text("CREATE TABLE t1 (a INTEGER)"))
    conn.execute(sa.insert(sys_counter).values(name="a", value=1))
"""


@pytest.mark.parametrize(("point", "saved"), [("db.before_commit", []), ("db.after_commit", ["a"])])
def test_a_process_that_dies_leaves_all_or_none(
    orgs: Orgs, org_db: OrgDatabase, point: str, saved: list[str]
) -> None:
    root = str(Path(__file__).parents[3] / ".tc")
    argv = [sys.executable, "-c", CHILD, str(orgs.config.data_dir), orgs.config.database_url or ""]
    environ = {"TRELLIS_TEST_FAILPOINT": point, "PYTHONPATH": root}
    assert subprocess.run(argv, env=environ, check=False).returncode == 9
    wait_for_the_dead(org_db)
    assert names(org_db) == saved
    with org_db.read() as conn:
        assert sa.inspect(conn).has_table("t1", schema=org_db.schema) == bool(saved)


@SQLITE
def test_a_sqlite_connection_attaches_no_other_file(org_db: OrgDatabase, tmp_path: Path) -> None:
    with (
        pytest.raises(sa.exc.OperationalError, match="too many attached"),
        org_db.read() as conn,
    ):
        conn.rollback()
        conn.exec_driver_sql(f"ATTACH '{tmp_path / 'x.db'}' AS x")


@SQLITE
def test_settings_of_sqlite_are_the_measured_ones(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        asked = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
        }
    assert asked == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


def test_a_table_created_in_an_org_is_seen_by_unqualified_names(org_db: OrgDatabase) -> None:
    metadata = sa.MetaData()
    things = sa.Table("things", metadata, sa.Column("name", Words()))
    with org_db.write() as conn:
        metadata.create_all(conn)
        conn.execute(sa.insert(things).values(name="x"))
        assert conn.scalar(sa.text("SELECT name FROM things")) == "x"


def make_parent_and_child(db: OrgDatabase) -> None:
    with db.write() as conn:
        for statement in (
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE c (id INTEGER, p INTEGER REFERENCES p (id) ON DELETE CASCADE)",
            "INSERT INTO p VALUES (1), (2)",
            "INSERT INTO c VALUES (1, 1), (2, 1)",
        ):
            conn.execute(sa.text(statement))


def raise_counter(conn: sa.Connection, name: str) -> None:
    conn.execute(
        sa.update(sys_counter)
        .where(sys_counter.c.name == name)
        .values(value=sys_counter.c.value + 1)
    )


def lock_counters(conn: sa.Connection, db: OrgDatabase) -> None:
    if db.dialect == "postgresql":
        conn.execute(sa.text("LOCK TABLE sys_counter IN ACCESS EXCLUSIVE MODE"))


def busy_error() -> sa.exc.DBAPIError:
    cause = sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return sa.exc.OperationalError("BEGIN IMMEDIATE", {}, cause)


def end_backend(db: OrgDatabase, conn: sa.Connection) -> None:
    pid = conn.scalar(sa.text("SELECT pg_backend_pid()"))
    with db.read() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})


def close(db: OrgDatabase) -> None:
    db._engine.dispose()


def wait_for_the_dead(db: OrgDatabase) -> None:
    time.sleep(0.3 if db.dialect == "postgresql" else 0)


def test_an_org_knows_its_own_key(org_db: OrgDatabase) -> None:
    key_of_org = sa.select(sys_setting.c.value).where(sys_setting.c.name == "org.key")
    with org_db.read() as conn:
        assert conn.scalar(key_of_org) == "main"


def test_when_every_connection_is_in_use_the_next_is_told(
    orgs: Orgs, org_db: OrgDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(org_db._engine.pool, "_timeout", 0.1)
    with ExitStack() as stack:
        for _n in range(2 * orgs.config.pool_size):
            stack.enter_context(org_db.read())
        with pytest.raises(Unavailable, match="in use"), org_db.read():
            pass


@SQLITE
def test_a_file_that_is_gone_is_unavailable(orgs: Orgs, org_db: OrgDatabase) -> None:
    org_db.dispose()
    (orgs.config.data_dir / "orgs" / "main.sqlite3").unlink()
    with pytest.raises(Unavailable, match="cannot be opened"), org_db.read():
        pass


@pytest.mark.abuse("A02")
@POSTGRESQL
def test_connections_that_are_cut_lose_and_double_nothing(orgs: Orgs, org_db: OrgDatabase) -> None:
    assert orgs.config.database_url
    saved: set[str] = set()
    doubtful: set[str] = set()
    done = threading.Event()

    def write(thread: int) -> None:
        for n in range(60):
            name = f"{thread}-{n}"
            try:
                org_db.transact(lambda conn, name=name: put(conn, name))
                saved.add(name)
            except DoubtfulCommit:
                doubtful.add(name)
            except Unavailable:
                continue

    def cut() -> None:
        kill = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'trellis' ORDER BY random()
            LIMIT 1"""
        with psycopg.connect(str(orgs.config.database_url), autocommit=True) as killer:
            while not done.wait(0.03):
                killer.execute(kill)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    cutter = threading.Thread(target=cut)
    for thread in (*writers, cutter):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    cutter.join(10)
    assert saved <= set(names(org_db)) <= saved | doubtful
    assert len(saved) > 150
