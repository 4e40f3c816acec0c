"""Postmen: each hands a finished message over, to a mail server or to a file, or raises."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from . import clock
from .config import Config
from .errors import TrellisError
from .mail_server import LOCAL, TLS, MailServer

_PATIENCE = 20  # seconds


class MailFault(TrellisError):
    """The mail server did not take a letter."""


class Postman(Protocol):
    """Hands a finished message over, or raises."""

    def deliver(self, org: str, message: EmailMessage) -> None: ...


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
    """Hands messages to a mail server.

    Another machine must speak TLS; without it neither letters nor the password are sent.
    """

    def __init__(self, server: MailServer) -> None:
        self._to = server

    def deliver(self, org: str, message: EmailMessage) -> None:
        with self._connected() as server:
            if self._to.user:
                server.login(self._to.user, self._to.password)
            server.send_message(message)

    def _connected(self) -> smtplib.SMTP:
        context, to = ssl.create_default_context(), self._to
        if to.security == TLS:
            return smtplib.SMTP_SSL(to.host, to.port, timeout=_PATIENCE, context=context)
        server = smtplib.SMTP(to.host, to.port, timeout=_PATIENCE)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif to.host not in LOCAL:
            server.close()
            raise MailFault(f"the mail server {to.host} offers no TLS")
        return server
