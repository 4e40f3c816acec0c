from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
import time_machine

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.migrations.tables import sys_token
from trellis.platform.people import links, users
from trellis.platform.people.actor import Actor
from trellis.platform.people.passwords import PasswordHash
from trellis.platform.people.users import User

pytestmark = pytest.mark.abuse("A37", "A79")

Make = Callable[..., User]
MINUTE = 60


def issue(db: OrgDatabase, user: User, kind: str = links.RESET) -> str:
    return db.transact(lambda conn: links.issue_link(conn, kind, user.id))


def use(db: OrgDatabase, token: str) -> links.Link:
    return db.transact(lambda conn: links.use_link(conn, token))


def assert_spent(db: OrgDatabase, token: str) -> None:
    with db.read() as conn:
        assert links.find_link(conn, token) is None
    with pytest.raises(Rejected) as refused:
        use(db, token)
    assert [problem.code for problem in refused.value.problems] == ["link.spent"]


def test_a_link_works_once_and_looking_does_not_use_it_up(
    org_db: OrgDatabase, make_user: Make
) -> None:
    amy = make_user("amy")
    token = issue(org_db, amy)
    with org_db.read() as conn:
        assert links.find_link(conn, token) == links.find_link(conn, token)
    assert use(org_db, token).user_id == amy.id
    assert_spent(org_db, token)


def test_only_the_hash_of_a_link_is_stored(org_db: OrgDatabase, make_user: Make) -> None:
    token = issue(org_db, make_user("amy"))
    with org_db.read() as conn:
        assert token not in str(conn.execute(sa.select(sys_token)).all())
    assert len(token) >= 43


@pytest.mark.parametrize(("kind", "minutes"), [(links.RESET, 60), (links.INVITE, 72 * 60)])
def test_a_link_runs_out(
    org_db: OrgDatabase,
    make_user: Make,
    frozen_clock: time_machine.Traveller,
    kind: str,
    minutes: int,
) -> None:
    token = issue(org_db, make_user("amy"), kind)
    frozen_clock.shift(minutes * MINUTE - 1)
    with org_db.read() as conn:
        assert links.find_link(conn, token)
    frozen_clock.shift(1)
    assert_spent(org_db, token)


def test_a_newer_link_ends_the_older(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy")
    old, new = issue(org_db, amy), issue(org_db, amy, links.INVITE)
    assert_spent(org_db, old)
    assert use(org_db, new).kind == links.INVITE


@pytest.mark.parametrize("deed", ["email", "freeze", "deactivate", "password"])
def test_a_link_dies_with_what_it_was_made_for(
    org_db: OrgDatabase, root: Actor, make_user: Make, deed: str
) -> None:
    amy = make_user("amy")
    token = issue(org_db, amy)
    with org_db.write() as conn:
        if deed == "email":
            users.update_user(conn, amy.id, {"email": "other@example.com"}, root)
        elif deed == "freeze":
            users.freeze_user(conn, amy.id, root)
            users.unfreeze_user(conn, amy.id, root)
        elif deed == "deactivate":
            users.deactivate_user(conn, amy.id, root)
            users.activate_user(conn, amy.id, root)
        else:
            users.set_password(conn, amy.id, PasswordHash("$x"), root)
    assert_spent(org_db, token)


def test_a_link_of_another_user_is_not_touched(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy, bob = make_user("amy"), make_user("bob")
    token = issue(org_db, bob)
    with org_db.write() as conn:
        users.freeze_user(conn, amy.id, root)
    assert use(org_db, token).user_id == bob.id


@pytest.mark.parametrize("token", ["", "x" * 43, "\ud800", "../../etc"])
def test_a_made_up_link_is_spent(org_db: OrgDatabase, token: str) -> None:
    assert_spent(org_db, token)


def test_of_many_at_once_one_uses_the_link(org_db: OrgDatabase, make_user: Make) -> None:
    token = issue(org_db, make_user("amy"))
    outcomes: list[bool] = []
    start = threading.Barrier(8)

    def try_it() -> None:
        start.wait()
        try:
            use(org_db, token)
            outcomes.append(True)
        except Rejected:
            outcomes.append(False)

    threads = [threading.Thread(target=try_it) for _turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]
