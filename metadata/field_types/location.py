"""Location: latitude and longitude, each a number of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.db.types import rounded
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy, mark
from ..decimals import check_digits, plain_text, read_decimal
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .compound import CompoundType, component_label, component_name
from .words import option_in_range

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

_LIMITS = {"Latitude": 90, "Longitude": 180}
_DEGREES = re.compile(
    r"(\d{1,3})\s*°\s*(?:(\d{1,2})\s*['′]\s*)?(?:(\d{1,2}(?:\.\d{1,9})?)\s*[\"″]\s*)?([NSEW])",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class LocationValue:
    """A place on the globe in degrees, north and east positive."""

    latitude: Decimal | None
    longitude: Decimal | None


class Location(CompoundType):
    """Written as "48.2082, 16.3738" or 48°12'30"N 16°22'26"E."""

    name = "Location"
    label = lazy("Geolocation")
    help = lazy("A place on the map: latitude and longitude.")
    icon = "locate"
    last_word = mark("Location")
    part_labels = MappingProxyType({"Latitude": mark("Latitude"), "Longitude": mark("Longitude")})
    group = "more"
    json_types = (dict,)
    json_schema = MappingProxyType({"type": "object"})
    options_schema = MappingProxyType(
        {
            "scale": {"type": "integer", "minimum": 0, "maximum": 15},
            "displayLocationInDecimal": {"type": "boolean"},
        }
    )
    examples = (
        Example("48.2082, 16.3738", LocationValue(Decimal("48.2082"), Decimal("16.3738"))),
        Example("-33.8688 151.2093", LocationValue(Decimal("-33.8688"), Decimal("151.2093"))),
        Example(
            "48°12'30\"N 16°22'12\"W",
            LocationValue(Decimal("48.208333"), Decimal("-16.37")),
            {"scale": 6},
        ),
        Example("0,0", LocationValue(Decimal(0), Decimal(0))),
        Example("", None),
    )
    refused = ("91,0", "0,181", "48.2", "here", "1,2,3", "NaN,0", "48°61'0\"N 0°E")

    def scale(self, f: CustomField) -> int:
        """Decimals of a degree."""
        return int(f.options.get("scale", 6))

    def components(self, f: CustomField) -> tuple[CustomField, ...]:
        digits = {"precision": self.scale(f) + 3, "scale": self.scale(f)}
        return tuple(
            f.component(
                part,
                component_name(f, part, "Location"),
                component_label(f, part, "Location"),
                "Number",
                minimum=-limit,
                maximum=limit,
                **digits,
            )
            for part, limit in _LIMITS.items()
        )

    def compose(self, f: CustomField, values: Mapping[str, Value]) -> Value:
        latitude, longitude = (values.get(component_name(f, p, "Location")) for p in _LIMITS)
        if latitude is None and longitude is None:
            return None
        return LocationValue(latitude, longitude)

    def decompose(self, f: CustomField, value: Value) -> dict[str, Value]:
        return {
            component_name(f, part, "Location"): getattr(value, part.lower(), None)
            for part in _LIMITS
        }

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if not (bare := text.strip()):
            return None
        if len(bare) > 100:
            raise self._malformed(text, f)
        if len(degrees := _DEGREES.findall(bare)) == 2 and not _DEGREES.sub("", bare).strip(" ,;"):
            return self._checked(
                [self._of_degrees(row, i, text, f) for i, row in enumerate(degrees)], f
            )
        mark = r"\s*;\s*|\s+" if ";" in bare or reading.decimal == "," else r"\s*,\s*|\s+"
        parts = re.split(mark, bare)
        if len(parts) != 2:
            raise self._malformed(text, f)
        return self._checked([read_decimal(part, reading, f.local_name) for part in parts], f)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if isinstance(raw, LocationValue) or raw is None:
            return raw
        if not isinstance(raw, Mapping):
            return super().accept(raw, f, reading)
        if set(raw) != {"latitude", "longitude"}:
            raise self._malformed(str(dict(raw)), f)
        return self.parse(f"{raw['latitude']};{raw['longitude']}", f)

    def check(self, value: Value, f: CustomField) -> tuple[Problem, ...]:
        if value is None:
            return ()
        if value.latitude is None or value.longitude is None:
            message = _("A place needs both latitude and longitude.")
            return (Problem("location.half", (f.local_name,), message),)
        problems: tuple[Problem, ...] = ()
        for part, limit in _LIMITS.items():
            degrees = getattr(value, part.lower())
            if abs(degrees) > limit:
                message = _("This must be from %(least)s to %(most)s.", least=-limit, most=limit)
                problems += (Problem("number.out_of_range", (f.local_name, part), message),)
            problems += check_digits(degrees, self.scale(f) + 3, self.scale(f), f.local_name, part)
        return problems

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return option_in_range(f, "scale", 0, 15)

    def display(self, value: Value, f: CustomField) -> str:
        if value is None:
            return ""
        if f.options.get("displayLocationInDecimal", True):
            return self.export(value, f)
        return f"{_degrees(value.latitude, 'NS')} {_degrees(value.longitude, 'EW')}"

    def export(self, value: Value, f: CustomField) -> str:
        if value is None:
            return ""
        parts = (value.latitude, value.longitude)
        return ", ".join("" if part is None else plain_text(part) for part in parts)

    def json(self, value: Value, f: CustomField) -> Any:
        if value is None:
            return None
        return {"latitude": value.latitude, "longitude": value.longitude}

    def default_options(self) -> dict[str, Any]:
        return {"scale": 6, "displayLocationInDecimal": True}

    def _of_degrees(self, row: tuple[str, ...], place: int, text: str, f: CustomField) -> Decimal:
        degrees, minutes, seconds = (Decimal(part or 0) for part in row[:3])
        if minutes >= 60 or seconds >= 60 or row[3].upper() not in ("NS", "EW")[place]:
            raise self._malformed(text, f)
        value = rounded(degrees + minutes / 60 + seconds / 3600, self.scale(f))
        return Decimal(plain_text(-value if row[3].upper() in "SW" else value))

    def _checked(self, parts: list[Decimal | None], f: CustomField) -> LocationValue:
        found = LocationValue(*(None if p is None else Decimal(plain_text(p)) for p in parts))
        if problems := self.check(found, f):
            raise Rejected(*problems)
        return found

    def _malformed(self, text: str, f: CustomField) -> Rejected:
        message = _("%(text)s is not a place.", text=repr(text)[:90])
        hint = _("Write it like 48.2082, 16.3738.")
        return Rejected(Problem("location.malformed", (f.local_name,), message, hint))


def _degrees(value: Decimal | None, signs: str) -> str:
    """48°12'30"N of 48.208333."""
    if value is None:
        return ""
    seconds = int(rounded(abs(value) * 3600, 0))
    sign = signs[1] if value < 0 else signs[0]
    return f"{seconds // 3600}°{seconds // 60 % 60}'{seconds % 60}\"{sign}"


FIELD_TYPES.register(Location())
