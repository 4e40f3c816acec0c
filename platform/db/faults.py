"""Which database errors are faults of the moment (busy, full, gone, too slow), by name."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from ..errors import Unavailable
from ..i18n import _


class Passing(Unavailable):
    """Others were in the way and nothing was saved: the same work may succeed when begun again."""


class Full(Unavailable):
    """There is no room left, or the disk failed; nothing was saved."""


class TookTooLong(Unavailable):
    """A statement ran into its time limit and was stopped; nothing was saved."""


class DoubtfulCommit(Unavailable):
    """The connection broke during the commit: nobody knows whether it was saved."""


_PASSING_STATES = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
_FULL_STATES = {"53100", "53200", "53000", "58030"}


def translated(err: DBAPIError) -> Unavailable | None:
    """The fault that the error is, or None when it is a mistake in a statement or in the data."""
    if isinstance(err.orig, sqlite3.Error):
        return _of_sqlite(err.orig)
    state = getattr(err.orig, "sqlstate", None)
    if state == "57014":
        return TookTooLong(_("This took too long and was stopped."))
    if state in _FULL_STATES:
        return Full(_("The database has no room left."))
    lost = err.connection_invalidated or (
        state is None and isinstance(err, sa.exc.OperationalError)
    )
    passing = state in _PASSING_STATES or (state or "").startswith("08")
    return Passing(_("The database is busy. Please try again.")) if lost or passing else None


def _of_sqlite(err: sqlite3.Error) -> Unavailable | None:
    code = getattr(err, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Passing(_("The database is busy. Please try again."))
    if code == sqlite3.SQLITE_CANTOPEN:
        return Unavailable(_("The database cannot be opened."))
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return Full(_("The database has no room left."))
    if code == sqlite3.SQLITE_INTERRUPT:
        return TookTooLong(_("This took too long and was stopped."))
    return None
