"""Mail: the server that hands letters over, a test, and the outbox.

The text of a letter is not shown: it may hold somebody's one-time link.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform import audit, mail_server
from ...platform import mail as outgoing
from ...platform.clock import now
from ...platform.errors import Conflict, Problem, Rejected
from ...platform.i18n import _, format_ago, ngettext
from ...platform.mail import Letter, Posted
from ...platform.mail_server import SECURITIES, MailServer
from ...platform.people.users import get_user
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config
from ...runtime.web.feedback import say
from ...runtime.web.offsets import offset_here
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand
from .problems import by_field

ROWS = 50
SHOWN: dict[str, tuple[str, ...]] = {
    "": (),
    "waiting": (outgoing.QUEUED, outgoing.SENDING),
    "sent": (outgoing.SENT,),
    "failed": (outgoing.FAILED,),
}


@setup.get("/mail")
@requires(ADMINISTRATOR)
def mail() -> str:
    """The server in use, and the letters of the outbox."""
    with here().read() as connection:
        own = mail_server.read_own(connection)
    return _page(own or MailServer(sender=config().mail_from), own)


@setup.post("/mail")
@requires(ADMINISTRATOR)
def save_mail_server() -> Response | tuple[str, int]:
    """Keeps the org's own server. A password stays only with the server it was entered for."""
    scope = here()
    with scope.read() as connection:
        known = mail_server.read_own(connection)
    said = _said(known)
    try:
        scope.org_db.transact(lambda conn: _save(conn, said, known))
    except Rejected as refused:
        return _page(said, known, refused.problems), 422
    say(_("Letters go through %(host)s now. Send a test to be sure.", host=said.host))
    return redirect(url_for("setup.mail"))


@setup.post("/mail/forget")
@requires(ADMINISTRATOR)
def forget_mail_server() -> Response:
    """Goes back to what the installation is set to."""
    scope = here()

    def forget(connection: Connection) -> None:
        known = mail_server.read_own(connection)
        mail_server.forget_own(connection)
        _note(connection, known, None)

    scope.org_db.transact(forget)
    say(_("Letters go the way of the installation again."))
    return redirect(url_for("setup.mail"))


@setup.post("/mail/test")
@requires(ADMINISTRATOR)
def send_test_letter() -> Response:
    """Puts a letter to oneself into the outbox."""
    scope = here()

    def write(connection: Connection) -> str:
        address = get_user(connection, scope.actor.user_id).email
        text = _("This letter says that mail from Trellis arrives.")
        letter = Letter(address, _("A test from Trellis"), text)
        outgoing.enqueue_mail(connection, letter, scope.actor.user_id)
        return address

    address = scope.org_db.transact(write)
    say(_("A letter to %(address)s is in the outbox. Its state is below.", address=address))
    return redirect(url_for("setup.mail"))


@setup.post("/mail/again")
@requires(ADMINISTRATOR)
def send_letters_again() -> Response:
    """Has the chosen letters sent that were given up."""
    scope = here()
    ids = request.form.getlist("ids")[:ROWS]

    def send(connection: Connection) -> int:
        for mail_id in ids:
            outgoing.send_again(connection, mail_id, scope.actor.user_id)
        return len(ids)

    try:
        done = scope.org_db.transact(send)
    except Conflict as refused:
        say(str(refused), kind="bad")
        done = 0
    if done:
        say(ngettext("%(n)s letter is sent again.", "%(n)s letters are sent again.", done))
    return redirect(url_for("setup.mail"))


def _said(known: MailServer | None) -> MailServer:
    """The server of the form."""
    form = {name: value.strip() for name, value in request.form.items()}
    port = form.get("port", "")
    said = MailServer(
        form.get("host", ""),
        int(port) if port.isascii() and port.isdigit() and len(port) < 6 else 0,
        form.get("security", ""),
        form.get("user", ""),
        request.form.get("password", ""),
        form.get("sender", ""),
    )
    if not said.password and known and _place(said) == _place(known):
        return replace(said, password=known.password)
    return said


def _place(server: MailServer) -> tuple[Any, ...]:
    return server.host, server.port, server.security, server.user


def _save(connection: Connection, said: MailServer, known: MailServer | None) -> None:
    mail_server.save_own(connection, said)
    _note(connection, known, said)


def _note(connection: Connection, before: MailServer | None, after: MailServer | None) -> None:
    shown = [asdict(one) | {"password": "…"} if one else None for one in (before, after)]
    subject = audit.Subject("mail server", "", after.host if after else "")
    audit.record(connection, here().actor, "mail.server_changed", subject, *shown)


def _page(shown: MailServer, own: MailServer | None, problems: tuple[Problem, ...] = ()) -> str:
    stand("setup.mail")
    state, offset = request.args.get("state", ""), offset_here()
    with here().read() as connection:
        found = outgoing.outbox(connection, SHOWN.get(state, ()), ROWS + 1, offset)
    return render_template(
        "builder/mail.html",
        server=shown,
        own=own,
        fallback=_fallback(),
        securities=[(name, str(label)) for name, label in SECURITIES.items()],
        errors=by_field(problems),
        letters=[(one, _state(one), format_ago(one.created_at, now())) for one in found[:ROWS]],
        state=state,
        states_links=_states(state),
        next=offset + ROWS if len(found) > ROWS else None,
        previous=max(offset - ROWS, 0) if offset else None,
    )


def _fallback() -> str:
    """What happens to letters while the org has no server of its own."""
    if url := config().smtp_url:
        host = mail_server.server_of(url, "").host
        return _("The installation sends letters through %(host)s.", host=host)
    return _("No mail server is set up: letters are written to files of the data directory.")


def _states(state: str) -> list[tuple[str, str, str, bool]]:
    """The choices of what the outbox shows, as links."""
    labels = {"": _("All"), "waiting": _("Waiting"), "sent": _("Sent"), "failed": _("Given up")}
    return [
        (label, url_for("setup.mail", state=name or None, _anchor="outbox"), "", name == state)
        for name, label in labels.items()
    ]


def _state(letter: Posted) -> tuple[str, str]:
    """(words, kind of pill)."""
    match letter.state:
        case outgoing.SENT:
            return _("Sent"), "ok"
        case outgoing.FAILED:
            return _("Given up"), "bad"
    return (_("Trying again"), "warn") if letter.error else (_("Waiting"), "")
