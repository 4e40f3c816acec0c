"""Sign-in policy: of whom the org asks a second factor, and from where people may come."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people import second_factor
from ...platform.people.second_factor import POLICIES
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


@setup.route("/sign-in", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def sign_in_policy() -> str | Response | tuple[str, int]:
    """The policy as a form. Whoever is asked and has none yet sets it up before going on."""
    scope = here()
    if request.method == "GET":
        with scope.read() as connection:
            policy, ranges = second_factor.read_policy(connection), read_ranges(connection)
        return _page(policy, range_lines(ranges))
    policy, lines = request.form.get("policy", ""), request.form.get("ranges", "")

    def save(connection: Connection) -> None:
        ranges = parse_ranges(lines)
        _keep_myself(scope, ranges)
        second_factor.save_policy(connection, policy, scope.actor)
        save_ranges(connection, ranges, scope.actor)

    try:
        scope.org_db.transact(save)
    except Rejected as refused:
        return _page(policy, lines, refused.problems), 422
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


def _page(policy: str, lines: str, problems: tuple[Problem, ...] = ()) -> str:
    stand("setup.sign_in_policy")
    choices = [(name, str(label), "") for name, label in POLICIES.items()]
    return render_template(
        "builder/sign_in_policy.html",
        policy=policy,
        choices=choices,
        lines=lines,
        address=origin().ip,
        errors=by_field(problems),
        is_risky=any(one.code == "sign_in.locked_out" for one in problems),
    )
