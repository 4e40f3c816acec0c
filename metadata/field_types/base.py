"""What a field type is: columns, parse, check, display, operators, form and API, in one class."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import marshmallow
import sqlalchemy as sa
from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import Localization, _, current
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
    human: bool = (
        False  # typed by a person: percent signs, units, yes/no words, labels are accepted
    )
    currency: str = ""  # ISO code an amount is in; an amount that names another one is refused

    def for_field(self, f: CustomField, snapshot: Snapshot) -> Reading:
        """This reading with the field's value set and its labels in the current language."""
        values = snapshot.values(f)
        if not values:
            return self
        return replace(self, values=values, value_labels=_labels(f, values, snapshot))


NEUTRAL = Reading()

# {snapshot: {(field uid, language): {folded label: value}}}
_LABELS: WeakKeyDictionary[Snapshot, dict[tuple[str, str], Mapping[str, str]]] = WeakKeyDictionary()


def _labels(
    f: CustomField, values: tuple[PicklistValue, ...], snapshot: Snapshot
) -> Mapping[str, str]:
    """The values by their labels, those of the documents and those of the current language."""
    cache = _LABELS.setdefault(snapshot, {})
    key = (f.uid, current().language)
    if (labels := cache.get(key)) is None:
        labels = {fold(v.label): v.name for v in values}
        labels |= {fold(snapshot.value_label(f, v.name)): v.name for v in values}
        cache[key] = labels
    return labels


