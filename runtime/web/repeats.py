"""Repeating in forms of tasks and events: the rule, one or all that follow, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _, lazy, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.permissions import Operation, require
from ..activities import series
from ..activities.recurrence import Rule
from ..activities.repeating import (
    UNITS,
    Choice,
    choice_of,
    chosen,
    in_reader_order,
    in_words,
    read_rule,
    weekday,
)
from ..layouts.forms import person_reading
from ..query.held import held
from ..records import deletion
from .blueprint import pages
from .feedback import say
from .panels import PANELS, Panel, Place, Spot
from .records import find_object, get_record
from .scope import Here, here

FOLLOWING = "following"  # what `repeat_scope` says to change all that follow
DAYS = (series.START, series.END, series.DUE, series.WHEN)


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part of a form that says how a thing repeats."""

    choice: Choice
    is_series: bool
    is_following: bool
    units: tuple[tuple[str, str], ...]
    weekdays: tuple[tuple[str, str], ...]
    errors: Mapping[str, tuple[str, ...]]


def may_repeat(obj: CustomObject, _scope: Here) -> bool:
    return obj.name in series.REPEATED


# -- forms ---------------------------------------------------------------------------------------


def repeat_part(
    scope: Here, obj: CustomObject, record_id: str, problems: Sequence[Problem]
) -> Repeat | None:
    """What the form shows; None of what cannot repeat."""
    if not may_repeat(obj, scope):
        return None
    found = _series(scope, record_id) if record_id else None
    choice = choice_of(found.rule if found and not found.is_exception else None)
    errors: dict[str, tuple[str, ...]] = {}
    for problem in problems:
        name = str(problem.path[0]) if problem.path else ""
        errors[name] = (*errors.get(name, ()), problem.sentence)
    return Repeat(
        chosen(request.form) if request.method == "POST" else choice,
        found is not None,
        request.form.get("repeat_scope") == FOLLOWING,
        tuple((value, str(label)) for value, label in UNITS.items()),
        tuple((str(day), weekday(day)) for day in in_reader_order(range(7))),
        errors,
    )


def _series(scope: Here, record_id: str) -> series.Series | None:
    with scope.read() as connection:
        return series.series_of(connection, record_id)


def read_repeat(
    scope: Here, obj: CustomObject, values: dict[str, Any]
) -> tuple[Rule | None, dict[str, Any]]:
    """The posted rule, and the values moved to its first day; raises Rejected at the controls."""
    if not may_repeat(obj, scope) or not request.form.get("repeat"):
        return None, values
    zone = scope.actor.time_zone
    start = series.day_of(obj.name, values, zone)
    if start is None:
        message = _("Say on which day it begins.")
        raise Rejected(Problem("series.day", (series.REPEATED[obj.name],), message))
    rule = read_rule(chosen(request.form), start, person_reading(scope.actor))
    if rule is None:
        return None, values
    return rule, series.on_day(obj.name, values, rule.first(start), zone)


def repeat_anew(
    scope: Here,
    obj: CustomObject,
    record_id: str,
    stored: Mapping[str, Any],
    values: dict[str, Any],
) -> tuple[bool, Rule | None, dict[str, Any]]:
    """(whether a series begins with the record, its rule, the values to save)."""
    if not may_repeat(obj, scope):
        return False, None, values
    has_series = _series(scope, record_id) is not None
    if has_series and request.form.get("repeat_scope") != FOLLOWING:
        return False, None, values
    times = {name: stored[name] for name in DAYS if stored.get(name) is not None}
    rule, moved = read_repeat(scope, obj, times | values)
    kept = {n: value for n, value in moved.items() if n in values or value != times.get(n)}
    return has_series or rule is not None, rule, kept if rule else values


def begin_series(scope: Here, record_id: str, rule: Rule | None, *, anew: bool = False) -> None:
    """Makes what the rule asks for; what cannot be made is said, the record itself is saved."""
    if rule is None and not anew:
        return

    def work(conn: Connection) -> None:
        asked = conn, scope.actor, scope.snapshot, record_id
        if anew:
            series.begin_anew(*asked, rule)
        elif rule is not None:
            series.begin(*asked, rule)

    try:
        scope.org_db.transact(work)
    except Rejected as refusal:
        say(" ".join(problem.sentence for problem in refusal.problems), kind="bad")


# -- the record's page ---------------------------------------------------------------------------


def _draw(place: Place) -> Markup | str:
    found = series.series_of(place.connection, place.record.id)
    if found is None:
        return ""
    may_end = place.may_edit and found.has_more
    context = {"record_id": place.record.id, "rule": in_words(found.rule), "may_end": may_end}
    return Markup(  # noqa: S704 - a template of ours
        render_template("runtime/repeat_panel.html", is_exception=found.is_exception, **context)
    )


PANELS.register(Panel("repeat", lazy("Repeat"), Spot.SIDE, 5, _draw, may_repeat))


@pages.post("/r/<record_id>/repeat/end")
@requires(SIGNED_IN)
def end_series(record_id: str) -> Response:
    """Deletes what follows a record in its series; where `too` is sent, the record as well."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    if not may_repeat(obj, scope):
        raise NotFound(record_id)
    too = bool(request.form.get("too"))

    def work(conn: Connection) -> int:
        get_record(conn, scope, obj, found_id, [])  # NotFound unless they may see it
        require(scope.actor, Operation.EDIT, obj, scope.snapshot)
        if not held(conn, scope.actor, scope.snapshot, obj.name, (found_id,), Level.EDIT):
            raise Denied(found_id)
        gone = len(series.end_after(conn, scope.actor, scope.snapshot, found_id))
        if too:
            deletion.delete(conn, scope.actor, scope.snapshot, (found_id,))
        return gone + too

    n = scope.org_db.transact(work)
    say(
        ngettext(
            "%(n)s record moved to the recycle bin.", "%(n)s records moved to the recycle bin.", n
        )
    )
    if too:
        return redirect(url_for("pages.list_records", object_name=obj.name))
    return redirect(url_for("pages.record", record_id=found_id))
