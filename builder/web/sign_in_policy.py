"""Sign-in policy: of whom the org asks a second factor."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people import second_factor
from ...platform.people.second_factor import POLICIES
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
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
            return _page(second_factor.read_policy(connection))
    policy = request.form.get("policy", "")
    try:
        scope.org_db.transact(lambda conn: second_factor.save_policy(conn, policy, scope.actor))
    except Rejected as refused:
        return _page(policy, refused.problems), 422
    say(_("Sign-in policy saved."))
    return redirect(url_for("setup.sign_in_policy"))


def _page(policy: str, problems: tuple[Problem, ...] = ()) -> str:
    stand("setup.sign_in_policy")
    choices = [(name, str(label), "") for name, label in POLICIES.items()]
    return render_template(
        "builder/sign_in_policy.html", policy=policy, choices=choices, errors=by_field(problems)
    )
