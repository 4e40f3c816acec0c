"""Home by HTTP: the day, the tasks, the deals and hints of who looks, and nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.demo_site import Site, hidden_fields
from trellis.platform import clock


def today() -> Any:
    return clock.now().date()


def cut(page: str, start: str, end: str = "</section>") -> str:
    return page.split(start, 1)[1].split(end, 1)[0]


def test_a_task_is_checked_off_at_home_and_taken_back(either_site: Site) -> None:
    late = today() - timedelta(days=400)
    either_site.records("rep").create("Task", {"Subject": "Call the yard", "ActivityDate": late})
    rep = either_site.guest("rep")
    page = rep.read("/home")
    assert "Call the yard" in cut(page, 'id="tasks"')  # the earliest due comes first
    assert "Call the yard" not in either_site.guest("chinese").read("/home")
    check = re.search(r'action="(/r/\w+/done\?back=/home)"', cut(page, 'id="tasks"'))
    assert check
    page = rep.post(check[1], hidden_fields(page), follow_redirects=True).text
    assert "Call the yard" not in cut(page, 'id="tasks"')
    undo = re.search(r'action="(/r/\w+/undo[^"]*)"', page)
    assert undo
    page = rep.post(undo[1], hidden_fields(page), follow_redirects=True).text
    assert "Call the yard" in cut(page, 'id="tasks"')


def test_meetings_of_today_are_there_in_order(either_site: Site) -> None:
    noon = clock.now()
    for name, hours in (("Second", 1), ("First", 0), ("Next week", 24 * 7)):
        start = noon + timedelta(hours=hours)
        values = {"Subject": name, "StartDateTime": start, "EndDateTime": start}
        either_site.records("rep").create("Event", values)
    day = cut(either_site.guest("rep").read("/home"), 'id="today"')
    found = re.findall(r">(First|Second|Next week)</a>", day)
    assert found[0] == "First"
    assert "Next week" not in found


def test_deals_are_summed_by_stage_and_hints_lead_to_them(either_site: Site) -> None:
    with either_site.db.write() as conn:  # somebody without any record
        conn.execute(sa.text("DELETE FROM sys_recent"))
    rep = either_site.records("rep")
    late = {"StageName": "Prospecting", "CloseDate": today() - timedelta(days=3)}
    rep.create("Opportunity", {"Name": "Gone by", "Amount": Decimal(9_000_000), **late})
    page = either_site.guest("rep").read("/home")
    assert "Gone by" in cut(page, "Key deals")
    hint = re.search(
        r'href="([^"]+)"[^>]*>(?:(?!</a>).)*past (?:its|their) close date', page, re.DOTALL
    )
    assert hint
    listed = either_site.guest("rep").read(hint[1].replace("&amp;", "&"))
    assert "Gone by" in listed
    bar = re.search(r'<a href="([^"]+)"><span class="cut">Prospecting', page)
    assert bar
    assert "Gone by" in either_site.guest("rep").read(bar[1].replace("&amp;", "&"))


def test_home_takes_few_statements_whatever_there_is(either_site: Site) -> None:
    rep = either_site.guest("rep")
    rep.read("/home")
    with either_site.counted() as said:
        rep.read("/home")
    asked = [one for one in said if not re.match(r"BEGIN|PRAGMA|SET ", one)]
    assert len(asked) <= 22, "\n".join(asked)


def test_dashboards_opened_last_stand_first_and_the_plus_offers_what_may_be_made(
    site: Site,
) -> None:
    rep = site.guest("rep")
    assert cut(rep.read("/home"), 'id="boards"').index(">Adoption") > 0
    rep.read("/dashboards/SalesDashboard")
    page = rep.read("/home")
    boards = cut(page, 'id="boards"')
    assert boards.index(">Sales<") < boards.index(">Adoption")
    made = re.findall(r'class="mi" href="/o/(\w+)/new"', page)
    assert {"Lead", "Account", "Opportunity"} <= set(made)
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE profile = 'Standard'"))
    assert 'class="mi" href="/o/Lead/new"' not in rep.read("/home")
