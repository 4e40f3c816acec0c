from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from trellis.platform import audit
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.people import links, passwords, sessions, sign_in, users
from trellis.platform.people.actor import Actor
from trellis.platform.people.passwords import PasswordHash, TooBusy
from trellis.platform.people.sign_in import Origin
from trellis.platform.people.throttle import PER_ACCOUNT, TooManyTries
from trellis.platform.people.users import User

Make = Callable[..., User]
PASSWORD = "quiet harbour lantern"
HERE = Origin("192.0.2.1", "Browser")


def enter(db: OrgDatabase, username: str = "amy", password: str = PASSWORD) -> str:
    return sign_in.sign_in(db, username, password, HERE)


def session_of(db: OrgDatabase, token: str) -> sessions.Session | None:
    with db.read() as conn:
        return sessions.find_session(conn, "main", token)


def test_the_right_password_starts_a_session(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy")
    found = session_of(org_db, enter(org_db, " AMY "))
    assert found
    assert found.actor.user_id == amy.id
    with org_db.read() as conn:
        assert users.get_user(conn, amy.id).last_login_at
        assert audit.list_entries(conn)[0].operation == "session.started"


@pytest.mark.parametrize("cause", ["unknown", "wrong", "frozen", "inactive", "no password", "nul"])
def test_every_cause_of_a_refusal_reads_the_same(
    org_db: OrgDatabase, root: Actor, make_user: Make, cause: str
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        if cause == "frozen":
            users.freeze_user(conn, amy.id, root)
        elif cause == "inactive":
            users.deactivate_user(conn, amy.id, root)
        elif cause == "no password":
            draft = users.UserDraft("new", "n@example.com", "N")
            users.create_user(conn, draft, root)
    username = {"unknown": "nobody", "no password": "new", "nul": "amy\x00"}.get(cause, "amy")
    with pytest.raises(Rejected) as refused:
        enter(org_db, username, PASSWORD if cause != "wrong" else "wrong")
    assert [p.code for p in refused.value.problems] == ["sign_in.refused"]


def test_an_unknown_user_costs_a_hash_as_a_known_one_does(
    org_db: OrgDatabase, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("amy")
    checked: list[str] = []
    real = passwords._hasher

    class Counting:
        def verify(self, hash_: str, text: str) -> bool:
            checked.append(text)
            return real.verify(hash_, text)

        def hash(self, text: str) -> str:
            return real.hash(text)

        def check_needs_rehash(self, hash_: str) -> bool:
            return real.check_needs_rehash(hash_)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for username in ("amy", "nobody", "nul\x00"):
        with pytest.raises(Rejected):
            enter(org_db, username, "wrong")
    assert checked == ["wrong"] * 3


def test_ten_failures_lock_the_account_also_for_the_right_password(
    org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("amy")
    for _turn in range(PER_ACCOUNT):
        with pytest.raises(Rejected):
            enter(org_db, password="wrong")
    with pytest.raises(TooManyTries):
        enter(org_db)


def test_a_try_that_found_no_turn_is_not_counted(
    org_db: OrgDatabase, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("amy")

    def busy(*_args: object) -> bool:
        raise TooBusy

    with monkeypatch.context() as patched:
        patched.setattr(sign_in, "verify_password", busy)
        for _turn in range(PER_ACCOUNT + 1):
            with pytest.raises(TooBusy):
                enter(org_db)
    assert enter(org_db)


def test_a_hash_of_old_costs_is_made_anew_on_sign_in(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy")
    old = PasswordHash(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD))
    with org_db.write() as conn:
        users.rehash_password(conn, amy.id, old)
    enter(org_db)
    with org_db.read() as conn:
        made = users.password_hash_of(conn, amy.id)
    assert made
    assert made != old
    assert not passwords.needs_rehash(made)
    assert enter(org_db)


def test_who_is_frozen_while_the_password_is_checked_does_not_get_in(
    org_db: OrgDatabase, root: Actor, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    amy = make_user("amy")
    real = sign_in.verify_password

    def meanwhile(hash_: PasswordHash, password: str) -> bool:
        with org_db.write() as conn:
            users.freeze_user(conn, amy.id, root)
        return real(hash_, password)

    monkeypatch.setattr(sign_in, "verify_password", meanwhile)
    with pytest.raises(Rejected):
        enter(org_db)


def test_changing_the_password_ends_every_session_and_starts_a_fresh_one(
    org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("amy")
    here, elsewhere = enter(org_db), enter(org_db)
    session = session_of(org_db, here)
    assert session
    fresh = sign_in.change_password(org_db, session, PASSWORD, "another harbour lamp", HERE)
    assert session_of(org_db, here) is None
    assert session_of(org_db, elsewhere) is None
    assert session_of(org_db, fresh)
    with pytest.raises(Rejected):
        enter(org_db)
    assert enter(org_db, password="another harbour lamp")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("wrong", "another harbour lamp", "password.wrong"),
        (PASSWORD, "short", "password.too_short"),
        (PASSWORD, PASSWORD, "password.same"),
    ],
)
def test_a_change_that_is_not_right_changes_nothing(
    org_db: OrgDatabase, make_user: Make, old: str, new: str, code: str
) -> None:
    make_user("amy")
    token = enter(org_db)
    session = session_of(org_db, token)
    assert session
    with pytest.raises(Rejected) as refused:
        sign_in.change_password(org_db, session, old, new, HERE)
    assert [p.code for p in refused.value.problems] == [code]
    assert session_of(org_db, token)
    assert enter(org_db)


def test_a_link_chooses_the_password_once_and_ends_old_sessions(
    org_db: OrgDatabase, make_user: Make
) -> None:
    amy = make_user("amy")
    before = enter(org_db)
    link = org_db.transact(lambda conn: links.issue_link(conn, links.RESET, amy.id))
    with pytest.raises(Rejected) as weak:
        sign_in.choose_password(org_db, link, "short", HERE)
    assert [p.code for p in weak.value.problems] == ["password.too_short"]
    after = sign_in.choose_password(org_db, link, "another harbour lamp", HERE)
    assert session_of(org_db, after)
    assert session_of(org_db, before) is None
    with pytest.raises(Rejected) as spent:
        sign_in.choose_password(org_db, link, "third harbour lamp", HERE)
    assert [p.code for p in spent.value.problems] == ["link.spent"]
    assert enter(org_db, password="another harbour lamp")


def test_signing_out_ends_the_session_and_is_audited(org_db: OrgDatabase, make_user: Make) -> None:
    make_user("amy")
    token = enter(org_db)
    session = session_of(org_db, token)
    assert session
    sign_in.sign_out(org_db, session)
    assert session_of(org_db, token) is None
    with org_db.read() as conn:
        assert audit.list_entries(conn)[0].operation == "session.ended"
