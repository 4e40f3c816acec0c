"""The mail server and the outbox, by HTTP."""

from __future__ import annotations

import sqlalchemy as sa

from tests.demo_site import Site
from trellis.platform import mail_server
from trellis.platform.mail_server import MailServer
from trellis.platform.migrations.tables import sys_mail, sys_setting

FORM = {
    "host": "mail.example.com", "port": "587", "security": "starttls", "user": "trellis",
    "password": "hush hush", "sender": "Sales <sales@acme.example>",
}  # fmt: skip


def own(site: Site) -> MailServer | None:
    with site.db.read() as conn:
        return mail_server.read_own(conn)


def test_a_mail_server_is_kept_and_its_password_is_never_shown(either_site: Site) -> None:
    admin = either_site.guest("admin")
    admin.submit("/setup/mail", FORM)
    assert own(either_site) == MailServer(
        "mail.example.com", 587, "starttls", "trellis", "hush hush", "Sales <sales@acme.example>"
    )
    assert "hush hush" not in admin.read("/setup/mail")
    with either_site.db.read() as conn:
        kept = conn.scalar(
            sa.select(sys_setting.c.value).where(sys_setting.c.name == "mail.server")
        )
    assert "hush" not in str(kept)
    admin.submit("/setup/mail/forget", {})
    assert own(either_site) is None


def test_a_password_goes_to_no_other_server_than_it_was_entered_for(site: Site) -> None:
    admin = site.guest("admin")
    admin.submit("/setup/mail", FORM)
    admin.submit("/setup/mail", FORM | {"password": "", "sender": "help@acme.example"})
    kept = own(site)
    assert kept is not None
    assert (kept.sender, kept.password) == ("help@acme.example", "hush hush")
    admin.submit("/setup/mail", FORM | {"password": "", "host": "mail.elsewhere.example"})
    moved = own(site)
    assert moved is not None
    assert (moved.host, moved.password) == ("mail.elsewhere.example", "")


def test_a_wrong_server_is_refused_and_nothing_changes(site: Site) -> None:
    admin = site.guest("admin")
    answer = admin.post("/setup/mail", FORM | {"host": "", "security": "none", "port": "x"})
    assert answer.status_code == 422
    assert "Enter the name of the mail server." in answer.text
    assert own(site) is None


def test_a_test_letter_is_in_the_outbox_without_its_text(site: Site) -> None:
    admin = site.guest("admin")
    admin.submit("/setup/mail/test", {})
    with site.db.read() as conn:
        (letter,) = conn.execute(sa.select(sys_mail)).all()
    page = admin.read("/setup/mail")
    assert letter.recipient in page
    assert letter.subject in page
    assert letter.text.strip() not in page


def test_the_mail_of_an_org_is_for_its_administrators(site: Site) -> None:
    rep = site.guest("rep")
    rep.get("/settings")
    for address in ("/setup/mail", "/setup/mail/test", "/setup/mail/forget"):
        assert rep.post(address, FORM).status_code == 403
    assert own(site) is None
