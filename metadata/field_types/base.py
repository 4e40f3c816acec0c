"""What a field type is: columns, parse, check, display, operators, form and API, in one class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import marshmallow
import sqlalchemy as sa
import wtforms

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.registry import Registry

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..kinds.value_set import PicklistValue
    from ..snapshot import Snapshot

Value = Any  # a record's value: its type is data (the field's type)
FIELD_TYPES: Registry[FieldType] = Registry("field type")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is to be read: the conventions of a file, a form or a language.

    The default is the neutral form that exports write and the API speaks: decimal point, ISO dates.
    """

    decimal: str = "."
    group: str = ""  # thousands separator to accept, e.g. "," or "."
    day_first: bool | None = None  # of 03/04/2026; None: only ISO dates are accepted
    time_zone: str = "UTC"  # of date-times written without an offset
    today: date | None = None  # for relative dates
    user_id: str = ""  # for "me"
    week_start: int = 6  # Monday = 0 … Sunday = 6
    fiscal_start: int = 1  # first month of the fiscal year
    values: tuple[PicklistValue, ...] = ()  # of a picklist: its effective value set
    value_labels: Mapping[str, str] = field(default_factory=dict)  # {folded label: value}
    human: bool = False  # typed by a person: percent signs, units, yes/no words, labels are accepted


NEUTRAL = Reading()


@dataclass(frozen=True, slots=True)
class Part:
    """One column a field needs: `name` "" is the value itself, "key" its folded twin."""

    name: str
    type: str  # a name in STORAGE_TYPES, e.g. "text", "exact(18,2)"
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """A row with two readings that must agree, NULL included.

    `sql(columns, operands)` never yields NULL: {part: column} -> boolean expression.
    `matches(value, operands)` says the same of one value in memory.
    """

    name: str
    label: str
    arity: int  # 0, 1, or -1 for any number
    sql: Callable[[Mapping[str, sa.ColumnElement[Any]], tuple[Any, ...]], sa.ColumnElement[bool]]
    matches: Callable[[Value, tuple[Any, ...]], bool]


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the options of the field it is read for, and the value it means."""

    text: str
    value: Value
    options: Mapping[str, Any] = field(default_factory=dict)


class FieldType(ABC):
    """One type of field. Everything that differs between types is a member here."""

    name: ClassVar[str]  # "Currency"
    label: ClassVar[str]
    help: ClassVar[str]
    icon: ClassVar[str]
    group: ClassVar[str] = "common"  # tile group in the builder: common, more, internal
    options_schema: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    formula_kind: ClassVar[str] = "text"
    operators: ClassVar[tuple[Operator, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()
    refused: ClassVar[tuple[str, ...]] = ()  # texts that parse refuses with default options
    sortable: ClassVar[bool] = True
    filterable: ClassVar[bool] = True
    groupable: ClassVar[bool] = True
    searchable: ClassVar[bool] = False  # global search looks into it
    editable: ClassVar[bool] = True  # False: made by the system (AutoNumber, Id)
    creatable: ClassVar[bool] = True  # an administrator may add a field of this type
    aggregates: ClassVar[tuple[str, ...]] = ("count", "count_distinct", "min", "max")
    may_be_unique: ClassVar[bool] = False
    sort_part: ClassVar[str] = ""  # the part that orders rows: "key" for text

    # -- storage

    @abstractmethod
    def columns(self, f: CustomField) -> tuple[Part, ...]:
        """The columns the field needs; empty for a compound of components."""

    def to_columns(self, value: Value, f: CustomField) -> dict[str, Any]:
        """{part: stored value} of a value; None clears every part."""
        return {part.name: value for part in self.columns(f)}

    def from_columns(self, parts: Mapping[str, Any], f: CustomField) -> Value:
        """The value of a row's parts; only part "" is selected unless `read_parts` says more."""
        return parts.get("")

    def read_parts(self, f: CustomField) -> tuple[str, ...]:
        """The parts a query must select to show the value."""
        return ("",) if self.columns(f) else ()

    def components(self, f: CustomField) -> tuple[CustomField, ...]:
        """The fields that a compound consists of."""
        return ()

    def compose(self, f: CustomField, values: Mapping[str, Value]) -> Value:
        """The value of a compound from the record's values by local name."""
        return values.get(f.local_name)

    # -- text in, text out

    @abstractmethod
    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """The value a text means: the ONLY reader of text. Blank is None. May raise Rejected."""

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """The value of what JSON, a spreadsheet cell or a form gives: text, number, boolean, list."""
        if raw is None:
            return None
        return self.parse(raw if isinstance(raw, str) else str(raw), f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """What an operator compares with: like `accept`, but relative dates and "me" are understood."""
        return self.accept(raw, f, reading)

    def check(self, value: Value, f: CustomField) -> tuple[Problem, ...]:
        """Problems of a value: too long, out of range, not in the list."""
        return ()

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        """Problems of the field's own options."""
        return ()

    def display(self, value: Value, f: CustomField) -> str:
        """The value as a person reads it in the current locale; "" for none."""
        return "" if value is None else str(value)

    def export(self, value: Value, f: CustomField) -> str:
        """The neutral text that `parse` reads back to the same value; "" for none."""
        return "" if value is None else str(value)

    def cell(self, value: Value, f: CustomField) -> Any:
        """What a spreadsheet cell gets: text, Decimal, date, datetime, bool or None."""
        return self.export(value, f) or None

    def json(self, value: Value, f: CustomField) -> Any:
        """What JSON carries."""
        return value

    # -- forms and API

    @abstractmethod
    def form_field(self, f: CustomField, **kwargs: Any) -> wtforms.Field:
        """An unbound WTForms field; `kwargs` carry label, validators, choices, render_kw.

        Its data is a text (or list of texts) that `parse` reads: the type's parse stays the only reader.
        """

    def form_text(self, value: Value, f: CustomField) -> Any:
        """What the form control shows for a value: a text, or a list for several choices."""
        return self.export(value, f)

    @abstractmethod
    def api_field(self, f: CustomField, **kwargs: Any) -> marshmallow.fields.Field[Any]:
        """The marshmallow field that validates and describes the value."""

    def default_options(self) -> dict[str, Any]:
        """Options a new field of this type gets when the administrator says nothing."""
        return {}

    def operator(self, name: str) -> Operator:
        """The operator of that name; raises Rejected `filter.operator`: never dropped."""
        for operator in self.operators:
            if operator.name == name:
                return operator
        message = _("%(type)s fields have no filter %(name)s.", type=self.name, name=repr(name))
        hint = _("Use one of: %(names)s.", names=", ".join(o.name for o in self.operators))
        raise Rejected(Problem("filter.operator", (name,), message, hint))
