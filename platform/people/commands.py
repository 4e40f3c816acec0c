"""`trellis user …`: create, list, freeze users and reset their passwords from the server itself."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import sqlalchemy as sa

from ..config import Config
from ..db.scope import OrgDatabase
from ..errors import NotFound
from ..i18n import _
from ..orgs import Orgs
from . import letters, sign_in, users
from .actor import ADMIN, STANDARD, Actor, system_actor
from .passwords import hash_password
from .users import User, UserDraft

_REASON = "command line of the server"
org_option = click.option("--org", "key", help="Key of the org; TRELLIS_ORG unless given.")


@click.group()
def user() -> None:
    """Create, list and freeze users; reset passwords."""


@user.command("create")
@click.argument("username")
@click.option("--email", required=True)
@click.option("--last-name", required=True)
@click.option("--first-name", default="")
@click.option("--admin", is_flag=True, help="Give the profile Admin.")
@click.option("--language", default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--invite", is_flag=True, help="Send a link instead of making a password.")
@org_option
@click.pass_obj
def create(
    config: Config,
    username: str,
    email: str,
    last_name: str,
    first_name: str,
    admin: bool,
    language: str,
    time_zone: str,
    password_stdin: bool,
    invite: bool,
    key: str | None,
) -> None:
    """Create a user; without --password-stdin or --invite, print a first password."""
    draft = UserDraft(
        username,
        email,
        last_name,
        first_name,
        profile=ADMIN if admin else STANDARD,
        language=language,
        time_zone=time_zone,
    )
    chosen = sys.stdin.readline().rstrip("\n") if password_stdin else ""
    made = "" if password_stdin or invite else secrets.token_urlsafe(12)
    password_hash = hash_password(chosen or made) if chosen or made else None

    def add(conn: sa.Connection, root: Actor) -> User:
        added = users.create_user(conn, draft, root)
        if chosen:
            sign_in.refuse_weak(added, chosen)
        if password_hash is not None:
            users.set_password(conn, added.id, password_hash, root, must_change=bool(made))
        elif invite:
            letters.send_invitation(conn, config, added.id, root)
        return added

    with _opened(config, key) as (db, root):
        added = db.transact(lambda conn: add(conn, root))
    click.echo(_("Created %(username)s (%(id)s).", username=added.username, id=added.id))
    _tell(made)


@user.command("list")
@click.option("--search", default="", help="Part of a name, user name or email.")
@org_option
@click.pass_obj
def list_all(config: Config, search: str, key: str | None) -> None:
    """List users with profile and state."""
    with _opened(config, key) as (db, _root), db.read() as conn:
        for found in users.list_users(conn, search, limit=10_000):
            state = "frozen" if found.is_frozen else "active" if found.is_active else "inactive"
            click.echo("\t".join((found.username, found.name, found.email, found.profile, state)))


@user.command("reset-password")
@click.argument("username")
@click.option("--send-link", is_flag=True, help="Send a link instead of making a password.")
@org_option
@click.pass_obj
def reset_password(config: Config, username: str, send_link: bool, key: str | None) -> None:
    """Make a password that the user must change at once, and print it."""
    made = "" if send_link else secrets.token_urlsafe(12)
    password_hash = hash_password(made) if made else None

    def reset(conn: sa.Connection, root: Actor) -> None:
        found = _named(conn, username)
        if password_hash is None:
            letters.send_reset(conn, config, found.id, root)
        else:
            users.set_password(conn, found.id, password_hash, root, must_change=True)

    with _opened(config, key) as (db, root):
        db.transact(lambda conn: reset(conn, root))
    _tell(made)


@user.command("freeze")
@click.argument("username")
@org_option
@click.pass_obj
def freeze(config: Config, username: str, key: str | None) -> None:
    """Sign the user out everywhere and refuse further sign-ins."""
    with _opened(config, key) as (db, root):
        db.transact(lambda conn: users.freeze_user(conn, _named(conn, username).id, root))


@user.command("unfreeze")
@click.argument("username")
@org_option
@click.pass_obj
def unfreeze(config: Config, username: str, key: str | None) -> None:
    """Let the user sign in again."""
    with _opened(config, key) as (db, root):
        db.transact(lambda conn: users.unfreeze_user(conn, _named(conn, username).id, root))


@contextmanager
def _opened(config: Config, key: str | None) -> Iterator[tuple[OrgDatabase, Actor]]:
    """The org that was named, or the usual one, and the system as who acts."""
    with Orgs(config) as orgs:
        db = orgs.open(key or config.org)
        yield db, system_actor(db.key, _REASON)


def _named(conn: sa.Connection, username: str) -> User:
    if (found := users.find_by_username(conn, username)) is None:
        raise NotFound(_("There is no user %(username)s.", username=username))
    return found


def _tell(password: str) -> None:
    if password:
        click.echo(_("First password, to be changed at sign-in: %(password)s", password=password))
