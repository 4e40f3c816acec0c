"""Addresses and hours by HTTP: kept out at sign-in, with a session, with a token; no lock-out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import HOME, PASSWORD, PEOPLE, Guest, Site
from trellis.metadata.rights import profile_of
from trellis.platform import clock
from trellis.platform.migrations.tables import sys_session, sys_signin
from trellis.platform.people import api_tokens
from trellis.platform.people.api_tokens import TokenDraft
from trellis.platform.people.whereabouts import parse_ranges, save_ranges

pytestmark = pytest.mark.abuse("A85")

HERE, AWAY = "127.0.0.0/8", "192.0.2.0/24"
TRUSTED = "/setup/sign-in"


def profile_page(site: Site, who: str = "rep") -> str:
    found = profile_of(site.actor(who).profile, site.snapshot)
    assert found is not None
    return f"/setup/access/{found.uid}/sign-in"


def sign_in(site: Site, who: str = "rep") -> tuple[int, str]:
    guest = site.nobody()
    guest.get("/login")
    answer = guest.post("/login", {"username": PEOPLE[who], "password": PASSWORD})
    return answer.status_code, answer.text


def keep(site: Site, path: str, who: str = "admin", **said: str) -> tuple[int, str]:
    guest = site.guest(who)
    guest.get(path)
    answer = guest.post(path, {"policy": "nobody", **said})
    return answer.status_code, answer.text


def token_of(site: Site, who: str = "rep") -> str:
    with site.db.write() as conn:
        return api_tokens.issue(conn, TokenDraft("Sync"), site.actor(who))


def status_by_token(site: Site, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    client = site.app.test_client()
    return client.get("/palette?q=an", headers=headers, base_url=HOME).status_code


def test_a_profile_keeps_its_people_to_its_addresses(either_site: Site) -> None:
    site, token = either_site, token_of(either_site)
    rep, page = site.guest("rep"), profile_page(site)
    assert rep.get("/home").status_code == 200
    assert keep(site, page, ranges=AWAY)[0] == 302
    answer = rep.get("/home")
    assert (answer.status_code, "from this address (127.0.0.1)" in answer.text) == (403, True)
    assert rep.get("/palette?q=a", headers={"Accept": "application/json"}).status_code == 403
    assert rep.post("/settings", {}).status_code in (400, 403)
    assert status_by_token(site, token) == 403
    assert site.guest("admin").get("/home").status_code == 200
    status, text = sign_in(site)
    assert (status, "You may not sign in from this address" in text) == (422, True)
    assert keep(site, page, ranges=f"{AWAY}\n{HERE}")[0] == 302
    assert rep.get("/home").status_code == 200
    assert status_by_token(site, token) == 200
    assert sign_in(site)[0] == 303


def test_whoever_is_kept_out_can_sign_out(site: Site) -> None:
    rep = site.guest("rep")
    keep(site, profile_page(site), ranges=AWAY)
    rep.get("/home")
    assert rep.post("/logout").status_code == 303
    assert "Your password" not in rep.read("/login")


def test_the_wrong_password_says_nothing_of_addresses(site: Site) -> None:
    keep(site, profile_page(site), ranges=AWAY)
    guest = site.nobody()
    guest.get("/login")
    answer = guest.post("/login", {"username": PEOPLE["rep"], "password": "wrong"})
    assert "address" not in re_text(answer.text)
    unknown = guest.post("/login", {"username": "nobody@example.com", "password": "wrong"})
    assert answer.status_code == unknown.status_code == 422


def re_text(page: str) -> str:
    return page[page.index("<main") :] if "<main" in page else page


def test_who_comes_from_elsewhere_is_in_the_history_and_not_counted(site: Site) -> None:
    keep(site, profile_page(site), ranges=AWAY)
    for _n in range(12):
        assert sign_in(site)[0] == 422
    with site.db.read() as conn:
        outcomes = set(conn.scalars(sa.select(sys_signin.c.outcome)))
    assert outcomes == {"not from there or then"}
    page = site.guest("admin").read(f"/setup/users/{site.actor('rep').user_id}")
    assert "Not from there or then" in page


def test_what_the_org_trusts_counts_where_the_profile_says_nothing(site: Site) -> None:
    with site.db.write() as conn:
        save_ranges(conn, parse_ranges(AWAY), site.actor())
    assert site.guest("rep").get("/home").status_code == 403
    assert site.guest("admin").get("/home").status_code == 403
    with site.db.write() as conn:
        save_ranges(conn, parse_ranges(HERE), site.actor())
    keep(site, profile_page(site), ranges=AWAY)
    with site.db.write() as conn:
        save_ranges(conn, parse_ranges(HERE), site.actor())
    assert site.guest("rep").get("/home").status_code == 403
    assert site.guest("admin").get("/home").status_code == 200


def test_nobody_locks_themselves_out_unless_they_tick_it(site: Site) -> None:
    for path in (TRUSTED, profile_page(site, "admin")):
        status, text = keep(site, path, ranges=AWAY)
        assert (status, "This would lock you out" in text) == (422, True), path
        assert site.guest("admin").get("/home").status_code == 200
    own = profile_page(site, "admin")
    assert keep(site, own, **{f"how_{n}": "never" for n in range(7)})[0] == 422
    assert keep(site, own, ranges=HERE)[0] == 302
    assert keep(site, TRUSTED, ranges=AWAY)[0] == 302  # the own profile's come first
    assert keep(site, own, ranges=AWAY, anyway="true")[0] == 302
    assert site.guest("admin").get("/home").status_code == 403


def test_a_line_that_is_none_comes_back_with_its_number(site: Site) -> None:
    for path in (TRUSTED, profile_page(site)):
        status, text = keep(site, path, ranges="192.0.2.1\noffice")
        assert (status, "Line 2: This is not a range of IP addresses." in text) == (422, True)
        assert "office" in text


def test_hours_end_a_day_of_work(site: Site) -> None:
    page = profile_page(site)
    now = clock.now()
    week = {f"how_{n}": "between" for n in range(7)}
    week |= {f"from_{n}": "08:00" for n in range(7)} | {f"to_{n}": "18:00" for n in range(7)}
    assert keep(site, page, **week)[0] == 302
    with site.db.write() as conn:
        conn.execute(sa.update(sys_session).values(expires_at=datetime(2100, 1, 1, tzinfo=UTC)))
        conn.execute(sa.text("DELETE FROM sys_setting WHERE name = 'org.time_zone'"))
    for hour, status in ((7, 403), (8, 200), (17, 200), (18, 403)):
        moment = now.replace(hour=hour, minute=30 if hour < 18 else 0)
        with time_machine.travel(moment, tick=False), site.db.write() as conn:
            conn.execute(sa.update(sys_session).values(seen_at=moment, created_at=moment))
        with time_machine.travel(moment, tick=False):
            answer = site.guest("rep").get("/home")
        assert answer.status_code == status, hour
        assert status == 200 or "Today you may work from" in answer.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"from_0": "18:00", "to_0": "08:00"}, "Monday ends before it begins."),
        ({"from_0": "", "to_0": "08:00"}, "Monday: Enter two times."),
    ],
)
def test_hours_that_cannot_be_are_refused(site: Site, said: dict[str, str], told: str) -> None:
    status, text = keep(site, profile_page(site), how_0="between", **said)
    assert (status, told in text) == (422, True)


def test_a_shipped_profile_is_otherwise_as_it_was(site: Site) -> None:
    before = profile_of("Admin", site.snapshot)
    keep(site, profile_page(site, "admin"), ranges=HERE)
    after = profile_of("Admin", site.snapshot)
    assert before is not None
    assert after is not None
    changed = {key for key in after.document if after.document[key] != before.document.get(key)}
    assert changed == {"loginIpRanges"}
    page = profile_page(site, "admin").replace("/sign-in", "/details")
    admin = site.guest("admin")
    admin.get(page)
    assert admin.post(page, {"label": "Other", "description": ""}).status_code == 422


def test_a_forged_header_of_a_proxy_that_nobody_configured_helps_nothing(site: Site) -> None:
    keep(site, profile_page(site), ranges=AWAY)
    rep: Guest = site.guest("rep")
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP"):
        value = "for=192.0.2.5" if name == "Forwarded" else "192.0.2.5"
        assert rep.get("/home", headers={name: value}).status_code == 403, name


def test_asking_takes_no_statement_more_than_the_page_does(site: Site) -> None:
    rep = site.guest("rep")
    rep.get("/home")
    with site.counted() as before:
        rep.get("/home")
    keep(site, profile_page(site), ranges=HERE)
    rep.get("/home")
    with site.counted() as after:
        rep.get("/home")
    assert len(after) == len(before)
