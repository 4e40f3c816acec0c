"""Id: the identity of a record, made by the system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import lazy
from .base import FIELD_TYPES, Part
from .controls import TextControl, with_attributes
from .references import ReferenceType

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField
    from ..snapshot import Snapshot


class Id(ReferenceType):
    """18 characters; the first three name the object."""

    name = "Id"
    label = lazy("Record ID")
    help = lazy("The identity of a record.")
    icon = "fingerprint"
    group = "internal"
    editable = False
    creatable = False
    may_be_combined = False

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return (Part("", "id"),)

    def check_definition(self, f: CustomField, snapshot: Snapshot) -> tuple[Problem, ...]:
        return ()

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        return TextControl(**with_attributes(kwargs, readonly=True))


FIELD_TYPES.register(Id())
