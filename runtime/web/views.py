"""Every page family of the runtime, hung on one blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask

from . import (
    access,
    activities,
    background,
    board,
    calendar,
    cloning,
    comments,
    dashboard_adding,
    dashboard_editor,
    dashboards,
    duplicates,
    edit,
    exports,
    favourites,
    files,
    following,
    history,
    home,
    hover_card,
    list_calendar,
    list_deeds,
    list_figures,
    list_print,
    list_sheets,
    list_split,
    list_views,
    lists,
    lookup,
    mass_update,
    moves,
    notices,
    owner_change,
    palette,
    record_page,
    records,
    recycle_bin,
    related,
    repeats,
    report_builder,
    report_chart_sheet,
    report_exports,
    reports,
    search,
    sharing,
    undoing,
)
from .blueprint import pages
from .shell import TEMPLATE_GLOBALS, shell_context

FAMILIES = (
    access,
    activities,
    background,
    board,
    calendar,
    comments,
    cloning,
    dashboard_adding,
    dashboard_editor,
    dashboards,
    duplicates,
    edit,
    exports,
    favourites,
    files,
    following,
    history,
    home,
    hover_card,
    list_calendar,
    list_deeds,
    list_figures,
    list_print,
    list_sheets,
    list_split,
    list_views,
    lists,
    lookup,
    mass_update,
    moves,
    notices,
    owner_change,
    palette,
    record_page,
    records,
    recycle_bin,
    related,
    repeats,
    report_builder,
    report_chart_sheet,
    report_exports,
    reports,
    search,
    sharing,
    undoing,
)
BLUEPRINTS: tuple[Blueprint, ...] = (pages,)
GLOBALS: Mapping[str, Any] = TEMPLATE_GLOBALS


def set_up(app: Flask) -> None:
    """Gives every template the frame's navigation."""
    app.context_processor(shell_context)
