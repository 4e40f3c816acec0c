"""What compounds share: fields that consist of components, which hold all the values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import FieldType, Part
from .controls import LinesControl, with_attributes

if TYPE_CHECKING:
    from ..kinds.custom_field import CustomField


class CompoundType(FieldType):
    """Shown as one value and kept, filtered and edited by its components."""

    operators = ()
    sortable = False
    filterable = False
    groupable = False
    aggregates = ()

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return ()

    def read_parts(self, f: CustomField) -> tuple[str, ...]:
        return ()

    def form_field(self, f: CustomField, **kwargs: Any) -> Any:
        """The whole, to look at; forms edit the components."""
        return LinesControl(**with_attributes(kwargs, readonly=True, rows=3))


def component_name(f: CustomField, part: str, standard_suffix: str) -> str:
    """ "BillingCity" of BillingAddress, "City" of Address, "Site__City__s" of Site__c."""
    local = f.local_name
    if f.is_custom:
        return f"{local.removesuffix('__c')}__{part}__s"
    return local.removesuffix(standard_suffix) + part


def component_label(f: CustomField, part_label: str, last_word: str) -> str:
    """ "Billing City" of "Billing Address"; "Site (City)" of "Site"."""
    first, _blank, last = f.label.rpartition(" ")
    if last.casefold() == last_word.casefold():
        return f"{first} {part_label}".strip()
    return f"{f.label} ({part_label})" if f.label else part_label
