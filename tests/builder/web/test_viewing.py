"""Viewing as another user by HTTP: the org as they see it, nothing changed, both in the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.addresses import Samples
from tests.demo_site import HOME, Guest, Site
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Denied
from trellis.platform.migrations.tables import sys_audit, sys_user
from trellis.platform.people import viewing
from trellis.platform.people.actor import ADMIN
from trellis.platform.web.admission import LEAVING

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def view_as(site: Site, user_id: str) -> Guest:
    admin = site.guest("admin")
    assert admin.post(f"/setup/users/{user_id}/view-as").status_code == 302
    admin.get("/settings")
    return admin


def entries(site: Site) -> list[tuple[str, str, str]]:
    """(operation, who, about whom) of what viewing left in the log."""
    a = sys_audit.c
    query = sa.select(a.operation, a.actor_id, a.subject_id).where(a.operation.like("view_as.%"))
    with site.db.read() as conn:
        return [tuple(row) for row in conn.execute(query.order_by(a.id))]


def test_an_administrator_sees_what_the_user_sees_until_they_leave(either_site: Site) -> None:
    site, rep, me = either_site, either_site.actor("rep"), either_site.actor("admin")
    private = dict(site.snapshot.object("Account").document) | {"sharingModel": "Private"}
    site.put_live(private)
    account = site.records().create("Account", {"Name": "Quiet Works"})
    admin = view_as(site, rep.user_id)
    page = admin.read("/home")
    assert f"You are viewing as {rep.name}" in page
    assert "Quiet Works" not in admin.read("/o/Account")
    assert admin.get(f"/r/{account}").status_code == 404
    assert admin.get("/setup/").status_code == 403
    answer = admin.post("/viewing/leave")
    assert answer.location.endswith(f"/setup/users/{rep.user_id}")
    assert "You are viewing" not in admin.read(f"/r/{account}")
    assert entries(site) == [
        ("view_as.begun", me.user_id, rep.user_id),
        ("view_as.ended", me.user_id, rep.user_id),
    ]


@pytest.mark.parametrize("who", ["rep", "another administrator"])
def test_every_unsafe_request_is_refused_meanwhile(either_site: Site, who: str) -> None:
    site = either_site
    viewed = site.actor("rep").user_id
    if who != "rep":
        with site.db.write() as conn:
            row = sys_user.c.id == viewed
            conn.execute(sa.update(sys_user).where(row).values(profile=ADMIN))
    unsafe = list(unsafe_routes(site))
    admin = view_as(site, viewed)
    before = site.pictures()
    for method, address in unsafe:
        headers = {"X-CSRFToken": admin.token}
        answer = admin.client.open(address, method=method, headers=headers, base_url=HOME)
        assert answer.status_code == 403, (method, address)
        assert "You are viewing as" in answer.text, (method, address)
    assert site.pictures() == before
    assert len(unsafe) > 40


def unsafe_routes(site: Site) -> Iterator[tuple[str, str]]:
    samples = Samples(site)
    for rule in site.app.url_map.iter_rules():
        methods = UNSAFE & (rule.methods or set())
        if not methods or rule.endpoint in LEAVING:
            continue
        arguments = {name: samples.of(rule.endpoint, name) for name in rule.arguments}
        with site.app.test_request_context(base_url=HOME):
            address = site.app.url_for(rule.endpoint, **arguments)
        yield from ((method, address) for method in sorted(methods))


def test_looking_with_other_eyes_leaves_no_trace_of_theirs(site: Site) -> None:
    account, rep = site.find_id("Account"), site.actor("rep").user_id
    admin = view_as(site, rep)
    with site.db.read() as conn:
        seen = sa.text("SELECT * FROM sys_recent WHERE user_id = :id")
        before = [tuple(row) for row in conn.execute(seen, {"id": rep})]
    admin.read(f"/r/{account}")
    with site.db.read() as conn:
        assert [tuple(row) for row in conn.execute(seen, {"id": rep})] == before


def test_the_hour_ends_it_and_the_log_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewing, "LONGEST", timedelta(seconds=-1))
    admin = view_as(site, site.actor("rep").user_id)
    assert "You are viewing" not in admin.read("/home")
    assert admin.get("/setup/").status_code == 200
    assert [entry[0] for entry in entries(site)] == ["view_as.begun", "view_as.ended"]


def test_it_ends_with_the_session_and_for_who_is_frozen(site: Site) -> None:
    rep = site.actor("rep").user_id
    admin = view_as(site, rep)
    with site.db.write() as conn:
        conn.execute(sa.update(sys_user).where(sys_user.c.id == rep).values(is_frozen=True))
    assert "You are viewing" not in admin.read("/home")
    with site.db.write() as conn:
        conn.execute(sa.update(sys_user).where(sys_user.c.id == rep).values(is_frozen=False))
    assert "You are viewing" in view_as(site, rep).read("/home")
    admin.post("/logout")
    assert admin.get("/home").status_code == 303
    assert [entry[0] for entry in entries(site)][-1] == "view_as.ended"


def test_who_may_not_view_as_somebody(site: Site) -> None:
    me, rep = site.actor("admin").user_id, site.actor("rep").user_id
    admin, other = site.guest("admin"), site.guest("rep")
    assert other.post(f"/setup/users/{me}/view-as").status_code == 403
    assert admin.post(f"/setup/users/{me}/view-as").status_code == 403
    assert admin.post("/setup/users/005000000000000AAA/view-as").status_code == 404
    with site.db.write() as conn:
        conn.execute(sa.update(sys_user).where(sys_user.c.id == rep).values(is_active=False))
    assert admin.post(f"/setup/users/{rep}/view-as").status_code == 404
    assert entries(site) == []


def test_nobody_views_with_more_rights_than_their_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rep = site.actor("rep").user_id
    monkeypatch.setattr("trellis.builder.web.viewing.exceeds", lambda *_all: True)
    assert site.guest("admin").post(f"/setup/users/{rep}/view-as").status_code == 403
    assert entries(site) == []


def test_viewing_ends_when_the_user_comes_to_more_rights(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = view_as(site, site.actor("rep").user_id)
    monkeypatch.setattr("trellis.runtime.web.scope.exceeds", lambda *_all: True)
    assert admin.get("/home").status_code == 403
    assert "You are viewing" not in admin.read("/home")
    assert [entry[0] for entry in entries(site)] == ["view_as.begun", "view_as.ended"]


def test_the_database_itself_refuses_while_one_only_looks(org_db: OrgDatabase) -> None:
    looked = org_db.reading_only
    with looked.read() as conn:
        assert conn.scalar(sa.text("SELECT 1")) == 1
    with pytest.raises(Denied):
        looked.transact(lambda conn: conn.execute(sa.text("SELECT 1")))
    assert looked is org_db.reading_only
