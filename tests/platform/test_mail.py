from __future__ import annotations

import email
import smtplib
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from aiosmtpd.controller import Controller

from trellis.platform import mail, mail_server, postmen
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, Rejected
from trellis.platform.jobs.worker import Worker
from trellis.platform.mail import Letter, check_letter, enqueue_mail
from trellis.platform.mail_server import MailServer, server_of
from trellis.platform.migrations.tables import sys_job, sys_mail, sys_mail_part, sys_setting
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.platform.postmen import MailFault, SmtpPostman
from trellis.platform.vault import Vault, use_vault

pytestmark = pytest.mark.abuse("A75")

LETTER = Letter("amy@example.com", "Grüße 你好", "Hello,\n\n.a line with a dot\n")


def post(db: OrgDatabase, letter: Letter = LETTER) -> str:
    return db.transact(lambda conn: enqueue_mail(conn, letter, SYSTEM_USER_ID))


def run(config: Config, orgs: Orgs, db: OrgDatabase) -> int:
    return Worker(orgs, mail.work(config), actor_id=SYSTEM_USER_ID).run_due(db)


def with_password(server: SimpleNamespace) -> str:
    return str(server.url).replace("smtp://", "smtp://user:secret@")


def row(db: OrgDatabase) -> Any:
    with db.read() as conn:
        return conn.execute(sa.select(sys_mail)).one()


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """A mail server on this machine that keeps what it gets, or answers as told."""
    got = SimpleNamespace(messages=[], answer="250 OK", url="")

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            if got.answer.startswith("250"):
                got.messages.append((envelope.rcpt_tos, envelope.content))
            return str(got.answer)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    got.url = f"smtp://127.0.0.1:{port}"
    yield got
    controller.stop()


def test_in_development_a_letter_becomes_a_file_of_the_org(
    config: Config, orgs: Orgs, org_db: OrgDatabase
) -> None:
    mail_id = post(org_db)
    run(config, orgs, org_db)
    (file,) = (config.data_dir / "mail" / "main").iterdir()
    message = email.message_from_bytes(file.read_bytes(), policy=default)
    assert (message["To"], message["Subject"]) == ("amy@example.com", "Grüße 你好")
    assert message["From"] == "Trellis <no-reply@localhost>"
    assert message["Message-ID"] == f"<{mail_id}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert isinstance(message, EmailMessage)
    assert ".a line with a dot" in message.get_content()
    assert file.stat().st_mode & 0o777 == 0o600
    assert (row(org_db).state, row(org_db).sent_at is not None) == (mail.SENT, True)


def test_a_long_link_is_not_broken(config: Config, orgs: Orgs, org_db: OrgDatabase) -> None:
    link = "https://crm.example.com/password/choose/main/" + "x" * 43 + "?a=b&c=" + "y" * 200
    post(org_db, Letter("amy@example.com", "A link", f"Here:\n\n{link}\n"))
    run(config, orgs, org_db)
    (file,) = (config.data_dir / "mail" / "main").iterdir()
    assert link in file.read_text("ascii")


def test_a_letter_of_a_transaction_that_fails_was_never_written(
    config: Config, orgs: Orgs, org_db: OrgDatabase
) -> None:
    def fails(conn: sa.Connection) -> None:
        enqueue_mail(conn, LETTER, SYSTEM_USER_ID)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        org_db.transact(fails)
    run(config, orgs, org_db)
    assert not (config.data_dir / "mail").exists()


HOSTILE = [
    Letter("a@b.de\r\nBcc: x@y.zz", "s", "t"),
    Letter("a@b.de,c@d.ef", "s", "t"),
    Letter("A <a@b.de>", "s", "t"),
    Letter("a@b.de\x00", "s", "t"),
    Letter("nobody", "s", "t"),
    Letter("a@b.de", "s\r\nBcc: x@y.zz", "t"),
    Letter("a@b.de", "s\u2028Bcc: x@y.zz", "t"),
    Letter("a@b.de", " ", "t"),
    Letter("a@b.de", "s" * 251, "t"),
]


@pytest.mark.parametrize("letter", HOSTILE)
def test_a_letter_that_could_add_a_header_is_refused(letter: Letter) -> None:
    assert len(check_letter(letter)) == 1


def test_a_refused_letter_is_not_in_the_outbox(org_db: OrgDatabase) -> None:
    with pytest.raises(Rejected):
        post(org_db, HOSTILE[0])
    with org_db.read() as conn:
        assert conn.execute(sa.select(sys_mail)).all() == []


def test_a_server_gets_the_letter_once(
    config: Config, orgs: Orgs, org_db: OrgDatabase, server: SimpleNamespace
) -> None:
    post(org_db)
    sending = replace(config, smtp_url=server.url)
    run(sending, orgs, org_db)
    run(sending, orgs, org_db)
    ((recipients, content),) = server.messages
    assert recipients == ["amy@example.com"]
    assert email.message_from_bytes(content, policy=default)["Subject"] == "Grüße 你好"


def test_a_server_that_is_busy_is_asked_again_later(
    config: Config,
    orgs: Orgs,
    org_db: OrgDatabase,
    server: SimpleNamespace,
    frozen_clock: time_machine.Traveller,
) -> None:
    server.answer = "451 try later"
    sending = replace(config, smtp_url=server.url)
    post(org_db)
    run(sending, orgs, org_db)
    assert (row(org_db).state, row(org_db).attempts) == (mail.QUEUED, 1)
    assert "451" in row(org_db).error
    server.answer = "250 OK"
    frozen_clock.shift(60)
    run(sending, orgs, org_db)
    assert (row(org_db).state, row(org_db).attempts, len(server.messages)) == (mail.SENT, 2, 1)


