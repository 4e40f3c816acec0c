"""Notices by HTTP: who hears of what, what they may see of it, the bell, reading, mail."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import PEOPLE, Guest, Site
from trellis.platform import clock
from trellis.platform.cli import make_worker
from trellis.platform.config import Config
from trellis.platform.migrations.tables import sys_mail, sys_notice
from trellis.runtime.notices.kept import tell_of_work
from trellis.wsgi import FEATURES

CLOSES = date(2026, 12, 24)


def deal(site: Site, who: str = "rep", **values: Any) -> str:
    usual = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": CLOSES}
    return site.records(who).create("Opportunity", usual | values)


def user(site: Site, who: str) -> str:
    return site.actor(who).user_id


def told(page: str) -> list[str]:
    """The sentences of a page of notices."""
    listed = page.split('<ul class="card nt"')[1].split("</ul>")[0] if "card nt" in page else ""
    found = re.findall(r'<(?:a href="[^"]+"|span class="nt-s")>([^<]+)</', listed)
    return [unescape(one) for one in found]


def unread(guest: Guest) -> str:
    """What the bell says."""
    bell = guest.read("/settings").split("data-bell=")[1].split("</summary>")[0]
    found = re.search(r'class="count">([^<]+)<', bell)
    return found[1] if found else ""


def follow(site: Site, who: str, record_id: str) -> None:
    guest = site.guest(who)
    assert guest.post(f"/r/{record_id}/follow").status_code == 302


def work_off(site: Site) -> None:
    """Runs the jobs that are due, as the worker does."""
    config: Config = site.app.extensions["trellis"].config
    make_worker(config, site.orgs, FEATURES).run_due(site.db)


def letters(site: Site) -> list[tuple[str, str, str]]:
    with site.db.read() as conn:
        m = sys_mail.c
        rows = conn.execute(sa.select(m.recipient, m.subject, m.text).order_by(m.id)).all()
    return [(row[0], row[1], row[2]) for row in rows]


def test_who_becomes_the_owner_hears_of_it_and_opens_the_record(either_site: Site) -> None:
    rep, admin = either_site.guest("rep"), either_site.guest("admin")
    record_id = deal(either_site, "admin", Name="Pump <b>hall</b>")
    assert unread(rep) == ""
    either_site.records("admin").update(record_id, {"OwnerId": user(either_site, "rep")})
    assert unread(rep) == "1"
    assert unread(admin) == ""
    page = rep.read("/notices")
    (said,) = told(page)
    assert said.endswith(" made you the owner of Pump <b>hall</b>.")
    assert f'href="/r/{record_id}"' in page
    assert "Pump &lt;b&gt;hall" in rep.read("/notices/latest")
    rep.read(f"/r/{record_id}")  # whoever looks at it has heard of it
    assert unread(rep) == ""
    assert told(rep.read("/notices?show=unread")) == []
    assert told(rep.read("/notices")) == [said]


def test_nobody_hears_of_their_own_deeds_nor_of_what_the_system_makes(either_site: Site) -> None:
    record_id = deal(either_site)
    follow(either_site, "rep", record_id)
    either_site.records("rep").update(record_id, {"Name": "Mine"})
    assert told(either_site.guest("rep").read("/notices")) == []
    with either_site.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_notice)) == 0


def test_changes_of_a_followed_record_are_one_notice_until_it_is_read(either_site: Site) -> None:
    record_id = deal(either_site, "admin")
    follow(either_site, "rep", record_id)
    for n in range(3):
        either_site.records("admin").update(record_id, {"Name": f"Hall {n}"})
    either_site.records("admin").update(record_id, {"Name": "Hall 2"})  # changes nothing
    rep = either_site.guest("rep")
    (said,) = told(rep.read("/notices"))
    assert said.startswith("Hall 2 was changed 3 times, last by ")
    rep.post("/notices/read", {"all": "1"})
    assert unread(rep) == ""
    either_site.records("admin").update_many("Opportunity", {record_id: {"Name": "New"}})
    assert unread(rep) == "1"
    assert len(told(rep.read("/notices"))) == 2
    rep.post(f"/r/{record_id}/follow", {"stop": "1"})
    rep.read(f"/r/{record_id}")
    either_site.records("admin").update(record_id, {"Name": "Newer"})
    assert unread(rep) == ""


def test_a_record_that_is_closed_by_now_has_no_name_and_no_way(either_site: Site) -> None:
    start = clock.now()
    record_id = either_site.records("admin").create(
        "Event", {"Subject": "Secret talk", "StartDateTime": start, "EndDateTime": start}
    )
    rep = either_site.guest("rep")
    follow(either_site, "rep", record_id)
    either_site.records("admin").update(record_id, {"Subject": "Most secret talk"})
    assert "Most secret talk" in rep.read("/notices")
    either_site.records("admin").update(record_id, {"IsPrivate": True, "Subject": "Hidden talk"})
    for address in ("/notices", "/notices/latest"):
        page = rep.read(address)
        assert "something that you cannot see" in page
        assert "secret talk" not in page
        assert "Hidden" not in page
        assert record_id not in page
    gone = deal(either_site, "admin")
    follow(either_site, "rep", gone)
    either_site.records("admin").update(gone, {"Name": "Going"})
    either_site.records("admin").delete([gone])
    assert "Going" not in rep.read("/notices")
    either_site.records("admin").purge([gone])
    with either_site.db.read() as conn:
        left = sa.select(sys_notice.c.id).where(sys_notice.c.record_id == gone)
        assert conn.execute(left).all() == []


def test_many_records_given_at_once_are_one_notice(either_site: Site) -> None:
    ids = [deal(either_site, "admin", Name=f"Deal {n}") for n in range(3)]
    owner = {"OwnerId": user(either_site, "rep")}
    either_site.records("admin").update_many("Opportunity", dict.fromkeys(ids, owner))
    page = either_site.guest("rep").read("/notices")
    (said,) = told(page)
    assert said.endswith("gave you 3 records: Opportunities.")
    assert 'href="/o/Opportunity"' in page


def test_notices_are_paged_and_only_ones_own_are_marked(either_site: Site) -> None:
    rep, admin = either_site.guest("rep"), either_site.guest("admin")
    with either_site.db.write() as conn:
        for n in range(120):
            tell_of_work(conn, user(either_site, "rep"), "Import %(n)s is done.", n=n)
    assert unread(rep) == "99+"
    seen: list[str] = []
    address = "/notices?show=unread"
    while address:
        page = rep.read(address)
        seen += told(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = unescape(found[1]) if found else ""
    assert seen == [f"Import {n} is done." for n in reversed(range(120))]
    mine = re.search(r'name="id" value="([^"]+)"', rep.read("/notices"))
    assert mine
    admin.post("/notices/read", {"id": mine[1]})
    assert mine[1] in rep.read("/notices?show=unread")
    answer = rep.post("/notices/read", {"id": mine[1], "back": "//evil.example"})
    assert answer.location == "/notices"
    assert mine[1] not in rep.read("/notices?show=unread")
    assert rep.get("/notices?after=rubbish").status_code == 400


def test_copies_go_by_mail_as_each_person_chose(either_site: Site) -> None:
    rep = either_site.guest("rep")
    record_id = deal(either_site, "admin")
    follow(either_site, "rep", record_id)
    owner = {"OwnerId": user(either_site, "rep")}
    either_site.records("admin").update(record_id, {"Name": "Hall"})
    either_site.records("admin").update(record_id, owner)
    work_off(either_site)
    ((recipient, subject, text),) = letters(either_site)  # of changes none, unless one wants it
    assert recipient == PEOPLE["rep"]
    assert "made you the owner of Hall" in subject
    assert f"http://127.0.0.1:8000/r/{record_id}\n" in text
    rep.read(f"/r/{record_id}")
    page = rep.read("/notices/settings")
    assert re.search(r'name="mail.assigned" value="true" checked', page)
    rep.post("/notices/settings", {"mail.changed": "true", "mail.nonsense": "true"})
    assert not re.search(
        r'name="mail.assigned" value="true" checked', rep.read("/notices/settings")
    )
    again = deal(either_site, "admin")
    either_site.records("admin").update(again, owner)
    either_site.records("admin").update(record_id, {"Name": "Hall 2"})
    work_off(either_site)
    assert [subject for _to, subject, _text in letters(either_site)[1:]] == [
        subject for _to, subject, _text in letters(either_site) if "changed Hall 2" in subject
    ]
    assert len(letters(either_site)) == 2


def test_nothing_is_mailed_of_what_was_read_or_closed_by_then(either_site: Site) -> None:
    rep = either_site.guest("rep")
    owner = {"OwnerId": user(either_site, "rep")}
    seen, gone = deal(either_site, "admin"), deal(either_site, "admin")
    for one in (seen, gone):
        either_site.records("admin").update(one, owner)
    rep.read(f"/r/{seen}")
    either_site.records("admin").delete([gone])
    third = deal(either_site, "admin")
    either_site.records("admin").update(third, owner)
    with either_site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET is_active = false WHERE name LIKE 'Ana%'"))
    work_off(either_site)
    assert letters(either_site) == []


def test_old_notices_go(either_site: Site) -> None:
    with either_site.db.write() as conn:
        tell_of_work(conn, user(either_site, "rep"), "Done.")
    rep = either_site.guest("rep")
    with time_machine.travel(clock.now() + timedelta(days=89), tick=True):
        work_off(either_site)
    assert told(rep.read("/notices")) == ["Done."]
    with time_machine.travel(clock.now() + timedelta(days=91), tick=True):
        work_off(either_site)
    assert told(rep.read("/notices")) == []


@pytest.mark.parametrize("address", ["/notices", "/notices/latest", "/notices/settings"])
def test_notices_are_nobodys_but_ones_own(site: Site, address: str) -> None:
    assert site.nobody().get(address).status_code == 303
    with site.db.write() as conn:
        tell_of_work(conn, user(site, "chinese"), "Private words.")
    assert "Private words" not in site.guest("admin").read(address)
