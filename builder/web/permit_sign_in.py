"""From where and when people of a profile may work; shipped profiles have this, too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, time

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.profile import WEEKDAYS, Profile
from ...platform.clock import now
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _, first_weekday, weekday_name
from ...platform.people.whereabouts import (
    ANY_TIME,
    DAY,
    Hours,
    IpRange,
    Week,
    parse_ranges,
    range_lines,
    refuse_to_lock_out,
    why_not,
)
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import company, origin, signed_in
from ...runtime.web.scope import Here
from ..drafts.documents import draft
from .blueprint import setup
from .deploying import put_live
from .holders import key_of
from .permits import permit_frame, permit_page, problems_of, status_of
from .problems import by_field

USUAL: Hours = (8 * 60, 18 * 60)
MONDAY = date(2024, 1, 1)
ANY, BETWEEN, NEVER = "any", "between", "never"


@dataclass(frozen=True, slots=True)
class Said:
    """The form: lines of ranges, and the week."""

    lines: str
    week: Week


@setup.route("/access/<uid>/sign-in", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def permit_sign_in(uid: str) -> str | Response | tuple[str, int]:
    """Ranges of addresses and hours of the week."""
    scope, known = permit_page(uid)
    if not isinstance(known, Profile):
        raise NotFound(uid)
    if request.method == "GET":
        return _page(scope, known, Said(range_lines(known.ip_ranges), known.hours))
    said = Said(request.form.get("ranges", ""), known.hours)
    try:
        said = replace(said, week=_said_week())
        ranges = parse_ranges(said.lines)
        _keep_myself(known, ranges, said.week)
        put_live(scope, _edited(known, ranges, said.week))
    except (Rejected, Conflict) as refused:
        return _page(scope, known, said, problems_of(refused)), status_of(refused)
    return redirect(url_for("setup.permit_sign_in", uid=uid))


def _edited(profile: Profile, ranges: tuple[IpRange, ...], week: Week) -> ChangeSet:
    document = draft(profile)
    for key in ("loginIpRanges", "loginHours"):
        document.pop(key, None)
    if ranges:
        document["loginIpRanges"] = [_row(one) for one in ranges]
    if week != ANY_TIME:
        document["loginHours"] = {
            f"{day}{end}": minutes
            for day, hours in zip(WEEKDAYS, week, strict=True)
            if hours is not None
            for end, minutes in zip(("Start", "End"), hours, strict=True)
        }
    summary = _("Sign-in of %(name)s changed", name=profile.label or profile.name)
    return ChangeSet((document,), (), summary)


def _row(one: IpRange) -> dict[str, str]:
    row = {"startAddress": one.start, "endAddress": one.end}
    return row | ({"description": one.note} if one.note else {})


def _said_week() -> Week:
    """The week of the form; raises Rejected for every day that is not right."""
    problems: list[Problem] = []
    week = tuple(_said_day(n, problems) for n in range(7))
    if problems:
        raise Rejected(*problems)
    return week


def _said_day(n: int, problems: list[Problem]) -> Hours | None:
    how = request.form.get(f"how_{n}", ANY)
    if how == NEVER:
        return (0, 0)
    if how != BETWEEN:
        return None
    first, last = (_minutes(f"{end}_{n}") for end in ("from", "to"))
    day = weekday_name(MONDAY.replace(day=n + 1), "wide")
    if first is None or last is None:
        message = _("%(day)s: Enter two times.", day=day)
        problems.append(Problem("profile.hours", ("hours",), message))
    elif first >= (last or DAY):
        message = _("%(day)s ends before it begins.", day=day)
        problems.append(Problem("profile.hours", ("hours",), message))
    else:
        return (first, last or DAY)  # until midnight
    return None


def _minutes(name: str) -> int | None:
    try:
        found = time.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None
    return found.hour * 60 + found.minute


def _keep_myself(profile: Profile, ranges: tuple[IpRange, ...], week: Week) -> None:
    """Raises Rejected when it would lock out whoever saves it, unless they mean it."""
    found = signed_in()
    if "anyway" in request.form or found.person.profile != key_of(profile):
        return
    why = why_not(ranges or found.ranges, week, origin().ip, now(), found.zone)
    if why is not None:
        refuse_to_lock_out(why, "ranges" if why.code == "sign_in.address" else "hours")


def _page(scope: Here, known: Profile, said: Said, problems: tuple[Problem, ...] = ()) -> str:
    first = first_weekday()
    return render_template(
        "builder/permit_sign_in.html",
        lines=said.lines,
        days=[_day(n, said.week[n]) for n in ((first + m) % 7 for m in range(7))],
        hows=[(ANY, _("At any time")), (BETWEEN, _("Between")), (NEVER, _("Not at all"))],
        zone=company().time_zone.replace("_", " "),
        address=origin().ip,
        is_risky=any(one.code == "sign_in.locked_out" for one in problems),
        errors=by_field(problems),
        **permit_frame(scope, known),
    )


def _day(n: int, hours: Hours | None) -> dict[str, object]:
    how = ANY if hours is None else NEVER if hours[0] == hours[1] else BETWEEN
    shown = [f"{m // 60 % 24:02d}:{m % 60:02d}" for m in (hours if how == BETWEEN else USUAL) or ()]
    label = weekday_name(MONDAY.replace(day=n + 1), "wide")
    return {"n": n, "label": label, "how": how, "first": shown[0], "last": shown[1]}
