"""Where a page may send its reader on: to an address of ours, never to another site."""

from __future__ import annotations

import re
from typing import Final

HOME: Final = "/"
#: Browsers read "\" as "/" and drop tabs and line breaks; two slashes at the start name a host.
_OWN = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f-\x9f]*")


def safe_next(text: str | None, otherwise: str = HOME) -> str:
    """The text when it is a path of ours, exactly as it stands; else `otherwise`."""
    return text if text and len(text) <= 2000 and _OWN.fullmatch(text) else otherwise
