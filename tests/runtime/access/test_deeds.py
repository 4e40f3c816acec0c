"""What may be done with a record: seen, edited, disposed of; and how the rest is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from tests.factories import deployed, make_document
from tests.runtime.conftest import Crm
from trellis.metadata.snapshot import Snapshot
from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Denied, NotFound, Rejected
from trellis.platform.migrations.tables import sys_share
from trellis.platform.people import users
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft
from trellis.runtime.access.levels import Level
from trellis.runtime.access.permissions import exceeds
from trellis.runtime.query.held import level_on
from trellis.runtime.records.service import Records

pytestmark = pytest.mark.abuse("A07", "A08")


@dataclass
class Office:
    """Amy and Ben in one role, Cleo above them."""

    org_db: OrgDatabase
    snapshot: Snapshot
    actors: dict[str, Actor]

    def records(self, who: str) -> Records:
        return Records(self.org_db, self.actors[who], self.snapshot)

    def level(self, who: str, record_id: str) -> Level:
        with self.org_db.read() as conn:
            return level_on(conn, self.actors[who], self.snapshot, record_id)


@pytest.fixture
def office(crm: Crm) -> Office:
    account = dict(crm.snapshot.object("Account").document) | {"sharingModel": "Read"}
    contact = dict(crm.snapshot.object("Contact").document) | {"sharingModel": "Private"}
    quote = dict(crm.snapshot.object("Quote__c").document) | {"sharingModel": "ReadWrite"}
    roles = (make_document("Role", "Chief"), make_document("Role", "Rep", parentRole="Chief"))
    snapshot = deployed(crm.org_db, account, contact, quote, *roles)
    by, actors = system_actor("main", "a test"), {}
    with crm.org_db.write() as conn:
        for name, role in (("Amy", "Rep"), ("Ben", "Rep"), ("Cleo", "Chief")):
            uid = snapshot.get("Role", role).uid
            draft = UserDraft(name, f"{name}@example.com", name, role=uid)
            user = users.create_user(conn, draft, by)
            found = find_actor(conn, "main", user.id)
            assert found is not None
            actors[name] = found
    return Office(crm.org_db, snapshot, actors)


def test_levels_follow_owner_default_and_tree(office: Office) -> None:
    account = office.records("Amy").create("Account", {"Name": "a"})
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    found = {who: (office.level(who, account), office.level(who, contact)) for who in office.actors}
    assert found == {
        "Amy": (Level.FULL, Level.FULL),
        "Ben": (Level.READ, Level.NONE),
        "Cleo": (Level.FULL, Level.FULL),
    }


def test_what_may_be_seen_is_denied_and_what_may_not_is_missing(office: Office) -> None:
    account = office.records("Amy").create("Account", {"Name": "a"})
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    ben = office.records("Ben")
    deeds: list[Callable[[str], object]] = [
        lambda record_id: ben.update(record_id, {"Name": "x"}),
        lambda record_id: ben.delete((record_id,)),
    ]
    for deed in deeds:
        with pytest.raises(Denied):
            deed(account)
        with pytest.raises(NotFound):
            deed(contact)
    outcome = ben.update_many("Account", {account: {"Name": "x"}})[account]
    assert [p.code for p in outcome.problems] == ["record.read_only"]
    assert office.records("Amy").get(account, ("Name",))["Name"] == "a"


def test_editing_everybodys_records_is_not_deleting_or_giving_them_away(office: Office) -> None:
    quote = office.records("Amy").create("Quote__c", {})
    ben = office.records("Ben")
    ben.update(quote, {"Account__c": None})
    with pytest.raises(Denied):
        ben.delete((quote,))
    with pytest.raises(Rejected) as refusal:
        ben.update(quote, {"OwnerId": office.actors["Ben"].user_id})
    assert refusal.value.problems[0].code == "owner.not_transferable"
    office.records("Amy").update(quote, {"OwnerId": office.actors["Ben"].user_id})
    ben.delete((quote,))


def test_a_record_goes_to_nobody_who_cannot_work_with_it(office: Office) -> None:
    account = office.records("Amy").create("Account", {"Name": "a"})
    ben = office.actors["Ben"].user_id
    with office.org_db.write() as conn:
        users.deactivate_user(conn, ben, system_actor("main", "a test"))
    with pytest.raises(Rejected) as refusal:
        office.records("Amy").update(account, {"OwnerId": ben})
    assert refusal.value.problems[0].code == "owner.unfit"


def test_a_transfer_ends_the_shares_given_by_hand(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    uid, amy = office.snapshot.object("Contact").uid, office.actors["Amy"].user_id
    with office.org_db.write() as conn:
        row = {"record_id": contact, "object_uid": uid, "level": 2, "at": clock.now()}
        shares = [
            row | {"grantee": office.actors["Ben"].user_id, "cause": cause, "by_id": amy}
            for cause in ("Manual", "Team")
        ]
        conn.execute(sa.insert(sys_share), shares)
    assert office.level("Ben", contact) is Level.EDIT
    office.records("Amy").update(contact, {"OwnerId": office.actors["Cleo"].user_id})
    with office.org_db.read() as conn:
        assert list(conn.scalars(sa.select(sys_share.c.cause))) == ["Team"]


def test_a_detail_is_what_its_master_is(office: Office) -> None:
    quote = office.records("Amy").create("Quote__c", {})
    line = office.records("Ben").create("Line__c", {"Name": "l", "Quote__c": quote})
    assert office.level("Ben", line) is Level.FULL
    document = dict(office.snapshot.object("Quote__c").document) | {"sharingModel": "Read"}
    office.snapshot = deployed(office.org_db, document)
    assert office.level("Ben", line) is Level.READ
    with pytest.raises(Rejected) as refusal:
        office.records("Ben").create("Line__c", {"Name": "m", "Quote__c": quote})
    assert refusal.value.problems[0].code == "master.read_only"


def test_what_was_deleted_comes_back_by_those_who_could_delete_it(office: Office) -> None:
    account = office.records("Amy").create("Account", {"Name": "a"})
    office.records("Amy").delete((account,))
    with pytest.raises(NotFound):
        office.records("Ben").undelete((account,))
    assert office.records("Cleo").undelete((account,)) == (account,)


def test_a_move_in_the_tree_holds_from_the_next_statement_on(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    assert office.level("Cleo", contact) is Level.FULL
    chief = dict(office.snapshot.get("Role", "Chief").document) | {"parentRole": "Rep"}
    rep = dict(office.snapshot.get("Role", "Rep").document)
    del rep["parentRole"]
    office.snapshot = deployed(office.org_db, chief, rep)
    assert office.level("Cleo", contact) is Level.NONE
    with office.org_db.write() as conn:
        amy = office.actors["Amy"].user_id
        users.update_user(conn, amy, {"role": chief["uid"]}, system_actor("main", "a test"))
    assert office.level("Ben", contact) is Level.FULL


def test_rights_exceed_others_when_one_is_lacking_there(office: Office) -> None:
    amy = office.actors["Amy"]
    admin, reader = replace(amy, profile="Admin"), replace(amy, profile="ReadOnly")
    pairs = [(amy, admin), (reader, amy), (amy, amy)]
    assert not any(exceeds(one, other, office.snapshot) for one, other in pairs)
    assert exceeds(admin, amy, office.snapshot)
    assert exceeds(amy, reader, office.snapshot)
