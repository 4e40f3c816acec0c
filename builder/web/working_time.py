"""Business hours and holidays: when the company works."""

from __future__ import annotations

from datetime import date, time

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...platform import audit
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, first_weekday, weekday_name
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.working_time import (
    Holiday,
    WorkingTime,
    as_json,
    read_working_time,
    save_working_time,
)
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand
from .problems import Errors, by_field

SPARE = 3  # empty lines for further holidays
MONDAY = date(2024, 1, 1)
USUAL = (time(9), time(17))  # offered for a day that was closed


@setup.route("/working-time", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def working_time() -> str | Response | tuple[str, int]:
    """Hours of each weekday and the holidays as one form; a line without a day is left out."""
    scope = here()
    with scope.read() as connection:
        known = read_working_time(connection)
    if request.method == "GET":
        return _page(known)
    said, problems = _said()
    try:
        if problems:
            raise Rejected(*problems)
        with scope.org_db.write() as connection:
            save_working_time(connection, said)
            subject = audit.Subject("company", "", _("Business hours and holidays"))
            changes = as_json(known), as_json(said)
            audit.record(connection, scope.actor, "company.changed", subject, *changes)
    except Rejected as rejected:
        return _page(said, by_field(rejected.problems)), 422
    say(_("Business hours and holidays saved."))
    return redirect(url_for("setup.working_time"))


def _said() -> tuple[WorkingTime, list[Problem]]:
    problems: list[Problem] = []
    week = tuple(
        (_time(f"from_{n}", problems), _time(f"to_{n}", problems))
        if f"open_{n}" in request.form
        else None
        for n in range(7)
    )
    lines = zip(request.form.getlist("day"), request.form.getlist("name"), strict=False)
    yearly = set(request.form.getlist("yearly"))
    holidays = [
        Holiday(day, name.strip(), str(n) in yearly)
        for n, (text, name) in enumerate(lines)
        if (day := _day(text, problems)) is not None
    ]
    return WorkingTime(week, tuple(holidays)), problems


def _time(name: str, problems: list[Problem]) -> time:
    try:
        return time.fromisoformat(request.form.get(name, ""))
    except ValueError:
        problems.append(Problem("working_time.time", (name,), _("Enter a time.")))
        return time()


def _day(text: str, problems: list[Problem]) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        problems.append(Problem("working_time.day", ("holidays",), _("Enter a date.")))
        return None


def _page(shown: WorkingTime, errors: Errors | None = None) -> str:
    stand("setup.working_time")
    first = first_weekday()
    order = [(first + n) % 7 for n in range(7)]
    days = [
        {"n": n, "label": weekday_name(MONDAY.replace(day=n + 1)), "hours": shown.week[n]}
        for n in order
    ]
    holidays = sorted(shown.holidays, key=lambda one: (one.day, one.name))
    return render_template(
        "builder/working_time.html",
        days=days,
        usual=USUAL,
        holidays=holidays,
        spare=SPARE,
        errors=errors or by_field(()),
    )
