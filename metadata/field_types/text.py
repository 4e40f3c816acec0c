"""Text: one line of up to 255 characters."""

from __future__ import annotations

from typing import Any

from ...platform.i18n import lazy
from .base import FIELD_TYPES, Example
from .words import WordsType, length_option


class Text(WordsType):
    """One line of words, such as a name or a number with letters."""

    name = "Text"
    label = lazy("Text")
    help = lazy("One line of up to 255 characters.")
    icon = "type"
    options_schema = length_option(255)
    examples = (
        Example("Acme & Sons", "Acme & Sons"),
        Example("  trimmed  ", "trimmed"),
        Example("100% _real_\\", "100% _real_\\"),
        Example("Straße 1", "Straße 1"),
        Example("客户；公司", "客户；公司"),
        Example("=1+1", "=1+1"),
        Example("a\tb\r\nc", "a b c"),
        Example("   ", None),
    )
    refused = ("a\x00b", "bell \x07", "half \ud83d", "x" * 256)

    def default_options(self) -> dict[str, Any]:
        return {"length": 255}


FIELD_TYPES.register(Text())
