from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Problem, Rejected
from trellis.platform.jobs import queue
from trellis.platform.jobs.schedule import Schedule, enqueue_due
from trellis.platform.jobs.worker import Task, Work, Worker
from trellis.platform.migrations.tables import sys_counter, sys_job
from trellis.platform.orgs import Orgs
from trellis.platform.people.standing import find_actor

ADA = "005000000000001AAA"


def count_up(task: Task) -> None:
    with task.finish() as conn:
        add_one(conn)


def make_worker(orgs: Orgs, work: Mapping[str, Work] | None = None, **options: object) -> Worker:
    return Worker(orgs, work or {"count": count_up}, actor_id=ADA, **options)  # type: ignore[arg-type]


def put(db: OrgDatabase, kind: str = "count", **options: object) -> int:
    with db.write() as conn:
        return queue.enqueue(conn, kind, {"n": 1}, actor_id=ADA, **options)  # type: ignore[arg-type]


def add_one(conn: sa.Connection) -> None:
    raised = sa.update(sys_counter).values(value=sys_counter.c.value + 1)
    if not conn.execute(raised).rowcount:
        conn.execute(sa.insert(sys_counter).values(name="n", value=1))


def counted(db: OrgDatabase) -> int:
    with db.read() as conn:
        return conn.scalar(sa.select(sys_counter.c.value)) or 0


def row(db: OrgDatabase, number: int) -> sa.Row[tuple[object, ...]]:
    with db.read() as conn:
        return conn.execute(sa.select(sys_job).where(sys_job.c.id == number)).one()


def test_a_job_runs_once_with_its_arguments_and_is_done(orgs: Orgs, org_db: OrgDatabase) -> None:
    seen: list[Task] = []

    def work(task: Task) -> None:
        seen.append(task)
        count_up(task)

    number = put(org_db)
    assert make_worker(orgs, {"count": work}).run_due(org_db) == 2  # and the daily purge
    assert [(dict(task.args), task.actor_id, task.progress) for task in seen] == [
        ({"n": 1}, ADA, None)
    ]
    assert (row(org_db, number).state, counted(org_db)) == ("done", 1)


def test_a_job_of_a_transaction_that_was_undone_never_was(orgs: Orgs, org_db: OrgDatabase) -> None:
    with pytest.raises(KeyError), org_db.write() as conn:  # noqa: PT012
        queue.enqueue(conn, "count", {}, actor_id=ADA)
        raise KeyError
    make_worker(orgs).run_due(org_db)
    assert counted(org_db) == 0


def test_two_jobs_of_one_kind_and_key_are_one(orgs: Orgs, org_db: OrgDatabase) -> None:
    first = put(org_db, key="a")
    assert put(org_db, key="a") == first
    make_worker(orgs).run_due(org_db)
    assert put(org_db, key="a") == first
    assert put(org_db, key="b") != first
    make_worker(orgs).run_due(org_db)
    assert counted(org_db) == 2


