"""The page of a record by HTTP: tabs, rights, its path, following, taking back."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Guest, Site, hidden_fields
from trellis.platform.errors import Rejected
from trellis.runtime.records.conflicts import RecordConflict

CLOSES = date(2026, 12, 24)


def deal(site: Site, who: str = "rep", **values: Any) -> str:
    usual = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": CLOSES}
    return site.records(who).create("Opportunity", usual | values)


def value(site: Site, record_id: str, name: str) -> Any:
    return site.records().get(record_id, [name])[name]


def stages_of(page: str) -> list[tuple[str, str]]:
    """(state, text) of each stage of the path."""
    path = re.search(r'<ol class="path".*?</ol>', page, re.DOTALL)
    assert path
    items = re.findall(r'<li class="([^"]*)">(.*?)</li>', path[0], re.DOTALL)
    return [(state.strip(), re.sub(r"<[^>]+>", "", inner).strip()) for state, inner in items]


def move(guest: Guest, record_id: str, to: str) -> str:
    """The page after the path's button for the value."""
    page = guest.read(f"/r/{record_id}")
    action = re.search(r'class="pa-row" method="post" action="([^"]*)"', page)
    assert action
    form = hidden_fields(page) | {"to": to}
    return guest.post(action[1].replace("&amp;", "&"), form, follow_redirects=True).text


def undo_of(page: str) -> str:
    found = re.search(r'action="(/r/\w+/undo[^"]*)"', page)
    assert found
    return found[1].replace("&amp;", "&")


# -- the path


def test_the_path_says_what_is_done_what_is_now_and_what_helps(either_site: Site) -> None:
    record_id = deal(either_site)
    page = either_site.guest("rep").read(f"/r/{record_id}")
    stages = stages_of(page)
    assert stages[:3] == [
        ("done", "Prospecting"),
        ("current", "Qualification"),
        ("", "Needs Analysis"),
    ]
    assert "Closed Won" not in [text for _state, text in stages]  # an end is chosen, not passed
    assert "Is there a budget" in page
    assert "是否" in page or "budget" in page


