"""LongTextArea: text of up to 131,072 characters; searched, but not filtered or sorted by."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...platform.errors import Problem
from ...platform.i18n import lazy
from .base import FIELD_TYPES, Example
from .text_area import LinesType
from .words import option_in_range

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

MAX_LENGTH = 131072
LENGTH_AND_LINES = MappingProxyType(
    {
        "length": {"type": "integer", "minimum": 1, "maximum": MAX_LENGTH},
        "visibleLines": {"type": "integer", "minimum": 2, "maximum": 50},
    }
)


class LongTextArea(LinesType):
    """Long notes."""

    name = "LongTextArea"
    label = lazy("Long text area")
    help = lazy("Many lines, up to 131,072 characters.")
    icon = "file-text"
    widget = "long_text"
    control = "textarea"
    operators = ()
    sortable = False
    filterable = False
    aggregates = ("count",)
    max_length = MAX_LENGTH
    default_length = 32768
    options_schema = LENGTH_AND_LINES
    examples: ClassVar[tuple[Example, ...]] = (
        Example("First\n\nSecond", "First\n\nSecond"),
        Example("长文本 👩‍💻", "长文本 👩‍💻"),
        Example("x" * 32768, "x" * 32768),
        Example("", None),
    )
    refused = ("a\x00b", "\ud800", "x" * 32769)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return (
            *super().check_definition(f, snapshot),
            *option_in_range(f, "visibleLines", 2, 50),
        )

    def default_options(self) -> dict[str, Any]:
        return {"length": 32768, "visibleLines": 3}


FIELD_TYPES.register(LongTextArea())
