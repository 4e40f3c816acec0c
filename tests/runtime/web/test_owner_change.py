"""The sheet that gives a record away by HTTP: what goes along, who may, what goes back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from tests.demo_site import Guest, Site
from tests.factories import make_document

CLOSES = date(2026, 12, 24)
QUEUE = "00G" + "0" * 11 + "1AAA"


def customer(site: Site, who: str = "rep") -> tuple[str, list[str]]:
    """An account with an open deal, a closed one and a contact, all of one owner."""
    made = site.records(who)
    account = made.create("Account", {"Name": "Wyvern Works"})
    deal = {"AccountId": account, "CloseDate": CLOSES}
    return account, [
        made.create("Opportunity", deal | {"Name": "Open", "StageName": "Qualification"}),
        made.create("Opportunity", deal | {"Name": "Won", "StageName": "Closed Won"}),
        made.create("Contact", {"LastName": "Ng", "AccountId": account}),
    ]


def owner(site: Site, record_id: str) -> Any:
    return site.records().get(record_id, ["OwnerId"])["OwnerId"]


def person(site: Site, who: str) -> str:
    return site.actor(who).user_id


def give(guest: Guest, site: Site, record_id: str, **form: Any) -> Any:
    usual = {"was": owner(site, record_id)}
    return guest.post(f"/r/{record_id}/owner", usual | form, follow_redirects=True)


def undo_of(page: str) -> str:
    found = re.search(r'action="(/r/\w+/owner/undo/\w+)"', page)
    return found[1] if found else ""


def test_a_record_changes_hands_with_what_is_open_and_goes_back_as_one(either_site: Site) -> None:
    account, (opened, won, contact) = customer(either_site)
    admin, new = either_site.guest("admin"), person(either_site, "chinese")
    sheet = admin.read(f"/r/{account}/owner")
    assert re.search(r'value="Opportunity".*?class="count">1<', sheet)
    page = give(admin, either_site, account, OwnerId=new, along=["Opportunity"]).text
    assert "1 more now belong to 梅琳" in page
    assert [owner(either_site, one) for one in (account, opened)] == [new, new]
    rep = person(either_site, "rep")
    assert [owner(either_site, one) for one in (won, contact)] == [rep, rep]
    told = admin.post(undo_of(page), follow_redirects=True).text
    assert "2 records taken back" in told
    assert [owner(either_site, one) for one in (account, opened)] == [rep, rep]


def test_the_new_owner_is_typed_by_name_without_scripts(site: Site) -> None:
    account, _children = customer(site)
    nobody = give(site.guest("rep"), site, account, **{"OwnerId.label": "No Such Person"})
    assert nobody.status_code == 422
    give(site.guest("rep"), site, account, **{"OwnerId.label": "梅琳"})
    assert owner(site, account) == person(site, "chinese")


def test_who_gave_their_own_away_is_not_offered_what_they_may_not(site: Site) -> None:
    account, _children = customer(site)
    page = give(site.guest("rep"), site, account, OwnerId=person(site, "chinese")).text
    assert "now belongs to 梅琳" in page
    assert not undo_of(page)


def test_who_may_only_edit_is_not_offered_it_and_denied(either_site: Site) -> None:
    account, (opened, _won, _contact) = customer(either_site, "admin")
    rep = either_site.guest("rep")
    assert f"/r/{account}/owner" not in rep.read(f"/r/{account}")
    assert rep.get(f"/r/{account}/owner").status_code == 403
    answer = give(
        rep, either_site, account, OwnerId=person(either_site, "rep"), along="Opportunity"
    )
    assert answer.status_code == 403
    admin = person(either_site, "admin")
    assert [owner(either_site, one) for one in (account, opened)] == [admin, admin]


def test_a_record_that_is_not_to_be_seen_is_not_there(either_site: Site) -> None:
    account, _children = customer(either_site, "admin")
    document = dict(either_site.snapshot.object("Account").document)
    either_site.put_live(document | {"sharingModel": "Private"})
    rep = either_site.guest("rep")
    assert rep.get(f"/r/{account}/owner").status_code == 404
    answer = give(rep, either_site, account, OwnerId=person(either_site, "rep"))
    assert answer.status_code == 404
    assert owner(either_site, account) == person(either_site, "admin")


def test_what_a_queue_may_not_own_stays_and_is_named(either_site: Site) -> None:
    either_site.put_live(make_document("Queue", "Desk", uid=QUEUE, objects=["Account"]))
    account, (opened, *_rest) = customer(either_site)
    rep = either_site.guest("rep")
    page = give(rep, either_site, account, queue=QUEUE, along=["Opportunity"]).text
    assert owner(either_site, account) == QUEUE
    assert owner(either_site, opened) == person(either_site, "rep")
    assert "1 record stays with its owner" in page
    assert ">Open</a>" in page
    for path in (f"/r/{account}", f"/r/{account}/edit", "/o/Account?view=AllAccounts&q=Wyvern"):
        assert "Desk" in either_site.guest("admin").read(path), path


def test_whom_somebody_else_gave_it_to_meanwhile_keeps_it(site: Site) -> None:
    account, (opened, *_rest) = customer(site)
    old, new = person(site, "rep"), person(site, "chinese")
    site.records().update(account, {"OwnerId": new})
    form = {"was": old, "OwnerId": person(site, "admin"), "along": "Opportunity"}
    answer = site.guest("admin").post(f"/r/{account}/owner", form)
    assert answer.status_code == 422
    assert "meanwhile" in answer.text
    assert [owner(site, one) for one in (account, opened)] == [new, old]
