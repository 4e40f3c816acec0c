"""TextArea: some lines of up to 255 characters in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...platform.errors import Rejected
from ...platform.i18n import lazy
from ..text import check_length, many_lines
from .base import FIELD_TYPES, NEUTRAL, Example, Reading, Value
from .controls import LinesControl, with_attributes
from .words import WordsType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class LinesType(WordsType):
    """What texts of several lines share."""

    may_be_unique = False
    may_be_combined = False
    groupable = False

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = many_lines(text, f.local_name)
        if found is not None and (problems := check_length(found, self.length(f), f.local_name)):
            raise Rejected(*problems)
        return found

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        return None if raw is None else many_lines(str(raw)[:1000], f.local_name)

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        rows = f.options.get("visibleLines", 3)
        return LinesControl(**with_attributes(kwargs, maxlength=self.length(f), rows=rows))


class TextArea(LinesType):
    """Lines of text, such as a street."""

    name = "TextArea"
    label = lazy("Text area")
    help = lazy("Several lines, up to 255 characters in all.")
    icon = "align-left"
    group = "more"
    widget = "long_text"
    control = "textarea"
    examples = (
        Example("456 Pratt Fork\r\nSuite 357", "456 Pratt Fork\nSuite 357"),
        Example("One line", "One line"),
        Example("  \n ", None),
    )
    refused = ("a\x00b", "half \udc00", "x" * 256)


FIELD_TYPES.register(TextArea())
