"""The explanation of an access is the access: what each statement gives, part by part."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import product

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import deployed, make_document
from tests.runtime.access import worlds
from tests.runtime.access.oracle import World
from tests.runtime.access.test_deeds import Office, office
from tests.runtime.access.test_oracle import Undone, base
from trellis.metadata.snapshot import Snapshot
from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import TrellisError
from trellis.platform.migrations.tables import sys_share
from trellis.runtime.access.branch import Reason
from trellis.runtime.access.explain import Holding, explain
from trellis.runtime.access.levels import Level
from trellis.runtime.access.verdicts import Answer, Deed, Why, answer, field_verdicts
from trellis.runtime.query.held import held

__all__ = ["base", "office"]  # fixtures


def test_an_explanation_is_what_the_query_door_gives(org_db: OrgDatabase, base: Snapshot) -> None:
    @settings(max_examples=15, deadline=None, database=None)
    @given(st.integers(0, 2**40))
    def agree(seed: int) -> None:
        assert not disagreements(org_db, base, worlds.make_world(seed), seed), f"seed {seed}"

    agree()


def disagreements(org_db: OrgDatabase, base: Snapshot, world: World, seed: int) -> list[str]:
    """Each record of one person on which explanation, door and oracle do not all agree."""
    snapshot, found = worlds.snapshot_of(world, base), list[str]()
    person = random.Random(seed).choice(list(world.people.values()))
    actor = worlds.actor_of(person, snapshot)
    with suppress(Undone), org_db.write() as conn:
        worlds.fill(conn, world, snapshot)
        for record in world.records.values():
            told = explain(conn, actor, snapshot, record.id)
            for level in (Level.READ, Level.EDIT, Level.FULL):
                ids = held(conn, actor, snapshot, record.object, [record.id], level)
                if bool(ids) != (told.level >= level) or not is_founded(told):
                    found.append(f"{person} {record}: {level} {bool(ids)}, told {told}")
            if told.level != world.level(person, record):
                found.append(f"{person} {record}: oracle {world.level(person, record)}")
        raise Undone
    return found


def is_founded(told: Holding) -> bool:
    """Whether something is named for all that is held."""
    return told.level == max((told.of_all, *(cause.level for cause in told.causes)))


def asked(office: Office, who: str, record_id: str) -> Answer:
    with office.org_db.read() as conn:
        return answer(conn, office.actors[who], office.snapshot, record_id)


def test_deeds_are_told_as_the_service_does_them(office: Office) -> None:
    to_cleo = {"OwnerId": office.actors["Cleo"].user_id}
    changes = {"Account": {"Name": "x"}, "Contact": {"Name": "x"}, "Quote__c": {"Account__c": None}}
    for who, (name, values) in product(office.actors, changes.items()):
        made = office.records("Amy").create(name, {} if name == "Quote__c" else {"Name": name})
        records = office.records(who)
        done = {
            Deed.SEE: succeeds(partial(records.get, made, ("Id",))),
            Deed.EDIT: succeeds(partial(records.update, made, values)),
        }
        told = asked(office, who, made)
        done[Deed.TRANSFER] = succeeds(partial(records.update, made, to_cleo))
        assert {deed: told.may(deed) for deed in done} == done, (who, name)
        told = asked(office, who, made)
        assert told.may(Deed.DELETE) == succeeds(partial(records.delete, (made,))), (who, name)


def succeeds(deed: Callable[[], object]) -> bool:
    try:
        deed()
    except TrellisError:
        return False
    return True


def test_each_reason_is_named(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    amy = asked(office, "Amy", contact).deeds[Deed.EDIT]
    assert [g.cause.reason for g in amy.grounds if g.cause] == [Reason.OWNER]
    assert [giver.name for giver in amy.grounds[-1].givers] == ["Standard"]
    cleo = asked(office, "Cleo", contact).deeds[Deed.DELETE]
    assert [g.cause.reason for g in cleo.grounds if g.cause] == [Reason.HIERARCHY]
    ben = asked(office, "Ben", contact).deeds[Deed.SEE]
    assert [g.why for g in ben.grounds] == [Why.LACKS_RECORD]


def test_rules_and_shares_are_told_apart(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    rule = make_document(
        "SharingRule", "Contact.Reps", object="Contact", type="owner", access="Read",
        sharedFrom={"type": "role", "name": "Rep"}, sharedTo={"type": "role", "name": "Rep"},
    )  # fmt: skip
    office.snapshot = deployed(office.org_db, rule)
    row = {"record_id": contact, "object_uid": office.snapshot.object("Contact").uid, "level": 2,
           "grantee": office.actors["Ben"].user_id, "cause": "Manual", "at": clock.now(),
           "by_id": office.actors["Amy"].user_id}  # fmt: skip
    with office.org_db.write() as conn:
        conn.execute(sa.insert(sys_share), row)
    holding = asked(office, "Ben", contact).holding
    found = {cause.reason: (cause.level, cause.uid) for cause in holding.causes}
    assert found == {Reason.SHARE: (Level.EDIT, ""), Reason.RULE: (Level.READ, rule["uid"])}


def test_a_right_that_is_lacking_decides_before_the_record_does(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    office.actors["Amy"] = replace(office.actors["Amy"], profile="ReadOnly")
    told = asked(office, "Amy", contact)
    assert told.may(Deed.SEE)
    assert [g.why for g in told.deeds[Deed.EDIT].grounds] == [Why.LACKS_RIGHT]
    fields = {one.field.local_name: one for one in field_verdicts(told, office.snapshot)}
    assert fields["Email"].read.is_allowed
    assert not fields["Email"].edit.is_allowed
    assert fields["Name"].read.grounds[0].why is Why.SHOWN


def test_a_record_in_the_bin_is_nothing_to_explain(office: Office) -> None:
    contact = office.records("Amy").create("Contact", {"Name": "c"})
    office.records("Amy").delete((contact,))
    assert not asked(office, "Amy", contact).may(Deed.SEE)


@pytest.mark.parametrize("who", ["Amy", "Ben"])
def test_fields_are_told_as_they_are_read(office: Office, who: str) -> None:
    account = office.records("Amy").create("Account", {"Name": "a"})
    told = asked(office, who, account)
    for one in field_verdicts(told, office.snapshot):
        assert one.read.grounds, one.field.name
        assert one.edit.grounds, one.field.name
        assert one.read.is_allowed, one.field.name
        if one.edit.is_allowed:
            assert who == "Amy", one.field.name
