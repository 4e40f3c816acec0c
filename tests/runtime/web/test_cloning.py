"""Copies of records by HTTP: what a copy takes over, what comes along, what is refused."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from tests.demo_site import Site, hidden_fields
from tests.factories import make_document, make_field
from trellis.metadata.predicates import Condition
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run

CONTACTS = "Contact.AccountId"


def family(site: Site, who: str = "rep") -> tuple[str, list[str]]:
    """An account with two contacts."""
    made = site.records(who)
    account = made.create("Account", {"Name": "Wyvern Works", "Phone": "+1 555 0100"})
    names = ("Ng", "Okafor")
    return account, [
        made.create("Contact", {"LastName": one, "AccountId": account}) for one in names
    ]


def list_id(site: Site, path: str) -> str:
    layout = next(one for one in site.snapshot.of_kind("Layout") if one.object == "Account")
    return next(str(one.id) for one in layout.related_lists if one.field == path)


def clone(site: Site, account: str, who: str = "rep", **form: Any) -> Any:
    guest = site.guest(who)
    page = guest.read(f"/r/{account}/clone")
    sent = hidden_fields(page) | {"Name": "Wyvern Two"} | form
    return guest.post(f"/r/{account}/clone", sent)


def copied(answer: Any) -> str:
    found = re.search(r"/r/(\w{18})$", answer.location or "")
    assert found, answer.text
    return found[1]


def contacts(site: Site, account: str) -> list[str]:
    query = Query("Contact", ("LastName",), Condition("AccountId", "equals", (account,)))
    with site.db.read() as conn:
        found = run(conn, site.actor(), query, site.snapshot).records
    return sorted(one["LastName"] for one in found)


def accounts(site: Site) -> int:
    query = Query("Account", where=Condition("Name", "equals", ("Wyvern Two",)))
    with site.db.read() as conn:
        return len(run(conn, site.actor(), query, site.snapshot).records)


def test_a_copy_takes_chosen_lists_along_and_leaves_the_original(either_site: Site) -> None:
    account, children = family(either_site)
    along = {".along": list_id(either_site, CONTACTS)}
    two = copied(clone(either_site, account, **along))
    assert contacts(either_site, two) == contacts(either_site, account) == ["Ng", "Okafor"]
    assert either_site.records().get(children[0], ["AccountId"])["AccountId"] == account
    assert contacts(either_site, copied(clone(either_site, account))) == []


def test_one_submit_of_a_copy_makes_one_family(site: Site) -> None:
    account, _children = family(site)
    rep = site.guest("rep")
    sent = hidden_fields(rep.read(f"/r/{account}/clone"))
    sent |= {"Name": "Wyvern Two", ".along": list_id(site, CONTACTS)}
    first, second = (rep.post(f"/r/{account}/clone", sent) for _twice in range(2))
    assert copied(first) == copied(second)
    assert contacts(site, copied(first)) == ["Ng", "Okafor"]


def test_a_child_that_is_refused_keeps_the_whole_copy_out_and_is_named(either_site: Site) -> None:
    either_site.put_live(make_field("Contact.Badge__c", length=20))
    account, children = family(either_site)
    either_site.records().update(children[1], {"Badge__c": "7"})
    either_site.put_live(make_field("Contact.Badge__c", length=20, required=True))
    answer = clone(either_site, account, **{".along": list_id(either_site, CONTACTS)})
    assert answer.status_code == 422
    assert re.search(r"<li>Ng: .*required", answer.text)
    assert 'name=".along" value="' in answer.text
    assert accounts(either_site) == 0


def test_unique_and_secret_values_and_numbers_are_not_copied(either_site: Site) -> None:
    either_site.put_live(
        make_field("Contact.Code__c", length=20, unique=True),
        make_field("Contact.Secret__c", "EncryptedText", length=20),
        make_field("Contact.Number__c", "AutoNumber", displayFormat="C-{0000}"),
    )
    account, children = family(either_site)
    own = {"Code__c": "one", "Secret__c": "pssst"}
    either_site.records().update(children[0], own)
    two = copied(clone(either_site, account, **{".along": list_id(either_site, CONTACTS)}))
    names = ("Code__c", "Secret__c", "Number__c")
    query = Query("Contact", names, Condition("AccountId", "equals", (two,)))
    with either_site.db.read() as conn:
        found = run(conn, either_site.actor(), query, either_site.snapshot).records
    assert [one["Code__c"] for one in found] == [None, None]
    assert [one["Secret__c"] for one in found] == [None, None]
    assert either_site.records().get(children[0], names)["Secret__c"] is not None
    assert len({one["Number__c"] for one in found}) == 2


def test_who_may_not_make_children_is_offered_none_and_gets_none(either_site: Site) -> None:
    account, _children = family(either_site, "admin")
    may_all = {f"allow{deed}": True for deed in ("Read", "Create", "Edit")}
    rights = [{"object": "Account", **may_all}, {"object": "Contact", "allowRead": True}]
    profile = dict(either_site.snapshot.find("Profile", "Standard").document)
    fields = profile["fieldPermissions"]
    either_site.put_live(
        make_document("Profile", "Shy", objectPermissions=rights, fieldPermissions=fields)
    )
    with either_site.db.write() as conn:
        move = sa.text("UPDATE sys_user SET profile = :uid WHERE name LIKE 'Ana%'")
        conn.execute(move, {"uid": either_site.snapshot.find("Profile", "Shy").uid})
    assert 'name=".along"' not in either_site.guest("rep").read(f"/r/{account}/clone")
    along = {".along": list_id(either_site, CONTACTS)}
    assert contacts(either_site, copied(clone(either_site, account, **along))) == []


def test_what_is_not_to_be_seen_cannot_be_copied(either_site: Site) -> None:
    account, _children = family(either_site, "admin")
    document = dict(either_site.snapshot.object("Account").document)
    either_site.put_live(document | {"sharingModel": "Private"})
    rep = either_site.guest("rep")
    assert rep.get(f"/r/{account}/clone").status_code == 404
    sent = {"Name": "Wyvern Two", ".along": list_id(either_site, CONTACTS)}
    assert rep.post(f"/r/{account}/clone", sent).status_code == 404
    assert accounts(either_site) == 0


def test_a_list_that_is_too_long_is_said_to_be_and_refused(site: Site) -> None:
    account, _children = family(site)
    rows = [{"LastName": f"Row {n}", "AccountId": account} for n in range(200)]
    site.records("rep").create_many("Contact", rows)
    page = site.guest("rep").read(f"/r/{account}/clone")
    assert re.search(r'name=".along" value="Contacts" disabled', page)
    answer = clone(site, account, **{".along": "Contacts"})
    assert answer.status_code == 422
    assert "more than 200" in answer.text
    assert accounts(site) == 0
