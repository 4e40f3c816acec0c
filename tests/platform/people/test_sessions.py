from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trellis.platform.company import Company, save_company
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_session
from trellis.platform.people import sessions, users
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.session_limits import SessionLimits, save_limits
from trellis.platform.people.sessions import Over
from trellis.platform.people.users import User

pytestmark = pytest.mark.abuse("A35")

Make = Callable[..., User]
HOUR = 3600


def test_a_session_gives_the_actor_of_its_user(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy", profile="Admin", language="zh_CN", time_zone="Asia/Shanghai")
    with org_db.write() as conn:
        save_company(conn, Company("Main", currency="EUR"))
        token = sessions.start_session(conn, amy.id, "192.0.2.1", "Browser")
        found = sessions.find_session(conn, "main", token)
    assert found
    assert found.actor == Actor(
        amy.id, "Amy", "main", "Admin", "zh_CN", "en_US", "Asia/Shanghai", "EUR"
    )
    assert found.actor.is_administrator
    assert (found.theme, found.density, found.must_change_password) == ("system", "compact", False)


def test_the_token_is_long_random_and_not_stored(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        tokens = [sessions.start_session(conn, amy.id) for _turn in range(3)]
        rows = str(conn.execute(sa.select(sys_session)).all())
    assert len(set(tokens)) == 3
    assert all(len(token) >= 43 and token not in rows for token in tokens)


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "\ud800", "' OR 1=1 --"])
def test_a_made_up_token_is_no_session(org_db: OrgDatabase, make_user: Make, token: str) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        sessions.start_session(conn, amy.id)
        assert sessions.find_session(conn, "main", token) is None


