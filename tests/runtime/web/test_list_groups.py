"""Tables in groups by HTTP: headings, figures, first rows, and what nobody may learn from them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.demo_site import PEOPLE, Site
from tests.runtime.web.test_lists import link_of, rows_of, walk

ALL = "/o/Opportunity?view=AllOpportunities"


def limit(site: Site, *fields: str) -> None:
    """Lets the rep read all objects, but of fields these alone."""
    site.put_live(
        {
            "kind": "Profile", "uid": "test.Limited", "name": "Limited", "label": "Limited",
            "objectPermissions": [{"object": "*", "allowRead": True}],
            "fieldPermissions": [{"field": field, "readable": True} for field in fields],
        }
    )  # fmt: skip
    with site.db.write() as conn:
        conn.execute(
            sa.text("UPDATE sys_user SET profile = 'test.Limited' WHERE username = :name"),
            {"name": PEOPLE["rep"]},
        )


def headings(page: str) -> dict[str, tuple[int, str]]:
    """{label: (count, total)} of the groups of a page, from the top."""
    found = {}
    for part in page.split('<tbody class="grp">')[1:]:
        label = re.search(r'<span class="cut">(.*?)</a>', part, re.DOTALL)
        count = re.search(r'class="count">([\d,]+)<', part)
        total = re.search(r'class="grp-f">[^<]*<b>([^<]*)</b>', part)
        assert label
        assert count
        without_avatar = re.sub(r'<span class="av.*?</span>', "", label[1], flags=re.DOTALL)
        text = re.sub(r"<[^>]+>", "", without_avatar).strip()
        found[text] = (int(count[1].replace(",", "")), total[1] if total else "")
    return found


def all_groups(site: Site, who: str, address: str) -> dict[str, tuple[int, str]]:
    """The groups of all pages."""
    found: dict[str, tuple[int, str]] = {}
    while address:
        page = site.guest(who).read(address)
        found |= headings(page)
        address = link_of(page, "next")
    return found


@pytest.mark.parametrize("field", ["StageName", "OwnerId", "CloseDate", "IsPrivate"])
def test_groups_count_and_add_up_what_their_records_are(either_site: Site, field: str) -> None:
    records = either_site.records("rep")
    values = {"StageName": "Prospecting", "CloseDate": date(2031, 12, 1), "Amount": Decimal(5)}
    records.create("Opportunity", values | {"Name": "Zulu", "IsPrivate": True})
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for record_id in walk(either_site.guest("rep"), f"{ALL}&limit=200"):
        found = records.get(record_id, [field, "Owner.Name", "Amount"])
        value = found[field]
        if isinstance(value, date):
            value = f"{value:%B %Y}"
        elif field == "OwnerId":
            value = found["Owner.Name"]
        elif field == "IsPrivate":
            value = "Yes" if value else "No"
        counts[value] += 1
        sums[value] += int((found["Amount"] or Decimal(0)) * 100)
    shown = all_groups(either_site, "rep", f"{ALL}&group={field}")
    assert {label: count for label, (count, _total) in shown.items()} == counts
    totals = {label: total for label, (_count, total) in shown.items()}
    assert totals == {name: f"${Decimal(cents) / 100:,.2f}" for name, cents in sums.items()}


def test_a_group_shows_its_first_rows_and_leads_to_all_of_them(either_site: Site) -> None:
    rep = either_site.guest("rep")
    page = rep.read(f"{ALL}&group=StageName&sort=-Amount")
    groups = headings(page)
    stages = either_site.snapshot.get("StandardValueSet", "OpportunityStage").values
    assert list(groups) == [one.name for one in stages if one.name in groups]
    stage, (count, _total) = next(item for item in groups.items() if item[1][0] > 20)
    every = walk(rep, f"{ALL}&sort=-Amount&filter=StageName:equals:{quote(stage)}")
    part = page.split(f">{stage}<", 1)[1].split('<tbody class="grp">')[0]
    assert rows_of(part) == every[:20]
    more = re.search(r'href="([^"]+)">Show all', part)
    assert more
    assert walk(rep, more[1].replace("&amp;", "&")) == every
    assert len(every) == count
    folded = rep.read(f"{ALL}&group=StageName&closed={quote(stage)}")
    assert headings(folded) == groups
    assert not set(every) & set(rows_of(folded))


def test_records_that_one_cannot_see_are_in_no_group(either_site: Site) -> None:
    hidden = either_site.records().create(
        "Opportunity",
        {"Name": "Zulu", "StageName": "Prospecting", "CloseDate": date(2031, 12, 1)},
    )
    seen = headings(either_site.guest("rep").read(f"{ALL}&group=CloseDate&q=zulu"))
    assert seen == {"December 2031": (1, "")}
    document = either_site.snapshot.object("Opportunity").document
    either_site.put_live({**document, "sharingModel": "Private"})
    assert rows_of(either_site.guest("admin").read(f"{ALL}&group=CloseDate&q=zulu")) == [hidden]
    page = either_site.guest("rep").read(f"{ALL}&group=CloseDate&q=zulu")
    assert headings(page) == {}
    assert "2031" not in page


def test_a_field_that_one_cannot_read_groups_nothing(site: Site) -> None:
    rep = site.guest("rep")
    assert "group=LeadSource" in rep.read(ALL)
    limit(site, "Opportunity.CloseDate")
    assert rep.get(f"{ALL}&group=LeadSource").status_code == 400
    page = rep.read(f"{ALL}&group=CloseDate")
    assert "group=LeadSource" not in page
    assert headings(page)


@pytest.mark.parametrize("field", ["Amount", "Name", "Description", "Nope"])
def test_what_makes_no_groups_is_refused_in_words(site: Site, field: str) -> None:
    answer = site.guest("rep").get(f"{ALL}&group={field}")
    assert answer.status_code == 400
    assert field in answer.text


def test_grouping_is_kept_with_a_view_of_ones_own(site: Site) -> None:
    rep = site.guest("rep")
    page = rep.read(f"{ALL}&group=StageName")
    address = "/o/Opportunity/views/new?view=AllOpportunities&group=StageName"
    once = re.search(r'name="once" value="([^"]*)"', rep.read(address))
    assert once
    answer = rep.post(address, {"label": "By stage", "for": "me", "once": once[1]})
    assert answer.status_code == 302
    assert headings(rep.read(str(answer.location))) == headings(page)
    assert "group=" not in str(answer.location)
