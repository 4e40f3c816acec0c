"""Every page family of the runtime, hung on one blueprint."""

from __future__ import annotations

from flask import Blueprint, Flask

from . import (
    edit,
    history,
    home,
    lists,
    lookup,
    records,
    recycle_bin,
    search,
)
from .blueprint import pages
from .shell import shell_context

FAMILIES = (edit, history, home, lists, lookup, records, recycle_bin, search)
BLUEPRINTS: tuple[Blueprint, ...] = (pages,)


def set_up(app: Flask) -> None:
    """Gives every template the frame's navigation."""
    app.context_processor(shell_context)
