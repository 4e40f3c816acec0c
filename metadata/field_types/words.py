"""What all types of text share: a folded key beside the text, cleaning, length, comparison."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..text import check_length, single_line
from .base import NEUTRAL, FieldType, Part, Reading, Value
from .controls import TextControl, with_attributes
from .operators import WORDS, Exactly

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot


def length_option(maximum: int) -> Mapping[str, Any]:
    """The options schema of a type with a length."""
    return MappingProxyType({"length": {"type": "integer", "minimum": 1, "maximum": maximum}})


def option_in_range(f: CustomField, name: str, least: int, most: int) -> tuple[Problem, ...]:
    """A problem when a whole-number option of the field is outside the type's range."""
    given = f.options.get(name)
    if given is None or least <= given <= most:
        return ()
    message = _("%(name)s must be from %(least)s to %(most)s.", name=name, least=least, most=most)
    return (Problem("field.option", (name,), message),)


class WordsType(FieldType):
    """A text on one line, compared and sorted without regard to case."""

    max_length: ClassVar[int] = 255
    default_length: ClassVar[int] = 255
    operators = WORDS
    searchable = True
    may_be_unique = True
    may_be_combined = True
    sort_part = "key"

    def length(self, f: CustomField) -> int:
        """How many characters fit."""
        return int(f.options.get("length") or self.default_length)

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "text"), Part("key", "text"))

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        return {"": value, "key": None if value is None else fold(value)}

    def sort_key(self, value: Value, f: CustomField) -> Any:
        return None if value is None else fold(value)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        found = single_line(text, f.local_name)
        if found is not None and (problems := check_length(found, self.length(f), f.local_name)):
            raise Rejected(*problems)
        return found

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """A spreadsheet's number is the text of it: 13800138000.0 is "13800138000"."""
        if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
            raw = int(raw)
        return super().accept(raw, f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        if raw is None:
            return None
        found = single_line(str(raw), f.local_name)
        if found is not None and (problems := check_length(found, 1000, f.local_name)):
            raise Rejected(*problems)
        return Exactly(found) if found is not None and f.case_sensitive else found

    def check(self, value: Value, f: CustomField) -> tuple[Problem, ...]:
        return () if value is None else check_length(value, self.length(f), f.local_name)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return option_in_range(f, "length", 1, self.max_length)

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return TextControl(**with_attributes(kwargs, maxlength=self.length(f)))

    def form_text(self, value: Value, f: CustomField) -> Any:
        return value or ""
