"""What all references share: an id of another record, compared as it is."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.ids import parse_id
from .base import NEUTRAL, Example, FieldType, Part, Reading, Value
from .controls import LookupControl, with_attributes
from .operators import REFERENCES

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

ME = "me"


def read_id(text: str, f: CustomField) -> str | None:
    """The 18-character id, None for blank; raises Rejected `id.malformed` at the field."""
    if not text.strip():
        return None
    try:
        return parse_id(text)
    except Rejected as err:
        raise Rejected(*(problem.under(f.local_name) for problem in err.problems)) from None


class ReferenceType(FieldType):
    """The id of a record of another object."""

    formula_kind = "id"
    may_be_combined = True
    operators = REFERENCES
    aggregates = ("count", "count_distinct")
    json_schema = MappingProxyType({"type": "string", "minLength": 15, "maxLength": 18})
    targets: ClassVar[int] = 1  # how many objects it may point at
    examples = (
        Example("001000000000001AAA", "001000000000001AAA"),
        Example("001000000000001", "001000000000001AAA"),
        Example("003aBcDeFgHiJkL", "003aBcDeFgHiJkLQKV"),
        Example("", None),
    )
    refused = ("Acme", "001", "001000000000001AAB", "0010000000000-1", "me")

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "id", indexed=True),)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        return read_id(text, f)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """An id, or "me" for the reader."""
        if isinstance(raw, str) and raw.strip().casefold() == ME and reading.user_id:
            return reading.user_id
        return self.accept(raw, f, reading)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        if not f.is_lookup:
            message = _("Say which object the field points at.")
            return (Problem("field.no_target", ("referenceTo",), message),)
        if f.every is not None and self.targets == 1:
            message = _("Only a lookup can be open to several objects.")
            return (Problem("field.targets", ("referenceToEvery",), message),)
        if len(f.reference_to) > self.targets and f.every is None:
            message = _("At most %(n)s objects can be pointed at.", n=self.targets)
            return (Problem("field.targets", ("referenceTo",), message),)
        return ()

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        place = f.name.replace(".", "/")
        return LookupControl(**with_attributes(kwargs, data_lookup=place, autocomplete="off"))
