"""Settings: one row each, read once from the environment at the composition root.

Refuses (`config.…`) what cannot be read as its type; says nothing about whether a value is wise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .errors import Problem, did_you_mean, require
from .i18n import _

PREFIX = "TRELLIS_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the field of Config it fills, how it is read and what it means."""

    name: str
    read: Callable[[str], Any]
    type: str
    default: str
    help: str
    is_secret: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def _flag(text: str) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    return known[text.strip().lower()]


def _optional(text: str) -> str | None:
    return text.strip() or None


def _size(text: str) -> int:
    if (number := int(text)) < 0:
        raise ValueError(text)
    return number


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "data_dir",
        Path,
        "path",
        "var",
        "Directory of the org databases (SQLite), files and development mail.",
    ),
    Setting(
        "database_url",
        _optional,
        "URL",
        "",
        "A PostgreSQL URL to keep orgs there; empty keeps each in a SQLite file.",
        is_secret=True,
    ),
    Setting(
        "secret_key",
        str,
        "text",
        "",
        "At least 32 random characters; signs links and back-ups, so keep it with them.",
        is_secret=True,
    ),
    Setting(
        "base_url",
        lambda text: text.rstrip("/"),
        "URL",
        "http://127.0.0.1:8000",
        "The address people use; links in mail start with it.",
    ),
    Setting("org", str, "org key", "main", "The org that is served."),
    Setting("host", str, "address", "127.0.0.1", "The address the server listens on."),
    Setting("port", _size, "number", "8000", "The port the server listens on."),
    Setting("threads", _size, "number", "8", "Threads that answer requests."),
    Setting(
        "worker",
        _flag,
        "flag",
        "true",
        "Run jobs in the server process too; turn off when `trellis worker` runs beside it.",
    ),
    Setting(
        "debug",
        _flag,
        "flag",
        "false",
        "Development: plain HTTP cookies, mail to files, details of errors.",
    ),
    Setting(
        "trusted_proxies",
        _size,
        "number",
        "0",
        "How many reverse proxies in front may state the client's address.",
    ),
    Setting(
        "smtp_url",
        _optional,
        "URL",
        "",
        "smtp://user:password@host:587 (STARTTLS) or smtps://…; empty writes mail to files.",
        is_secret=True,
    ),
    Setting("mail_from", str, "address", "Trellis <no-reply@localhost>", "The sender of mail."),
    Setting(
        "upload_bytes", _size, "bytes", "26214400", "The largest file or request that is accepted."
    ),
    Setting(
        "gallery_dir",
        lambda text: Path(text) if text.strip() else None,
        "path",
        "",
        "A directory of packages (folders and zips) that the gallery in Setup offers too.",
    ),
    Setting("pool_size", _size, "number", "10", "Database connections kept open by one process."),
    Setting(
        "statement_seconds", _size, "seconds", "30", "A statement that runs longer is stopped."
    ),
    Setting("lock_seconds", _size, "seconds", "5", "How long a writer waits for another one."),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, typed; `SETTINGS` explains each."""

    data_dir: Path = Path("var")
    database_url: str | None = field(default=None, repr=False)
    secret_key: str = field(default="", repr=False)
    base_url: str = "http://127.0.0.1:8000"
    org: str = "main"
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 8
    worker: bool = True
    debug: bool = False
    trusted_proxies: int = 0
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "Trellis <no-reply@localhost>"
    upload_bytes: int = 25 * 1024 * 1024
    gallery_dir: Path | None = None
    pool_size: int = 10
    statement_seconds: int = 30
    lock_seconds: int = 5

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """The settings of that environment; raises Rejected for unknown or unreadable ones."""
        problems, values = list(_unknown(environ)), {}
        for setting in SETTINGS:
            try:
                values[setting.name] = setting.read(environ.get(setting.variable, setting.default))
            except (ValueError, KeyError):
                problems.append(_unreadable(setting))
        require(problems)
        return cls(**values)


def _unreadable(setting: Setting) -> Problem:
    message = _("%(name)s is not a %(type)s.", name=setting.variable, type=setting.type)
    return Problem("config.unreadable", (setting.variable,), message, setting.help)


def _unknown(environ: Mapping[str, str]) -> tuple[Problem, ...]:
    known = [setting.variable for setting in SETTINGS]
    return tuple(
        Problem(
            "config.unknown",
            (name,),
            _("%(name)s is not a setting.", name=name),
            did_you_mean(name, known),
        )
        for name in sorted(environ)
        if name.startswith(PREFIX) and name not in known and not name.startswith(PREFIX + "TEST_")
    )
