"""EncryptedText: a secret, encrypted at rest and masked wherever it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from ...platform.vault import vault
from .base import FIELD_TYPES, NEUTRAL, Example, Part, Reading, Value
from .words import WordsType, option_in_range

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

MAX_LENGTH = 175
_SIGNS = {"asterisk": "*", "X": "X"}
# what stays readable, from the end: characters and the groups of a longer number
_CLEAR = {"all": 0, "lastFour": 4, "creditCard": 4, "nino": 0, "ssn": 4, "sin": 3}


class EncryptedText(WordsType):
    """Neither filtered, sorted, grouped nor searched; exports and pages see the mask."""

    name = "EncryptedText"
    label = lazy("Text (encrypted)")
    help = lazy("A secret such as an account number; encrypted where it is kept.")
    icon = "lock-keyhole"
    group = "more"
    operators = ()
    sortable = False
    filterable = False
    groupable = False
    searchable = False
    aggregates = ()
    may_be_unique = False
    may_be_combined = False
    sort_part = ""
    exports_value = False
    max_length = MAX_LENGTH
    default_length = MAX_LENGTH
    options_schema = MappingProxyType(
        {
            "length": {"type": "integer", "minimum": 1, "maximum": MAX_LENGTH},
            "maskType": {"enum": list(_CLEAR)},
            "maskChar": {"enum": list(_SIGNS)},
        }
    )
    examples = (
        Example("4111 1111 1111 1111", "4111 1111 1111 1111"),
        Example("秘密", "秘密"),
        Example("", None),
    )
    refused = ("a\x00b", "x" * 176, "************1111")

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "text"),)

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        return {"": None if value is None else vault().seal(value, f.uid)}

    def from_columns(self, parts: Mapping[str, Any], f: CustomField) -> Value:
        token = parts.get("")
        return None if token is None else vault().open(token, f.uid)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """Any text but a mask, which would overwrite the secret with stars."""
        found = super().parse(text, f, reading)
        if found is None or not found.startswith(self._sign(f) * 4):
            return found
        message = _("This is the mask of a value, not the value.")
        hint = _("Leave the field as it is, or type the whole value.")
        raise Rejected(Problem("encrypted.masked", (f.local_name,), message, hint))

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return option_in_range(f, "length", 1, MAX_LENGTH)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else self._masked(value, f)

    def export(self, value: Value, f: CustomField) -> str:
        return self.display(value, f)

    def json(self, value: Value, f: CustomField) -> Any:
        return self.display(value, f) or None

    def form_text(self, value: Value, f: CustomField) -> Any:
        """The mask: `read_form` understands that it was left alone."""
        return self.display(value, f)

    def default_options(self) -> dict[str, Any]:
        return {"length": MAX_LENGTH, "maskType": "all", "maskChar": "asterisk"}

    def _sign(self, f: CustomField) -> str:
        return _SIGNS[f.options.get("maskChar", "asterisk")]

    def _masked(self, value: str, f: CustomField) -> str:
        """Signs for what is hidden, at least four of them; a short value is hidden whole."""
        clear = _CLEAR[f.options.get("maskType", "all")]
        clear = clear if len(value) >= 2 * clear else 0
        hidden = max(len(value) - clear, 4) if clear else 8
        return self._sign(f) * hidden + (value[-clear:] if clear else "")


FIELD_TYPES.register(EncryptedText())
