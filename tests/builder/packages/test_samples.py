"""Records that travel with a package: what they name, what may be seen of them, each once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from tests.factories import administrator, deployed, make_actor, make_document, make_field
from tests.runtime.conftest import crm_documents
from trellis.builder.packages import sampling
from trellis.builder.packages.loading import Loaded, load_samples
from trellis.builder.packages.sampling import Wish, samples_of
from trellis.metadata.packages.archive import Files
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.people import look_up, people_of, remember, settle, settled
from trellis.metadata.packages.read import Package
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import Actor
from trellis.platform.people.users import UserDraft
from trellis.runtime.query.request import Order, Query
from trellis.runtime.query.run import run
from trellis.runtime.records.service import Records


@dataclass
class Office:
    """An org with the small CRM."""

    org_db: OrgDatabase
    snapshot: Snapshot
    actor: Actor

    @property
    def records(self) -> Records:
        return Records(self.org_db, self.actor, self.snapshot)

    def hire(self, name: str) -> str:
        draft = UserDraft(f"{name}@{self.org_db.key}.example", f"{name}@x.example", name)
        with self.org_db.write() as conn:
            return users.create_user(conn, draft, self.actor).id

    def taken(self, *wishes: Wish, actor: Actor | None = None) -> Files:
        with self.org_db.read() as conn:
            return samples_of(conn, actor or self.actor, self.snapshot, "crm", wishes)

    def load(self, files: Files, actor: Actor | None = None) -> Loaded:
        with self.org_db.write() as conn:
            return load_samples(conn, actor or self.actor, self.snapshot, "crm", files)

    def rows(self, name: str, *fields: str) -> list[tuple[object, ...]]:
        query = Query(name, fields, order=(Order(fields[0]),))
        with self.org_db.read() as conn:
            found = run(conn, self.actor, query, self.snapshot).records
        return [tuple(record[path] for path in fields) for record in found]


@pytest.fixture
def two(orgs: Orgs) -> tuple[Office, Office]:
    made = []
    for key in ("one", "two"):
        org_db = orgs.create(key, key)
        made.append(Office(org_db, deployed(org_db, *crm_documents()), administrator(key)))
    return made[0], made[1]


def filled(one: Office) -> dict[str, str]:
    """Accounts in a circle, a contact, a quote with a line, somebody's and nobody's."""
    ana, records = one.hire("ana"), one.records
    top = records.create(
        "Account", {"Name": "Top", "AnnualRevenue": Decimal("12.5"), "OwnerId": ana}
    )
    below = records.create("Account", {"Name": "=Below", "ParentId": top, "Rating": "Hot"})
    records.update(top, {"ParentId": below})
    records.create("Contact", {"Name": "Cy", "AccountId": below, "Email": "cy@x.example"})
    quote = records.create("Quote__c", {"Account__c": top})
    records.create("Line__c", {"Name": "First", "Quote__c": quote, "Price__c": Decimal(3)})
    records.create("Task", {"Subject": "Call", "WhatId": below})
    return {"top": top, "below": below, "quote": quote}


ALL = (Wish("Account"), Wish("Contact"), Wish("Line__c"), Wish("Task"))


def test_records_arrive_with_what_they_name_once_and_go_again_as_they_came(
    two: tuple[Office, Office],
) -> None:
    one, other = two
    filled(one)
    bea = other.hire("bea")
    sent = one.taken(*ALL)
    assert "samples/Quote__c.csv" in sent, "a line is nothing without its quote"
    package = Package(Manifest("crm"), samples=sent)
    assert people_of(package) == {"ana@one.example": ("samples/Account.csv",)}
    with other.org_db.read() as conn:
        people = settle(conn, package, {"ana@one.example": "BEA@two.example"})
    here = settled(package, people)
    done = other.load(here.samples)
    assert (done.created, done.refused, done.left) == (6, [], [])
    accounts = other.rows("Account", "Name", "Parent.Name", "OwnerId", "AnnualRevenue", "Rating")
    assert [(name, parent) for name, parent, *_rest in accounts] == [
        ("=Below", "Top"), ("Top", "=Below"),
    ]  # fmt: skip
    assert accounts[1][2] == bea
    assert other.rows("Contact", "Name", "Account.Name") == [("Cy", "=Below")]
    assert other.rows("Line__c", "Name", "Quote__r.Account__r.Name") == [("First", "Top")]
    again = other.load(here.samples)
    assert (again.created, again.known, len(other.rows("Account", "Name"))) == (0, 6, 2)
    assert other.taken(*ALL)["samples/Contact.csv"] == sent["samples/Contact.csv"]
    with other.org_db.write() as conn:
        remember(conn, people)
        (ana,) = look_up(conn, package, {})
    assert (ana.here, ana.is_known) == ("bea@two.example", False), "who was chosen is remembered"
    newer = {**here.samples, "samples/Contact.csv": b"key:,Name\nnew,Dee\n"}
    assert other.load(newer).created == 1, "only what is new comes in"


def test_nobody_is_made_and_no_name_of_nobody_is_taken(two: tuple[Office, Office]) -> None:
    one, other = two
    filled(one)
    package = Package(Manifest("crm"), samples=one.taken(Wish("Account")))
    with other.org_db.read() as conn, pytest.raises(Rejected) as refusal:
        settle(conn, package, {"ana@one.example": "nobody@two.example"})
    assert refusal.value.problems[0].path == ("nobody@two.example",)
    before = len(other.rows("User", "Name"))
    assert other.load(package.samples).created == 2
    assert len(other.rows("User", "Name")) == before
    owners = {owner for _name, owner in other.rows("Account", "Name", "OwnerId")}
    assert owners == {other.actor.user_id}, "what nobody owns is whose who installs"


def test_what_one_may_not_read_does_not_travel(two: tuple[Office, Office]) -> None:
    one, _other = two
    filled(one)
    every = [f"Account.{f}" for f in one.snapshot.fields("Account")
             if f in ("Name", "Rating", "ParentId", "Phone")]  # fmt: skip
    narrow = make_document(
        "Profile", "Narrow", uid="narrow",
        objectPermissions=[{"object": "Account", "allowRead": True, "viewAllRecords": True}],
        fieldPermissions=[{"field": name, "readable": True} for name in every],
    )  # fmt: skip
    one.snapshot = deployed(one.org_db, narrow)
    found = one.taken(Wish("Account"), actor=make_actor("narrow", "one"))
    head = found["samples/Account.csv"].decode().splitlines()[0].split(",")
    assert "AnnualRevenue" not in head
    assert "Rating" in head
    assert "AnnualRevenue" in one.taken(Wish("Account"))["samples/Account.csv"].decode()


def test_a_sample_is_small(two: tuple[Office, Office], monkeypatch: pytest.MonkeyPatch) -> None:
    one, _other = two
    filled(one)
    assert one.taken(Wish("Account", 1))["samples/Account.csv"].count(b"\n") == 2
    for name in ("User", "Account"):
        with pytest.raises(Rejected) as refusal:
            one.taken(Wish(name, 0 if name == "Account" else 1))
        assert refusal.value.problems[0].path == (name,)
    monkeypatch.setattr(sampling, "MOST", 1)
    with pytest.raises(Rejected, match="would travel"):
        one.taken(*ALL)


def test_what_cannot_come_in_is_told_and_the_rest_comes(two: tuple[Office, Office]) -> None:
    one, other = two
    filled(one)
    one.snapshot = deployed(one.org_db, make_field("Account.Odd__c"))
    files = {
        "samples/Nothing__c.csv": b"Name\nx\n",
        "samples/Account.csv": b"Name,Odd__c,Rating\nGood,1,Hot\n,1,Hot\nGood,1,Hot\n",
        "samples/Contact.csv": b"Name,Account.Name\nEve,Nowhere\nCy,\n",
        "samples/Line__c.csv": b"key:,Name,Quote__c\n1,Alone,key:gone\n",
    }
    done = other.load(files)
    assert done.created == 3
    assert [name for name, _why in done.left] == ["Nothing__c"]
    assert {name for name, _why in done.refused} == {"Account", "Contact", "Line__c"}
    assert other.load(files).known == 3, "rows without keys are known by what they say"
