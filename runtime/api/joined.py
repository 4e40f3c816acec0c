"""Several deeds of the record service as one transaction: all of them are kept, or none is.

The service begins a transaction for each deed; on a `Joined` database each of them is a part of the
one that is open. Whoever opens it ends it by an error when anything was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .call import Call

T = TypeVar("T")


class Joined(OrgDatabase):
    """The database of an org whose every transaction is the one that is open already."""

    def __init__(self, whole: OrgDatabase, conn: sa.Connection) -> None:
        self.__dict__.update(whole.__dict__)
        self._open = conn

    @contextmanager
    def read(self, *, seconds: float | None = None) -> Iterator[sa.Connection]:
        yield self._open

    @contextmanager
    def write(self, *, seconds: float | None = None) -> Iterator[sa.Connection]:
        yield self._open

    def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """The result of the work; a rival's unique value ends it all, for nothing is tried again
        within a transaction that the database has given up.
        """
        try:
            return work(self._open)
        except IntegrityError as err:
            message = _("Somebody else saved the same value at this moment.")
            raise Rejected(Problem("record.race", (), message, _("Try again."))) from err


class Undone(Exception):
    """Ends a transaction whose answer is known: nothing of it is kept."""

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


def together(call: Call, work: Callable[[Call], T]) -> T:
    """The result of the work on a call in one transaction; an `Undone` undoes it and answers.

    The work is begun again where others were in the way, as with any transaction.
    """
    db = call.scope.org_db

    def joined(conn: sa.Connection) -> T:
        return work(call.within(replace(call.scope, org_db=Joined(db, conn))))

    try:
        return work(call) if db.is_read_only else db.transact(joined)
    except Undone as undone:
        return undone.answer  # type: ignore[return-value]
