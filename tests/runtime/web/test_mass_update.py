"""One field of many records set at once: what is refused is named, what is done goes back."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields


def accounts(site: Site, who: str = "rep", count: int = 3) -> list[str]:
    names = ({"Name": f"Wyvern {n}", "Phone": f"555-{n}"} for n in range(count))
    return [site.records(who).create("Account", values) for values in names]


def phones(site: Site, ids: list[str]) -> list[Any]:
    return [site.records().get(one, ["Phone"])["Phone"] for one in ids]


def mass(guest: Guest, ids: list[str], **form: str) -> Any:
    page = guest.read("/o/Account?q=Wyvern")
    values: dict[str, Any] = hidden_fields(page, "bulk") | form | {"ids": ids}
    return guest.post("/o/Account/mass?q=Wyvern", values, follow_redirects=True)


def undo(guest: Guest, page: str) -> str:
    found = re.search(r'action="(/o/Account/mass/undo/[^"]+)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    return guest.post(address, hidden_fields(page), follow_redirects=True).text


def test_many_records_are_changed_at_once_and_go_back_as_one(either_site: Site) -> None:
    ids = accounts(either_site)
    rep = either_site.guest("rep")
    assert "Edit 3 records" in mass(rep, ids, field="Phone").text
    page = mass(rep, ids, field="Phone", apply="1", Phone="555-9").text
    assert "changed in 3 records" in page
    assert phones(either_site, ids) == ["555-9"] * 3
    assert "3 records taken back" in undo(rep, page)
    assert phones(either_site, ids) == ["555-0", "555-1", "555-2"]


def test_what_somebody_saved_since_stays(either_site: Site) -> None:
    ids = accounts(either_site)
    rep = either_site.guest("rep")
    page = mass(rep, ids, field="Phone", apply="1", Phone="555-9").text
    either_site.records("admin").update(ids[0], {"Phone": "555-7"})
    assert "1 changed since and stay" in undo(rep, page)
    assert phones(either_site, ids) == ["555-7", "555-1", "555-2"]


def test_an_unreadable_value_changes_nothing_and_stays_in_the_form(site: Site) -> None:
    ids = accounts(site)
    answer = mass(site.guest("rep"), ids, field="AnnualRevenue", apply="1", AnnualRevenue="lots")
    assert answer.status_code == 422
    assert 'value="lots"' in answer.text
    blank = mass(site.guest("rep"), ids, field="Name", apply="1", Name="")
    assert blank.status_code == 422
    assert "required" in blank.text


def test_records_one_may_not_give_away_are_named_and_stay(either_site: Site) -> None:
    ids = [*accounts(either_site, count=1), *accounts(either_site, "admin", 1)]
    owner = either_site.actor("chinese").user_id
    answer = mass(either_site.guest("rep"), ids, field="OwnerId", apply="1", OwnerId=owner)
    owners = [either_site.records().get(one, ["OwnerId"])["OwnerId"] for one in ids]
    assert owners == [owner, either_site.actor("admin").user_id]
    assert "1 record was not changed" in answer.text
    assert "Wyvern 0" in answer.text


def test_nobody_takes_back_what_another_did(site: Site) -> None:
    ids = accounts(site)
    page = mass(site.guest("rep"), ids, field="Phone", apply="1", Phone="555-9").text
    address = re.search(r'action="(/o/Account/mass/undo/[^"]+)"', page)
    assert address
    admin = site.guest("admin")
    form = hidden_fields(admin.read("/o/Account"), "bulk")
    told = admin.post(address[1].replace("&amp;", "&"), form, follow_redirects=True).text
    assert "nothing of yours" in told
    assert phones(site, ids) == ["555-9"] * 3


def test_who_may_only_read_is_offered_nothing_and_denied(site: Site) -> None:
    ids = accounts(site)
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    assert "/mass" not in site.guest("rep").read("/o/Account?q=Wyvern")
    assert mass(site.guest("rep"), ids, field="Phone", apply="1", Phone="1").status_code == 403
    assert phones(site, ids) == ["555-0", "555-1", "555-2"]
