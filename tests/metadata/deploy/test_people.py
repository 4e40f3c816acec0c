"""The users' object: its standard fields are the platform's columns, added ones have a slice."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.factories import make_document, make_field
from tests.metadata.company import WHO, document, put, snapshot_of
from trellis.metadata.definition import Document
from trellis.metadata.deploy.convert import Columns, rows_of, write_values
from trellis.metadata.deploy.revert import revert
from trellis.metadata.invariants import check_metadata
from trellis.metadata.kinds.custom_field import CustomField
from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import new_id
from trellis.platform.migrations.tables import sys_user

USER: Document = make_document(
    "CustomObject", "User", uid="User", label="User", storage="people", keyPrefix="005"
)
NAME = make_field("User.Name", uid="User.Name")
EMAIL = make_field("User.Email", "Email", uid="User.Email")
RANK = make_field("User.Rank__c", uid="User.Rank__c", unique=True)


@pytest.fixture
def people(org_db: OrgDatabase) -> OrgDatabase:
    """Two users, and a rank for the first."""
    put(org_db, USER, NAME, EMAIL)
    with org_db.write() as conn:
        for name in ("ada", "bob"):
            conn.execute(sa.insert(sys_user).values(_person(name)))
    put(org_db, RANK)
    with org_db.write() as conn:
        first = conn.scalar(sa.select(sys_user.c.id).order_by(sys_user.c.id).limit(1))
        write_values(conn, _rank(org_db), _columns(org_db), [(first, "7")])
    return org_db


def _person(name: str) -> dict[str, object]:
    now = clock.now()
    return {
        "id": new_id("005"), "username": name, "username_key": name, "email": name,
        "email_key": name, "last_name": name, "name": name, "name_key": name,
        "profile": "Standard", "is_active": True, "is_frozen": False, "language": "en",
        "locale": "en_US", "time_zone": "UTC", "theme": "light", "density": "cozy",
        "must_change_password": False, "created_at": now, "created_by": "x", "modified_at": now,
        "modified_by": "x", "version": 1, "is_deleted": False,
    }  # fmt: skip


def _rank(org_db: OrgDatabase) -> CustomField:
    return snapshot_of(org_db).field("User", "Rank__c")


def _columns(org_db: OrgDatabase) -> Columns:
    return Columns("sys_user", snapshot_of(org_db).storage.of_field("User.Rank__c"))


def _ranks(org_db: OrgDatabase) -> list[object]:
    with org_db.read() as conn:
        return [v for _id, (v,) in rows_of(conn, (_rank(org_db), _columns(org_db)))]


def test_standard_fields_have_no_columns_of_ours(people: OrgDatabase) -> None:
    storage = snapshot_of(people).storage
    assert storage.of_field("User.Email") == {}
    assert {p.table for p in storage.of_field("User.Rank__c").values()} == {"t1_1"}
    assert storage.prefix("User") == "005"
    assert check_metadata(people) == ()


def test_an_added_field_reads_blank_for_whoever_has_no_row(people: OrgDatabase) -> None:
    assert _ranks(people) == ["7", None]


def test_an_added_field_is_unique(people: OrgDatabase) -> None:
    with people.read() as conn:
        second = conn.execute(sa.select(sys_user.c.id).order_by(sys_user.c.id)).scalars().all()[1]
    with pytest.raises(sa.exc.IntegrityError), people.write() as conn:
        write_values(conn, _rank(people), _columns(people), [(second, "7")])


def test_an_added_field_is_converted_deleted_and_brought_back(people: OrgDatabase) -> None:
    number = make_field("User.Rank__c", "Number", uid="User.Rank__c", precision=9, scale=0)
    done = put(people, number)
    assert _ranks(people) == [Decimal(7), None]
    revert(people, WHO, done.id)
    assert _ranks(people) == ["7", None]
    gone = put(people, remove=("User.Rank__c",))
    assert check_metadata(people) == ()
    revert(people, WHO, gone.id)
    assert _ranks(people) == ["7", None]
    assert check_metadata(people) == ()


def test_a_standard_field_may_get_another_label(people: OrgDatabase) -> None:
    put(people, {**document(people, "User.Email"), "label": "Mail"})
    put(people, remove=("User.Email",))
    assert check_metadata(people) == ()
