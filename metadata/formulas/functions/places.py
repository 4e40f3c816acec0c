"""Places on the map: made of degrees, and how far they are from each other."""

from __future__ import annotations

import math
from decimal import Decimal

from ....platform.i18n import _, lazy
from ..typed import Type
from .base import NUMBER, TEXT, Family, FormulaError, Types, function

Place = tuple[Decimal, Decimal]  # latitude and longitude
PLACES: Types = frozenset({Type.PLACE})
_RADIUS = {"km": 6371.0088, "mi": 3958.7613}  # of the earth


def _place(latitude: Decimal, longitude: Decimal) -> Place:
    if latitude.copy_abs() > 90 or longitude.copy_abs() > 180:
        message = _("There is no place at %(y)s, %(x)s.", y=str(latitude), x=str(longitude))
        raise FormulaError("no_place", message)
    return latitude, longitude


def _distance(start: Place, end: Place, unit: str) -> Decimal:
    """Along the surface of a ball (haversine)."""
    if (radius := _RADIUS.get(unit.lower())) is None:
        message = _("%(unit)s is no unit of a distance.", unit=repr(unit)[:40])
        raise FormulaError("no_unit", message, _("Write km or mi."))
    (south, west), (north, east) = (tuple(math.radians(one) for one in at) for at in (start, end))
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return Decimal(repr(2 * radius * math.asin(min(1.0, math.sqrt(half)))))


function(
    "GEOLOCATION",
    "GEOLOCATION(latitude, longitude)",
    lazy("The place with these degrees; north and east are positive."),
    Family.NUMBER,
    (NUMBER, NUMBER),
    Type.PLACE,
    _place,
)
function(
    "DISTANCE",
    'DISTANCE(place, place, "km")',
    lazy("How far two places are from each other, in km or mi."),
    Family.NUMBER,
    (PLACES, PLACES, TEXT),
    Type.NUMBER,
    _distance,
)
