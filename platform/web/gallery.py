"""The gallery at /_ui: every component in its states, for those who design and for the tests.

Shows made-up values only and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import wtforms
from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from .. import clock
from ..i18n import (
    LANGUAGES,
    Localization,
    _,
    current,
    format_date,
    in_language,
    lazy,
    use_locale,
    weekday_name,
)
from .access import ADMINISTRATOR, requires

blueprint = Blueprint("gallery", __name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Who the frame is drawn for."""

    name: str = "Mei Lin"
    initials: str = "ML"
    tone: int = 6
    theme: str = ""
    density: str = ""


def _choices(*labels: str) -> list[SelectChoice]:
    """The labels with their numbers as values, after a blank one."""
    made = (SelectChoice(str(number), label) for number, label in enumerate(labels))
    return [SelectChoice("", "--None--"), *made]


class SampleForm(wtforms.Form):
    """One control of each kind; the names are made up."""

    name = wtforms.StringField(
        lazy("Name"),
        description=lazy("What colleagues call it"),
        render_kw={"required": True, "maxlength": 80},
    )
    amount = wtforms.StringField(lazy("Amount"), render_kw={"kind": "money"})
    discount = wtforms.StringField(lazy("Discount"), render_kw={"kind": "percent"})
    closes = wtforms.StringField(lazy("Close date"), render_kw={"kind": "date"})
    starts = wtforms.StringField(lazy("Starts"), render_kw={"kind": "datetime"})
    at = wtforms.StringField(lazy("Time"), render_kw={"kind": "time"})
    email = wtforms.StringField(lazy("Email"), render_kw={"kind": "email"})
    phone = wtforms.StringField(lazy("Phone"), render_kw={"kind": "phone"})
    site = wtforms.StringField(lazy("Website"), render_kw={"kind": "url"})
    stage = wtforms.SelectField(lazy("Stage"), choices=_choices("Qualify", "Propose", "Won"))
    country = wtforms.SelectField(
        lazy("Country"), choices=_choices(*(f"Country {n}" for n in range(40)))
    )
    interests = wtforms.SelectMultipleField(
        lazy("Interests"), choices=_choices("Robots", "Sensors", "Services")[1:]
    )
    approved = wtforms.BooleanField(lazy("Budget approved"))
    account = wtforms.StringField(lazy("Account"), render_kw={"kind": "lookup"})
    locked = wtforms.StringField(lazy("Expected revenue"))
    note = wtforms.TextAreaField(lazy("Description"))
    letter = wtforms.TextAreaField(lazy("Letter"), render_kw={"kind": "richtext"})
    street = wtforms.StringField(lazy("Street"))
    city = wtforms.StringField(lazy("City"))
    postal_code = wtforms.StringField(lazy("Postal code"))


@blueprint.get("/_ui")
@requires(ADMINISTRATOR)
def gallery() -> ResponseReturnValue:
    """All components; ?lang=zh_CN speaks another language, ?sheet=1 opens the sheet."""
    with use_locale(_localization()):
        return render_template("platform/gallery.html", **sample_page())


@blueprint.get("/_ui/lookup")
@requires(ADMINISTRATOR)
def lookup() -> ResponseReturnValue:
    """A made-up answer to the lookup box."""
    asked = request.args.get("q", "").casefold()
    names = ("Harbour Freight Lines", "Kestrel Robotics", "Kestrel Aviation", "红隼机器人")
    items = [
        {"id": f"001{n}", "label": name, "detail": "Berlin", "icon": "building-2", "tone": 3}
        for n, name in enumerate(names)
        if asked in name.casefold()
    ]
    return jsonify(items=items, create={"label": _("New account"), "url": "/_ui?sheet=1"})


def _localization() -> Localization:
    wanted = request.args.get("lang", "")
    return in_language(wanted) if wanted in LANGUAGES else current()


def sample_page() -> dict[str, Any]:
    """The context of the gallery's template."""
    return {
        "nav": sample_nav(),
        "form": sample_form(),
        "columns": _columns(),
        "rows": _rows(),
        "filter_fields": _filter_fields(),
        "calendar": _calendar(),
        "lanes": _lanes(),
        "nowhere": lambda *_asked: "#",
        "stamp": clock.now().isoformat(),
        "opened": request.args.get("sheet") == "1",
    }


def _lanes() -> list[dict[str, Any]]:
    """Columns of a board, one of them empty."""
    moved: dict[str, Any] = {"url": "#", "move_url": "/_ui?sheet=1", "version": 1}
    cards: list[dict[str, Any]] = [
        {"id": "1", "title": "Fleet telematics rollout",
         "cells": [("Harbour Freight Lines", False), ("$85,200", True), ("Dec 31", False)]},
        {"id": "2", "title": "替换三个仓库的人工拣选", "cells": []},
    ]  # fmt: skip
    return [
        {"value": "q", "label": _("Qualify"), "tone": 6, "is_target": True, "count": 34,
         "total": "$3.1M", "cards": [card | moved for card in cards], "more": "#", "add": "#"},
        {"value": "w", "label": _("Won"), "tone": 3, "is_target": True, "count": 0, "total": "",
         "cards": [], "more": "", "add": "#"},
    ]  # fmt: skip


