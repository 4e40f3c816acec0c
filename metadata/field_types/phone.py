"""Phone: a number as people write it; its digits are not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...platform.i18n import lazy
from .base import FIELD_TYPES, Example
from .controls import PhoneControl, with_attributes
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class Phone(WordsType):
    """Up to 40 characters, extensions and notes included."""

    name = "Phone"
    label = lazy("Phone")
    help = lazy("A telephone number.")
    icon = "phone"
    group = "more"
    widget = "phone"
    control = "phone"
    may_be_unique = False
    max_length = 40
    default_length = 40
    examples = (
        Example("+86 138 0013 8000", "+86 138 0013 8000"),
        Example("951.493.3599x3539", "951.493.3599x3539"),
        Example("", None),
    )
    refused = ("1" * 41, "1\x002")

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return PhoneControl(**with_attributes(kwargs, maxlength=40, autocomplete="off"))


FIELD_TYPES.register(Phone())
