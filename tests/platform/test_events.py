from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from trellis.platform import events
from trellis.platform.db.scope import OrgDatabase


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass(frozen=True)
class HappenedElsewhere(Happened):
    pass


@pytest.fixture
def heard() -> Iterator[list[str]]:
    found: list[str] = []

    def listener(event: Happened) -> None:
        found.append(event.what)

    events.subscribe(Happened, listener)
    events.subscribe(Happened, listener)
    yield found
    events.unsubscribe(Happened, listener)


def test_a_listener_hears_each_event_of_its_type_once(heard: list[str]) -> None:
    events.publish(Happened("a"))
    events.publish(HappenedElsewhere("b"))
    assert heard == ["a"]


def test_events_of_a_transaction_are_published_after_the_commit(
    org_db: OrgDatabase, heard: list[str]
) -> None:
    with org_db.write() as conn:
        events.publish_after_commit(conn, Happened("a"))
        assert heard == []
    assert heard == ["a"]


def test_nothing_is_published_of_what_was_undone(org_db: OrgDatabase, heard: list[str]) -> None:
    with pytest.raises(KeyError), org_db.write() as conn:  # noqa: PT012
        events.publish_after_commit(conn, Happened("undone"))
        raise KeyError
    with org_db.write() as conn:
        events.publish_after_commit(conn, Happened("a"))
        with conn.begin_nested() as inner:
            events.publish_after_commit(conn, Happened("undone too"))
            inner.rollback()
        with conn.begin_nested():
            events.publish_after_commit(conn, Happened("b"))
    assert heard == ["a", "b"]


def test_a_listener_that_fails_after_the_commit_is_logged_and_the_others_hear(
    org_db: OrgDatabase, heard: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Happened) -> None:
        raise KeyError(event.what)

    events.subscribe(Happened, broken)
    with caplog.at_level(logging.ERROR), org_db.write() as conn:
        events.publish_after_commit(conn, Happened("a"))
    events.unsubscribe(Happened, broken)
    assert heard == ["a"]
    assert "failed after the commit" in caplog.text


def test_an_event_cannot_wait_for_a_commit_that_never_comes(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        pass
    with pytest.raises((RuntimeError, AttributeError, Exception)):
        events.publish_after_commit(conn, Happened("a"))
