from __future__ import annotations

from collections.abc import Callable

import pytest

from trellis.platform import audit
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, NotFound, Rejected
from trellis.platform.people import links, sessions, users
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import PasswordHash
from trellis.platform.people.users import User, UserDraft

pytestmark = pytest.mark.abuse("A80")

Make = Callable[..., User]


def codes(error: pytest.ExceptionInfo[Rejected]) -> set[str]:
    return {problem.code for problem in error.value.problems}


def test_a_user_is_created_found_and_audited(org_db: OrgDatabase, root: Actor) -> None:
    draft = UserDraft("Amy.W@Example.com", "amy@example.com", "Winter", "Amy", profile="Admin")
    with org_db.write() as conn:
        made = users.create_user(conn, draft, root)
    with org_db.read() as conn:
        assert users.get_user(conn, made.id) == made
        assert users.find_by_username(conn, " ＡＭＹ.w@example.COM ") == made
        assert users.find_by_username(conn, "amy") is None
        assert users.password_hash_of(conn, made.id) is None
        assert [e.operation for e in audit.list_entries(conn)] == ["user.created"]
    assert (made.name, made.alias, made.version, made.may_sign_in) == (
        "Amy Winter",
        "awint",
        1,
        True,
    )
    assert made.id.startswith("005")
    assert len(made.id) == 18


def test_a_chinese_name_is_written_the_chinese_way() -> None:
    assert users.full_name("小龙", "李") == "李小龙"
    assert users.full_name("Bruce", "李") == "Bruce 李"
    assert users.full_name("", "Winter") == "Winter"


def test_all_problems_of_a_draft_come_at_once(org_db: OrgDatabase, root: Actor) -> None:
    draft = UserDraft("a b", "nobody", " ", title="x" * 81, profile="God", time_zone="Mars")
    with pytest.raises(Rejected) as refused, org_db.write() as conn:
        users.create_user(conn, draft, root)
    paths = {problem.path[0] for problem in refused.value.problems}
    assert paths == {"username", "email", "last_name", "title", "profile", "time_zone"}


@pytest.mark.parametrize("twin", ["AMY", "ａｍｙ", " amy ", "a\u200bmy"])
def test_a_user_name_that_reads_the_same_is_taken(
    org_db: OrgDatabase, root: Actor, make_user: Make, twin: str
) -> None:
    make_user("amy")
    with pytest.raises(Rejected) as refused, org_db.write() as conn:
        users.create_user(conn, UserDraft(twin, "b@example.com", "B"), root)
    assert codes(refused) == {"user.username_taken"}


def test_a_dotless_i_is_another_letter(org_db: OrgDatabase, root: Actor, make_user: Make) -> None:
    make_user("irina")
    with org_db.write() as conn:
        assert users.create_user(conn, UserDraft("ırina", "i@example.com", "I"), root)


@pytest.mark.parametrize(
    "email",
    ["a@b", "a b@c.de", "a@b.de\r\nBcc: x@y.zz", "a@b..d", "<a@b.de>", "a@b.de,c@d.ef", "@b.de"],
)
def test_an_address_that_is_none_is_refused(org_db: OrgDatabase, root: Actor, email: str) -> None:
    with pytest.raises(Rejected) as refused, org_db.write() as conn:
        users.create_user(conn, UserDraft("amy", email, "W"), root)
    assert codes(refused) == {"user.email"}


