"""A validation rule: a formula that is true of records that must not be saved, and what to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from ..formulas import Subject, Type
from .base import (
    KINDS,
    NAME,
    check_formula,
    check_object,
    check_path,
    common,
    of_formula,
    of_object,
    of_path,
    schema,
)  # fmt: skip

if TYPE_CHECKING:
    from ..snapshot import Snapshot

FORMULA, MESSAGE, PLACE = "errorConditionFormula", "errorMessage", "errorDisplayField"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule(Definition):
    """What must not be: `formula` is true of a record that is refused with `message`.

    Blank numbers are blank here, never zero.
    """

    object: str
    formula: str
    message: str
    field: str = ""  # local name of the field at which the message stands; "" = above the form
    active: bool = True


def _parse(document: Document) -> ValidationRule:
    return ValidationRule(
        **common(document),
        object=document["object"],
        formula=document[FORMULA],
        message=document[MESSAGE],
        field=document.get(PLACE, ""),
        active=document.get("active", True),
    )


def _references(rule: ValidationRule, snapshot: Snapshot) -> tuple[Reference, ...]:
    found = list(of_object(rule.document))
    found += of_formula(snapshot, rule.object, rule.formula, (FORMULA,))
    if rule.field:
        found += of_path(snapshot, rule.object, rule.field, (PLACE,))
    return tuple(found)


def _check(rule: ValidationRule, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, rule.object):
        return problems
    subject = Subject(snapshot, rule.object)
    return (
        *check_formula(rule.formula, subject, Type.BOOLEAN, FORMULA),
        *_check_place(rule, snapshot),
    )


def _check_place(rule: ValidationRule, snapshot: Snapshot) -> tuple[Problem, ...]:
    if not rule.field:
        return ()
    if "." in rule.field:
        message = _("The message stands at a field of the record itself.")
        return (Problem("rule.place", (PLACE,), message),)
    return check_path(snapshot, rule.object, rule.field, PLACE)


KINDS.register(
    Kind(
        name="ValidationRule",
        label=lazy("Validation rule"),
        schema=schema(
            "ValidationRule",
            {
                "object": dict(NAME),
                "active": {"type": "boolean"},
                FORMULA: {"type": "string", "minLength": 1, "maxLength": 5000},
                MESSAGE: {"type": "string", "minLength": 1, "maxLength": 255},
                PLACE: dict(NAME),
            },
            ("object", FORMULA, MESSAGE),
        ),
        rank=44,
        folder="objects/{object}/validationRules",
        suffix="validationRule",
        parse=_parse,
        references=_references,
        check=_check,
        icon="shield-check",
    )
)
