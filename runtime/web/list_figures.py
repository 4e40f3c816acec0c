"""The figures of a list, fetched after its page: how many records, what columns add up to.

A count or a sum over a long list may take a while, and no page waits for it. Without scripts the
foot has a link here. What takes too long is given up, and said.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Unavailable
from ...platform.i18n import _, format_number
from ...platform.web.access import SIGNED_IN, requires
from ..lists.opening import open_list
from ..lists.state import MAX_PAGE, ListState
from ..lists.totals import SECONDS, Figures, figures_of, total_labels, wanted_totals
from .blueprint import pages
from .display import figure_text
from .list_addresses import state_here
from .lists import list_page, total_text
from .scope import Here, here


@pages.get("/o/<object_name>/figures")
@requires(SIGNED_IN)
def list_figures(object_name: str) -> str:
    """The figures alone for a script; for a person the list with them."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    try:
        figures = shown(scope, _figures(scope, obj, state))
    except Unavailable:
        figures = {"is_late": True}
    if is_for_a_script():
        standing = standing_text(state, request.args.get("shown", ""), figures)
        return render_template("runtime/list_figures.html", figures=figures, standing=standing)
    return list_page(scope, obj, state, figures=figures, standing=figures.get("total", ""))


def _figures(scope: Here, obj: CustomObject, state: ListState) -> Figures:
    with scope.org_db.read(seconds=SECONDS) as connection:
        opened = open_list(connection, scope.actor, scope.snapshot, obj, state)
        wanted = wanted_totals(opened)
        return figures_of(connection, scope.actor, scope.snapshot, opened.listing, wanted)


def standing_text(state: ListState, shown: str, figures: dict[str, Any]) -> str:
    """Where the page stands in the list: "51–100 of 1,204"; `shown` rows are on it."""
    total = figures.get("total", "")
    if (
        not total
        or not shown.isascii()
        or not shown.isdigit()
        or not 0 < int(shown[:4]) <= MAX_PAGE
    ):
        return str(total)
    if int(shown) == figures.get("count"):
        return str(total)
    start = format_number(state.start)
    end = format_number(state.start + int(shown) - 1)
    count = format_number(figures.get("count", 0))
    return _("%(start)s–%(end)s of %(total)s", start=start, end=end, total=count)


def is_for_a_script() -> bool:
    """Says whether the request wants a part of a page."""
    return bool(request.headers.get("X-Part"))


def shown(scope: Here, figures: Figures) -> dict[str, Any]:
    """The figures in words."""
    labels = total_labels()
    totals = [
        (one.label, labels[one.function], figure_text(scope.snapshot, one.field, one.value))
        for one in figures.totals
    ]
    return {"total": total_text(figures.count), "count": figures.count, "totals": totals}
