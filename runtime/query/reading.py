"""How operands of filters are read: in the actor's zone, with their today, week and "me"."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError

from ...metadata.field_types.base import NEUTRAL, Operator, Reading
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor

MAX_OPERANDS = 2000


def reading_for(actor: Actor) -> Reading:
    """The conventions of a filter that this actor runs now."""
    return replace(
        NEUTRAL,
        time_zone=actor.time_zone,
        today=clock.today(actor.time_zone),
        user_id=actor.user_id,
        week_start=_week_start(actor.locale),
    )


def read_operands(
    operator: Operator,
    raw: tuple[Any, ...],
    field: CustomField,
    reading: Reading,
    snapshot: Snapshot,
) -> tuple[Any, ...]:
    """The values an operator compares with; raises Rejected for the wrong number or a bad text."""
    if not operator.arity:
        return ()
    if operator.arity > 0 and len(raw) != operator.arity or len(raw) > MAX_OPERANDS:
        message = _("This filter takes another number of values.")
        raise Rejected(Problem("filter.operands", (field.local_name,), message))
    if field.value_set_name or field.inline_values:
        reading = replace(reading, values=snapshot.values(field))
    field_type = field.field_type
    return tuple(field_type.operand(one, field, reading) for one in raw)


@lru_cache(maxsize=256)
def _week_start(locale: str) -> int:
    try:
        return int(Locale.parse(locale).first_week_day)
    except (UnknownLocaleError, ValueError):
        return NEUTRAL.week_start