def reading_of(
    localization: Localization,
    *,
    today: date | None = None,
    user_id: str = "",
    fiscal_start: int = 1,
) -> Reading:
    """How a person of that localization writes: separators, order of dates, start of weeks."""
    locale = Locale.parse(localization.locale)
    pattern = locale.date_formats["short"].pattern
    return Reading(
        decimal=get_decimal_symbol(locale),
        group=get_group_symbol(locale),
        day_first=None if pattern.startswith("y") else pattern.find("d") < pattern.find("M"),
        time_zone=localization.time_zone,
        today=today,
        user_id=user_id,
        week_start=locale.first_week_day,
        fiscal_start=fiscal_start,
        human=True,
        currency=localization.currency,
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One column a field needs: `name` "" is the value itself, "key" its folded twin."""

    name: str
    type: str  # a name that storage_types.storage_type understands: "text", "exact(18,2)"
    indexed: bool = False
    default: Any = None  # what rows get that say nothing; the column is NOT NULL then


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
    offered: bool = True  # False: for the query door only, no picker shows it


@dataclass(frozen=True, slots=True)
class Bound:
    """An operator with operands it can take: ready for a row or a value."""

    operator: Operator
    operands: tuple[Any, ...]

    def sql(self, columns: Mapping[str, sa.ColumnElement[Any]]) -> sa.ColumnElement[bool]:
        return self.operator.sql(columns, self.operands)

    def matches(self, value: Value) -> bool:
        return self.operator.matches(value, self.operands)


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
    widget: ClassVar[str] = "text"  # the macro of runtime/cells.html that shows a value
    control: ClassVar[str] = "text"  # the kind of platform/components/forms.html that edits it
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
    may_be_combined: ClassVar[bool] = False  # with others in a unique combination
    always_required: ClassVar[bool] = False  # a record cannot be without it (MasterDetail)
    sort_part: ClassVar[str] = ""  # the part that orders rows: "key" for text
    value_name: ClassVar[str] = ""  # the type its values are of, where it is another's (Summary)
    exports_value: ClassVar[bool] = True  # False: `export` hides the value (EncryptedText)
    json_types: ClassVar[tuple[type, ...]] = (str,)  # what JSON may carry; a bool is never a number
    json_schema: ClassVar[Mapping[str, Any]] = MappingProxyType({"type": "string"})

    def of(self, f: CustomField) -> FieldType:
        """The type of this very field: itself, unless the options decide on it (Summary)."""
        return self

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

    def unique_part(self, f: CustomField) -> str:
        """The part that a unique index is on: the value itself when case matters."""
        return "" if f.case_sensitive else self.sort_part

    def sort_key(self, value: Value, f: CustomField) -> Any:
        """What orders values in memory as `sort_part` orders rows; None for none."""
        return value

    def components(self, f: CustomField) -> tuple[CustomField, ...]:
        """The fields that a compound consists of."""
        return ()

    def spoken_component_label(self, label: str, part: str) -> str:
        """The label of a component in the reader's language, `label` being the compound's."""
        return label

    def compose(self, f: CustomField, values: Mapping[str, Value]) -> Value:
        """The value of a compound from the record's values by local name."""
        return values.get(f.local_name)

    def decompose(self, f: CustomField, value: Value) -> dict[str, Value]:
        """{local name: value} to be stored for a value: of a compound, its components."""
        return {f.local_name: value}

    # -- text in, text out

    @abstractmethod
    def parse(self, text: str, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """The value a text means: the ONLY reader of text. Blank is None. May raise Rejected."""

    def accept(self, raw: Any, f: CustomField, reading: Reading = NEUTRAL) -> Value:
        """The value of what JSON, a spreadsheet or a form gives: text, number, boolean, list."""
        if raw is None:
            return None
        return self.parse(raw if isinstance(raw, str) else str(raw), f, reading)

    def operand(self, raw: Any, f: CustomField, reading: Reading) -> Any:
        """What an operator compares with: like `accept`, but also relative dates and "me"."""
        return self.accept(raw, f, reading)

    def check(self, value: Value, f: CustomField) -> tuple[Problem, ...]:
        """Problems of a value: too long, out of range, not in the list."""
        return ()

    def check_change(
        self, new: Value, old: Value, f: CustomField, reading: Reading
    ) -> tuple[Problem, ...]:
        """Problems of a value as another's successor: a retired picklist value may only stay."""
        return ()

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        """Problems of the field's own options."""
        return ()

    def display(self, value: Value, f: CustomField) -> str:
        """The value as a person reads it in the current locale; "" for none."""
        return "" if value is None else str(value)

    def display_in(self, value: Value, f: CustomField, snapshot: Snapshot) -> str:
        """As `display`, with what only the snapshot knows: labels of picklist values."""
        return self.display(value, f)

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
    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        """An unbound WTForms field; `kwargs` carry label, validators, choices, render_kw.

        Its data is a text (or list of texts) that `parse` reads: the type's parse stays the only
        reader.
        """

    def form_text(self, value: Value, f: CustomField) -> Any:
        """What the form control shows for a value: a text, or a list for several choices."""
        return self.export(value, f)

    def read_form(self, raw: Any, current: Value, f: CustomField, reading: Reading) -> Value:
        """The value of a form's data; what still shows `current` as it was shown is `current`.

        So a form never loses what its control cannot show: seconds, the second 01:30 of the night
        the clocks go back, an encrypted value behind its mask.
        """
        return current if raw == self.form_text(current, f) else self.accept(raw, f, reading)

    def api_field(self, f: CustomField, **kwargs: Any) -> marshmallow.fields.Field[Any]:
        """The marshmallow field that validates and describes the value; strict about JSON types."""
        return ApiField(self, f, **kwargs)

    def default_options(self) -> dict[str, Any]:
        """Options a new field of this type gets when the administrator says nothing."""
        return {}

    # -- filters

    def operator(self, name: str) -> Operator:
        """The operator of that name; raises Rejected `filter.operator`: never dropped."""
        for operator in self.operators:
            if operator.name == name:
                return operator
        message = _("%(type)s fields have no filter %(name)s.", type=self.name, name=repr(name))
        names = ", ".join(o.name for o in self.operators)
        hint = _("Use one of: %(names)s.", names=names) if names else ""
        raise Rejected(Problem("filter.operator", (name,), message, hint))

    def operands_of(self, text: str) -> tuple[str, ...]:
        """The operands of a list view's value: `Hot,Warm` are two, so are `"a, b",c`."""
        if not text.strip():
            return ("",)
        return tuple(piece.strip() for piece in next(csv.reader([text], skipinitialspace=True)))

    def bind(
        self, name: str, operands: Sequence[Any], f: CustomField, reading: Reading = NEUTRAL
    ) -> Bound:
        """The operator with its operands read; raises Rejected for what it cannot take."""
        operator = self.operator(name)
        if operator.arity == 0:
            return Bound(operator, ())
        if operator.arity == 1 and len(operands) != 1:
            message = _("The filter %(name)s takes one value.", name=str(operator.label))
            raise Rejected(Problem("filter.operands", (f.local_name,), message))
        return Bound(operator, tuple(self.operand(raw, f, reading) for raw in operands))


class ApiField(marshmallow.fields.Field[Any]):
    """Reads JSON by the type's `accept`, after its JSON type was checked; writes by `json`."""

    def __init__(self, field_type: FieldType, f: CustomField, **kwargs: Any) -> None:
        kwargs.setdefault("allow_none", not f.required)
        kwargs.setdefault("required", False)
        metadata = {**field_type.json_schema, **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.field_type = field_type
        self.definition = f

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self.field_type.json(value, self.definition)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        types = self.field_type.json_types
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise marshmallow.ValidationError(_("This is not of the JSON type that is expected."))
        try:
            parsed = self.field_type.accept(value, self.definition)
        except Rejected as err:
            raise marshmallow.ValidationError([str(p.message) for p in err.problems]) from err
        if problems := self.field_type.check(parsed, self.definition):
            raise marshmallow.ValidationError([str(p.message) for p in problems])
        return parsed
