"""How operands of filters are read: in the actor's zone, with their today, week and "me"."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

from ...metadata.field_types.base import NEUTRAL, Bound, Reading
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from .plan import Test

MAX_OPERANDS = 2000


def reading_for(actor: Actor) -> Reading:
    """The conventions of a filter that this actor runs now."""
    return replace(
        NEUTRAL,
        time_zone=actor.time_zone,
        today=clock.today(actor.time_zone),
        user_id=actor.user_id,
        week_start=_week_start(actor.locale),
        fiscal_start=actor.fiscal_start,
    )


def bind_operands(test: Test, raw: tuple[Any, ...], reading: Reading, snapshot: Snapshot) -> Bound:
    """The test's operator with its operands read; raises Rejected for what it cannot take."""
    if len(raw) > MAX_OPERANDS:
        message = _("A filter takes at most %(n)s values.", n=MAX_OPERANDS)
        raise Rejected(Problem("filter.operands", (test.field.local_name,), message))
    if test.field.value_set_name or test.field.inline_values:
        reading = reading.for_field(test.field, snapshot)
    return test.field.field_type.bind(test.operator.name, raw, test.field, reading)


@lru_cache(maxsize=256)
def _week_start(locale: str) -> int:
    try:
        return int(Locale.parse(locale).first_week_day)
    except (UnknownLocaleError, ValueError):
        return NEUTRAL.week_start
