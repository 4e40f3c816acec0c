"""People to test with; one password for all, hashed once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people import users
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import PasswordHash, hash_password
from trellis.platform.people.users import User, UserDraft

PASSWORD = "quiet harbour lantern"


@cache
def password_hash() -> PasswordHash:
    return hash_password(PASSWORD)


def add_user(conn: sa.Connection, username: str = "amy", **rest: Any) -> User:
    values = {"email": f"{username}@example.com", "last_name": username.title()} | rest
    by = system_actor("main", "test")
    user = users.create_user(conn, UserDraft(username, **values), by)
    users.set_password(conn, user.id, password_hash(), by)
    return users.get_user(conn, user.id)


@pytest.fixture
def make_user(org_db: OrgDatabase) -> Callable[..., User]:
    def make(username: str = "amy", **rest: Any) -> User:
        return org_db.transact(lambda conn: add_user(conn, username, **rest))

    return make


@pytest.fixture
def root() -> Actor:
    return system_actor("main", "test")
