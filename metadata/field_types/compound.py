"""What compounds share: fields that consist of components, which hold all the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...platform.i18n import _
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
    part_labels: Mapping[str, str]  # part -> label in English
    last_word: str  # of labels that components take over without it, in English

    def columns(self, f: CustomField) -> tuple[Part, ...]:
        return ()

    def read_parts(self, f: CustomField) -> tuple[str, ...]:
        return ()

    def spoken_component_label(self, label: str, part: str) -> str:
        word, last = _(self.part_labels[part]), _(self.last_word)
        first = label[: -len(last)].strip() if label.endswith(last) else ""
        if first:
            return _("%(name)s %(part)s", name=first, part=word)
        return word if label == last else _("%(type)s (%(detail)s)", type=label, detail=word)

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
    """ "Billing city" of "Billing address"; "Site (City)" of "Site"."""
    first, _blank, last = f.label.rpartition(" ")
    if last.casefold() == last_word.casefold():
        return f"{first} {part_label[:1].lower()}{part_label[1:]}" if first else part_label
    return f"{f.label} ({part_label})" if f.label else part_label
