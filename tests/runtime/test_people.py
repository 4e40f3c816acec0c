"""Users as records: read through the same door, from the platform's own table."""

from __future__ import annotations

import pytest

from tests.factories import deployed, make_field, nobody
from tests.runtime.conftest import Crm, crm_documents
from trellis.metadata.predicates import Condition, Predicate
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.people.users import UserDraft, create_user
from trellis.runtime.query import run
from trellis.runtime.query.request import Order, Query
from trellis.runtime.records.lookups import search_lookup
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables

FIELDS = (
    make_field("User.FirstName"), make_field("User.Email", "Email"), make_field("User.Title"),
    make_field("User.Alias"), make_field("User.ManagerId", "Lookup", to="User"),
)  # fmt: skip


@pytest.fixture
def crm(org_db: OrgDatabase) -> Crm:
    snapshot = deployed(org_db, *crm_documents(), *FIELDS)
    with org_db.write() as conn:
        boss = create_user(
            conn, UserDraft("Boss@x.example", "boss@x.example", "Lovelace", "Ada", "AL"), nobody()
        )
        draft = UserDraft("bob@x.example", "bob@x.example", "Ray", title="Rep", manager_id=boss.id)
        create_user(conn, draft, nobody())
    actor = nobody()
    return Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))


def names(crm: Crm, where: Predicate) -> list[str]:
    query = Query("User", ("Name",), where, (Order("Name"),))
    with crm.org_db.read() as conn:
        return [r["Name"] for r in run.run(conn, crm.actor, query, crm.snapshot).records]


FILTERS: list[tuple[Condition, list[str]]] = [
    (Condition("Name", "contains", ("LOVE",)), ["Ada Lovelace"]),
    (Condition("Alias", "equals", ("al",)), ["Ada Lovelace"]),
    (Condition("Title", "equals", ("REP",)), ["Ray"]),
    (Condition("Title", "isBlank"), ["Ada Lovelace"]),
    (Condition("FirstName", "notEqual", ("ada",)), ["Ray"]),
    (Condition("Username", "equals", ("boss@X.example",)), ["Ada Lovelace"]),
    (Condition("Manager.Email", "startsWith", ("boss",)), ["Ray"]),
    (Condition("IsActive", "equals", ("true",)), ["Ada Lovelace", "Ray"]),
    (Condition("CreatedDate", "equals", ("TODAY",)), ["Ada Lovelace", "Ray"]),
]


def test_users_are_filtered_like_records(crm: Crm, subtests: pytest.Subtests) -> None:
    for where, expected in FILTERS:
        with subtests.test(where=where):
            assert names(crm, where) == expected


def test_what_is_no_field_of_a_user_cannot_be_asked_for(crm: Crm) -> None:
    for path in ("PasswordHash", "password_hash", "username_key", "theme"):
        with pytest.raises(Rejected):
            names(crm, Condition(path, "isBlank"))


def test_owners_have_names(crm: Crm) -> None:
    (boss,) = [r for r in everybody(crm) if r["Name"] == "Ada Lovelace"]
    account = crm.make("Account", Name="a", OwnerId=boss.id)
    assert crm.records.get(account, ("Owner.Name",))["Owner.Name"] == "Ada Lovelace"
    lookup = crm.snapshot.field("Account", "OwnerId")
    with crm.org_db.read() as conn:
        (hit,) = search_lookup(conn, crm.actor, crm.snapshot, lookup, "ada")
    assert (hit.id, hit.title) == (boss.id, "Ada Lovelace")


def everybody(crm: Crm) -> tuple[run.Record, ...]:
    with crm.org_db.read() as conn:
        return run.run(conn, crm.actor, Query("User", ("Name",)), crm.snapshot).records


def test_a_field_added_to_users_is_read_from_a_slice(crm: Crm) -> None:
    snapshot = deployed(crm.org_db, make_field("User.Team__c"))
    with crm.org_db.read() as conn:
        query = Query("User", ("Name", "Team__c"), order=(Order("Team__c"),))
        records = run.run(conn, crm.actor, query, snapshot).records
    assert {record["Team__c"] for record in records} == {None}
    assert len(Tables.of(snapshot).home("User").slices) == 1


def test_the_tables_of_a_snapshot_go_with_it(crm: Crm) -> None:
    first = Tables.of(crm.snapshot)
    assert Tables.of(crm.snapshot) is first
    other = crm.snapshot.with_changes()
    assert Tables.of(other) is not first
