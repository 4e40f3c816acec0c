"""What a formula field may be: a field of a type that a formula can give, with nothing of its own.

Refuses formulas that mean nothing or use themselves, and what only stored fields can have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..formulas import formula_of

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

BLANK_AS_ZERO, BLANK_AS_BLANK = "BlankAsZero", "BlankAsBlank"
#: The types that a formula can give, in the order in which they are offered.
RESULTS = ("Text", "Number", "Currency", "Percent", "Date", "DateTime", "Checkbox", "Time")
_OF_FORMULAS = ("formulaTreatBlanksAs", "readableWithoutInputs")


def check_computed(field: CustomField, snapshot: Snapshot) -> Iterator[Problem]:
    """What is wrong with a formula field; with any other one that it speaks of a formula."""
    if not field.formula:
        for name in _OF_FORMULAS:
            if field.document.get(name):
                message = _("Only a formula field has the attribute %(name)s.", name=repr(name))
                yield Problem("field.unknown_option", (name,), message)
        return
    if field.type not in RESULTS:
        message = _("A formula cannot give a %(type)s field.", type=field.type)
        hint = _("It can give: %(names)s.", names=", ".join(RESULTS))
        yield Problem("formula.result", ("type",), message, hint)
        return
    yield from _of_stored(field, snapshot)
    try:
        formula_of(field, snapshot)
    except Rejected as refusal:
        yield from (problem.under("formula") for problem in refusal.problems)


def _of_stored(field: CustomField, snapshot: Snapshot) -> Iterator[Problem]:
    """What says something of a value that is kept."""
    claims = {
        "required": field.required, "unique": field.unique, "externalId": field.external_id,
        "trackHistory": field.track_history, "defaultValue": field.default not in (None, False),
    }  # fmt: skip
    for name, claim in claims.items():
        if claim:
            message = _("A formula field cannot have the attribute %(name)s.", name=repr(name))
            yield Problem("formula.no_such_attribute", (name,), message)
    obj = snapshot.find_object(field.object_name)
    if obj is not None and obj.name_field == field.local_name:
        message = _("A formula field cannot name the records of its object.")
        yield Problem("formula.name", ("formula",), message)
