"""The company profile: its name, and how people are spoken to unless they choose."""

from __future__ import annotations

from dataclasses import asdict

from babel.numbers import list_currencies
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...platform import audit
from ...platform.company import Company, read_company, save_company
from ...platform.errors import Problem, Rejected
from ...platform.i18n import LANGUAGES, LOCALES, _, currency_name, locale_name, time_zones
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import forget
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand
from .problems import by_field


@setup.route("/company", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def company() -> str | Response | tuple[str, int]:
    """The profile as a form."""
    scope = here()
    stand("setup.company")
    with scope.read() as connection:
        known = read_company(connection)
    if request.method == "GET":
        return _page(known)
    said = Company(**{name: request.form.get(name, "").strip() for name in asdict(known)})
    try:
        with scope.org_db.write() as connection:
            save_company(connection, said)
            subject = audit.Subject("company", "", said.name)
            audit.record(
                connection, scope.actor, "company.changed", subject, asdict(known), asdict(said)
            )
    except Rejected as rejected:
        return _page(said, rejected.problems), 422
    forget()
    say(_("Company profile saved."))
    return redirect(url_for("setup.company"))


def _page(shown: Company, problems: tuple[Problem, ...] = ()) -> str:
    return render_template(
        "builder/company.html",
        company=shown,
        errors=by_field(problems),
        languages=list(LANGUAGES.items()),
        locales=[(code, locale_name(code)) for code in LOCALES],
        zones=[(zone, zone.replace("_", " ")) for zone in time_zones()],
        currencies=sorted((code, f"{code} · {currency_name(code)}") for code in list_currencies()),
    )
