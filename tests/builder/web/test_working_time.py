"""Business hours, holidays and the fiscal year, by HTTP."""

from __future__ import annotations

from datetime import date, time

from tests.demo_site import Site, problems_of
from trellis.metadata.predicates import All, Condition
from trellis.platform import clock
from trellis.platform.working_time import Holiday, WorkingTime, read_working_time
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run

FORM = {
    "open_0": "1", "from_0": "08:30", "to_0": "16:00", "from_1": "09:00", "to_1": "17:00",
    "day": ["2026-12-25", ""], "name": ["Christmas", "left out"], "yearly": ["0"],
}  # fmt: skip


def kept(site: Site) -> WorkingTime:
    with site.db.read() as conn:
        return read_working_time(conn)


def test_hours_and_holidays_are_set_and_calendars_show_them(either_site: Site) -> None:
    either_site.guest("admin").submit("/setup/working-time", FORM)
    assert kept(either_site) == WorkingTime(
        ((time(8, 30), time(16)), *[None] * 6), (Holiday(date(2026, 12, 25), "Christmas", True),)
    )
    page = either_site.guest("rep").read("/calendar?span=month&day=2027-12-01")
    assert ">Christmas</span>" in page
    assert page.count("is-off") >= 26


def test_what_cannot_be_is_named_and_nothing_changes(site: Site) -> None:
    before = kept(site)
    for wrong in ({"to_0": "08:00"}, {"from_0": "soon"}, {"day": ["x", ""]}, {"name": ["", ""]}):
        answer = site.guest("admin").post("/setup/working-time", FORM | wrong)
        assert answer.status_code == 422, wrong
        assert problems_of(answer.text), wrong
    assert kept(site) == before


def test_a_fiscal_year_begins_when_the_company_says(either_site: Site) -> None:
    profile = {
        "name": "Northline", "language": "en", "locale": "en_US", "time_zone": "UTC",
        "currency": "USD",
    }  # fmt: skip
    admin = either_site.guest("admin")
    assert admin.post("/setup/company", profile | {"fiscal_start": "13"}).status_code == 422
    admin.submit("/setup/company", profile | {"fiscal_start": "7"})
    actor = either_site.actor("rep")
    assert actor.fiscal_start == 7
    either_site.records().create(
        "Opportunity",
        {"Name": "Year", "StageName": "Prospecting", "CloseDate": fiscal_first(clock.today("UTC"))},
    )
    year = Condition("CloseDate", "equals", ("THIS_FISCAL_YEAR",))
    where = All((year, Condition("Name", "equals", ("Year",))))
    with either_site.db.read() as conn:
        query = Query("Opportunity", ("Name",), where, limit=500)
        found = run(conn, either_site.actor("admin"), query, either_site.snapshot)
    assert "Year" in [record["Name"] for record in found.records]


def fiscal_first(today: date) -> date:
    """The first of July that began the fiscal year of that day."""
    return date(today.year if today.month >= 7 else today.year - 1, 7, 1)
