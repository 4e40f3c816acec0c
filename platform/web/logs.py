"""What the log may hold: an event a line, nothing a terminal would obey, no secrets of links."""

from __future__ import annotations

import logging
import re

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINKS = re.compile(r"(/password/choose/[a-z0-9_]+/)[\w%.-]+")


class SafeFormatter(logging.Formatter):
    """Escapes control characters and indents what follows the first line of an event."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return safe_text(super().format(record))


def safe_text(text: str) -> str:
    """The text as it may stand in a log: no forged lines, no terminal codes, no link tokens."""
    escaped = _CONTROLS.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
    return _LINKS.sub(r"\1…", escaped).replace("\n", "\n    ")


def configure() -> None:
    """Writes our log to standard error, unless somebody has set up logging already."""
    ours = logging.getLogger("trellis")
    if ours.handlers or logging.getLogger().handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter())
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False  # the server adds a handler to the root, which would say it all twice