def test_a_session_ends_two_idle_hours_or_twelve_hours_after_its_start(
    org_db: OrgDatabase, make_user: Make, frozen_clock: time_machine.Traveller
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        idle, used = (sessions.start_session(conn, amy.id) for _turn in range(2))
    for hour in range(1, 13):
        frozen_clock.shift(HOUR)
        with org_db.write() as conn:
            assert (sessions.find_session(conn, "main", idle) is not None) == (hour < 2)
            found = sessions.find_session(conn, "main", used)
            assert (found is not None) == (hour < 12)
            if found:
                assert found.is_due
                sessions.note_seen(conn, found.id)


def test_a_change_of_profile_is_in_force_at_once(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy", profile="Admin")
    make_user("zoe", profile="Admin")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
        users.update_user(conn, amy.id, {"profile": "Standard"}, system_actor("main", "test"))
        found = sessions.find_session(conn, "main", token)
    assert found
    assert not found.actor.is_administrator


def test_sessions_are_listed_and_all_but_one_ended(
    org_db: OrgDatabase, make_user: Make, frozen_clock: time_machine.Traveller
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        first = sessions.start_session(conn, amy.id, "192.0.2.1", "One")
        frozen_clock.shift(60)
        second = sessions.start_session(conn, amy.id, "192.0.2.2", "Two")
        assert [s.user_agent for s in sessions.list_sessions(conn, amy.id)] == ["Two", "One"]
        sessions.end_sessions(conn, amy.id, sessions.ENDED_BY_USER, but=sessions.id_of(first))
        assert sessions.find_session(conn, "main", first)
        assert sessions.find_session(conn, "main", second) is None
        assert [s.user_agent for s in sessions.list_sessions(conn, amy.id)] == ["One"]


def test_what_ran_out_long_ago_is_forgotten(
    org_db: OrgDatabase, make_user: Make, frozen_clock: time_machine.Traveller
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        sessions.start_session(conn, amy.id)
        frozen_clock.shift(31 * 24 * HOUR)
        token = sessions.start_session(conn, amy.id)
        assert sessions.forget_old_sessions(conn) == 1
        assert sessions.find_session(conn, "main", token)


STEPS = st.lists(
    st.sampled_from(["start", "seen", "end", "password", "freeze", "unfreeze", "hour"]),
    min_size=1,
    max_size=25,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_no_token_works_after_what_ended_it(
    org_db: OrgDatabase, make_user: Make, steps: list[str]
) -> None:
    root = system_actor("main", "test")
    with org_db.read() as conn:
        amy = users.find_by_username(conn, "amy")
    amy = amy or make_user("amy")
    good: dict[str, tuple[float, float]] = {}  # {token: (started, seen)}, what the model holds good
    ended: set[str] = set()
    frozen, now = False, 0.0
    with time_machine.travel("2026-03-02T09:30:00Z", tick=False) as clock, org_db.write() as conn:
        if users.get_user(conn, amy.id).is_frozen:
            users.unfreeze_user(conn, amy.id, root)
        for step in steps:
            if step == "start":
                good[sessions.start_session(conn, amy.id)] = (now, now)
            elif step == "seen":
                good = {token: (started, now) for token, (started, _seen) in good.items()}
                for token in good:
                    sessions.note_seen(conn, sessions.id_of(token))
            elif step == "end" and good:
                token = next(iter(good))
                sessions.end_session(conn, sessions.id_of(token))
                ended.add(token)
            elif step == "password":
                hash_ = users.password_hash_of(conn, amy.id)
                assert hash_
                users.set_password(conn, amy.id, hash_, root)
                ended |= set(good)
            elif step in ("freeze", "unfreeze"):
                deed = users.freeze_user if step == "freeze" else users.unfreeze_user
                deed(conn, amy.id, root)
                if frozen != (step == "freeze"):
                    frozen = not frozen
                    ended |= set(good)
            else:
                now += HOUR
                clock.shift(HOUR)
            ended |= {
                t
                for t, (began, seen) in good.items()
                if now - began >= 12 * HOUR or now - seen >= 2 * HOUR
            }
            good = {token: times for token, times in good.items() if token not in ended}
            for token in ended:
                assert sessions.find_session(conn, "main", token) is None
            for token in good:
                assert (sessions.find_session(conn, "main", token) is None) == frozen


def limit(conn: sa.Connection, **limits: int) -> SessionLimits:
    found = SessionLimits(**limits)
    save_limits(conn, found, system_actor("main", "test"))
    return found


def test_what_is_shortened_holds_for_sessions_that_are_there(
    org_db: OrgDatabase, make_user: Make, frozen_clock: time_machine.Traveller
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
        frozen_clock.shift(40 * 60)
        for limits, over in (
            (SessionLimits(), None),
            (SessionLimits(idle=60), None),
            (SessionLimits(idle=30), Over.IDLE),
            (SessionLimits(idle=30, life=15), Over.LIFE),
            (SessionLimits(idle=60, life=10_080), None),
        ):
            save_limits(conn, limits, system_actor("main", "test"))
            found = sessions.find_session(conn, "main", token)
            assert (found is None) == (over is not None), limits
            assert sessions.why_over(conn, token) is over, limits
            assert bool(sessions.list_sessions(conn, amy.id)) == (over is None), limits
        frozen_clock.shift(15 * HOUR)
        sessions.note_seen(conn, sessions.id_of(token))
        assert sessions.find_session(conn, "main", token) is None  # it began under a shorter life


def test_one_session_too_many_ends_the_oldest(
    org_db: OrgDatabase, make_user: Make, frozen_clock: time_machine.Traveller
) -> None:
    amy, ben = make_user("amy"), make_user("ben")

    def start(user: User) -> str:
        frozen_clock.shift(60)
        return sessions.start_session(conn, user.id)

    def good() -> list[bool]:
        return [sessions.find_session(conn, "main", token) is not None for token in tokens]

    with org_db.write() as conn:
        limit(conn, most=2)
        tokens = [start(amy), start(ben), start(amy)]
        assert good() == [True, True, True]
        tokens.append(start(amy))
        assert good() == [False, True, True, True]
        assert sessions.why_over(conn, tokens[0]) is Over.MANY
        # fewer at once: the one that is at work is kept, whatever its age
        limits = limit(conn, most=1)
        sessions.end_surplus(conn, limits, sessions.id_of(tokens[2]))
        assert good() == [False, True, True, False]
        assert sessions.why_over(conn, "made up") is None
