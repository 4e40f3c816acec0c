"""The company profile: its name, and how people are spoken to unless they choose."""

from __future__ import annotations

from dataclasses import asdict

from babel.numbers import list_currencies
from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from ...platform import audit
from ...platform.company import Company, read_company, save_company
from ...platform.errors import Problem, Rejected
from ...platform.i18n import (
    LANGUAGES,
    LOCALES,
    _,
    currency_name,
    locale_name,
    month_name,
    time_zones,
)
from ...platform.logo import LARGEST, remove_logo, save_logo
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import forget, logo_url
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand
from .problems import by_field

MONTHS = tuple(str(month) for month in range(1, 13))


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
    texts = {name: request.form.get(name, "").strip() for name in asdict(known)}
    month = texts.pop("fiscal_start") or str(known.fiscal_start)
    said = Company(**texts, fiscal_start=int(month) if month in MONTHS else 0)
    try:
        with scope.org_db.write() as connection:
            save_company(connection, said)
            _keep_logo(connection, request.files.get("logo"))
            subject = audit.Subject("company", "", said.name)
            audit.record(
                connection, scope.actor, "company.changed", subject, asdict(known), asdict(said)
            )
    except Rejected as rejected:
        return _page(said, rejected.problems), 422
    forget()
    say(_("Company profile saved."))
    return redirect(url_for("setup.company"))


def _keep_logo(connection: Connection, sent: FileStorage | None) -> None:
    if "no_logo" in request.form:
        remove_logo(connection)
    elif sent is not None and sent.filename:
        save_logo(connection, sent.stream.read(LARGEST + 1))


def _page(shown: Company, problems: tuple[Problem, ...] = ()) -> str:
    return render_template(
        "builder/company.html",
        company=shown,
        present_logo=logo_url(),
        errors=by_field(problems),
        languages=list(LANGUAGES.items()),
        locales=[(code, locale_name(code)) for code in LOCALES],
        zones=[(zone, zone.replace("_", " ")) for zone in time_zones()],
        months=[(month, month_name(int(month))) for month in MONTHS],
        currencies=sorted((code, f"{code} · {currency_name(code)}") for code in list_currencies()),
    )
