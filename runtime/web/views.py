"""Every page family of the runtime, hung on one blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask

from . import (
    edit,
    exports,
    history,
    home,
    lists,
    lookup,
    records,
    recycle_bin,
    search,
)
from .blueprint import pages
from .shell import TEMPLATE_GLOBALS, shell_context

FAMILIES = (edit, exports, history, home, lists, lookup, records, recycle_bin, search)
BLUEPRINTS: tuple[Blueprint, ...] = (pages,)
GLOBALS: Mapping[str, Any] = TEMPLATE_GLOBALS


def set_up(app: Flask) -> None:
    """Gives every template the frame's navigation."""
    app.context_processor(shell_context)
