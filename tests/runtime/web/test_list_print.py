"""Lists for paper: every row up to a limit, the columns as shown, what they add up to."""

from __future__ import annotations

import re

import pytest

from tests.demo_site import Site
from tests.runtime.web.test_list_groups import limit
from tests.runtime.web.test_lists import walk
from trellis.runtime.web import list_print

ALL = "/o/Opportunity?view=AllOpportunities&filter=StageName:equals:Closed Won"


def test_all_rows_stand_on_one_page_with_their_total(either_site: Site) -> None:
    rep = either_site.guest("rep")
    page = rep.read(f"{ALL}&columns=Name,Amount&print=1")
    rows = re.findall(r"<tr><td>([^<]*)</td><td class=\"n\">([^<]*)</td></tr>", page)
    assert len(rows) == len(walk(rep, ALL)) > 50
    amounts = [round(float(amount.strip("$").replace(",", "")), 2) for _n, amount in rows]
    total = re.search(r"<tfoot>.*?</span> \$([\d,.]+)<", page, re.DOTALL)
    assert total
    assert float(total[1].replace(",", "")) == pytest.approx(sum(amounts))
    assert 'class="side"' not in page
    assert "print=1" in rep.read(ALL)


def test_a_longer_list_says_that_it_is_cut(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_print, "MOST", 3)
    page = site.guest("rep").read(f"{ALL}&print=1")
    assert "first 3 records" in page
    assert page.count("<tr>") == 5  # a head, three rows, a total


def test_what_one_cannot_read_is_not_printed(site: Site) -> None:
    limit(site, "Opportunity.CloseDate")
    page = site.guest("rep").read("/o/Opportunity?view=AllOpportunities&print=1")
    assert "Close date" in page
    assert "Amount" not in page