def _calendar() -> dict[str, Any]:
    """One row of a month and three days with hours, as `calendar.html` takes them."""
    trip = {"id": "1", "title": "Trade fair", "url": "#", "tone": 4, "is_long": True}
    call = {
        "id": "2", "title": "Call with Helen Koh", "url": "#", "tone": 3, "clock": "10:00",
        "move_url": "/_ui?sheet=1", "version": 1,
    }  # fmt: skip
    parts = {
        3: {"entry": trip, "starts": True, "is_named": True},
        4: {"entry": trip, "ends": True},
    }
    days: list[dict[str, Any]] = []
    for n in range(1, 8):
        key = f"2026-11-{n:02}"
        slots: list[Any] = [parts[n]] if n in parts else []
        if n == 4:
            slots.append({"entry": call, "starts": True, "ends": True, "is_named": True})
        label = format_date(date(2026, 11, n), "full")
        days.append({
            "date": date(2026, 11, n), "key": key, "label": label, "slots": slots,
            "weekday": weekday_name(date(2026, 11, n)), "is_today": n == 5, "more": 2 * (n == 6),
        })  # fmt: skip
    placed = {"entry": call, "quarter": 2, "length": 4, "lane": 1, "lanes": 1, "starts": True}
    frame = {"span": "month", "title": "November 2026", "day": date(2026, 11, 1)}
    timed = [
        {
            "day": day | {"slots": []},
            "hours": [
                {"key": f"{day['key']}T{hour:02}:00", "clock": f"{hour}:00",
                 "label": f"{day['label']}, {hour}:00",
                 "placed": [placed] if (day["key"], hour) == ("2026-11-04", 10) else []}
                for hour in range(9, 13)
            ],
        }
        for day in days[2:5]
    ]  # fmt: skip
    return {"frame": frame, "weeks": [days], "timed": {"frame": frame, "days": timed}}


def sample_nav() -> dict[str, Any]:
    """A frame with every kind of entry."""
    items = (
        ("link", _("Home"), "/home", "house", 0, False, ""),
        ("link", _("Tasks"), "#", "square-check", 0, False, 7),
        ("heading", _("Sales"), "", "", 0, False, ""),
        ("link", _("Leads"), "#", "user-plus", 2, False, ""),
        ("link", _("Opportunities"), "#", "trophy", 1, True, ""),
        ("link", _("Accounts"), "#", "building-2", 3, False, ""),
        ("heading", _("Favourites"), "", "", 0, False, ""),
        ("link", "Kestrel Robotics", "#", "", 6, False, ""),
    )
    return {
        "org_name": "Northline",
        "org_logo": "",
        "app_label": _("Sales"),
        "apps": (("sales", _("Sales"), True), ("service", _("Service"), False)),
        "items": items,
        "setup": True,
        "setup_tree": None,
        "breadcrumbs": ((_("Setup"), "/setup"), (_("Components"), "")),
        "user": Person(),
        "unread": "3",
        "create": ((_("New account"), "#", "building-2", 3),),
    }


def sample_form() -> SampleForm:
    """A form with values, two errors and a chosen lookup."""
    values: dict[str, Any] = {
        "name": "",
        "amount": "85,200.00",
        "discount": "7.5",
        "closes": "2026-12-31",
        "starts": "2026-12-31T09:30",
        "at": "09:30",
        "email": "mei.lin@example.com",
        "phone": "+49 30 901820",
        "site": "https://example.com",
        "stage": "1",
        "country": "3",
        "interests": ["0", "2"],
        "approved": True,
        "account": "0010",
        "locked": "$63,900",
        "note": "Replaces manual picking at three warehouses.",
        "letter": "<p>Dear <strong>Ms Lin</strong>,</p>",
        "city": "上海",
    }
    form = SampleForm(data=values)
    form.name.errors = [_("Enter a name.")]
    form.email.errors = [_("This address has no domain.")]
    return form


def _columns() -> tuple[dict[str, Any], ...]:
    return (
        {"label": _("Name"), "sort": "?sort=name", "sorted": "asc"},
        {"label": _("Account"), "sort": "?sort=account"},
        {"label": _("Stage")},
        {"label": _("Amount"), "sort": "?sort=amount", "end": True, "strong": True},
        {"label": _("Close date")},
    )


def _rows() -> list[dict[str, Any]]:
    pill = Markup('<span class="pill tone-{}"><span class="dot"></span>{}</span>')
    made = (
        ("Fleet telematics rollout", "Harbour Freight Lines", 5, "Negotiate", "$85,200"),
        ("Cell line 3 controls", "Kestrel Robotics", 2, "Propose", "$210,150"),
        ("病人登记表", "流明牙科集团", 4, "Discover", "$48,050"),
    )
    return [
        {
            "id": f"006{n}",
            "url": "#",
            "selected": n == 1,
            "cells": (name, account, pill.format(tone, stage), amount, "Dec 31, 2026"),
        }
        for n, (name, account, tone, stage, amount) in enumerate(made)
    ]


def _filter_fields() -> list[dict[str, Any]]:
    equals, contains = ("equals", _("equals")), ("contains", _("contains"))
    empty = ("empty", _("is empty"))
    days = [("TODAY", _("Today")), ("THIS_QUARTER", _("This quarter"))]
    return [
        {
            "name": "Name",
            "label": _("Name"),
            "operators": [contains, equals, empty],
            "bare": ["empty"],
        },
        {
            "name": "Stage",
            "label": _("Stage"),
            "operators": [equals, empty],
            "choices": [("Qualify", "Qualify"), ("Propose", "Propose"), ("Won", "Won")],
            "bare": ["empty"],
        },
        {
            "name": "CloseDate",
            "label": _("Close date"),
            "operators": [equals],
            "suggestions": days,
        },
    ]
