"""What the runtime offers the application: the pages people work on, the bin's end, invariants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Flask

from ..metadata.rollup_runs import KIND as ROLLUPS
from ..metadata.store import SNAPSHOTS
from ..platform.config import Config
from ..platform.feature import Feature
from ..platform.jobs.schedule import Schedule
from ..platform.jobs.worker import Task, Work
from .activities import companions as activities
from .activities import reminding, series
from .api.jobs import work as api_jobs
from .api.jobs.kept import WORK as API_JOB
from .api.jobs.kept import forget_old as forget_old_jobs
from .api.views import BLUEPRINTS as API
from .api.views import set_up as set_up_api
from .bulk import work as bulk
from .bulk.kept import KIND as BULK
from .bulk.kept import forget_old as forget_old_deeds
from .crm import account_teams, stages
from .dashboards.kept import purge_dashboards
from .files import sweeping
from .invariants import check_records
from .lists.invariants import check_lists
from .lists.kept import purge_views
from .notices import causes, letters
from .oauth.views import BLUEPRINTS as OAUTH
from .records import reindexing, rollup_filling
from .records.recycle import purge_expired
from .records.undo import forget_old
from .reports.kept import purge_reports
from .subscriptions import sending
from .transfer.command import import_command
from .web.views import BLUEPRINTS, GLOBALS, set_up

PURGE = "records.purge_bin"
AT_ONCE = 1000  # records purged in one transaction


def purge_bin(task: Task) -> None:
    """Deletes for good what has been put away for 15 days, and what can no longer be taken back."""
    snapshot = SNAPSHOTS.get(task.db)
    purged = AT_ONCE
    while purged == AT_ONCE:
        with task.chunk(None) as conn:
            purged = purge_expired(conn, snapshot, limit=AT_ONCE)
    with task.finish() as conn:
        purge_views(conn)
        purge_reports(conn)
        purge_dashboards(conn)
        forget_old(conn)
        forget_old_deeds(conn)
        forget_old_jobs(conn)
    reindexing.look(task.db)


stages.bring()
account_teams.bring()
activities.bring()
reminding.bring()
series.bring()
causes.bring()


def set_up_all(app: Flask) -> None:
    """Readies the application for pages and for programs."""
    set_up(app)
    set_up_api(app)


def work(config: Config) -> Mapping[str, Work]:
    """Jobs that need the settings: {job kind: work}."""
    return {**sweeping.work(config), **letters.work(config), **sending.work(config)}


FEATURE = Feature(
    name="runtime",
    blueprints=(*BLUEPRINTS, *API, *OAUTH),
    commands=(import_command, reindexing.reindex_command),
    jobs={
        PURGE: purge_bin,
        reindexing.KIND: reindexing.reindex,
        ROLLUPS: rollup_filling.fill,
        letters.PURGE: letters.purge_old,
        reminding.KIND: reminding.remind,
        BULK: bulk.work,
        API_JOB: api_jobs.work,
        series.KIND: series.fill_all,
        sending.LOOK: sending.look,
    },
    work=work,
    schedules=(
        Schedule(PURGE, timedelta(days=1), timedelta(hours=3, minutes=30)),
        Schedule(sweeping.SWEEP, timedelta(days=1), timedelta(hours=4)),
        letters.SCHEDULE,
        series.SCHEDULE,
        sending.SCHEDULE,
    ),
    checks=(check_records, rollup_filling.check_rollups, check_lists, reindexing.check_words),
    checks_by=sweeping.checks,
    upgrade=reindexing.look,
    template_globals=GLOBALS,
    set_up=set_up_all,
)
