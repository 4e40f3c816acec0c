"""Time: a time of day without a date or zone, to the millisecond."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.i18n import format_time, lazy
from ..moments import read_time
from .base import FIELD_TYPES, NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import ClockControl, with_attributes
from .operators import SPANS

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class Time(FieldType):
    """What the clock shows."""

    name = "Time"
    label = lazy("Time")
    help = lazy("A time of day.")
    icon = "clock"
    control = "time"
    group = "more"
    formula_kind = "time"
    may_be_combined = True
    operators = SPANS
    json_schema = MappingProxyType({"type": "string", "format": "time"})
    examples = (
        Example("14:30", dt.time(14, 30)),
        Example("00:00", dt.time()),
        Example("23:59:59.999", dt.time(23, 59, 59, 999000)),
        Example("14:30:05Z", dt.time(14, 30, 5)),
        Example("2:30 PM", dt.time(14, 30)),
        Example("下午2:30", dt.time(14, 30)),
        Example("", None),
    )
    refused = ("24:00", "12:60", "noon", "13:00 pm", "1230")

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "clock"),)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        return read_time(text.strip().removesuffix("Z"), f.local_name)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if isinstance(raw, dt.datetime):
            raw = raw.time()
        if isinstance(raw, dt.time):
            return raw.replace(microsecond=raw.microsecond // 1000 * 1000, tzinfo=None)
        return super().accept(raw, f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else format_time(value)

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else value.isoformat(timespec="milliseconds") + "Z"

    def cell(self, value: Value, f: CustomField) -> Any:
        return value

    def json(self, value: Value, f: CustomField) -> Any:
        return self.export(value, f) or None

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return ClockControl(**with_attributes(kwargs, step="any"))

    def form_text(self, value: Value, f: CustomField) -> Any:
        if value is None:
            return ""
        unit = "milliseconds" if value.microsecond else "seconds" if value.second else "minutes"
        return value.isoformat(timespec=unit)


FIELD_TYPES.register(Time())
