"""Relations from their other side: what hangs on a record one may see, added and moved by it."""

from __future__ import annotations

import pytest

from tests.factories import administrator, deployed, make_actor
from tests.runtime.conftest import Crm
from trellis.metadata.predicates import Condition
from trellis.platform.errors import Denied, NotFound, Rejected
from trellis.runtime.query import run
from trellis.runtime.query.request import Aggregate, Query
from trellis.runtime.records.service import Records


@pytest.fixture
def two(crm: Crm) -> tuple[Records, Records, dict[str, str]]:
    """The administrator and somebody with private accounts, contacts, quotes of their own."""
    private = [dict(crm.snapshot.object(name).document) | {"sharingModel": "Private"}
               for name in ("Account", "Contact", "Opportunity", "Quote__c", "Task")]  # fmt: skip
    snapshot = deployed(crm.org_db, *private)
    boss = Records(crm.org_db, administrator(), snapshot)
    mine = Records(crm.org_db, make_actor(), snapshot)
    ids = {}
    for who, records in (("mine", mine), ("theirs", boss)):
        account = records.create("Account", {"Name": f"{who} account"})
        quote = records.create("Quote__c", {"Account__c": account})
        line = records.create("Line__c", {"Name": f"{who} line", "Quote__c": quote})
        contact = records.create("Contact", {"Name": f"{who} contact", "AccountId": account})
        made = {"account": account, "quote": quote, "line": line, "contact": contact}
        ids |= {f"{who} {name}": one for name, one in made.items()}
    return mine, boss, ids


Two = tuple[Records, Records, dict[str, str]]


@pytest.mark.abuse("A10")
def test_nothing_is_hung_on_what_one_may_not_see(two: Two) -> None:
    mine, boss, ids = two
    for name, values in (
        ("Contact", {"Name": "c", "AccountId": ids["theirs account"]}),
        ("Line__c", {"Name": "l", "Quote__c": ids["theirs quote"]}),
        ("Task", {"Subject": "t", "WhatId": ids["theirs account"]}),
        ("Quote__c", {"Account__c": ids["theirs account"]}),
    ):
        with pytest.raises(Rejected) as refusal:
            mine.create(name, values)
        assert "theirs" not in str(refusal.value)
    assert names(boss, "Line__c", "Name") == {"mine line", "theirs line"}


@pytest.mark.abuse("A10")
def test_nothing_is_moved_to_or_from_what_one_may_not_change(two: Two) -> None:
    mine, boss, ids = two
    for record_id, values in (
        (ids["mine contact"], {"AccountId": ids["theirs account"]}),
        (ids["mine quote"], {"Account__c": ids["theirs account"]}),
        (ids["mine line"], {"Quote__c": ids["theirs quote"]}),
    ):
        with pytest.raises(Rejected):
            mine.update(record_id, values)
    for record_id, values in (
        (ids["theirs contact"], {"AccountId": ids["mine account"]}),
        (ids["theirs contact"], {"AccountId": None}),
        (ids["theirs line"], {"Quote__c": ids["mine quote"]}),
    ):
        with pytest.raises((NotFound, Denied)):
            mine.update(record_id, values)
    assert boss.get(ids["theirs contact"], ("AccountId",))["AccountId"] == ids["theirs account"]
    assert boss.get(ids["mine contact"], ("AccountId",))["AccountId"] == ids["mine account"]


@pytest.mark.abuse("A10")
def test_a_detail_needs_both_its_masters_changed_when_it_moves(two: Two) -> None:
    """A quote that everybody may read is still nobody's else to put lines in or take them out."""
    mine, _boss, ids = two
    open_ones = dict(mine.snapshot.object("Quote__c").document) | {"sharingModel": "Read"}
    movable = dict(mine.snapshot.field("Line__c", "Quote__c").document)
    snapshot = deployed(mine.org_db, open_ones, movable | {"reparentable": True})
    reader = Records(mine.org_db, mine.actor, snapshot)
    assert names(reader, "Line__c", "Name") == {"mine line", "theirs line"}
    with pytest.raises(Rejected) as refusal:
        reader.update(ids["mine line"], {"Quote__c": ids["theirs quote"]})
    assert refusal.value.problems[0].code == "master.read_only"
    with pytest.raises(Denied):
        reader.update(ids["theirs line"], {"Quote__c": ids["mine quote"]})
    with pytest.raises(Denied):
        reader.delete((ids["theirs line"],))


@pytest.mark.abuse("A09")
def test_of_a_parent_one_sees_the_children_one_may_see_alone(two: Two) -> None:
    """Children of all lookups, of a lookup to several objects and of a master: none is counted."""
    mine, boss, ids = two
    shown = dict(mine.snapshot.object("Account").document) | {"sharingModel": "ReadWrite"}
    snapshot = deployed(mine.org_db, shown)
    reader = Records(mine.org_db, mine.actor, snapshot)
    parent = ids["theirs account"]
    for subject in ("one", "two"):
        boss.create("Task", {"Subject": subject, "WhatId": parent})
    own = reader.create("Task", {"Subject": "own", "WhatId": parent})
    assert reader.get(parent, ("Name",))["Name"] == "theirs account"
    for name, lookup, wanted in (
        ("Contact", "AccountId", set()),
        ("Quote__c", "Account__c", set()),
        ("Line__c", "Quote__r.Account__c", set()),
        ("Task", "WhatId", {own}),
    ):
        query = Query(name, where=Condition(lookup, "equals", (parent,)))
        with reader.org_db.read() as conn:
            found = {one.id for one in run.run(conn, reader.actor, query, snapshot).records}
            counted = run.count(conn, reader.actor, query, snapshot)
            totals = Query(name, where=query.where, aggregates=(Aggregate("count", "", "n"),))
            (total,) = run.run(conn, reader.actor, totals, snapshot).records
        assert (found, counted, total["n"]) == (wanted, len(wanted), len(wanted)), name


def names(records: Records, object_name: str, field: str) -> set[str]:
    with records.org_db.read() as conn:
        found = run.run(conn, records.actor, Query(object_name, (field,)), records.snapshot)
    return {one[field] for one in found.records}
