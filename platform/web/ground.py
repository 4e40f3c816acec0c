"""What the ground itself offers the application: its pages, commands, jobs and checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from .. import audit, mail
from ..config import Config
from ..db.scope import OrgDatabase
from ..errors import Problem
from ..feature import Feature
from ..jobs.schedule import Schedule
from ..jobs.worker import Task, Work
from ..people import api_tokens, app_grants, letters, sessions, throttle
from ..people.commands import user as user_commands
from . import gallery, health, logo, second_factor, session_time, settings, sign_in, viewing

SCHEDULES = (Schedule("people.forget", timedelta(days=1), timedelta(hours=3)),)


def work(config: Config) -> Mapping[str, Work]:
    """The jobs of the ground, for a worker: {job kind: work}."""
    return {**mail.work(config), **letters.work(config), "people.forget": forget_old}


def forget_old(task: Task) -> None:
    """Deletes sessions, tokens and tries to sign in that are long over."""
    with task.finish() as conn:
        sessions.forget_old_sessions(conn)
        throttle.forget_old_tries(conn)
        api_tokens.forget_old_tokens(conn)
        app_grants.forget_old_grants(conn)


def check_audit_log(db: OrgDatabase) -> tuple[Problem, ...]:
    """Whether the audit log is whole, for `trellis check`."""
    with db.read() as conn:
        problem = audit.verify(conn)
    return (problem,) if problem else ()


GROUND = Feature(
    "platform",
    blueprints=(
        *(sign_in.blueprint, settings.blueprint, viewing.blueprint),
        *(second_factor.blueprint, logo.blueprint, health.blueprint, gallery.blueprint),
        session_time.blueprint,
    ),
    template_globals={
        "viewed_name": viewing.viewed_name,
        "session_left": session_time.session_left,
    },
    commands=(user_commands,),
    work=work,
    schedules=SCHEDULES,
    checks=(check_audit_log,),
)
