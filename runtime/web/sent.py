"""A form that makes something new is taken once: sent again, it leads to what it made.

Every form carries a key of its own. The first time it comes the key is claimed, and what was made
is kept beside it for a day; a second press, a retry and a page sent again find that. A form that
is refused gives its key back. What is still being made is waited for, for a while.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import sqlalchemy as sa
from flask import redirect, request
from werkzeug.wrappers import Response

from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.errors import Conflict
from ...platform.i18n import _
from ...platform.migrations.tables import sys_sent_form
from ...platform.web.errors import wants_json
from .feedback import say
from .scope import Here, here

NAME = "form_key"  # of the hidden input
KEPT = timedelta(days=1)
TRIES, PAUSE = 50, 0.1  # how often, and how long apart, somebody looks for what is being made
P = ParamSpec("P")
R = TypeVar("R")


def form_key() -> str:
    """A key for one form of a page."""
    return secrets.token_urlsafe(12)


def sent_once(view: Callable[P, R]) -> Callable[P, R | Response]:
    """A view that makes something: it is called once for each form that is sent.

    What a script sends piece by piece is its own to count.
    """

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        sent = request.form.get(NAME, "") if request.method == "POST" else ""
        if not sent or wants_json():
            return view(*args, **kwargs)
        return _once(here(), sent, lambda: view(*args, **kwargs))

    return answer


def _once(scope: Here, sent: str, work: Callable[[], R]) -> R | Response:
    mark = f"{scope.actor.user_id} {request.path} {sent}"[:200]
    if not scope.org_db.transact(lambda conn: claim(conn, mark)):
        return _as_before(scope, mark)
    made = ""
    try:
        found = work()
        if isinstance(found, Response) and found.status_code in (302, 303):
            made = found.location or ""
        return found
    finally:
        scope.org_db.transact(lambda conn: settle(conn, mark, made))


def claim(conn: sa.Connection, mark: str) -> bool:
    """Says whether this is the first time that the form comes."""
    t, now = sys_sent_form, clock.now()
    conn.execute(sa.delete(t).where(t.c.at <= now - KEPT))
    row = {"id": mark, "at": now}
    added = insert_into(conn, t).values(row).on_conflict_do_nothing().returning(t.c.id)
    return conn.execute(added).one_or_none() is not None


def settle(conn: sa.Connection, mark: str, made: str) -> None:
    """Keeps where what was made is; nothing was made: the form may come again."""
    of_form = sys_sent_form.c.id == mark
    if made:
        conn.execute(sa.update(sys_sent_form).where(of_form).values(made=made))
    else:
        conn.execute(sa.delete(sys_sent_form).where(of_form))


def _as_before(scope: Here, mark: str) -> Response:
    for _n in range(TRIES):
        with scope.read() as conn:
            made = conn.scalar(sa.select(sys_sent_form.c.made).where(sys_sent_form.c.id == mark))
        if made:
            say(_("This form was sent before; nothing was done twice."))
            return redirect(made)
        time.sleep(PAUSE)
    raise Conflict(
        _("This form was sent before. Look whether it was done before you send it anew.")
    )
