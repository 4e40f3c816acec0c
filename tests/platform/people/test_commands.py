from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result

from trellis.platform.cli import build_cli
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people import sign_in, users
from trellis.platform.people.sign_in import Origin
from trellis.platform.people.users import User

Make = Callable[..., User]


def run(config: Config, *words: str, **rest: str) -> Result:
    return CliRunner().invoke(build_cli((), {}), ["user", *words], obj=config, **rest)  # type: ignore[arg-type]


def test_an_administrator_is_made_with_a_password_to_change(
    config: Config, org_db: OrgDatabase
) -> None:
    result = run(
        config, "create", "amy", "--email", "amy@example.com", "--last-name", "W", "--admin"
    )
    assert result.exit_code == 0, result.output
    password = result.output.strip().rsplit(": ", 1)[1]
    assert sign_in.sign_in(org_db, "amy", password, Origin())
    with org_db.read() as conn:
        made = users.find_by_username(conn, "amy")
    assert made
    assert (made.profile, made.must_change_password) == ("Admin", True)


def test_a_password_can_come_from_a_pipe_and_is_checked(
    config: Config, org_db: OrgDatabase
) -> None:
    words = ("create", "amy", "--email", "amy@example.com", "--last-name", "W", "--password-stdin")
    weak = run(config, *words, input="short\n")
    assert weak.exit_code == 1
    assert "too short" in weak.output
    with org_db.read() as conn:
        assert users.find_by_username(conn, "amy") is None
    good = run(config, *words, input="quiet harbour lantern\n")
    assert good.exit_code == 0
    assert "lantern" not in good.output
    assert sign_in.sign_in(org_db, "amy", "quiet harbour lantern", Origin())


def test_every_problem_of_a_user_is_said_at_once(config: Config, org_db: OrgDatabase) -> None:
    result = run(config, "create", "a b", "--email", "nobody", "--last-name", " ")
    assert result.exit_code == 1
    assert all(word in result.output for word in ("user name", "email", "last name"))


def test_users_are_listed_frozen_and_let_in_again(
    config: Config, org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("amy")
    assert run(config, "freeze", "AMY").exit_code == 0
    assert "amy\tAmy\tamy@example.com\tStandard\tfrozen" in run(config, "list").output
    assert run(config, "unfreeze", "amy").exit_code == 0
    assert run(config, "list", "--search", "nobody").output == ""
    missing = run(config, "freeze", "nobody")
    assert (missing.exit_code, "There is no user nobody." in missing.output) == (1, True)


def test_a_reset_password_is_printed_once_or_a_link_sent(
    config: Config, org_db: OrgDatabase, make_user: Make
) -> None:
    make_user("amy")
    result = run(config, "reset-password", "amy")
    assert sign_in.sign_in(org_db, "amy", result.output.strip().rsplit(": ", 1)[1], Origin())
    assert run(config, "reset-password", "amy", "--send-link").output == ""
    assert run(config, "list", "--org", "nowhere").exit_code == 1
