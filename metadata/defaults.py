"""Default values of fields: a text as a person would write it, or a formula.

`New`, `5` and `2026-01-05` are values. What a value of the type cannot be is a formula, and so is
a text that begins with quotes or calls a function or a global: `"New"`, `TODAY() + 30`,
`$User.Department`. A formula is worked out before the record is there, so it sees no field of it.
Refuses, at the character, what gives no value of the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..platform.errors import Problem, Rejected
from ..platform.i18n import _
from .field_types.base import NEUTRAL, Reading, Value
from .field_types.numeric import NumericType
from .formulas import FUNCTIONS, Expression, Scene, Subject, Type, check, evaluator
from .formulas.checking import Purpose
from .formulas.exact import rounded
from .formulas.functions.base import FormulaError
from .formulas.limits import refused
from .formulas.tokens import Kind, tokens
from .formulas.typed import KINDS, ambients_of

if TYPE_CHECKING:
    from .kinds.custom_field import CustomField
    from .snapshot import Snapshot

NAME = "defaultValue"
_BEGUN = re.compile(r"""\s*(["']|\$\w+\.)""")  # what a formula with a stray sign begins with
_CHOSEN = (Type.PICKLIST, Type.MULTIPICKLIST)


def may_be_formula(field: CustomField) -> bool:
    """Says whether the field's type keeps one value that a formula can give."""
    kind = KINDS.get(field.field_type.formula_kind)
    return bool(kind and field.field_type.editable and field.field_type.columns(field))


def is_formula(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether the field's default is a formula."""
    text = field.default
    if not isinstance(text, str) or not text.strip() or not may_be_formula(field):
        return False
    if _looks_like_one(text):
        return True
    if KINDS[field.field_type.formula_kind] in (Type.TEXT, *_CHOSEN):
        return False
    return literal_of(field, NEUTRAL.for_field(field, snapshot)) is None


def _looks_like_one(text: str) -> bool:
    """A text in quotes in front, a global, or a function with its bracket."""
    try:
        words = list(tokens(text))
    except Rejected:
        return _BEGUN.match(text) is not None
    for word, after in pairwise(words):
        if word.kind is Kind.NAME and word.text.startswith("$") and "." in word.text:
            return True
        is_call = word.kind is Kind.NAME and after.kind is Kind.SIGN and after.text == "("
        if is_call and FUNCTIONS.find(word.text.upper()) is not None:
            return True
    return words[0].kind is Kind.TEXT


def literal_of(field: CustomField, reading: Reading) -> Value:
    """The value of a default that is no formula; None for one that does not fit the field."""
    try:
        return field.field_type.accept(field.default, field, reading)
    except Rejected:
        return None


def read_default(field: CustomField, snapshot: Snapshot) -> Expression:
    """The typed expression of a default that is a formula; raises Rejected at the character."""
    subject = Subject(snapshot, field.object_name, Purpose.DEFAULT)
    wanted = KINDS[field.field_type.formula_kind]
    return check(field.default, subject, Type.TEXT if wanted in _CHOSEN else wanted)


def fitted(value: Any, field: CustomField, reading: Reading) -> Value:
    """What a formula gave as a value of the field; raises Rejected when it cannot be one."""
    if value is None:
        return None
    field_type = field.field_type
    if isinstance(field_type, NumericType):
        number = value.scaleb(2) if field_type.formula_kind == "percent" else value
        value = rounded(number, Decimal(field_type.scale(field)))
    return field_type.accept(value, field, reading)


def worked_out(field: CustomField, snapshot: Snapshot) -> Callable[[Scene], Value]:
    """What gives the default for a scene of ambients: None where it cannot be worked out."""
    work = evaluator(read_default(field, snapshot))
    reading = NEUTRAL.for_field(field, snapshot)

    def run(scene: Scene) -> Value:
        try:
            return fitted(work(scene), field, reading)
        except (FormulaError, Rejected):
            return None  # the person who saves cannot mend it: the field stays blank

    return run


def check_default(field: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
    """What is wrong with a field's default, at `defaultValue` and the characters of a formula."""
    if not is_formula(field, snapshot):
        return _check_literal(field, snapshot)
    try:
        expression = read_default(field, snapshot)
        if not ambients_of(expression):
            _try(expression, field, snapshot)
    except Rejected as refusal:
        return tuple(problem.under(NAME) for problem in refusal.problems)
    return ()


def _try(expression: Expression, field: CustomField, snapshot: Snapshot) -> None:
    """A formula that always gives the same has to give a value of the field."""
    end = len(field.default)
    try:
        value = evaluator(expression)(Scene({}))
        fitted(value, field, NEUTRAL.for_field(field, snapshot))
    except FormulaError as failure:
        found = failure.problem
        raise refused(found.code, 0, end, found.message, found.hint) from None
    except Rejected as refusal:
        found = refusal.problems[0]
        raise refused(found.code, 0, end, found.message, found.hint) from None
    if not _is_listed(value, field, snapshot):
        raise refused("picklist.unknown_value", 0, end, _not_listed(value))


def _check_literal(field: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
    if field.default is None or not may_be_formula(field):
        return ()
    try:
        value = field.field_type.accept(field.default, field, NEUTRAL.for_field(field, snapshot))
    except Rejected as refusal:
        return tuple(Problem(p.code, (NAME,), p.message, p.hint) for p in refusal.problems)
    if _is_listed(value, field, snapshot):
        return ()
    return (Problem("picklist.unknown_value", (NAME,), _not_listed(value)),)


def _is_listed(value: Value, field: CustomField, snapshot: Snapshot) -> bool:
    names = {one.name for one in snapshot.values(field)}
    return not (names and field.restricted and isinstance(value, str)) or value in names


def _not_listed(value: Value) -> str:
    return _("%(text)s is not one of the values.", text=repr(value)[:80])
