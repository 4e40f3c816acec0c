"""Stars on records and views: in the navigation, in order, gone with what they stand on."""

from __future__ import annotations

import re

import sqlalchemy as sa

from tests.demo_site import Guest, Site
from tests.runtime.web.test_list_views import save, view_of
from tests.runtime.web.test_lists import statements


def starred(page: str) -> list[str]:
    """The titles in the navigation's group of favourites."""
    group = page.split('id="favourites"')[1]
    if group.startswith("></div>"):
        return []
    group = group.split("</ul>")[0]
    return re.findall(r'data-label="([^"]*)"', group)


def star(guest: Guest, target: str, **more: str) -> None:
    answer = guest.post("/favourites/toggle", {"target": target} | more)
    assert answer.status_code == 302, answer.text[-300:]


def test_records_and_views_are_starred_and_stand_on_every_page(either_site: Site) -> None:
    rep = either_site.guest("rep")
    account = either_site.records().create("Account", {"Name": "Kestrel <b>Robotics</b>"})
    shared = either_site.snapshot.get("ListView", "Lead.HotLeads")
    own = view_of(save(rep))
    star(rep, account)
    star(rep, str(shared.uid), object="Lead")
    star(rep, own, object="Account")
    star(rep, "recently-viewed", object="Contact")
    page = rep.read("/home")
    assert starred(page) == [
        "Kestrel &lt;b&gt;Robotics&lt;/b&gt;", "Hot leads", "Banks", "Contacts: Recently viewed",
    ]  # fmt: skip
    assert 'aria-pressed="true"' in rep.read(f"/r/{account}")
    assert 'aria-pressed="true"' in rep.read("/o/Lead?view=HotLeads")
    assert "favourites-page" in rep.read("/favourites")
    assert 'id="favourites"></div>' in either_site.guest("admin").read("/home")
    star(rep, account)
    assert "Kestrel" not in "".join(starred(rep.read("/home")))


def test_a_favourite_is_called_what_it_is_called_now_and_goes_with_it(either_site: Site) -> None:
    rep = either_site.guest("rep")
    account = either_site.records().create("Account", {"Name": "Before"})
    own = view_of(save(rep))
    star(rep, account)
    star(rep, own, object="Account")
    either_site.records().update(account, {"Name": "After"})
    assert starred(rep.read("/home")) == ["After", "Banks"]
    batch = either_site.records().delete([account])
    rep.post(f"/o/Account/views/delete?view={own}")
    assert starred(rep.read("/home")) == []
    either_site.records().undelete(batch=batch)
    assert starred(rep.read("/home")) == ["After"]


def test_favourites_are_ordered_and_removed_without_scripts(either_site: Site) -> None:
    rep = either_site.guest("rep")
    ids = [either_site.records().create("Account", {"Name": name}) for name in "ABC"]
    for one in (*ids, ids[0], ids[0]):
        star(rep, one)
    assert starred(rep.read("/favourites")) == ["B", "C", "A"]
    rep.post("/favourites/move", {"target": ids[0], "to": "0"})
    rep.post("/favourites/move", {"target": ids[1], "to": "99"})
    assert starred(rep.read("/favourites")) == ["A", "C", "B"]
    page = rep.read(rep.post("/favourites/remove", {"target": ids[2]}).location)
    assert starred(page) == ["A", "B"]
    undo = re.search(r'action="(/favourites/toggle[^"]+)"', page)
    assert undo
    rep.post(undo[1].replace("&amp;", "&"))
    assert starred(rep.read("/home")) == ["A", "B", "C"]


def test_what_cannot_be_seen_cannot_be_starred_and_back_leads_to_us_alone(
    either_site: Site,
) -> None:
    rep, admin = either_site.guest("rep"), either_site.guest("admin")
    own = view_of(save(admin))
    for target, name in ((own, "Account"), ("nonsense", "Account"), ("001000000000001AAA", "")):
        answer = rep.post("/favourites/toggle", {"target": target, "object": name})
        assert answer.status_code == 404
    assert rep.post("/favourites/move", {"target": own, "to": "0"}).status_code == 404
    assert rep.post("/favourites/move", {"target": own, "to": "x"}).status_code == 404
    account = either_site.find_id("Account")
    for back, leads in (("/o/Account?view=AllAccounts", None), ("//evil.example", "/favourites")):
        answer = rep.post("/favourites/toggle", {"target": account, "back": back})
        assert answer.location == (leads or back)


def test_the_navigation_asks_once_for_each_object_of_starred_records(either_site: Site) -> None:
    rep = either_site.guest("rep")
    before = statements(either_site, "/settings")
    for n in range(6):
        star(rep, either_site.records().create("Account", {"Name": f"A {n}"}))
        star(rep, either_site.records().create("Lead", {"LastName": f"L {n}", "Company": "C"}))
    assert statements(either_site, "/settings") <= before + 2


def test_a_dashboard_is_starred_by_whoever_finds_it_and_leads_there(either_site: Site) -> None:
    rep, target = either_site.guest("rep"), "dashboard:"
    target += str(either_site.snapshot.get("Dashboard", "SalesDashboard").uid)
    assert rep.post("/favourites/toggle", {"target": "dashboard:nothing"}).status_code == 404
    star(rep, target)
    page = rep.read("/dashboards/SalesDashboard")
    assert starred(page) == ["Sales"]
    assert 'aria-pressed="true"' in page
    assert (
        'href="/dashboards/SalesDashboard"' in rep.read("/favourites").split("favourites-page")[1]
    )
    with either_site.db.write() as conn:  # one who lost it sees no star of it
        conn.execute(sa.text("UPDATE sys_favourite SET target = 'dashboard:gone'"))
    assert starred(rep.read("/home")) == []