def test_a_job_waits_for_its_time(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    put(org_db, run_at=clock.now() + timedelta(minutes=5))
    worker = make_worker(orgs)
    worker.run_due(org_db)
    assert counted(org_db) == 0
    frozen_clock.shift(301)
    worker.run_due(org_db)
    assert counted(org_db) == 1


def test_jobs_run_in_the_order_they_became_due(orgs: Orgs, org_db: OrgDatabase) -> None:
    order: list[int] = []
    late = put(org_db, "note", run_at=clock.now() - timedelta(minutes=1))
    early = put(org_db, "note", run_at=clock.now() - timedelta(minutes=2))
    make_worker(orgs, {"note": lambda task: order.append(task.job.id)}).run_due(org_db)
    assert order == [early, late]


def test_work_that_fails_is_undone_and_tried_again_later(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    def flaky(task: Task) -> None:
        with task.finish() as conn:
            add_one(conn)
            if task.job.attempts < 3:
                raise OSError("the network is down")

    number = put(org_db)
    worker = make_worker(orgs, {"count": flaky})
    worker.run_due(org_db)
    assert (row(org_db, number).state, counted(org_db)) == ("queued", 0)
    assert "network is down" in str(row(org_db, number).error)
    for delay in (10, 40):
        frozen_clock.shift(delay - 1)
        assert worker.run_due(org_db) == 0
        frozen_clock.shift(1)
        assert worker.run_due(org_db) == 1
    assert (row(org_db, number).state, row(org_db, number).error, counted(org_db)) == (
        "done",
        None,
        1,
    )


def test_work_that_always_fails_is_parked_after_five_attempts_and_can_be_queued_again(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    tries: list[int] = []

    def broken(task: Task) -> None:
        tries.append(task.job.attempts)
        raise KeyError("x")

    number = put(org_db)
    worker = make_worker(orgs, {"count": broken})
    for _day in range(10):
        worker.run_due(org_db)
        frozen_clock.shift(86_400)
    assert tries == [1, 2, 3, 4, 5]
    assert row(org_db, number).state == "failed"
    with org_db.write() as conn:
        assert queue.retry(conn, number)
        assert not queue.retry(conn, number)
    make_worker(orgs).run_due(org_db)
    assert counted(org_db) == 1


def test_what_a_person_must_put_right_is_parked_at_once(orgs: Orgs, org_db: OrgDatabase) -> None:
    def refuse(task: Task) -> None:
        raise Rejected(Problem("import.no_file", (), "The file is gone."))

    number = put(org_db)
    make_worker(orgs, {"count": refuse}).run_due(org_db)
    assert (row(org_db, number).state, row(org_db, number).error) == ("failed", "The file is gone.")


def test_a_worker_that_was_taken_over_saves_nothing(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    rival = make_worker(orgs)

    def slow(task: Task) -> None:
        frozen_clock.shift(301)
        rival.run_next(org_db)
        count_up(task)

    number = put(org_db)
    make_worker(orgs, {"count": slow}).run_next(org_db)
    assert (row(org_db, number).state, row(org_db, number).attempts, counted(org_db)) == (
        "done",
        2,
        1,
    )


def test_a_renewed_lease_is_not_taken_over(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    rival = make_worker(orgs)

    def slow(task: Task) -> None:
        for _minute in range(10):
            frozen_clock.shift(200)
            task.renew()
            assert not rival.run_next(org_db)
        count_up(task)

    put(org_db)
    make_worker(orgs, {"count": slow}).run_next(org_db)
    assert counted(org_db) == 1


def test_long_work_goes_on_after_its_last_chunk(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    def chunks(task: Task) -> None:
        for n in range(task.progress or 0, 6):
            with task.chunk(n + 1) as conn:
                add_one(conn)
                if n == 3 and counted(org_db) == 3 and len(failures) < 3:
                    failures.append(n)
                    raise OSError("power cut")

    failures: list[int] = []
    put(org_db)
    worker = make_worker(orgs, {"count": chunks})
    for _round in range(5):
        worker.run_due(org_db)
        frozen_clock.shift(1000)
    assert counted(org_db) == 6
    assert failures == [3, 3, 3]


def test_parallel_workers_share_the_jobs_without_running_one_twice(
    orgs: Orgs, org_db: OrgDatabase
) -> None:
    with org_db.write() as conn:
        add_one(conn)
    for _n in range(30):
        put(org_db)
    workers = [make_worker(orgs) for _ in range(3)]
    threads = [threading.Thread(target=worker.run_due, args=(org_db,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert counted(org_db) == 31
    with org_db.read() as conn:
        assert set(conn.scalars(sa.select(sys_job.c.attempts))) == {1}


def test_a_schedule_makes_one_job_for_each_due_time(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    hourly = (Schedule("count", timedelta(hours=1), args={"n": 2}),)
    assert [enqueue_due(org_db, hourly, ADA) for _ in range(3)] == [1, 0, 0]
    frozen_clock.shift(3600)
    workers = [make_worker(orgs, schedules=hourly) for _ in range(2)]
    assert sum(worker.run_due(org_db) for worker in workers) == 3  # two hours, one purge
    frozen_clock.shift(86_400)
    assert enqueue_due(org_db, hourly, ADA) == 1
    assert counted(org_db) == 2


def test_due_times_are_multiples_of_the_rhythm() -> None:
    nightly = Schedule("x", timedelta(days=1), timedelta(hours=2))
    assert [nightly.last_due(clock.now().replace(hour=hour)).hour for hour in (1, 2, 23)] == [
        2,
        2,
        2,
    ]
    before, after = (nightly.last_due(clock.now().replace(hour=hour)) for hour in (1, 3))
    assert after - before == timedelta(days=1)


def test_done_jobs_are_purged_after_a_month_and_failures_stay(
    orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    def refuse(task: Task) -> None:
        raise Rejected(Problem("x", (), "No."))

    done, failed = put(org_db), put(org_db, "refused")
    worker = make_worker(orgs, {"count": count_up, "refused": refuse})
    worker.run_due(org_db)
    frozen_clock.shift(31 * 86_400)
    worker.run_due(org_db)
    with org_db.read() as conn:
        left = set(conn.scalars(sa.select(sys_job.c.id)))
    assert failed in left
    assert done not in left


def test_a_broken_org_does_not_stop_the_others(orgs: Orgs, org_db: OrgDatabase) -> None:
    broken = orgs.create("aaa", "Broken")
    with broken.write() as conn:
        conn.execute(sa.text("ALTER TABLE sys_job RENAME TO sys_gone"))
    put(org_db)
    assert make_worker(orgs).run_round() == 1


def test_a_worker_in_a_thread_runs_until_it_is_ended(orgs: Orgs, org_db: OrgDatabase) -> None:
    end = make_worker(orgs).start(poll_seconds=0.02)
    put(org_db)
    deadline = time.monotonic() + 10
    while not counted(org_db) and time.monotonic() < deadline:
        time.sleep(0.02)
    end()
    assert counted(org_db) == 1
    put(org_db)
    time.sleep(0.1)
    assert counted(org_db) == 1


def test_a_job_of_a_kind_that_nobody_knows_stays_in_the_queue(
    orgs: Orgs, org_db: OrgDatabase
) -> None:
    number = put(org_db, "from_a_later_release")
    make_worker(orgs).run_due(org_db)
    assert (row(org_db, number).state, row(org_db, number).attempts) == ("queued", 0)


CHILD = """
import sys
from pathlib import Path
import sqlalchemy as sa
from trellis.platform.config import Config
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_counter
from trellis.platform.orgs import Orgs
from trellis.platform.people.standing import find_actor

def work(task):
    for n in range(task.progress or 0, 2):
        with task.chunk(n + 1) as conn:
            conn.execute(sa.update(sys_counter).values(value=sys_counter.c.value + 1))
    with task.finish() as conn:
        conn.execute(sa.update(sys_counter).values(value=sys_counter.c.value + 1))

orgs = Orgs(Config(data_dir=Path(sys.argv[1]), database_url=sys.argv[2] or None))
Worker(orgs, {"count": work}, actor_id="x", lease_seconds=0.2).run_next(orgs.open("main"))
"""


def test_a_worker_that_dies_at_any_point_leaves_exactly_one_effect(
    orgs: Orgs, org_db: OrgDatabase
) -> None:
    chunks = [f"jobs.{when}_chunk:{nth}" for nth in (1, 2) for when in ("before", "after")]
    points = [*chunks, "jobs.before_done", "jobs.after_done"]
    with org_db.write() as conn:
        conn.execute(sa.insert(sys_counter).values(name="n", value=0))
    root = str(Path(__file__).parents[3] / ".tc")
    argv = [sys.executable, "-c", CHILD, str(orgs.config.data_dir), orgs.config.database_url or ""]
    for point in points:
        number = put(org_db)
        environ = {"PYTHONPATH": root}
        dead = subprocess.run(argv, env={**environ, "TRELLIS_TEST_FAILPOINT": point}, check=False)
        assert dead.returncode == 9
        time.sleep(0.4)
        if row(org_db, number).state != "done":
            subprocess.run(argv, env=environ, check=True)
        assert row(org_db, number).state == "done"
    assert counted(org_db) == 3 * len(points)


@pytest.mark.abuse("A04")
def test_each_job_works_in_the_org_whose_queue_it_lies_in(orgs: Orgs, org_db: OrgDatabase) -> None:
    """A job says nothing of an org; by turns, whatever ran before, it is that of its queue."""
    other = orgs.create("other", "Other")
    seen: list[tuple[str, str]] = []

    def work(task: Task) -> None:
        seen.append((task.db.key, str(task.args["of"])))
        with task.finish() as conn:
            add_one(conn)
            if task.args.get("fails"):
                raise KeyError

    for n in range(6):
        for db in (org_db, other):
            args = {"of": db.key, "org": "main", "fails": n % 2 and db is org_db}
            with db.write() as conn:
                queue.enqueue(conn, "count", args, actor_id=ADA)
    worker = make_worker(orgs, {"count": work})
    while worker.run_round():
        pass
    assert len(seen) == 12
    assert all(key == said for key, said in seen)
    assert [key for key, _said in seen[:4]] == ["main", "other", "main", "other"]
    assert (counted(org_db), counted(other)) == (3, 6)


@pytest.mark.abuse("A04")
def test_a_job_of_an_org_that_is_deleted_while_it_runs_touches_no_other(
    orgs: Orgs, org_db: OrgDatabase
) -> None:
    other = orgs.create("aaa", "Other")
    put(other)
    put(org_db)

    def work(task: Task) -> None:
        if task.db.key == "aaa":
            orgs.delete("aaa")
        with task.finish() as conn:
            add_one(conn)

    worker = make_worker(orgs, {"count": work})
    for _n in range(4):
        worker.run_round()
    assert orgs.list() == ("main",)
    assert counted(org_db) == 1
    put(org_db)
    worker.run_round()
    assert counted(org_db) == 2
    again = orgs.create("aaa", "Another of that key")
    worker.run_due(again)
    assert counted(again) == 0


@pytest.mark.abuse("A04")
def test_a_job_without_an_org_or_without_somebody_is_none(org_db: OrgDatabase) -> None:
    """There is no queue outside an org, and no job that does not say in whose name it runs."""
    with pytest.raises(TypeError), org_db.write() as conn:
        queue.enqueue(conn, "count", {})  # type: ignore[call-arg]
    with pytest.raises(sa.exc.IntegrityError), org_db.write() as conn:
        queue.enqueue(conn, "count", {}, actor_id=None)  # type: ignore[arg-type]
    with org_db.read() as conn:
        assert find_actor(conn, org_db.key, "") is None
        assert find_actor(conn, org_db.key, "005000000000009AAA", "a job") is None
