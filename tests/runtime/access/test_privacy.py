"""Private records are seen by their owner and those they are shared with, by nobody else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tests.factories import administrator, deployed, make_actor, make_field, make_object, nobody
from trellis.metadata.predicates import Condition
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.ids import new_id
from trellis.platform.migrations.tables import sys_user
from trellis.platform.people.actor import Actor
from trellis.platform.people.users import UserDraft, create_user
from trellis.runtime.query import run
from trellis.runtime.query.request import Order, Query
from trellis.runtime.records.lookups import search_lookup
from trellis.runtime.records.service import Records
from trellis.runtime.search import search


@dataclass
class Office:
    """Two colleagues, an administrator, and events of the first."""

    org_db: OrgDatabase
    ada: Records
    bob: Records
    open: str
    secret: str

    def of(self, actor: Actor) -> Records:
        return Records(self.org_db, actor, self.ada.snapshot)


DOCUMENTS = (
    make_object("User", keyPrefix="005", storage="people"),
    make_field("User.Name"),
    make_object(
        "Event", keyPrefix="00U", nameField="Subject", enableHistory=True,
        private={"field": "IsPrivate", "sharedWith": "EventRelation.RelationId"},
    ),
    make_field("Event.Subject", trackHistory=True),
    make_field("Event.IsPrivate", "Checkbox"),
    make_object("EventRelation", sharingModel="ControlledByParent", nameField=""),
    make_field("EventRelation.EventId", "MasterDetail", to="Event"),
    make_field("EventRelation.RelationId", "Lookup", to=["User"], deleteConstraint="Cascade"),
    make_object("Trip__c", nameField="Name"),
    make_field("Trip__c.Name"),
    make_field("Trip__c.Event__c", "Lookup", to="Event"),
)  # fmt: skip


def colleague(org_db: OrgDatabase, name: str) -> Actor:
    with org_db.write() as conn:
        email = f"{name}@example.org"
        user = create_user(conn, UserDraft(email, email, name.title()), nobody())
    return make_actor(user_id=user.id, name=name.title())


@pytest.fixture
def office(org_db: OrgDatabase) -> Office:
    snapshot = deployed(org_db, *DOCUMENTS)
    ada = Records(org_db, colleague(org_db, "ada"), snapshot)
    bob = Records(org_db, colleague(org_db, "bob"), snapshot)
    plain = ada.create("Event", {"Subject": "Fair"})
    secret = ada.create("Event", {"Subject": "Doctor", "IsPrivate": True})
    return Office(org_db, ada, bob, plain, secret)


def subjects(records: Records, **query: object) -> set[str]:
    asked = Query("Event", ("Subject",), **query)  # type: ignore[arg-type]
    with records.org_db.read() as conn:
        found = run.run(conn, records.actor, asked, records.snapshot).records
        assert run.count(conn, records.actor, asked, records.snapshot) == len(found)
    return {record["Subject"] for record in found}


def test_lists_counts_and_pages_leave_out_the_secrets_of_others(office: Office) -> None:
    everything = {"Fair", "Doctor"}
    for order in ((), (Order("Subject"),), (Order("CreatedDate", descending=True),)):
        assert subjects(office.ada, order=order, limit=10) == everything
        assert subjects(office.bob, order=order, limit=10) == {"Fair"}
    assert subjects(office.of(administrator())) == {"Fair"}
    assert subjects(office.of(nobody())) == everything
    where = Condition("Subject", "startsWith", ("Doc",))
    assert not subjects(office.bob, where=where)


def test_the_record_its_search_and_its_lookup_are_as_if_it_were_not_there(office: Office) -> None:
    assert office.ada.get(office.secret, ["Subject"])["Subject"] == "Doctor"
    with pytest.raises(NotFound):
        office.bob.get(office.secret, ["Subject"])
    with pytest.raises(NotFound):
        office.bob.update(office.secret, {"Subject": "Found out"})
    with pytest.raises(NotFound):
        office.bob.delete([office.secret])
    bob, snapshot = office.bob.actor, office.bob.snapshot
    lookup = snapshot.field("Trip__c", "Event__c")
    with office.org_db.read() as conn:
        assert not search(conn, bob, snapshot, "doctor")
        assert not search_lookup(conn, bob, snapshot, lookup, "doc")
        assert not run.find_titles(conn, bob, snapshot, [office.secret])
    with pytest.raises(Rejected, match="not found"):
        office.bob.create("Trip__c", {"Name": "Spy", "Event__c": office.secret})


def test_a_path_through_a_secret_reads_as_blank_for_each_reader_by_themselves(
    office: Office,
) -> None:
    office.ada.create("Trip__c", {"Name": "To town", "Event__c": office.secret})
    query = Query("Trip__c", ("Name", "Event__r.Subject"))
    for _turn in range(2):  # the second time the statements are known
        for records, seen in ((office.bob, None), (office.ada, "Doctor"), (office.bob, None)):
            with office.org_db.read() as conn:
                (trip,) = run.run(conn, records.actor, query, records.snapshot).records
            assert trip["Event__r.Subject"] == seen


def test_who_is_invited_sees_it_until_they_no_longer_are(office: Office) -> None:
    invited = office.ada.create(
        "EventRelation", {"EventId": office.secret, "RelationId": office.bob.actor.user_id}
    )
    assert subjects(office.bob) == {"Fair", "Doctor"}
    office.ada.delete([invited])
    assert subjects(office.bob) == {"Fair"}


def test_a_new_owner_sees_what_the_old_one_no_longer_does(office: Office) -> None:
    office.ada.update(office.secret, {"OwnerId": office.bob.actor.user_id})
    assert subjects(office.bob) == {"Fair", "Doctor"}
    assert subjects(office.ada) == {"Fair"}


@pytest.mark.parametrize(
    ("private", "code"),
    [
        ({"field": "Subject"}, "object.private_field"),
        ({"field": "IsPrivate", "sharedWith": "Trip__c.Event__c"}, "object.private_members"),
    ],
)
def test_privacy_that_makes_no_sense_is_refused(
    office: Office, private: dict[str, str], code: str
) -> None:
    event = next(d for d in DOCUMENTS if d["name"] == "Event")
    with pytest.raises(Rejected) as refusal:
        deployed(office.org_db, {**event, "private": private})
    assert code in [problem.code for problem in refusal.value.problems]


def test_people_are_of_the_platform(office: Office) -> None:
    """The rule names users by id, whatever their table: an unknown one is no key to anything."""
    stranger = make_actor(user_id=new_id("005"))
    assert subjects(office.of(stranger)) == {"Fair"}
    with office.org_db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_user)) == 2