def test_a_change_keeps_both_values_in_the_audit_log(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        changed = users.update_user(conn, amy.id, {"title": "CEO"}, root, version=amy.version)
        entry = audit.list_entries(conn)[0]
    assert (changed.title, changed.version) == ("CEO", amy.version + 1)
    assert (entry.before, entry.after) == ({"title": ""}, {"title": "CEO"})


def test_a_change_of_an_older_version_is_a_conflict(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        users.update_user(conn, amy.id, {"title": "CEO"}, root)
    with pytest.raises(Conflict), org_db.write() as conn:
        users.update_user(conn, amy.id, {"title": "CFO"}, root, version=amy.version)


@pytest.mark.parametrize("key", ["id", "is_active", "version", "created_by", "password_hash"])
def test_what_is_no_field_of_a_draft_cannot_be_changed(
    org_db: OrgDatabase, root: Actor, make_user: Make, key: str
) -> None:
    amy = make_user("amy")
    with pytest.raises(TypeError), org_db.write() as conn:
        users.update_user(conn, amy.id, {key: "x"}, root)


def test_nobody_is_their_own_manager_and_a_manager_exists(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy, bob = make_user("amy"), make_user("bob")
    with org_db.write() as conn:
        assert users.update_user(conn, amy.id, {"manager_id": bob.id}, root).manager_id == bob.id
    for manager, code in ((amy.id, "user.own_manager"), ("005x", "user.no_manager")):
        with pytest.raises(Rejected) as refused, org_db.write() as conn:
            users.update_user(conn, amy.id, {"manager_id": manager}, root)
        assert codes(refused) == {code}


@pytest.mark.parametrize("deed", [users.freeze_user, users.deactivate_user])
def test_freezing_and_deactivating_end_sessions_and_links_at_once(
    org_db: OrgDatabase, root: Actor, make_user: Make, deed: Callable[..., User]
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
        link = links.issue_link(conn, links.RESET, amy.id)
        assert sessions.find_session(conn, "main", token)
        assert not deed(conn, amy.id, root).may_sign_in
        assert sessions.find_session(conn, "main", token) is None
        assert links.find_link(conn, link) is None


def test_unfreezing_brings_no_old_session_back(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
        users.freeze_user(conn, amy.id, root)
        assert users.unfreeze_user(conn, amy.id, root).may_sign_in
        assert sessions.find_session(conn, "main", token) is None


def test_the_last_administrator_stays(org_db: OrgDatabase, root: Actor, make_user: Make) -> None:
    amy = make_user("amy", profile="Admin")
    make_user("zoe", profile="Admin")
    make_user("bob")
    with org_db.write() as conn:
        zoe = users.find_by_username(conn, "zoe")
        assert zoe
        users.freeze_user(conn, zoe.id, root)
    for deed in (
        lambda conn: users.freeze_user(conn, amy.id, root),
        lambda conn: users.deactivate_user(conn, amy.id, root),
        lambda conn: users.update_user(conn, amy.id, {"profile": "Standard"}, root),
    ):
        with pytest.raises(Rejected) as refused, org_db.write() as conn:
            deed(conn)
        assert codes(refused) == {"user.last_administrator"}


def test_nobody_takes_their_own_rights(org_db: OrgDatabase, make_user: Make) -> None:
    amy = make_user("amy", profile="Admin")
    make_user("zoe", profile="Admin")
    herself = Actor(amy.id, amy.name, "main", "Admin", "en", "en_US", "UTC", "USD")
    with pytest.raises(Rejected) as refused, org_db.write() as conn:
        users.freeze_user(conn, amy.id, herself)
    assert codes(refused) == {"user.own_rights"}


def test_a_new_password_ends_sessions_and_links(
    org_db: OrgDatabase, root: Actor, make_user: Make
) -> None:
    amy = make_user("amy")
    with org_db.write() as conn:
        token = sessions.start_session(conn, amy.id)
        link = links.issue_link(conn, links.RESET, amy.id)
        users.set_password(conn, amy.id, PasswordHash("$new"), root, must_change=True)
        assert sessions.find_session(conn, "main", token) is None
        assert links.find_link(conn, link) is None
        assert users.get_user(conn, amy.id).must_change_password


def test_users_are_listed_by_name_and_searched_by_name_and_address(
    org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("bob", last_name="Ångström")
    make_user("amy", last_name="zander", email="100%@example.com")
    with org_db.read() as conn:
        assert [u.username for u in users.list_users(conn)] == ["amy", "bob"]
        assert [u.username for u in users.list_users(conn, "ÅNG")] == ["bob"]
        assert [u.username for u in users.list_users(conn, "100%")] == ["amy"]
        assert users.list_users(conn, "0_%") == []
        assert users.count_users(conn) == 2


def test_nobody_is_found_by_an_id_that_is_none(org_db: OrgDatabase) -> None:
    with pytest.raises(NotFound), org_db.read() as conn:
        users.get_user(conn, "005000000000000AAA")


def test_the_system_needs_a_reason() -> None:
    assert system_actor("main", "nightly clean-up").is_administrator
    with pytest.raises(ValueError, match="reason"):
        system_actor("main", " ")
