"""The worker: leases jobs of every org in turn, runs them, and puts failures back or parks them.

A job has exactly one effect: what it does in `task.finish()` is committed together with its being
done, and only while the lease is held. A worker that dies leaves a lease that runs out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from .. import clock
from ..db.failpoints import failpoint
from ..db.scope import OrgDatabase
from ..errors import Denied, NotFound, Rejected, TrellisError, Unavailable
from ..orgs import Orgs
from . import queue
from .schedule import Schedule, enqueue_due

_LOG = logging.getLogger(__name__)
_HOPELESS = (Rejected, Denied, NotFound)  # trying again cannot help
KEEP_DONE = timedelta(days=30)


class Task:
    """One run of one job, as its work sees it."""

    def __init__(self, db: OrgDatabase, job: queue.Job, lease_seconds: float) -> None:
        self.db, self.job = db, job
        self._lease_seconds = lease_seconds
        self.progress = job.progress
        self.is_finished = False

    @property
    def args(self) -> Mapping[str, Any]:
        return self.job.args

    @property
    def actor_id(self) -> str:
        return self.job.actor_id

    @contextmanager
    def finish(self) -> Iterator[sa.Connection]:
        """A transaction whose work happens exactly once: it commits together with "done"."""
        with self.db.write() as conn:
            queue.hold(conn, self.job, self._lease_seconds)
            yield conn
            queue.finish(conn, self.job)
            failpoint("jobs.before_done")
        self.is_finished = True
        failpoint("jobs.after_done")

    @contextmanager
    def chunk(self, progress: Any) -> Iterator[sa.Connection]:
        """A transaction for one part of long work; another run goes on from its `progress`."""
        with self.db.write() as conn:
            queue.hold(conn, self.job, self._lease_seconds)
            yield conn
            queue.save_progress(conn, self.job, progress)
            failpoint("jobs.before_chunk")
        self.progress = progress
        failpoint("jobs.after_chunk")

    def renew(self) -> None:
        """Keeps the lease during long work outside transactions; raises LeaseLost."""
        with self.db.write() as conn:
            queue.hold(conn, self.job, self._lease_seconds)


Work = Callable[[Task], None]


def purge_jobs(task: Task) -> None:
    """Removes jobs that were done a month ago."""
    with task.finish() as conn:
        queue.purge(conn, clock.now() - KEEP_DONE)


OWN_WORK: Mapping[str, Work] = {"jobs.purge": purge_jobs}
OWN_SCHEDULES = (Schedule("jobs.purge", timedelta(days=1), timedelta(hours=2)),)


class Worker:
    """Runs the jobs of all orgs, one at a time, a turn for each org."""

    def __init__(
        self,
        orgs: Orgs,
        work_by_kind: Mapping[str, Work],
        schedules: Sequence[Schedule] = (),
        *,
        actor_id: str,
        lease_seconds: float = 300,
    ) -> None:
        self._orgs = orgs
        self._work = {**OWN_WORK, **work_by_kind}
        self._schedules = (*OWN_SCHEDULES, *schedules)
        self._actor_id = actor_id  # in whose name scheduled jobs are queued
        self._lease_seconds = lease_seconds

    def run_next(self, db: OrgDatabase) -> bool:
        """Runs one job of the org; False when none is due."""
        with db.read() as conn:
            if not queue.has_due(conn, self._work):
                return False
        job = db.transact(lambda conn: queue.claim(conn, self._work, self._lease_seconds))
        if job is not None:
            self._run(Task(db, job, self._lease_seconds))
        return job is not None

    def run_due(self, db: OrgDatabase) -> int:
        """Queues what is scheduled, runs every job of the org that is due, and returns how many."""
        enqueue_due(db, self._schedules, self._actor_id)
        count = 0
        while self.run_next(db):
            count += 1
        return count

    def run_round(self) -> int:
        """Gives each org a turn and returns how many jobs ran; a broken org stops no other."""
        return sum(self._turn(key) for key in self._orgs.list())

    def run(self, stop: threading.Event, poll_seconds: float = 1.0) -> None:
        """Runs jobs until `stop` is set, asking the idle orgs again after each pause."""
        while not stop.is_set():
            if not self.run_round():
                stop.wait(poll_seconds)

    def start(self, poll_seconds: float = 1.0) -> Callable[[], None]:
        """Runs in a thread of this process; the answer ends it and waits for the job at hand."""
        stop = threading.Event()
        thread = threading.Thread(
            target=self.run, args=(stop, poll_seconds), name="trellis-worker", daemon=True
        )
        thread.start()

        def end() -> None:
            stop.set()
            thread.join(30)

        return end

    def _turn(self, key: str) -> int:
        try:
            db = self._orgs.open(key)
            enqueue_due(db, self._schedules, self._actor_id)
            return int(self.run_next(db))
        except (Unavailable, NotFound) as err:
            _LOG.warning("org %s has no turn now: %s", key, err)
        except Exception:  # noqa: BLE001 - the other orgs go on
            _LOG.exception("org %s has no turn now", key)
        return 0

    def _run(self, task: Task) -> None:
        try:
            self._work[task.job.kind](task)
            if not task.is_finished:
                with task.finish():
                    pass
        except queue.LeaseLost as err:
            _LOG.warning("org %s: %s", task.db.key, err)
        except Exception as err:  # noqa: BLE001 - whatever the work raises is the job's failure
            self._failed(task, err)

    def _failed(self, task: Task, err: Exception) -> None:
        job = task.job
        _LOG.warning("org %s: job %s (%s) failed", task.db.key, job.id, job.kind, exc_info=err)
        if task.is_finished:  # its effects are committed: an error after that changes nothing
            return
        text = str(err) if isinstance(err, TrellisError) else f"{type(err).__name__}: {err}"
        again = not isinstance(err, _HOPELESS)
        task.db.transact(lambda conn: queue.fail(conn, job, text, again=again))
