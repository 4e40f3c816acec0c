"""Sign-in policy: who needs a second factor, from where people come, how long sessions last."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.people import second_factor
from ...platform.people.second_factor import POLICIES
from ...platform.people.session_limits import (
    IDLE_MINUTES,
    LIFE_MINUTES,
    MOST,
    parse_limits,
    read_limits,
    save_limits,
)
from ...platform.people.sessions import end_surplus
from ...platform.people.whereabouts import (
    IpRange,
    parse_ranges,
    range_lines,
    read_ranges,
    refuse_to_lock_out,
    save_ranges,
)
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import origin, signed_in
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.whereabouts import refusal
from .blueprint import setup
from .nav import stand
from .problems import by_field

HOUR, DAY = 60, 24  # minutes, hours


@setup.route("/sign-in", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def sign_in_policy() -> str | Response | tuple[str, int]:
    """The policy as a form. Whoever is asked and has none yet sets it up before going on."""
    scope = here()
    if request.method == "GET":
        with scope.read() as connection:
            policy, ranges = second_factor.read_policy(connection), read_ranges(connection)
            limits = read_limits(connection)
        kept = {name: str(value) for name, value in limits.to_json().items()}
        return _page(policy, range_lines(ranges), kept)
    policy, lines = request.form.get("policy", ""), request.form.get("ranges", "")

    def save(connection: Connection) -> None:
        ranges = parse_ranges(lines)
        limits = parse_limits(request.form, read_limits(connection))
        _keep_myself(scope, ranges)
        second_factor.save_policy(connection, policy, scope.actor)
        save_ranges(connection, ranges, scope.actor)
        if save_limits(connection, limits, scope.actor):
            end_surplus(connection, limits, signed_in().id)

    try:
        scope.org_db.transact(save)
    except Rejected as refused:
        return _page(policy, lines, request.form, refused.problems), 422
    say(_("Sign-in policy saved."))
    return redirect(url_for("setup.sign_in_policy"))


def _keep_myself(scope: Here, ranges: tuple[IpRange, ...]) -> None:
    """Raises Rejected when the ranges would lock out whoever saves them, unless they mean it."""
    if "anyway" in request.form:
        return
    found = signed_in()
    why = refusal(scope.snapshot, found.person.profile, ranges, origin().ip, found.zone)
    if why is not None and why.code == "sign_in.address":
        refuse_to_lock_out(why, "ranges")


def _page(
    policy: str, lines: str, limits: Mapping[str, str], problems: tuple[Problem, ...] = ()
) -> str:
    stand("setup.sign_in_policy")
    choices = [(name, str(label), "") for name, label in POLICIES.items()]
    return render_template(
        "builder/sign_in_policy.html",
        policy=policy,
        choices=choices,
        lines=lines,
        limits=limits,
        idle=[(str(n), _time(n)) for n in IDLE_MINUTES],
        life=[(str(n), _time(n)) for n in LIFE_MINUTES],
        most=[(str(n), str(n) if n else _("As many as they like")) for n in MOST],
        address=origin().ip,
        errors=by_field(problems),
        is_risky=any(one.code == "sign_in.locked_out" for one in problems),
    )


def _time(minutes: int) -> str:
    if minutes < HOUR:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes)
    hours = minutes // HOUR
    if hours <= DAY:
        return ngettext("%(n)s hour", "%(n)s hours", hours)
    return ngettext("%(n)s day", "%(n)s days", hours // DAY)
