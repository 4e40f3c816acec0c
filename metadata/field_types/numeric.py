"""What the types of numbers share: exact decimals with the digits that the options state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, current, format_number
from ..decimals import check_digits, of_float, plain_text, read_decimal
from .base import NEUTRAL, FieldType, Part, Reading, Value, reading_of
from .controls import NumberControl
from .operators import AMOUNTS
from .words import option_in_range

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

MAX_PRECISION = 18
_GROUPED = re.compile(r"[^,]*\d,\d{3}(?!\d).*", re.ASCII)


class NumericType(FieldType):
    """A decimal; digits that do not fit are refused, never rounded away."""

    default_scale: ClassVar[int] = 0
    options_schema: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "precision": {"type": "integer", "minimum": 1, "maximum": MAX_PRECISION},
            "scale": {"type": "integer", "minimum": 0, "maximum": 17},
        }
    )
    formula_kind = "number"
    operators = AMOUNTS
    aggregates = ("count", "count_distinct", "sum", "avg", "min", "max")
    may_be_unique = True
    may_be_combined = True
    json_types = (int, float, Decimal, str)
    json_schema = MappingProxyType({"type": "number"})

    def precision(self, f: CustomField) -> int:
        """All digits, before and after the point."""
        return int(f.options.get("precision") or MAX_PRECISION)

    def scale(self, f: CustomField) -> int:
        """Digits after the point."""
        return int(f.options.get("scale", self.default_scale))

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", f"exact({self.precision(f)},{self.scale(f)})"),)

    def from_columns(self, parts: Mapping[str, Any], f: CustomField) -> Value:
        value = parts.get("")
        return None if value is None else _normal(value)

    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        number = self._read(text, f, reading)
        return self._fitting(None if number is None else _normal(number), f)

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        return self._fitting(self._number(raw, f, reading), f)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """Of any size and scale: nothing is stored."""
        return self._number(raw, f, reading)

    def operands_of(self, text: str) -> tuple[str, ...]:
        """As for words, but "1,000" is refused: it may be one number or two."""
        if _GROUPED.fullmatch(text):
            message = _("It is not clear whether %(text)s is one number.", text=repr(text)[:60])
            hint = _("Write 1000 without separators, or several numbers with blanks between.")
            raise Rejected(Problem("filter.ambiguous_number", (), message, hint))
        return super().operands_of(text)

    def check(self, value: Value, f: CustomField) -> tuple[Problem, ...]:
        if value is None:
            return ()
        digits = check_digits(value, self.precision(f), self.scale(f), f.local_name)
        return digits or _check_range(value, f)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        ranges = (
            *option_in_range(f, "precision", 1, MAX_PRECISION),
            *option_in_range(f, "scale", 0, MAX_PRECISION - 1),
        )
        if ranges or self.scale(f) <= self.precision(f):
            return ranges
        message = _("There cannot be more decimals than digits.")
        return (Problem("field.option", ("scale",), message),)

    def display(self, value: Value, f: CustomField) -> str:
        return "" if value is None else format_number(value, self.scale(f))

    def export(self, value: Value, f: CustomField) -> str:
        return "" if value is None else plain_text(value)

    def cell(self, value: Value, f: CustomField) -> Any:
        return value

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return NumberControl(**kwargs)

    def form_text(self, value: Value, f: CustomField) -> Any:
        """With the decimal sign of the reader's language and without separators of thousands."""
        return self.export(value, f).replace(".", reading_of(current()).decimal)

    def default_options(self) -> dict[str, Any]:
        return {"precision": MAX_PRECISION, "scale": self.default_scale}

    def _read(self, text: str, f: CustomField, reading: Reading) -> Decimal | None:
        return read_decimal(text, reading, f.local_name)

    def _number(self, raw: Any, f: CustomField, reading: Reading) -> Decimal | None:
        if raw is None or (
            isinstance(raw, Decimal) and raw.is_finite() and abs(raw.adjusted()) < 100
        ):
            return None if raw is None else _normal(raw)
        if isinstance(raw, float):
            return _normal(of_float(raw, f.local_name))
        if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**99:
            return Decimal(raw)
        if isinstance(raw, str):
            number = self._read(raw, f, reading)
            return None if number is None else _normal(number)
        message = _("%(text)s is not a number.", text=repr(type(raw).__name__))
        raise Rejected(Problem("number.malformed", (f.local_name,), message))

    def _fitting(self, number: Decimal | None, f: CustomField) -> Decimal | None:
        if number is None:
            return None
        if problems := self.check(number, f):
            raise Rejected(*problems)
        return number


def _normal(value: Decimal) -> Decimal:
    """The same number without trailing zeros, exponent or minus zero: one look for one value."""
    return value if str(value).isdigit() else Decimal(plain_text(value))


def _check_range(value: Decimal, f: CustomField) -> tuple[Problem, ...]:
    """Components such as a latitude have a range of their own."""
    least, most = f.options.get("minimum"), f.options.get("maximum")
    if (least is None or value >= least) and (most is None or value <= most):
        return ()
    message = _("This must be from %(least)s to %(most)s.", least=least, most=most)
    return (Problem("number.out_of_range", (f.local_name,), message),)
