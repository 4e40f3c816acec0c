"""Connected apps in Setup: made, changed, given another secret, ended; what is shown once."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.demo_site import Site
from trellis.platform.migrations.tables import sys_audit, sys_connected_app
from trellis.platform.people.connected_apps import is_secret_of, list_apps
from trellis.platform.people.sessions import id_of

NEW = {
    "name": "Sync <b>", "kind": "secret", "scope": "write", "rotates": "true", "stays": "true",
    "redirect_uris": "https://tool.example/back\nhttp://localhost:1717/OauthRedirect",
    "run_as": "ana.souza@northline.example", "permitted": "Admin",
}  # fmt: skip


def secret_in(page: str) -> str:
    return max(re.findall(r"[A-Za-z0-9_-]{43}", page), key=len)


@pytest.mark.abuse("A34", "A35", "A47")
def test_an_app_is_made_changed_and_ended_and_its_secret_is_shown_once(site: Site) -> None:
    admin = site.guest()
    made = admin.submit("/setup/connected-apps/add", NEW)
    assert "Sync &lt;b&gt;" in made
    secret = secret_in(made.partition("Client secret")[0][-400:] + made.partition("shown only")[2])
    with site.db.read() as conn:
        (app,) = list_apps(conn)
        assert is_secret_of(conn, app, secret)
        assert conn.scalar(sa.select(sys_connected_app.c.secret)) == id_of(secret)
    assert (len(app.redirect_uris), app.run_as, app.permitted) == (
        2, site.actor("rep").user_id, ("Admin",),
    )  # fmt: skip
    page = admin.read(f"/setup/connected-apps/{app.id}")
    assert secret not in page
    assert "ana.souza@northline.example" in page
    assert re.search(r'name="permitted" value="Admin"[^>]* checked', page)
    again = admin.post(f"/setup/connected-apps/{app.id}/secret").text
    with site.db.read() as conn:
        assert not is_secret_of(conn, app, secret)
    assert "Client secret" in again
    admin.submit(f"/setup/connected-apps/{app.id}", NEW | {"name": "Other"})
    with site.db.read() as conn:
        (after,) = list_apps(conn)
    assert (after.name, after.is_active) == ("Other", False)
    admin.post(f"/setup/connected-apps/{app.id}/delete")
    with site.db.read() as conn:
        assert list_apps(conn) == []
        noted = sa.select(sys_audit.c.operation).where(
            sys_audit.c.operation.like("connected_app.%")
        )
        operations = list(conn.scalars(noted.order_by(sys_audit.c.id)))
        assert secret not in str(conn.execute(sa.select(sys_audit)).all())
    assert [one.partition(".")[2] for one in operations] == [
        "created", "secret", "changed", "deleted",
    ]  # fmt: skip


def test_all_that_is_wrong_with_an_app_is_said_at_once(site: Site) -> None:
    wrong = NEW | {"name": "", "run_as": "nobody@example.com", "redirect_uris": "http://evil.test/"}
    answer = site.guest().post("/setup/connected-apps/add", wrong)
    assert answer.status_code == 422
    for said in ("up to 80 characters", "Nobody has this user name", "no address to return to"):
        assert said in answer.text
    assert site.guest("rep").get("/setup/connected-apps").status_code == 403


def test_examples_name_this_server_and_the_app(site: Site) -> None:
    site.guest().submit("/setup/connected-apps/add", NEW)
    with site.db.read() as conn:
        (app,) = list_apps(conn)
    page = site.guest().read("/setup/connect")
    assert app.id in page
    assert "{url}" not in page
    assert "trellis serve --tls" in page  # this one speaks http
