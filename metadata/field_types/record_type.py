"""RecordType: which of its object's record types a record has. Comes with the first of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from .base import FIELD_TYPES
from .picklist import Picklist

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot

FIELD = "RecordTypeId"  # the local name of the one field of this type


class RecordType(Picklist):
    """The local name of a record type. Its values are the object's record types, not a list."""

    name = "RecordType"
    label = lazy("Record type")
    help = lazy("Which of the object's record types a record has.")
    icon = "git-fork"
    group = "internal"
    creatable = False

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        if f.local_name == FIELD:
            return ()
        message = _("The field of record types is called %(name)s.", name=FIELD)
        return (Problem("field.record_type", ("name",), message),)

    def default_options(self) -> dict[str, Any]:
        return {}


FIELD_TYPES.register(RecordType())
