"""Copies of notices by mail: a job for each, which looks again before it speaks.

Nothing is sent of what the person has read by then, may not see any more, or chose not to get.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from ...metadata.store import SNAPSHOTS
from ...platform.config import Config
from ...platform.i18n import _, use_locale
from ...platform.jobs.schedule import Schedule
from ...platform.jobs.worker import Task, Work
from ...platform.mail import LONGEST_SUBJECT, Letter, check_letter, enqueue_mail
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ...platform.people.users import find_user
from . import wishes
from .kept import MAIL, find_notice, purge
from .showing import Told, path_of, told

PURGE = "notices.purge"
SCHEDULE = Schedule(PURGE, timedelta(days=1), timedelta(hours=3, minutes=50))


def purge_old(task: Task) -> None:
    """Deletes notices older than 90 days."""
    with task.finish() as conn:
        purge(conn)


def work(config: Config) -> Mapping[str, Work]:
    """The job that sends a copy, for a worker: {job kind: work}."""

    def send(task: Task) -> None:
        with task.finish() as conn:
            _send(conn, task, config)

    return {MAIL: send}


def _send(conn: sa.Connection, task: Task, config: Config) -> None:
    notice = find_notice(conn, str(task.args["notice"]))
    if notice is None or notice.read_at is not None:
        return
    reader = find_actor(conn, task.db.key, notice.user_id)
    if reader is None or notice.kind not in wishes.mailed(conn, {reader.user_id})[reader.user_id]:
        return
    with use_locale(reader.localization):
        for one in told(conn, reader, SNAPSHOTS.at(conn, task.db), (notice,)):
            if one.record_id or notice.record_id is None:
                _enqueue(conn, reader, one, config, notice.actor_id)


def _enqueue(conn: sa.Connection, reader: Actor, one: Told, config: Config, by: str) -> None:
    user = find_user(conn, reader.user_id)
    letter = Letter(user.email if user else "", _subject(one), _text(one, config))
    if not check_letter(letter):
        enqueue_mail(conn, letter, by)


def _subject(one: Told) -> str:
    """The sentence in one line."""
    line = " ".join(one.sentence.split())
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1] + "…"


def _text(one: Told, config: Config) -> str:
    parts = [one.sentence, one.text, config.base_url + path_of(one) if path_of(one) else ""]
    settings = f"{config.base_url}/notices/settings"
    last = _("What is sent to you by mail: %(link)s", link=settings)
    return "\n\n".join([part for part in parts if part] + [last]) + "\n"
