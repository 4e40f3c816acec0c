"""How long sessions last, by HTTP: set in Setup, in force with the next page, told in time."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tests.demo_site import PASSWORD, PEOPLE, Site
from trellis.platform import clock
from trellis.platform.migrations.tables import sys_audit, sys_session
from trellis.platform.people.sessions import id_of

PAGE = "/setup/sign-in"


def seen(site: Site, who: str, ago: int) -> None:
    """As if the session had been without a page for so many minutes."""
    mine = sys_session.c.id == id_of(site.tokens[who])
    at = clock.now() - timedelta(minutes=ago)
    with site.db.write() as conn:
        conn.execute(sa.update(sys_session).where(mine).values(seen_at=at, created_at=at))


def keep(site: Site, **limits: str) -> tuple[int, str]:
    answer = site.guest("admin").post(PAGE, {"policy": "nobody", "ranges": "", **limits})
    return answer.status_code, answer.text


def test_an_idle_session_ends_and_leads_back_to_where_one_was(either_site: Site) -> None:
    site, rep = either_site, either_site.guest("rep")
    assert 'value="120" selected' in site.guest("admin").read(PAGE)
    seen(site, "rep", 25)
    assert rep.get("/o/Account").status_code == 200
    assert keep(site, idle="15", life="240", most="3")[0] == 302
    with site.db.read() as conn:
        told = conn.execute(sa.select(sys_audit).order_by(sys_audit.c.id.desc()).limit(1)).one()
    assert told.operation == "sign_in_policy.changed"
    assert told.after == {"sessions": {"idle": 15, "life": 240, "most": 3}}
    seen(site, "rep", 25)
    answer = rep.get("/o/Account")
    assert answer.location == "/login?next=/o/Account&why=idle"
    assert "nothing was done for a while" in rep.read(answer.location)
    form = {"username": PEOPLE["rep"], "password": PASSWORD, "next": "/o/Account"}
    assert rep.post("/login", form).location == "/o/Account"


def test_a_page_asks_quietly_and_stays_only_when_told(site: Site) -> None:
    rep, quiet = site.guest("rep"), {"X-Quietly": "1"}
    seen(site, "rep", 90)
    for _turn in range(2):
        state = rep.get("/session/left", headers=quiet).get_json()
        assert state["extends"]
        assert 1790 <= state["left"] <= 1800
    assert rep.post("/session/stay").get_json()["left"] > 7100
    assert rep.get("/session/left", headers=quiet).get_json()["left"] > 7100
    seen(site, "rep", 130)
    gone = rep.get("/session/left", headers={**quiet, "Accept": "application/json"})
    assert gone.status_code == 401


def test_fewer_sessions_at_once_end_the_others_but_not_ones_own(site: Site) -> None:
    browser = site.nobody()
    browser.get("/login")
    browser.post("/login", {"username": PEOPLE["admin"], "password": PASSWORD})
    assert browser.get("/home").status_code == 200
    assert keep(site, most="1")[0] == 302
    assert site.guest("admin").get("/home").status_code == 200
    assert browser.get("/home").location == "/login?next=/home&why=many"


def test_limits_that_make_no_sense_are_refused_together(site: Site) -> None:
    status, text = keep(site, idle="7", life="x", most="999")
    assert (status, text.count("Choose one of the list.")) == (422, 6)
    status, text = keep(site, idle="240", life="120")
    assert (status, "longer than the longest life" in text) == (422, True)
