"""Every page family of the runtime, hung on one blueprint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask

from ...platform.web.current import ADMITS
from . import (
    access,
    account_team,
    activities,
    api_tokens,
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
    form_state,
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
    photos,
    record_page,
    record_types,
    records,
    recycle_bin,
    related,
    repeats,
    report_builder,
    report_chart_sheet,
    report_exports,
    report_parts,
    reports,
    search,
    sharing,
    stage_panel,
    subscriptions,
    tours,
    undoing,
    whereabouts,
)
from .blueprint import pages
from .shell import TEMPLATE_GLOBALS, shell_context

FAMILIES = (
    access,
    account_team,
    activities,
    api_tokens,
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
    form_state,
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
    photos,
    record_page,
    record_types,
    records,
    recycle_bin,
    related,
    repeats,
    report_builder,
    report_chart_sheet,
    report_exports,
    report_parts,
    reports,
    search,
    sharing,
    stage_panel,
    subscriptions,
    tours,
    undoing,
)
BLUEPRINTS: tuple[Blueprint, ...] = (pages,)
GLOBALS: Mapping[str, Any] = TEMPLATE_GLOBALS


def set_up(app: Flask) -> None:
    """Gives every template the frame's navigation; asks whoever comes from where and when."""
    app.extensions[ADMITS] = whereabouts.admits
    app.before_request(whereabouts.require_place_and_time)
    app.before_request(api_tokens.require_api)
    app.context_processor(shell_context)
