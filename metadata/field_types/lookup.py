"""Lookup: a link to a record that may be missing or go away."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES
from .references import ReferenceType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

CONSTRAINTS = ("SetNull", "Restrict", "Cascade")


class Lookup(ReferenceType):
    """What happens to it when its target is deleted is its deleteConstraint."""

    name = "Lookup"
    label = lazy("Lookup")
    help = lazy("A link to a record of another object.")
    icon = "search"
    widget = "reference"
    control = "lookup"
    targets = 10
    options_schema = MappingProxyType({"deleteConstraint": {"enum": list(CONSTRAINTS)}})

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        problems = super().check_definition(f, snapshot)
        if f.required and f.options.get("deleteConstraint", "Restrict") == "SetNull":
            message = _("A required lookup cannot be emptied when its target is deleted.")
            hint = _("Choose Restrict or Cascade.")
            problems += (Problem("lookup.required_set_null", ("deleteConstraint",), message, hint),)
        return problems

    def default_options(self) -> dict[str, Any]:
        return {"deleteConstraint": "SetNull"}


FIELD_TYPES.register(Lookup())
