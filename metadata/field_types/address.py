"""Address: street, city, state, postal code and country, each a field of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy, mark
from ..text import check_length, many_lines
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .compound import CompoundType, component_label, component_name

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField

# part -> (key in JSON, label, type, length)
_PARTS: Mapping[str, tuple[str, str, str, int]] = MappingProxyType(
    {
        "Street": ("street", mark("Street"), "TextArea", 255),
        "City": ("city", mark("City"), "Text", 40),
        "State": ("state", mark("State/province"), "Text", 80),
        "PostalCode": ("postal_code", mark("Postal code"), "Text", 20),
        "Country": ("country", mark("Country"), "Text", 80),
    }
)
_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_JSON_KEYS = {"postal_code": "postalCode"}


@dataclass(frozen=True, slots=True)
class AddressValue:
    """One postal address; parts that are not known are None."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None

    def lines(self) -> tuple[str, ...]:
        """As an envelope shows it: the widest part first in Chinese, last elsewhere."""
        if _HAN.search("".join(filter(None, (self.street, self.city, self.state)))):
            place = "".join(filter(None, (self.country, self.state, self.city)))
            return tuple(line for line in (place, self.street, self.postal_code) if line)
        region = " ".join(filter(None, (self.state, self.postal_code)))
        middle = ", ".join(filter(None, (self.city, region)))
        return tuple(line for line in (self.street, middle, self.country) if line)


class Address(CompoundType):
    """A whole address is shown; its parts are filtered, sorted and edited."""

    name = "Address"
    label = lazy("Address")
    help = lazy("Street, city, state, postal code and country.")
    icon = "map-pin"
    widget = "address"
    group = "more"
    last_word = mark("Address")
    part_labels = MappingProxyType({part: row[1] for part, row in _PARTS.items()})
    json_types = (dict,)
    json_schema = MappingProxyType({"type": "object"})
    examples = (
        Example(
            '{"street": "1 High St\\nFloor 2", "city": "Leeds", "postalCode": "LS1"}',
            AddressValue("1 High St\nFloor 2", "Leeds", None, "LS1"),
        ),
        Example('{"state": "广东省", "city": "兴平市"}', AddressValue(None, "兴平市", "广东省")),
        Example("", None),
    )
    refused = (
        "1 High St, Leeds",
        "[]",
        '{"planet": "Mars"}',
        '{"city": 5}',
        '{"city": "a\\u0000"}',
        "{",
    )

    def components(self, f: CustomField) -> tuple[CustomField, ...]:
        return tuple(
            f.component(
                part,
                component_name(f, part, "Address"),
                component_label(f, label, "Address"),
                kind,
                length=length,
            )
            for part, (_key, label, kind, length) in _PARTS.items()
        )

    def compose(self, f: CustomField, values: Mapping[str, Value]) -> Value:
        found = AddressValue(
            **{
                row[0]: values.get(component_name(f, part, "Address"))
                for part, row in _PARTS.items()
            }
        )
        return None if found == AddressValue() else found

    def decompose(self, f: CustomField, value: Value) -> dict[str, Value]:
        return {
            component_name(f, part, "Address"): getattr(value, row[0], None)
            for part, row in _PARTS.items()
        }

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """An address in JSON; lines of text would have to be guessed at."""
        if not text.strip():
            return None
        try:
            return self._read(json.loads(text[:5000]), f)
        except ValueError:
            message = _("An address is not read from one text.")
            hint = _("Give street, city, state, postal code and country apart.")
            raise Rejected(Problem("address.whole", (f.local_name,), message, hint)) from None

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        if isinstance(raw, AddressValue) or raw is None:
            return raw
        return self._read(raw, f) if isinstance(raw, Mapping) else super().accept(raw, f, reading)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else "\n".join(value.lines())

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else json.dumps(self.json(value, f), ensure_ascii=False)

    def cell(self, value: Value, f: CustomField) -> Any:
        return self.display(value, f) or None

    def json(self, value: Value, f: CustomField) -> Any:
        if value is None:
            return None
        return {_JSON_KEYS.get(key, key): part for key, part in asdict(value).items()}

    def _read(self, tree: Any, f: CustomField) -> Value:
        if not isinstance(tree, Mapping):
            raise ValueError("not an object")
        rows = {_JSON_KEYS.get(row[0], row[0]): row for row in _PARTS.values()}
        problems = [
            Problem("address.part", (f.local_name, key), _("An address has no such part."))
            for key, part in tree.items()
            if key not in rows or not isinstance(part, str | None)
        ]
        if problems:
            raise Rejected(*problems)
        parts = {rows[key][0]: many_lines(part or "", f.local_name) for key, part in tree.items()}
        lengths = {row[0]: row[3] for row in _PARTS.values()}
        for key, part in parts.items():
            problems += check_length(part or "", lengths[key], f.local_name, key)
        if problems:
            raise Rejected(*problems)
        found = AddressValue(**parts)
        return None if found == AddressValue() else found


FIELD_TYPES.register(Address())
