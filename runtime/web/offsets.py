"""Where in a list that is paged by numbers one stands: `from`, as far as it makes sense."""

from __future__ import annotations

from flask import request

FARTHEST = 1_000_000


def offset_here() -> int:
    """Rows before the first one shown."""
    raw = request.args.get("from", "0")
    return min(int(raw), FARTHEST) if raw.isascii() and raw.isdigit() else 0
