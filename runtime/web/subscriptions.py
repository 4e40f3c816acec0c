"""Reports and dashboards by mail: the sheet that asks for one, and what somebody gets."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.decimals import read_decimal
from ...metadata.kinds.report_model import Report
from ...platform.errors import Denied, Problem, Rejected
from ...platform.i18n import _, format_datetime, format_number, format_time
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import holds
from ..activities.repeating import in_reader_order, weekday
from ..dashboards.catalog import get_dashboard
from ..lists.kept import OWN
from ..query.reading import reading_for
from ..reports.catalog import EXPORT, get_report
from ..reports.running import run_report
from ..subscriptions import kept
from ..subscriptions.alerts import GROUPS, SIGNS, WHERE, WHOLE, Condition, is_comparable
from ..subscriptions.kept import LOST, QUIET, SENT, Shown, Subscription, Wish
from ..subscriptions.rhythm import EVERY, Rhythm
from .blueprint import pages
from .feedback import say
from .scope import Here, here
from .shell import trail

Answer = str | Response | tuple[str, int]
_BETWEEN = re.compile(r"[\s,;，；、]+")


# -- asking for one ------------------------------------------------------------------------------


@pages.route("/reports/<key>/subscribe", methods=["GET", "POST"])
@requires(SIGNED_IN)
def subscribe_report(key: str) -> Answer:
    """The sheet that asks when a report is to come by mail."""
    with here().read() as connection:
        shown, _level = get_report(connection, here().actor, here().snapshot, key)
    return _asked(here(), shown)


@pages.route("/dashboards/<key>/subscribe", methods=["GET", "POST"])
@requires(SIGNED_IN)
def subscribe_dashboard(key: str) -> Answer:
    """The sheet that asks when a dashboard is to come by mail."""
    with here().read() as connection:
        shown, _level = get_dashboard(connection, here().actor, here().snapshot, key)
    return _asked(here(), shown)


def _asked(scope: Here, shown: Shown) -> Answer:
    if request.method == "GET":
        return _sheet(scope, shown)
    try:
        wish = _said()
        names = tuple(name for name in _BETWEEN.split(request.form.get("people", "")) if name)
        scope.org_db.transact(
            lambda conn: kept.subscribe(conn, scope.actor, scope.snapshot, shown, wish, names)
        )
    except Rejected as refusal:
        return _sheet(scope, shown, refusal.problems), 422
    label = scope.snapshot.label(shown)
    say(_("%(name)s comes by mail: %(when)s.", name=label, when=wish.rhythm.in_words()))
    return redirect(_address(shown))


def _said() -> Wish:
    form = request.form
    numbers = {name: _whole(form.get(name, ""), least) for name, least in
               (("weekday", 0), ("day", 1), ("hour", 8))}  # fmt: skip
    rhythm = Rhythm(form.get("every", ""), **numbers)
    return Wish(rhythm, form.get("attached", ""), _said_condition())


def _whole(text: str, otherwise: int) -> int:
    """-1, which nothing allows, for what is no number."""
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _said_condition() -> Condition | None:
    form = request.form
    if not form.get("measure"):
        return None
    value = _number(form.get("value", ""))
    return Condition(form["measure"], form.get("sign", ""), value, form.get("where", WHOLE))


def _number(text: str) -> Decimal:
    found = read_decimal(text, reading_for(here().actor), "value")
    if found is None:
        message = _("Say with which number the figure is compared.")
        raise Rejected(Problem("subscription.value", ("value",), message))
    return found


def _sheet(scope: Here, shown: Shown, problems: tuple[Problem, ...] = ()) -> str:
    snapshot, form, place = scope.snapshot, request.form, type(shown).__name__
    with scope.read() as connection:
        mine = kept.find_subscription(connection, scope.actor.user_id, place, kept.key_of(shown))
        measures = _measures(connection, scope, shown)
    trail((_("Subscriptions"), url_for("pages.subscriptions")), (snapshot.label(shown), ""),
          active="reports" if isinstance(shown, Report) else "dashboards")  # fmt: skip
    return render_template(
        "runtime/subscribe.html", base="runtime/page.html", label=snapshot.label(shown),
        alone=bool(request.headers.get("X-Sheet")), problems=problems, mine=mine,
        now=_shown_wish(mine.wish if mine else Wish()) | form.to_dict(),
        fields=_fields(mine), back_url=_address(shown), post_url=_address(shown, "subscribe_"),
        every=[(name, str(words)) for name, words in EVERY.items()],
        weekdays=[(day, weekday(day)) for day in in_reader_order(range(7))],
        days=[(day, format_number(day)) for day in range(1, 32)],
        hours=[(hour, format_time(time(hour))) for hour in range(24)],
        zone=scope.actor.time_zone, files=_files(scope, shown), measures=measures,
        signs=[(name, str(words)) for name, words in SIGNS.items()],
        wheres=[(name, str(words)) for name, words in WHERE.items()
                if name != GROUPS or (isinstance(shown, Report) and shown.groupings)],
        may_ask_for_others=kept.may_ask_for_others(scope.actor, snapshot)
        and not shown.name.startswith(OWN),
    )  # fmt: skip


def _shown_wish(wish: Wish) -> dict[str, Any]:
    rhythm, condition = wish.rhythm, wish.condition
    found: dict[str, Any] = {
        "every": rhythm.every, "weekday": rhythm.weekday, "day": rhythm.day, "hour": rhythm.hour,
        "attached": wish.attached, "measure": "", "sign": ">", "where": WHOLE, "value": "",
    }  # fmt: skip
    if condition is not None:
        found |= {"measure": condition.measure, "sign": condition.sign, "where": condition.where,
                  "value": format_number(condition.value)}  # fmt: skip
    return found


def _measures(connection: Connection, scope: Here, shown: Shown) -> list[tuple[str, str]]:
    """The figures that a condition can be about: those the person sees."""
    if not isinstance(shown, Report):
        return []
    try:
        result = run_report(connection, scope.actor, scope.snapshot, shown)
    except (Rejected, Denied):
        return []
    found = [(one.name, one.label) for one in result.totals if is_comparable(one)]
    return [("", _("Always")), *found]


def _files(scope: Here, shown: Shown) -> list[tuple[str, str]]:
    if not isinstance(shown, Report) or not holds(scope.actor, EXPORT, scope.snapshot):
        return []
    return [("", _("None")), ("csv", _("Rows as CSV")), ("xlsx", _("Rows as XLSX"))]


def _address(shown: Shown, before: str = "") -> str:
    """Of the report or dashboard itself, or of its sheet."""
    kind = "report" if isinstance(shown, Report) else "dashboard"
    return url_for(f"pages.{before}{kind}", key=shown.name)


# -- what somebody gets --------------------------------------------------------------------------


@pages.get("/settings/subscriptions")
@requires(SIGNED_IN)
def subscriptions() -> str:
    """What comes to the person by mail, and to others because the person asked for it."""
    scope = here()
    with scope.read() as connection:
        found = kept.subscriptions_of(connection, scope.actor)
        shown = kept.shown_to(connection, scope.actor, scope.snapshot)
    rows = [_row(scope, one, shown.get(one.key)) for one in found]
    trail((_("My settings"), "/settings"), (_("Subscriptions"), ""))
    me = scope.actor.user_id
    return render_template(
        "runtime/subscriptions.html",
        mine=[row for row, one in zip(rows, found, strict=True) if one.user_id == me],
        others=[row for row, one in zip(rows, found, strict=True) if one.user_id != me],
        zone=scope.actor.time_zone,
    )


def _row(scope: Here, one: Subscription, shown: Shown | None) -> dict[str, Any]:
    label = scope.snapshot.label(shown) if shown else _("Not visible to you any more")
    url = _address(shown) if shown else ""
    return {
        "label": label, "url": url, "change_url": _address(shown, "subscribe_") if shown else "",
        "icon": "chart-column" if one.kind == kept.REPORT else "layout-dashboard",
        "when": one.wish.rhythm.in_words(), "user": one.user_name, "fields": _fields(one),
        "has_condition": one.wish.condition is not None,
        "next": _("Next: %(time)s", time=format_datetime(one.next_at, "short")),
        "last": _outcome(one), "is_lost": one.outcome == LOST,
    }  # fmt: skip


def _fields(one: Subscription | None) -> dict[str, str]:
    return {"user": one.user_id, "kind": one.kind, "key": one.key} if one else {}


def _outcome(one: Subscription) -> str:
    words = {
        SENT: _("sent"), QUIET: _("not sent, the condition did not hold"),
        LOST: _("not sent, it cannot be seen any more"),
    }  # fmt: skip
    if one.last_at is None or one.outcome is None:
        return ""
    when = format_datetime(one.last_at, "short")
    return _("Last: %(time)s, %(outcome)s", time=when, outcome=words[one.outcome])


@pages.post("/settings/subscriptions/end")
@requires(SIGNED_IN)
def end_subscription() -> Response:
    """Ends one that the person gets or has asked for."""
    scope, form = here(), request.form
    place = (form.get("user", ""), form.get("kind", ""), form.get("key", ""))
    scope.org_db.transact(lambda conn: kept.unsubscribe(conn, scope.actor, *place))
    say(_("The subscription has ended."))
    return redirect(url_for("pages.subscriptions"))
