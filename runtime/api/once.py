"""A POST with an idempotency key is done once: sent again, it gets the answer of the first time.

Shares the table of forms that were sent. An answer that is an error gives its key back.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable

import sqlalchemy as sa
from flask import request

from ...platform.errors import Conflict
from ...platform.migrations.tables import sys_sent_form
from ..web.sent import PAUSE, TRIES, claim, settle
from .call import Answer, Call
from .faults import Refusal

LONGEST = 200  # characters of a key


def once(call: Call, key: str, work: Callable[[], Answer]) -> Answer:
    """The answer of the work, or the one that it gave when the key came first.

    Raises Refusal for a key that came with another body, and Conflict while the first is at work.
    """
    if len(key) > LONGEST:
        raise Refusal("INVALID_REQUEST", f"The idempotency key is longer than {LONGEST} signs.")
    db, body = call.scope.org_db, _digest(call.body)
    seal = _digest([request.path, key])
    mark = f"{call.actor.user_id} api {seal}"
    if not db.transact(lambda conn: claim(conn, mark)):
        return _as_before(call, mark, body)
    made = ""
    try:
        answer = work()
        if answer.is_good:
            made = json.dumps([body, answer.status, answer.body, dict(answer.headers)])
        return answer
    finally:
        db.transact(lambda conn: settle(conn, mark, made))


def _as_before(call: Call, mark: str, body: str) -> Answer:
    for _n in range(TRIES):
        with call.scope.read() as conn:
            made = conn.scalar(sa.select(sys_sent_form.c.made).where(sys_sent_form.c.id == mark))
        if made:
            was, status, said, headers = json.loads(made)
            if was != body:
                message = "The idempotency key came with another body before."
                raise Refusal("INVALID_REQUEST", message, status=422)
            return Answer(said, status, headers | {"Idempotency-Replayed": "true"})
        time.sleep(PAUSE)
    raise Conflict


def _digest(tree: object) -> str:
    return hashlib.sha256(json.dumps(tree, default=str, sort_keys=True).encode()).hexdigest()
