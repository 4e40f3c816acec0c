"""The team of an account by HTTP: what members get, who decides on it, what it comes to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.demo_site import Site
from trellis.platform.errors import Rejected

TEAM = "AccountTeamMember"
LEVELS = {
    "AccountAccessLevel": "Read",
    "OpportunityAccessLevel": "None",
    "CaseAccessLevel": "None",
    "ContactAccessLevel": "None",
}


def closed(site: Site, **levels: str) -> tuple[str, str, str]:
    """An account of Ana's with a deal and a contact, in an org where nobody sees what others do.

    `levels` are what owners in Ana's role get on what belongs to their accounts.
    """
    names = ("Account", "Opportunity", "Contact", "Case")
    objects = [dict(site.snapshot.object(name).document) for name in names]
    role = site.snapshot.find_uid(site.actor("rep").role)
    assert role is not None
    private = [one | {"sharingModel": "Private"} for one in objects]
    site.put_live(*private, dict(role.document) | levels)
    made = site.records("rep")
    account = made.create("Account", {"Name": "Wyvern Works"})
    deal = {"Name": "Big", "AccountId": account, "StageName": "Qualification"}
    return (
        account,
        made.create("Opportunity", deal | {"CloseDate": date(2026, 12, 24)}),
        made.create("Contact", {"LastName": "Ng", "AccountId": account}),
    )


def person(site: Site, who: str) -> str:
    return site.actor(who).user_id


def member(site: Site, account: str, who: str = "chinese", **levels: str) -> dict[str, Any]:
    return {"AccountId": account, "UserId": person(site, who), **LEVELS, **levels}


def status(site: Site, who: str, *paths: str) -> list[int]:
    return [site.guest(who).get(path).status_code for path in paths]


def test_a_member_has_what_the_team_says_from_the_next_page_on(either_site: Site) -> None:
    site = either_site
    account, deal, contact = closed(site)
    pages = (f"/r/{account}", f"/r/{deal}/edit", f"/r/{contact}", f"/r/{account}/edit")
    assert status(site, "chinese", *pages) == [404] * 4
    form = member(site, account, OpportunityAccessLevel="Edit")
    tab = f"/r/{account}?tab=team"
    assert f"/o/{TEAM}/new" in site.guest("rep").read(tab)
    answer = site.guest("rep").post(f"/o/{TEAM}/new", form | {"back": tab})
    assert answer.headers["Location"].endswith(tab)
    assert status(site, "chinese", *pages) == [200, 200, 404, 403]
    shown = site.guest("rep").read(tab)
    assert "梅琳" in shown
    assert "Remove" in shown
    twice = site.guest("rep").post(f"/o/{TEAM}/new", form)
    assert (twice.status_code, "in the team already" in twice.text) == (422, True)
    told = site.guest("admin").read(f"/r/{deal}/access?user={form['UserId']}")
    row = site.find_id(TEAM)
    assert "In the team of the account: 梅琳" in told
    assert f'href="/r/{row}"' in told
    site.guest("rep").post(f"/r/{account}/team/{row}/remove")
    assert status(site, "chinese", *pages) == [404] * 4


def test_only_who_has_all_of_the_account_decides_on_its_team(site: Site) -> None:
    account, *_rest = closed(site)
    row = site.records("rep").create(TEAM, member(site, account, AccountAccessLevel="Edit"))
    mine, tab = site.guest("chinese"), f"/r/{account}?tab=team"
    assert f"/o/{TEAM}/new" not in mine.read(tab)
    for who in ("admin", "chinese"):  # whether somebody is in it already is not told
        refused = mine.post(f"/o/{TEAM}/new", member(site, account, who))
        assert (refused.status_code, "already" in refused.text) == (422, False)
    assert mine.post(f"/r/{account}/team/{row}/remove").status_code == 403
    assert mine.post(f"/r/{row}/edit", {"OpportunityAccessLevel": "Edit"}).status_code == 403
    records = site.records("chinese")
    assert records.update_many(TEAM, {row: {"ContactAccessLevel": "Edit"}})[row].problems
    other = site.records("admin").create("Account", {"Name": "Another"})
    assert mine.post(f"/r/{other}/team/{row}/remove").status_code == 404


def test_nobody_gives_more_than_they_have(either_site: Site) -> None:
    site = either_site
    account, *_rest = closed(site, opportunityAccessLevel="Read", contactAccessLevel="None")
    mine, everything = site.records("rep"), site.records("admin")
    for field, level in (("OpportunityAccessLevel", "Edit"), ("ContactAccessLevel", "Read")):
        with pytest.raises(Rejected) as refused:
            mine.create(TEAM, member(site, account, **{field: level}))
        assert [(p.code, p.path) for p in refused.value.problems] == [("team.too_much", (field,))]
    row = mine.create(TEAM, member(site, account, OpportunityAccessLevel="Read"))
    everything.update(row, {"OpportunityAccessLevel": "Edit"})
    mine.update(row, {"TeamMemberRole": "Sales Rep", "CaseAccessLevel": "Edit"})
    with pytest.raises(Rejected, match="cannot give more"):
        mine.update(row, {"UserId": person(site, "admin")})


def test_a_team_stays_with_an_account_that_changes_hands_unless_it_is_ended(site: Site) -> None:
    account, *_rest = closed(site)
    site.records("rep").create(TEAM, member(site, account))
    for owner, more, seen in (("admin", {}, 200), ("rep", {"end_team": "1"}, 404)):
        sheet = site.guest("admin").read(f"/r/{account}/owner")
        assert 'name="end_team"' in sheet
        was = site.records().get(account, ["OwnerId"])["OwnerId"]
        form = {"was": was, "OwnerId": person(site, owner), **more}
        site.guest("admin").post(f"/r/{account}/owner", form)
        assert status(site, "chinese", f"/r/{account}") == [seen]
    assert 'name="end_team"' not in site.guest("admin").read(f"/r/{account}/owner")
