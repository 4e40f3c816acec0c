"""Outgoing mail: letters are rows of the org's outbox, committed with what they tell about.

A job hands each to the org's mail server, or in development to a file. Refuses addresses and
subjects that could add a header. A letter that may have left already is not handed over twice.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any

import sqlalchemy as sa

from . import clock
from .config import Config
from .errors import Conflict, NotFound, Problem, Rejected, require
from .i18n import _
from .ids import new_id
from .jobs.queue import MOST_ATTEMPTS, enqueue
from .jobs.worker import Task, Work
from .mail_server import ADDRESS, find_server, server_of
from .migrations.tables import sys_mail, sys_mail_part
from .postmen import FilePostman, MailFault, Postman, SmtpPostman

KIND = "mail.send"
QUEUED, SENDING, SENT, FAILED = "queued", "sending", "sent", "failed"
LONGEST_SUBJECT = 250
#: Long lines are left whole (RFC 5322 allows 998), so that a link stands in the file as it is.
_POLICY = SMTP.clone(max_line_length=900)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter; it is kept until the letter is sent."""

    name: str
    media_type: str  # "text/csv"
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be sent to one person: plain text, and the same for readers of HTML."""

    recipient: str  # one bare address
    subject: str
    text: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A letter of the outbox without its text, which may hold somebody's one-time link."""

    id: str
    recipient: str
    subject: str
    state: str
    attempts: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None


def enqueue_mail(conn: sa.Connection, letter: Letter, actor_id: str) -> str:
    """Puts the letter into the outbox of the caller's transaction and returns its id.

    Raises Rejected for an address or a subject that is none.
    """
    require(check_letter(letter))
    mail_id = str(new_id("0Zm"))
    row = {"recipient": letter.recipient, "subject": letter.subject, "text": letter.text}
    row |= {"html": letter.html} if letter.html else {}
    state = {"state": QUEUED, "attempts": 0, "created_at": clock.now(), "created_by": actor_id}
    conn.execute(sa.insert(sys_mail).values(id=mail_id, **row, **state))
    for one in letter.attachments:
        conn.execute(sa.insert(sys_mail_part).values(mail_id=mail_id, **asdict(one)))
    enqueue(conn, KIND, {"mail": mail_id}, key=mail_id, actor_id=actor_id)
    return mail_id


def check_letter(letter: Letter) -> tuple[Problem, ...]:
    """Why the letter cannot be sent."""
    problems = []
    if not ADDRESS.fullmatch(letter.recipient) or _CONTROLS.search(letter.recipient):
        message = _("This is not one email address.")
        problems.append(Problem("mail.address", ("recipient",), message))
    subject = letter.subject
    if not subject.strip() or len(subject) > LONGEST_SUBJECT or _CONTROLS.search(subject):
        message = _("A subject is one line of up to %(n)s characters.", n=LONGEST_SUBJECT)
        problems.append(Problem("mail.subject", ("subject",), message))
    for one in letter.attachments:
        if not one.name.strip() or _CONTROLS.search(one.name):
            message = _("This is no name of a file.")
            problems.append(Problem("mail.attachment", ("attachments",), message))
    return tuple(problems)


def work(config: Config) -> Mapping[str, Work]:
    """The job that sends, for a worker: {job kind: work}."""
    if config.smtp_url:
        server_of(config.smtp_url, config.mail_from)  # what cannot be read is refused at start

    def send(task: Task) -> None:
        with task.db.read() as conn:
            server = find_server(conn, config)
        postman: Postman = SmtpPostman(server) if server else FilePostman(config)
        send_mail(task, postman, server.sender if server else config.mail_from)

    return {KIND: send}


def send_mail(task: Task, postman: Postman, sender: str) -> None:
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
        parts = _parts(conn, mail_id)
    if row.state == QUEUED:
        _hand_over(task, postman, compose(row, sender, parts), mail_id)
    elif row.state == SENDING:
        _settle(task, mail_id, FAILED, "The worker did not come back from sending this letter.")


def _parts(conn: sa.Connection, mail_id: str) -> tuple[Attachment, ...]:
    p = sys_mail_part.c
    asked = sa.select(p.name, p.media_type, p.content).where(p.mail_id == mail_id)
    return tuple(Attachment(*row) for row in conn.execute(asked.order_by(p.name)))


def compose(row: Any, sender: str, parts: Sequence[Attachment] = ()) -> EmailMessage:
    """The message of an outbox row; a header that holds a line break raises ValueError."""
    message = EmailMessage(policy=_POLICY)
    name, address = parseaddr(sender)
    user, _at, domain = address.partition("@")
    message["From"] = Address(name, user, domain)
    message["To"] = row.recipient
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = f"<{row.id}@{domain}>"
    # RFC 3834: nobody's out-of-office note answers this, so no loop begins.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(row.text)
    if row.html:
        message.add_alternative(row.html, subtype="html")
    for one in parts:
        kind, _slash, exact = one.media_type.partition("/")
        message.add_attachment(one.content, kind, exact, filename=one.name)
    return message


def outbox(
    conn: sa.Connection, states: Sequence[str], limit: int, offset: int = 0
) -> tuple[Posted, ...]:
    """Letters in one of these states, or in any, latest first."""
    m = sys_mail.c
    columns = [m[name] for name in Posted.__dataclass_fields__]
    chosen = m.state.in_(states) if states else sa.true()
    found = sa.select(*columns).where(chosen).order_by(m.created_at.desc(), m.id.desc())
    return tuple(Posted(*row) for row in conn.execute(found.limit(limit).offset(offset)))


def send_again(conn: sa.Connection, mail_id: str, actor_id: str) -> None:
    """Has a letter sent that was given up; raises Conflict for any other."""
    mine = sa.and_(sys_mail.c.id == mail_id, sys_mail.c.state == FAILED)
    put_back = sa.update(sys_mail).where(mine).values(state=QUEUED, error=None)
    attempts = conn.scalar(put_back.returning(sys_mail.c.attempts))
    if attempts is None:
        raise Conflict(_("Only a letter that was given up can be sent again."))
    enqueue(conn, KIND, {"mail": mail_id}, key=f"{mail_id}:{attempts}", actor_id=actor_id)


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
        if state == SENT:  # the outbox tells that it was sent, and keeps no copy of the files
            conn.execute(sa.delete(sys_mail_part).where(sys_mail_part.c.mail_id == mail_id))
