"""The tab of an opportunity with the stages it went through, and the days it stood in each."""

from __future__ import annotations

from typing import Any

from flask import render_template
from markupsafe import Markup

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.i18n import format_datetime, lazy, ngettext
from ..crm.deals import STAGE
from ..crm.stage_history import Period, beside_of, periods_of, stage_field
from ..query.run import find_titles
from .panels import PANELS, Panel, Place, Spot
from .scope import Here

TAB = "stages"


def has_stages(obj: CustomObject, scope: Here) -> bool:
    return stage_field(scope.actor, scope.snapshot, obj.name) is not None


def _draw(place: Place) -> Markup:
    scope, now = place.scope, clock.now()
    periods = periods_of(place.connection, scope.actor, scope.snapshot, place.record.id)
    people = {one.by for one in periods}
    names = find_titles(place.connection, scope.actor, scope.snapshot, people)
    beside = beside_of(scope.actor, scope.snapshot)
    longest = max((one.days(now) for one in periods), default=0)
    return Markup(  # noqa: S704 - a template of ours
        render_template(
            "runtime/stage_panel.html",
            beside=[(scope.snapshot.label(f), f.field_type.formula_kind) for f in beside],
            rows=[
                {**_row(scope, one, beside), "days": one.days(now), "by": names.get(one.by, "")}
                for one in periods
            ],
            longest=max(longest, 1),
            says=lambda n: ngettext("%(n)s day", "%(n)s days", n),
        )
    )


def _row(scope: Here, period: Period, beside: tuple[CustomField, ...]) -> dict[str, Any]:
    stage = scope.snapshot.field("Opportunity", STAGE)

    def shown(field: CustomField, value: Any) -> str:
        return field.field_type.display_in(value, field, scope.snapshot)

    return {
        "stage": shown(stage, period.stage),
        "beside": [shown(field, period.beside.get(field.local_name)) for field in beside],
        "begin": format_datetime(period.begin),
        "end": format_datetime(period.end) if period.end else "",
    }


PANELS.register(Panel(TAB, lazy("Stage history"), Spot.TAB, 40, _draw, has_stages))
