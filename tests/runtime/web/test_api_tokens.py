"""My API tokens by HTTP: made with a password, shown once, used, revoked; told of by mail."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.demo_site import HOME, PASSWORD, PICTURE, Site
from trellis.platform.migrations.tables import sys_api_token, sys_mail, sys_user

PAGE = "/settings/tokens"
CSV = "/o/Account/export.csv?view=AllAccounts"


def make_token(site: Site, who: str = "rep", scope: str = "read", **more: str) -> str:
    guest = site.guest(who)
    guest.get(PAGE)
    said = {"name": "Sync", "scope": scope, "days": "90", "password": PASSWORD} | more
    answer = guest.post(PAGE, said)
    assert answer.status_code == 200, answer.text[-800:]
    found = re.search(r"<code>(00D\w{12}!trl_main\.\w{43})</code>", answer.text)
    assert found
    return found[1]


def ask(
    site: Site, token: str, path: str = CSV, method: str = "GET", **rest: object
) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"}
    client = site.app.test_client()
    return client.open(path, method=method, headers=headers, base_url=HOME, **rest)


def test_a_person_makes_a_token_and_a_program_reads_with_it(either_site: Site) -> None:
    site = either_site
    token = make_token(site)
    answer = ask(site, token)
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert "Set-Cookie" not in answer.headers
    answer.close()
    page = site.guest("rep").read(PAGE)
    assert token not in page
    assert token[-4:] in page
    with site.db.read() as conn:
        letter = conn.execute(sa.select(sys_mail).order_by(sys_mail.c.created_at.desc())).first()
    assert letter is not None
    assert "Sync" in str(letter)
    assert token not in str(letter)


def test_what_the_owner_does_not_see_the_program_does_not_see(site: Site) -> None:
    private = dict(site.snapshot.object("Account").document) | {"sharingModel": "Private"}
    site.put_live(private)
    site.records().create("Account", {"Name": "Quiet Works"})
    assert "Quiet Works" not in ask(site, make_token(site)).text
    assert "Quiet Works" in ask(site, make_token(site, "admin")).text


def test_a_program_that_may_write_attaches_a_file_and_another_does_not(
    site: Site,
) -> None:
    path = f"/r/{site.find_id('Account')}/files"

    def send(token: str) -> int:
        data = {"file": (io.BytesIO(PICTURE), "plan.png")}
        return ask(site, token, path, "POST", data=data).status_code

    assert send(make_token(site)) == 403
    assert send(make_token(site, scope="write")) == 201


def test_whoever_may_not_use_the_api_has_no_tokens_and_earlier_ones_stop(site: Site) -> None:
    token = make_token(site)
    with site.db.write() as conn:
        mine = sa.update(sys_user).where(sys_user.c.id == site.actor("rep").user_id)
        conn.execute(mine.values(profile="ReadOnly"))
    assert ask(site, token).status_code == 403
    rep = site.guest("rep")
    assert "Ask an administrator" in rep.read(PAGE)
    said = {"name": "Sync", "scope": "read", "days": "90", "password": PASSWORD}
    assert rep.post(PAGE, said).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"password": "wrong"}, "This is not your password."),
        ({"name": ""}, "Enter a name of up to 80 characters."),
        ({"days": "9999"}, "Choose one of the list."),
        ({"scope": "setup"}, "Only an administrator may give a program access to Setup."),
    ],
)
def test_a_wrong_form_comes_back_with_what_is_wrong(
    site: Site, wrong: dict[str, str], told: str
) -> None:
    rep = site.guest("rep")
    rep.get(PAGE)
    said = {"name": "Sync", "scope": "read", "days": "90", "password": PASSWORD} | wrong
    answer = rep.post(PAGE, said)
    assert (answer.status_code, told in answer.text) == (422, True)
    with site.db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_api_token)) == 0


def test_own_tokens_are_revoked_and_no_others(site: Site) -> None:
    token = make_token(site)
    with site.db.read() as conn:
        token_id = conn.scalar(sa.select(sys_api_token.c.id))
    chinese = site.guest("chinese")
    assert chinese.post(f"{PAGE}/revoke", {"token": token_id}).status_code == 404
    assert ask(site, token).status_code == 200
    assert site.guest("rep").post(f"{PAGE}/revoke", {"token": token_id}).status_code == 302
    assert ask(site, token).status_code == 401


def test_an_administrator_sees_and_revokes_a_users_tokens(site: Site) -> None:
    token, user_id = make_token(site), site.actor("rep").user_id
    admin = site.guest("admin")
    page = admin.read(f"/setup/users/{user_id}")
    assert "Sync" in page
    found = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert found
    other = site.actor("chinese").user_id
    revoke = f"/setup/users/{other}/tokens/revoke"
    assert admin.post(revoke, {"token": found[1]}).status_code == 404
    revoke = f"/setup/users/{user_id}/tokens/revoke"
    assert admin.post(revoke, {"token": found[1]}).status_code == 302
    assert ask(site, token).status_code == 401
    with site.db.read() as conn:
        told = conn.execute(sa.select(sys_mail).order_by(sys_mail.c.created_at)).all()
    assert "revoked" in str(told[-1])


def test_a_token_for_setup_reads_the_audit_trail_and_a_smaller_one_does_not(site: Site) -> None:
    assert ask(site, make_token(site, "admin", "setup"), "/setup/audit.csv").status_code == 200
    assert ask(site, make_token(site, "admin", "write"), "/setup/audit.csv").status_code == 403
