"""Typed events within the process: publishers do not know their listeners.

`publish` calls the listeners now and lets their errors through. `publish_after_commit` waits for
the transaction: nothing is published of what was rolled back, savepoints included; a listener's
error is then logged, because the deed is done.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

E = TypeVar("E")
Listener = Callable[[Any], None]

_LISTENERS: defaultdict[type[Any], list[Listener]] = defaultdict(list)
_LOG = logging.getLogger(__name__)
PENDING = "trellis.after_commit"  # key of Connection.info: events of the transaction so far


def subscribe(event_type: type[E], listener: Callable[[E], None]) -> None:
    """Calls the listener with each event of exactly that type; adding it twice changes nothing."""
    if listener not in _LISTENERS[event_type]:
        _LISTENERS[event_type].append(listener)


def unsubscribe(event_type: type[E], listener: Callable[[E], None]) -> None:
    """Takes the listener away again, if it is there."""
    if listener in _LISTENERS[event_type]:
        _LISTENERS[event_type].remove(listener)


def publish(event: object) -> None:
    """Hands the event to its listeners, in the order they subscribed."""
    for listener in tuple(_LISTENERS[type(event)]):
        listener(event)


def publish_after_commit(conn: sa.Connection, event: object) -> None:
    """Publishes the event once the transaction of the connection is committed."""
    if PENDING not in conn.info:
        raise RuntimeError("events wait for a commit: use a connection of OrgDatabase.write()")
    conn.info[PENDING].append(event)


def publish_committed(events: list[object]) -> None:
    """Publishes events of a transaction that is done; errors of listeners are logged."""
    for event in events:
        for listener in tuple(_LISTENERS[type(event)]):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - the deed is done, whatever a listener says
                _LOG.exception("a listener of %s failed after the commit", type(event).__name__)
