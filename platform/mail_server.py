"""The mail server of an org: the one set up by its administrator, else the installation's.

Passwords are sealed at rest and never shown. Refuses addresses that are none and, but for this
machine, servers without encryption: neither letters nor the password leave in the clear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from .config import Config
from .errors import Problem, Rejected, require
from .i18n import _, lazy
from .org_settings import forget_settings, read_setting, save_setting
from .vault import vault

SETTING = "mail.server"
STARTTLS, TLS, NONE = "starttls", "tls", "none"
SECURITIES: Mapping[str, Any] = {
    STARTTLS: lazy("STARTTLS (usually port 587)"),
    TLS: lazy("TLS from the start (usually port 465)"),
    NONE: lazy("None (this machine only)"),
}
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class MailServer:
    """How to reach a server; an empty user name means that none is asked for."""

    host: str = ""
    port: int = 587
    security: str = STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""  # "Name <address>"


def find_server(conn: sa.Connection, config: Config) -> MailServer | None:
    """The server that hands this org's letters over; None writes them to files."""
    own = read_own(conn)
    if own is not None:
        return own if own.sender else replace(own, sender=config.mail_from)
    return server_of(config.smtp_url, config.mail_from) if config.smtp_url else None


def read_own(conn: sa.Connection) -> MailServer | None:
    """The server that the org's administrator has set up, if any."""
    found = read_setting(conn, SETTING)
    if not found:
        return None
    sealed = found["password"]
    return MailServer(**{**found, "password": vault().open(sealed, SETTING) if sealed else ""})


def save_own(conn: sa.Connection, server: MailServer) -> None:
    """Keeps the server; raises Rejected for what cannot be one. The caller audits."""
    require(check_server(server))
    sealed = vault().seal(server.password, SETTING) if server.password else ""
    save_setting(conn, SETTING, asdict(server) | {"password": sealed})


def forget_own(conn: sa.Connection) -> None:
    """Goes back to the installation's server."""
    forget_settings(conn, SETTING)


def check_server(server: MailServer) -> tuple[Problem, ...]:
    """Everything that is wrong with what was entered."""
    address = parseaddr(server.sender)[1]
    is_sender = bool(ADDRESS.fullmatch(address)) and not _CONTROLS.search(server.sender)
    is_clear = server.security == NONE and server.host not in LOCAL
    secrets = f"{server.user}{server.password}"
    return tuple(
        Problem(f"mail.{name}", (name,), message)
        for name, is_right, message in (
            ("host", _HOST.fullmatch(server.host), _("Enter the name of the mail server.")),
            ("port", 0 < server.port < 65536, _("A port is a number from 1 to 65535.")),
            ("security", server.security in SECURITIES, _("Choose an encryption of the list.")),
            ("security", not is_clear, _("Another machine is reached with encryption only.")),
            ("user", not _CONTROLS.search(secrets), _("This holds characters that cannot be.")),
            ("sender", is_sender, _("Enter an address, for instance Sales <sales@example.com>.")),
        )
        if not is_right
    )


def server_of(url: str, sender: str) -> MailServer:
    """The server of smtp://user:password@host:587 or smtps://…; Rejected for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        hint = _("Write smtp://user:password@host:587 or smtps://user:password@host.")
        message = _("TRELLIS_SMTP_URL cannot be read.")
        raise Rejected(Problem("mail.smtp_url", ("TRELLIS_SMTP_URL",), message, hint))
    is_wrapped = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    port = parts.port or (465 if is_wrapped else 587)
    return MailServer(parts.hostname, port, TLS if is_wrapped else STARTTLS, user, password, sender)
