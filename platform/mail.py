"""Outgoing mail: letters are rows of the org's outbox, committed with what they tell about.

A job hands each to the mail server, or in development to a file. Refuses addresses and subjects
that could add a header. A letter that may have left already is not handed over twice.
"""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from . import clock
from .config import Config
from .errors import NotFound, Problem, Rejected, TrellisError, require
from .i18n import _
from .ids import new_id
from .jobs.queue import MOST_ATTEMPTS, enqueue
from .jobs.worker import Task, Work
from .migrations.tables import sys_mail

KIND = "mail.send"
QUEUED, SENDING, SENT, FAILED = "queued", "sending", "sent", "failed"
LONGEST_SUBJECT = 250
_PATIENCE = 20  # seconds
#: Long lines are left whole (RFC 5322 allows 998), so that a link stands in the file as it is.
_POLICY = SMTP.clone(max_line_length=900)
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent to one person; plain text."""

    recipient: str  # one bare address
    subject: str
    text: str


class MailFault(TrellisError):
    """The mail server did not take a letter."""


class Postman(Protocol):
    """Hands a finished message over, or raises."""

    def deliver(self, org: str, message: EmailMessage) -> None: ...


def enqueue_mail(conn: sa.Connection, letter: Letter, actor_id: str) -> str:
    """Puts the letter into the outbox of the caller's transaction and returns its id.

    Raises Rejected for an address or a subject that is none.
    """
    require(check_letter(letter))
    mail_id = str(new_id("0Zm"))
    row = {"recipient": letter.recipient, "subject": letter.subject, "text": letter.text}
    state = {"state": QUEUED, "attempts": 0, "created_at": clock.now(), "created_by": actor_id}
    conn.execute(sa.insert(sys_mail).values(id=mail_id, **row, **state))
    enqueue(conn, KIND, {"mail": mail_id}, key=mail_id, actor_id=actor_id)
    return mail_id


def check_letter(letter: Letter) -> tuple[Problem, ...]:
    """Why the letter cannot be sent."""
    problems = []
    if not _ADDRESS.fullmatch(letter.recipient) or _CONTROLS.search(letter.recipient):
        message = _("This is not one email address.")
        problems.append(Problem("mail.address", ("recipient",), message))
    subject = letter.subject
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or _CONTROLS.search(subject):
        message = _("A subject is one line of up to %(n)s characters.", n=LONGEST_SUBJECT)
        problems.append(Problem("mail.subject", ("subject",), message))
    return tuple(problems)


def work(config: Config) -> Mapping[str, Work]:
    """The job that sends, for a worker: {job kind: work}."""
    postman: Postman = SmtpPostman(config.smtp_url) if config.smtp_url else FilePostman(config)

    def send(task: Task) -> None:
        send_mail(task, postman, config)

    return {KIND: send}


def send_mail(task: Task, postman: Postman, config: Config) -> None:
    """Sends the letter of the job. One whose sending was interrupted half-way is given up: once
    too few is better than twice."""
    mail_id = str(task.args["mail"])
    with task.db.write() as conn:
        mine = sys_mail.c.id == mail_id
        row = conn.execute(sa.select(sys_mail).where(mine).with_for_update()).one_or_none()
        if row is None:
            raise NotFound(_("There is no such letter."))
        if row.state == QUEUED:
            begun = {"state": SENDING, "attempts": row.attempts + 1}
            conn.execute(sa.update(sys_mail).where(mine).values(begun))
    if row.state == QUEUED:
        _hand_over(task, postman, compose(row, config), mail_id)
    elif row.state == SENDING:
        _settle(task, mail_id, FAILED, "The worker did not come back from sending this letter.")


def compose(row: Any, config: Config) -> EmailMessage:
    """The message of an outbox row; a header that holds a line break raises ValueError."""
    message = EmailMessage(policy=_POLICY)
    name, sender = parseaddr(config.mail_from)
    user, _at, domain = sender.partition("@")
    message["From"] = Address(name, user, domain)
    message["To"] = row.recipient
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{domain}>"
    # RFC 3834: nobody's out-of-office note answers this, so no loop begins.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(row.text)
    return message


def _hand_over(task: Task, postman: Postman, message: EmailMessage, mail_id: str) -> None:
    try:
        postman.deliver(task.db.key, message)
    except (OSError, smtplib.SMTPException, MailFault) as err:
        error = _CONTROLS.sub(" ", f"{type(err).__name__}: {err}")[:500]
        refused = isinstance(err, smtplib.SMTPRecipientsRefused)
        state = FAILED if refused or task.job.attempts >= MOST_ATTEMPTS else QUEUED
        with task.db.write() as conn:
            put_back = sa.update(sys_mail).where(sys_mail.c.id == mail_id)
            conn.execute(put_back.values(state=state, error=error))
        if state == FAILED:
            raise Rejected(Problem("mail.refused", (mail_id,), error)) from err
        raise MailFault(error) from err
    _settle(task, mail_id, SENT, None)


def _settle(task: Task, mail_id: str, state: str, error: str | None) -> None:
    with task.finish() as conn:
        values = {"state": state, "error": error, "sent_at": clock.now() if state == SENT else None}
        conn.execute(sa.update(sys_mail).where(sys_mail.c.id == mail_id).values(values))


class FilePostman:
    """Writes each message to `mail/<org>/` of the data directory, for development."""

    def __init__(self, config: Config) -> None:
        self._root = Path(config.data_dir) / "mail"

    def deliver(self, org: str, message: EmailMessage) -> None:
        folder = self._root / org
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^A-Za-z0-9]", "", str(message["Message-ID"]).partition("@")[0])
        stamp = clock.now().strftime("%Y%m%d-%H%M%S")
        path = folder / f"{stamp}-{name}.eml"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(bytes(message))


class SmtpPostman:
    """Hands messages to the server of smtp://user:password@host:587 or smtps://…

    Another machine must speak TLS; without it neither letters nor the password are sent.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            hint = _("Write smtp://user:password@host:587 or smtps://user:password@host.")
            message = _("TRELLIS_SMTP_URL cannot be read.")
            raise Rejected(Problem("mail.smtp_url", ("TRELLIS_SMTP_URL",), message, hint))
        self._is_wrapped = parts.scheme == "smtps"
        self._host, self._port = parts.hostname, parts.port or (465 if self._is_wrapped else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def deliver(self, org: str, message: EmailMessage) -> None:
        with self._connected() as server:
            if self._user:
                server.login(self._user, self._password)
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._is_wrapped:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=_PATIENCE, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=_PATIENCE)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self._host not in _LOCAL:
            server.close()
            raise MailFault(f"the mail server {self._host} offers no TLS")
        return server