def test_a_server_that_never_takes_it_ends_in_a_failure_that_is_seen(
    config: Config, orgs: Orgs, org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
    post(org_db)
    for _turn in range(6):
        run(replace(config, smtp_url=url), orgs, org_db)
        frozen_clock.shift(3600)
    assert row(org_db).state == mail.FAILED
    with org_db.read() as conn:
        assert (
            conn.scalar(sa.select(sys_job.c.state).where(sys_job.c.kind == mail.KIND)) == "failed"
        )


def test_a_letter_whose_sending_was_cut_off_is_not_sent_again(
    config: Config, orgs: Orgs, org_db: OrgDatabase, server: SimpleNamespace
) -> None:
    post(org_db)
    with org_db.write() as conn:
        conn.execute(sa.update(sys_mail).values(state=mail.SENDING))
    run(replace(config, smtp_url=server.url), orgs, org_db)
    assert (row(org_db).state, server.messages) == (mail.FAILED, [])


def test_another_machine_without_tls_gets_neither_password_nor_letter(
    server: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    postman = SmtpPostman(
        server_of(server.url.replace("smtp://", "smtp://user:secret@"), "a@b.example")
    )
    monkeypatch.setattr(postmen, "LOCAL", frozenset())
    with pytest.raises(MailFault, match="no TLS"):
        postman.deliver("main", EmailMessage())


def test_a_password_is_not_sent_to_a_server_that_asks_for_none(server: SimpleNamespace) -> None:
    postman = SmtpPostman(
        server_of(server.url.replace("smtp://", "smtp://user:secret@"), "a@b.example")
    )
    with pytest.raises(smtplib.SMTPException):
        postman.deliver("main", EmailMessage())


@pytest.mark.parametrize("url", ["http://mail.example.com", "smtp://", "mail.example.com"])
def test_an_address_of_no_mail_server_is_refused(config: Config, url: str) -> None:
    with pytest.raises(Rejected):
        mail.work(replace(config, smtp_url=url))


def test_the_orgs_own_server_is_used_and_its_password_is_sealed(
    config: Config, orgs: Orgs, org_db: OrgDatabase, server: SimpleNamespace
) -> None:
    port = int(server.url.rpartition(":")[2])
    own = MailServer("127.0.0.1", port, mail_server.NONE, sender="Sales <sales@acme.example>")
    with use_vault(Vault(("k" * 40,))):
        org_db.transact(lambda conn: mail_server.save_own(conn, replace(own, password="hush")))
        with org_db.read() as conn:
            kept = conn.scalar(sa.select(sys_setting.c.value))
            assert mail_server.read_own(conn) == replace(own, password="hush")
        assert "hush" not in str(kept)
        post(org_db)
        run(replace(config, smtp_url="smtp://127.0.0.1:1"), orgs, org_db)
    ((_to, content),) = server.messages
    assert email.message_from_bytes(content)["From"] == "Sales <sales@acme.example>"


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"host": "mail.example.com/x"}, "host"),
        ({"port": 0}, "port"),
        ({"security": "none"}, "security"),
        ({"security": "ssl9"}, "security"),
        ({"user": "a\r\nb"}, "user"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "A <a@b.de>\r\nBcc: x@y.zz"}, "sender"),
    ],
)
def test_a_server_that_cannot_be_one_is_refused(changed: dict[str, Any], at: str) -> None:
    own = MailServer("mail.example.com", sender="sales@acme.example")
    assert mail_server.check_server(own) == ()
    assert [p.path for p in mail_server.check_server(replace(own, **changed))] == [(at,)]


def test_a_letter_that_was_given_up_is_sent_again_when_asked(
    config: Config,
    orgs: Orgs,
    org_db: OrgDatabase,
    server: SimpleNamespace,
    frozen_clock: time_machine.Traveller,
) -> None:
    mail_id = post(org_db)
    for _turn in range(6):
        run(replace(config, smtp_url="smtp://127.0.0.1:1"), orgs, org_db)
        frozen_clock.shift(3600)
    with org_db.read() as conn:
        (letter,) = mail.outbox(conn, (mail.FAILED,), 10)
    assert (letter.id, letter.recipient) == (mail_id, LETTER.recipient)
    org_db.transact(lambda conn: mail.send_again(conn, mail_id, SYSTEM_USER_ID))
    run(replace(config, smtp_url=server.url), orgs, org_db)
    assert (row(org_db).state, len(server.messages)) == (mail.SENT, 1)
    with pytest.raises(Conflict), org_db.write() as conn:
        mail.send_again(conn, mail_id, SYSTEM_USER_ID)


def test_files_go_along_and_are_not_kept_once_sent(
    config: Config, orgs: Orgs, org_db: OrgDatabase
) -> None:
    file = mail.Attachment("数据.csv", "text/csv", "\ufeffa,é\r\n".encode())
    post(org_db, replace(LETTER, html="<p>Hello</p>", attachments=(file,)))
    run(config, orgs, org_db)
    (kept,) = (config.data_dir / "mail" / "main").iterdir()
    message = email.message_from_bytes(kept.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert html.get_content().strip() == "<p>Hello</p>"
    assert plain.get_content().splitlines() == LETTER.text.splitlines()
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == (file.name, file.content)
    with org_db.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(sys_mail_part)) == 0
    bad = replace(LETTER, attachments=(replace(file, name="a\r\nBcc: b@example.com"),))
    assert [problem.code for problem in check_letter(bad)] == ["mail.attachment"]
