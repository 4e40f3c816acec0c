"""The jobs of subscriptions: one notes what is due, one for each letter makes and posts it.

A letter is made with the rights and in the language that its reader has at that moment. Who left,
or does not find the report any more, or may not see what it asks for, gets nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from tempfile import SpooledTemporaryFile

import sqlalchemy as sa

from ...metadata.kinds.dashboard import Dashboard
from ...metadata.kinds.report_model import Report
from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform import clock
from ...platform.config import Config
from ...platform.errors import Denied, NotFound, Rejected
from ...platform.i18n import _, format_datetime, use_locale
from ...platform.jobs.queue import enqueue
from ...platform.jobs.schedule import Schedule
from ...platform.jobs.worker import Task, Work
from ...platform.mail import LONGEST_SUBJECT, Attachment, Letter, check_letter, enqueue_mail
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ...platform.people.users import find_user
from ..access.permissions import holds
from ..reports.catalog import EXPORT
from ..reports.export import write_rows_csv, write_rows_xlsx
from ..reports.planning import ReportPlan, plan_report
from ..reports.result import ReportResult
from ..reports.running import run_plan
from .alerts import find_met, met_words
from .figures import dashboard_tables, report_table
from .kept import (
    LOST,
    QUIET,
    SENT,
    Shown,
    Subscription,
    due,
    find_shown,
    find_subscription,
    move_on,
    note_outcome,
)
from .letters import Content, html_of, text_of

LOOK, SEND = "subscriptions.look", "subscriptions.send"
#: zones differ by quarters of an hour
SCHEDULE = Schedule(LOOK, timedelta(minutes=15))
AT_ONCE = 500
MOST_FILE_ROWS, MOST_FILE_BYTES = 50_000, 5_000_000
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a letter."""

    outcome: str
    letter: Letter | None = None


def look(task: Task) -> None:
    """Queues a letter for each subscription that is due, and sets its next moment."""
    found = AT_ONCE
    while found == AT_ONCE:
        with task.chunk(None) as conn:
            found = _queue(conn, task)


def _queue(conn: sa.Connection, task: Task) -> int:
    moment, found = clock.now(), due(conn, AT_ONCE)
    for one in found:
        next_at = one.wish.rhythm.next_after(moment, one.time_zone)
        move_on(conn, one, next_at)
        args = {"user": one.user_id, "kind": one.kind, "key": one.key, "next": next_at.isoformat()}
        key = f"{one.user_id}/{one.kind}/{one.key}/{next_at.isoformat()}"
        enqueue(conn, SEND, args, key=key, actor_id=one.made_by)
    return len(found)


def work(config: Config) -> Mapping[str, Work]:
    """The job of one letter, for a worker: {job kind: work}."""

    def send(task: Task) -> None:
        with task.db.read() as conn:
            one = _find(conn, task)
            made = _made(conn, SNAPSHOTS.at(conn, task.db), one, config) if one else None
        with task.finish() as conn:
            if one is None or made is None or not note_outcome(conn, one, made.outcome):
                return
            is_there = find_actor(conn, task.db.key, one.user_id) is not None
            if made.letter is not None and is_there and not check_letter(made.letter):
                enqueue_mail(conn, made.letter, one.made_by)

    return {SEND: send}


def _find(conn: sa.Connection, task: Task) -> Subscription | None:
    """The subscription, unless it was ended or changed since the job was queued."""
    args = task.args
    one = find_subscription(conn, str(args["user"]), str(args["kind"]), str(args["key"]))
    is_same = one is not None and one.next_at == datetime.fromisoformat(str(args["next"]))
    return one if is_same else None


def _made(conn: sa.Connection, snapshot: Snapshot, one: Subscription, config: Config) -> Made:
    reader = find_actor(conn, snapshot.org, one.user_id)
    user = find_user(conn, one.user_id) if reader else None
    if reader is None or user is None:
        return Made(LOST)
    with use_locale(reader.localization):
        try:
            return _letter(conn, reader, snapshot, one, config, user.email)
        except (Denied, NotFound, Rejected):
            return Made(LOST)


def _letter(
    conn: sa.Connection, reader: Actor, snapshot: Snapshot, one: Subscription, config: Config,
    address: str,
) -> Made:  # fmt: skip
    shown = find_shown(conn, reader, snapshot, one.kind, one.key)
    if isinstance(shown, Dashboard):
        tables = dashboard_tables(conn, reader, snapshot, shown)
        content = _content(snapshot, shown, config, "dashboards", tables=tables)
        return Made(SENT, _posted(address, content, ()))
    plan = plan_report(shown, reader, snapshot)
    result = run_plan(conn, reader, snapshot, plan)
    alert = ""
    if condition := one.wish.condition:
        if result.total(condition.measure) is None:
            return Made(LOST)
        met = find_met(condition, result, snapshot)
        if met is None:
            return Made(QUIET)
        alert = met_words(met)
    tables = (report_table(conn, reader, snapshot, plan, result),)
    files, notes = _files(conn, reader, snapshot, plan, result, one.wish.attached)
    content = _content(snapshot, shown, config, "reports", tables=tables, alert=alert, notes=notes)
    return Made(SENT, _posted(address, content, files))


def _content(
    snapshot: Snapshot, shown: Shown, config: Config, place: str, **more: object
) -> Content:
    moment = _("As of %(time)s, as you see it", time=format_datetime(clock.now(), "short"))
    return Content(
        snapshot.label(shown), moment, f"{config.base_url}/{place}/{shown.name}",
        f"{config.base_url}/settings/subscriptions", **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _posted(address: str, content: Content, files: tuple[Attachment, ...]) -> Letter:
    line = " ".join((_("Alert: %(name)s", name=content.title) if content.alert
                     else content.title).split())  # fmt: skip
    return Letter(address, line[:LONGEST_SUBJECT], text_of(content), html_of(content), files)


# -- the file that goes along --------------------------------------------------------------------


def _files(
    conn: sa.Connection, reader: Actor, snapshot: Snapshot, plan: ReportPlan,
    result: ReportResult, kind: str,
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:  # fmt: skip
    """The file, or a note that says why there is none."""
    if not kind:
        return (), ()
    if not holds(reader, EXPORT, snapshot):
        return (), (_("No file is attached: you may not take reports away as files."),)
    content = None
    if min(result.row_count, plan.report.row_limit or result.row_count) <= MOST_FILE_ROWS:
        content = _bytes(conn, reader, snapshot, plan, kind)
    if content is None:
        return (), (_("No file is attached: it would be too large. Export it in Trellis."),)
    name = _file_name(plan.report, snapshot)
    return (Attachment(f"{name}.{kind}", TYPES[kind], content),), ()


def _bytes(
    conn: sa.Connection, reader: Actor, snapshot: Snapshot, plan: ReportPlan, kind: str
) -> bytes | None:
    """The rows as a file; None where it outgrows what a letter may carry."""
    with SpooledTemporaryFile(MOST_FILE_BYTES) as file:
        if kind == "xlsx":
            write_rows_xlsx(conn, reader, snapshot, plan, file)
        else:
            pieces = write_rows_csv(conn, reader, snapshot, plan)
            file.writelines(takewhile(lambda _piece: file.tell() <= MOST_FILE_BYTES, pieces))
        if file.tell() > MOST_FILE_BYTES:
            return None
        file.seek(0)
        return file.read()


def _file_name(report: Report, snapshot: Snapshot) -> str:
    """The report's name without what no file may be called."""
    kept = "".join(c for c in snapshot.label(report) if c.isprintable() and c not in '\\/:*?"<>|')
    return kept.strip()[:80] or "report"
