"""What the runtime offers: the job that empties the bin, the checks."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from tests.runtime.conftest import Crm
from trellis.platform import clock
from trellis.platform.jobs import queue
from trellis.platform.jobs.worker import Worker
from trellis.platform.orgs import Orgs
from trellis.runtime.feature import FEATURE, PURGE
from trellis.runtime.records.recycle import list_bin


def test_the_daily_job_empties_the_bin(crm: Crm, orgs: Orgs) -> None:
    crm.records.delete((crm.make("Account", Name="old"),))
    worker = Worker(orgs, FEATURE.jobs, actor_id=crm.actor.user_id)
    with time_machine.travel(clock.now() + timedelta(days=16), tick=False):
        with crm.org_db.write() as conn:
            queue.enqueue(conn, PURGE, {}, actor_id=crm.actor.user_id)
        assert worker.run_next(crm.org_db)
        with crm.org_db.read() as conn:
            assert not list_bin(conn, crm.actor, crm.snapshot, everybody=True).entries


def test_every_job_has_a_schedule_and_every_schedule_a_job(orgs: Orgs) -> None:
    assert FEATURE.work is not None
    scheduled = {schedule.kind for schedule in FEATURE.schedules}
    assert scheduled <= {*FEATURE.jobs, *FEATURE.work(orgs.config)}
    assert PURGE in scheduled
