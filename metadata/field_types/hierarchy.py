"""Hierarchy: a link between records of one object that makes a tree, such as a user's manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES
from .references import ReferenceType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot


class Hierarchy(ReferenceType):
    """Points at its own object; the record service refuses circles."""

    name = "Hierarchy"
    label = lazy("Hierarchy")
    help = lazy("A link to another record of the same object, such as a manager.")
    icon = "git-fork"
    widget = "reference"
    control = "lookup"
    group = "more"

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        problems = super().check_definition(f, snapshot)
        if problems or f.reference_to == (f.object_name,):
            return problems
        message = _("A hierarchy points at its own object, %(name)s.", name=f.object_name)
        return (Problem("hierarchy.target", ("referenceTo",), message),)


FIELD_TYPES.register(Hierarchy())