def test_one_press_moves_a_deal_and_brings_its_probability(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    page = move(rep, record_id, "Negotiation/Review")
    assert ("current", "Negotiation/Review") in stages_of(page)
    assert value(either_site, record_id, "Probability") == Decimal(90)
    assert value(either_site, record_id, "ForecastCategoryName") == "Commit"
    rep.post(undo_of(page), hidden_fields(page))
    assert value(either_site, record_id, "StageName") == "Qualification"
    assert value(either_site, record_id, "Probability") == Decimal(10)


@pytest.mark.parametrize(
    ("end", "state"), [("Closed Won", "current end-won"), ("Closed Lost", "current end-lost")]
)
def test_a_closed_deal_shows_how_it_ended(site: Site, end: str, state: str) -> None:
    record_id = deal(site, StageName=end)
    stages = stages_of(site.guest("rep").read(f"/r/{record_id}"))
    assert stages[-1] == (state, end)
    assert ("done" in {one for one, _text in stages}) is (end == "Closed Won")


def test_a_lead_is_not_converted_by_its_path(site: Site) -> None:
    lead = site.records("rep").create("Lead", {"LastName": "Roth", "Company": "Roth AG"})
    page = site.guest("rep").read(f"/r/{lead}")
    assert 'value="Closed - Not Converted"' in page
    assert 'value="Closed - Converted"' not in page


def test_who_may_not_edit_sees_the_path_and_no_buttons(site: Site) -> None:
    record_id = deal(site)
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    page = site.guest("rep").read(f"/r/{record_id}")
    assert ("current", "Qualification") in stages_of(page)
    assert 'name="to"' not in page
    assert f"/r/{record_id}/edit" not in page
    assert f"/r/{record_id}/delete" not in page


def test_what_somebody_sets_with_the_stage_stays(either_site: Site) -> None:
    record_id = deal(either_site, Probability=Decimal(33))
    assert value(either_site, record_id, "Probability") == Decimal(33)
    either_site.records("rep").update(
        record_id, {"StageName": "Closed Won", "Probability": Decimal(99)}
    )
    assert value(either_site, record_id, "Probability") == Decimal(99)


# -- undo


def test_the_last_save_is_taken_back_and_done_again(either_site: Site) -> None:
    record_id = deal(either_site, Amount=Decimal("1000.50"), Description="first\nline")
    records = either_site.records("rep")
    changed = {
        "Amount": Decimal(7),
        "Description": None,
        "CloseDate": date(2027, 1, 1),
        "LeadSource": "Web",
    }
    records.update(record_id, changed)
    records.undo_last(record_id)
    names = list(changed)
    found = records.get(record_id, names)
    assert [found[n] for n in names] == [Decimal("1000.50"), "first\nline", CLOSES, None]
    records.undo_last(record_id)  # taking back what was taken back
    found = records.get(record_id, names)
    assert {n: found[n] for n in names} == changed


def test_nobody_takes_back_what_another_saved(either_site: Site) -> None:
    record_id = deal(either_site)
    either_site.records("rep").update(record_id, {"Name": "Mine"})
    with pytest.raises(Rejected, match="nothing of yours"):
        either_site.records("admin").undo_last(record_id)
    either_site.records("admin").update(record_id, {"Name": "Theirs"})
    with pytest.raises(Rejected, match="nothing of yours"):
        either_site.records("rep").undo_last(record_id)
    assert value(either_site, record_id, "Name") == "Theirs"


def test_what_changed_since_is_not_overwritten(either_site: Site) -> None:
    record_id = deal(either_site)
    either_site.records("rep").update(record_id, {"Name": "Mine"})
    either_site.records("rep").update_many("Opportunity", {record_id: {"Name": "By a job"}})
    with pytest.raises(RecordConflict):
        either_site.records("rep").undo_last(record_id)
    assert value(either_site, record_id, "Name") == "By a job"


def test_a_save_of_nothing_offers_no_undo(site: Site) -> None:
    record_id = deal(site)
    rep = site.guest("rep")
    path = f"/r/{record_id}/edit"
    form = form_values(rep.read(path))
    page = rep.post(path, form, follow_redirects=True).text
    assert "Nothing was changed." in page
    page = rep.post(path, form_values(rep.read(path)) | {"Name": "New"}, follow_redirects=True).text
    assert undo_of(page)


def form_values(page: str) -> dict[str, str]:
    """What a form of a deal sends when nothing is typed."""
    name = next(tag for tag in re.findall(r"<input[^>]*>", page) if 'name="Name"' in tag)
    return hidden_fields(page) | {"Name": re.findall(r'value="([^"]*)"', name)[0]}


# -- following


def test_following_begins_and_ends_with_one_press(either_site: Site) -> None:
    record_id = deal(either_site)
    rep = either_site.guest("rep")
    page = rep.read(f"/r/{record_id}")
    page = rep.post(f"/r/{record_id}/follow", hidden_fields(page), follow_redirects=True).text
    assert ">Following</button>" in page
    page = rep.post(
        f"/r/{record_id}/follow", hidden_fields(page) | {"stop": "1"}, follow_redirects=True
    ).text
    assert ">Follow</button>" in page


# -- the page


def test_related_lists_have_a_tab_of_their_own(site: Site) -> None:
    account = site.records("rep").create("Account", {"Name": "Kelp & Sons"})
    for n in range(12):
        site.records("rep").create("Contact", {"LastName": f"Reed {n:02}", "AccountId": account})
    rep = site.guest("rep")
    assert rep.read(f"/r/{account}").count("Reed ") == 5
    page = rep.read(f"/r/{account}?tab=related")
    assert page.count("Reed ") >= 10
    assert "View all" in page
    assert rep.read(f"/r/{account}?tab=nonsense").count("Reed ") == 5


def test_a_page_of_many_fields_takes_few_statements(either_site: Site) -> None:
    account = either_site.records("rep").create("Account", {"Name": "Kelp & Sons"})
    for n in range(7):
        either_site.records("rep").create(
            "Contact", {"LastName": f"Reed {n}", "AccountId": account}
        )
        deal(either_site, Name=f"Deal {n}", AccountId=account)
    rep = either_site.guest("rep")
    rep.read(f"/r/{account}")
    with either_site.counted() as said:
        rep.read(f"/r/{account}")
    asked = [one for one in said if not re.match(r"BEGIN|PRAGMA|SET ", one)]
    assert len(asked) <= 20, (len(asked), "\n".join(asked))
