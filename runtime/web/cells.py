"""A value as a page shows it: its text, and what the widget of its type needs to draw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _
from ...platform.people.actor import SYSTEM_USER_ID
from ..layouts.forms import REFERENCE_TYPES
from ..query.run import find_queue
from .markup import bare, makes_markup
from .widgets import WIDGETS


@dataclass(frozen=True, slots=True)
class DisplayCell:
    """What a widget draws; false when there is nothing to show."""

    widget: str
    text: str
    value: Any = None
    url: str = ""
    tone: int = 0  # of a pill or an avatar
    pills: tuple[tuple[str, int], ...] = ()  # (label, tone) of several choices

    def __bool__(self) -> bool:
        return bool(self.text)

    def __html__(self) -> str:
        """The cell as markup, so that a template shows it by naming it."""
        return WIDGETS[self.widget](self) if self.text else ""

    def __str__(self) -> str:
        return self.text


def display_cell(
    field: CustomField, value: Any, snapshot: Snapshot, titles: Mapping[str, str]
) -> DisplayCell:
    """The cell of a value; `titles` are the names of records by id, for lookups."""
    if value is None or value == "" or value == ():
        return DisplayCell(field.field_type.widget, "")
    if field.type in REFERENCE_TYPES:
        return _reference(value, titles, snapshot)
    if field.type in ("Picklist", "RecordType"):
        label, tone = _choice(field, value, snapshot)
        return DisplayCell("pill", label, value, tone=tone)
    if field.type == "MultiselectPicklist":
        pills = tuple(_choice(field, one, snapshot) for one in value)
        return DisplayCell("pills", "; ".join(label for label, _tone in pills), pills=pills)
    if makes_markup(field, snapshot):
        return DisplayCell("markup", bare(value), value)
    return DisplayCell(field.field_type.widget, field.field_type.display(value, field), value)


def _reference(record_id: str, titles: Mapping[str, str], snapshot: Snapshot) -> DisplayCell:
    if record_id == SYSTEM_USER_ID:
        return DisplayCell("text", _("System"), record_id)
    if (queue := find_queue(snapshot, record_id)) is not None:
        return DisplayCell("text", snapshot.label(queue), record_id)
    title = titles.get(record_id)
    if title is None:  # gone, or not to be seen
        return DisplayCell("text", "")
    target = snapshot.object_of_id(record_id)
    url, tone = record_url(record_id), tone_of(record_id)
    return DisplayCell("person" if target.storage else "reference", title, record_id, url, tone)


def record_url(record_id: str) -> str:
    """The address of a record's page, as `url_for` would build it: a list needs hundreds."""
    return f"/r/{record_id}"


def tone_of(key: str) -> int:
    """A steady tone, 1–8, for an avatar."""
    return sum(key.encode()) % 8 + 1


def _choice(field: CustomField, value: str, snapshot: Snapshot) -> tuple[str, int]:
    return snapshot.value_label(field, value), tones_of(snapshot, field).get(value, 0)


def tones_of(snapshot: Snapshot, field: CustomField) -> Mapping[str, int]:
    """{value: tone 1–8} of the values that have a colour."""
    known = _TONES.setdefault(snapshot, {})
    if field.uid not in known:
        values = snapshot.values(field)
        known[field.uid] = {v.name: tone_of_color(v.color) for v in values if v.color}
    return known[field.uid]


_TONES: WeakKeyDictionary[Snapshot, dict[str, Mapping[str, int]]] = WeakKeyDictionary()


@lru_cache(maxsize=1024)
def tone_of_color(color: str) -> int:
    """The tone nearest in hue to a colour "#rrggbb"; 8 is the neutral one."""
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < 0.12:
        return 8
    if high == red:
        hue = (green - blue) / (high - low) % 6
    elif high == green:
        hue = (blue - red) / (high - low) + 2
    else:
        hue = (red - green) / (high - low) + 4
    return min(
        _HUES, key=lambda tone: min(abs(_HUES[tone] - hue * 60), 360 - abs(_HUES[tone] - hue * 60))
    )


_HUES = {1: 222, 2: 30, 3: 155, 4: 280, 5: 8, 6: 195, 7: 340}  # tone -> hue in HSL degrees
