"""Whole lists by HTTP: what is agreed to, how it goes, whose it is; all without scripts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.demo_site import Guest, Site, hidden_fields
from trellis.platform.jobs.worker import Worker
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.feature import FEATURE
from trellis.runtime.web import chosen

LIST = "q=Wyvern&limit=3"


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five records are many."""
    monkeypatch.setattr(chosen, "MOST_AT_ONCE", 4)


def accounts(site: Site, count: int = 5, who: str = "rep") -> list[str]:
    rows = [{"Name": f"Wyvern {n}", "Phone": f"555-{n}"} for n in range(count)]
    return [one.id for one in site.records(who).create_many("Account", rows)]


def phones(site: Site, ids: list[str]) -> list[Any]:
    return [site.records().get(one, ["Phone"])["Phone"] for one in ids]


def work(site: Site) -> None:
    Worker(site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID).run_due(site.db)


def choose(guest: Guest, deed: str, **form: str) -> Any:
    """Chooses the whole list for a deed, as its bar sends it."""
    page = guest.read(f"/o/Account?{LIST}")
    assert 'name="whole"' in page
    sent = hidden_fields(page, "bulk") | {"whole": "1"} | form
    return guest.post(f"/o/Account/{deed}?{LIST}", sent, follow_redirects=True)


def agree(guest: Guest, deed: str, page: str, **form: str) -> tuple[str, str]:
    """(address, text) of the page of the deed that was agreed to."""
    draft = re.search(r'name="bulk" value="([^"]+)"', page)
    assert draft
    sent = {"bulk": draft[1], "apply": "1"} | form
    answer = guest.post(f"/o/Account/{deed}?{LIST}", sent)
    assert answer.location.startswith("/jobs/")
    again = guest.post(f"/o/Account/{deed}?{LIST}", sent)  # pressed twice
    assert again.location == answer.location
    return answer.location, guest.read(answer.location)


def deed_of(site: Site, guest: Guest, phone: str = "555-9") -> str:
    page = choose(guest, "mass", field="Phone").text
    return agree(guest, "mass", page, field="Phone", Phone=phone)[0]


def test_a_whole_list_is_changed_in_the_background_and_goes_back_as_one(
    either_site: Site,
) -> None:
    ids, rep = accounts(either_site), either_site.guest("rep")
    page = choose(rep, "mass", field="Phone").text
    assert "Edit 5 records" in page
    assert ids[0] not in page
    address, shown = agree(rep, "mass", page, field="Phone", Phone="555-9")
    assert "Waits for its turn" in shown
    assert "data-poll" in shown
    assert phones(either_site, ids)[0] == "555-0"
    work(either_site)
    shown = rep.read(address)
    assert "Finished" in shown
    assert "data-poll" not in shown
    assert phones(either_site, ids) == ["555-9"] * 5
    assert re.search(r'href="/o/Account\?q=Wyvern&amp;limit=3"', shown)
    assert "Accounts: change" in rep.read("/jobs")
    rep.post(f"{address}/undo")
    work(either_site)
    assert "Taken back" in rep.read(address)
    assert phones(either_site, ids) == [f"555-{n}" for n in range(5)]


def test_a_whole_list_is_deleted_after_a_question_and_restored(site: Site) -> None:
    ids, rep = accounts(site), site.guest("rep")
    page = choose(rep, "delete").text
    assert "Delete 5 records?" in page
    work(site)
    assert phones(site, ids)[0] == "555-0"  # nothing happens before one agrees
    address, _shown = agree(rep, "delete", page)
    work(site)
    assert "Nothing found" in rep.read(f"/o/Account?{LIST}")
    rep.post(f"{address}/undo")
    work(site)
    assert phones(site, ids)[4] == "555-4"


def test_a_short_list_is_changed_at_once(site: Site) -> None:
    ids, rep = accounts(site, 4), site.guest("rep")
    page = choose(rep, "mass", field="Phone").text
    assert all(one in page for one in ids)
    assert "4 records moved to the recycle bin" in choose(rep, "delete").text
    assert "Nothing found" in rep.read(f"/o/Account?{LIST}")
    assert "Nothing has run yet" in rep.read("/jobs")


def test_refused_records_are_named_with_the_reason(site: Site) -> None:
    ids = [*accounts(site, 3), *accounts(site, 2, "admin")]
    rep, owner = site.guest("rep"), site.actor("chinese").user_id
    page = choose(rep, "mass", field="OwnerId").text
    address, _shown = agree(rep, "mass", page, field="OwnerId", OwnerId=owner)
    work(site)
    shown = rep.read(address)
    assert "not give it to another owner" in shown
    assert f'href="/r/{ids[3]}"' in shown
    assert f'href="/r/{ids[0]}"' not in shown


def test_cancelling_before_the_turn_changes_nothing(site: Site) -> None:
    ids, rep = accounts(site), site.guest("rep")
    address = deed_of(site, rep)
    rep.post(f"{address}/cancel")
    assert "Ends with the records at hand" in rep.read(address)
    work(site)
    assert "Cancelled" in rep.read(address)
    assert phones(site, ids)[0] == "555-0"


def test_somebody_elses_work_is_not_there_and_an_administrator_only_looks_on(
    site: Site,
) -> None:
    ids, rep = accounts(site), site.guest("rep")
    address = deed_of(site, rep)
    stranger, admin = site.guest("chinese"), site.guest("admin")
    assert stranger.get(address).status_code == 404
    for deed in ("cancel", "undo", "again"):
        assert stranger.post(f"{address}/{deed}").status_code == 404
    assert address not in stranger.read("/jobs?of=all")
    work(site)
    assert stranger.post(f"{address}/undo").status_code == 404
    assert address not in admin.read("/jobs")
    assert address in admin.read("/jobs?of=all")
    assert f"{address}/undo" not in admin.read(address)
    assert admin.post(f"{address}/undo").status_code == 404
    work(site)
    assert phones(site, ids) == ["555-9"] * 5


def test_nobody_begins_what_another_chose_or_chose_for_something_else(site: Site) -> None:
    ids, rep = accounts(site), site.guest("rep")
    page = choose(rep, "mass", field="Phone").text
    draft = re.search(r'name="bulk" value="([^"]+)"', page)
    assert draft
    form = {"bulk": draft[1], "apply": "1", "field": "Phone", "Phone": "1"}
    assert site.guest("chinese").post("/o/Account/mass", form).status_code == 404
    assert rep.post("/o/Account/delete", form).status_code == 404
    assert rep.post("/o/Contact/mass", form).status_code == 404
    assert rep.get(f"/jobs/{draft[1]}").status_code == 404
    work(site)
    assert phones(site, ids)[0] == "555-0"


def test_a_list_of_one_page_and_one_without_rights_offers_nothing(site: Site) -> None:
    accounts(site, 3)
    assert 'name="whole"' not in site.guest("rep").read(f"/o/Account?{LIST}")
    answer = site.guest("rep").post(f"/o/Account/mass?{LIST}", {}, follow_redirects=True)
    assert "Choose some records first" in answer.text
