"""New and edited formula fields as change sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metadata.definition import Definition
from ...metadata.deploy.change_set import ChangeSet
from ...metadata.field_types import FIELD_TYPES
from ...metadata.kinds import KINDS
from ...metadata.kinds.computed_field import BLANK_AS_BLANK, BLANK_AS_ZERO, RESULTS
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, require
from ...platform.i18n import _
from .documents import Draft, draft
from .fields import NewField, new_field

_NUMBERS = frozenset({"Number", "Currency", "Percent"})
_OWN = ("precision", "scale", "readableWithoutInputs", "inlineHelpText", "description", "length")


@dataclass(frozen=True, slots=True)
class SaidFormula:
    """What the editor of a formula field says."""

    label: str = ""
    name: str = ""  # local API name with __c
    type: str = "Text"
    formula: str = ""
    blank_is_zero: bool = True
    is_open: bool = False  # whoever reads it need not read what it is made of
    options: Mapping[str, Any] = field(default_factory=dict)  # precision, scale
    help_text: str = ""
    description: str = ""
    layouts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()


def new_formula_field(snapshot: Snapshot, object_name: str, said: SaidFormula) -> ChangeSet:
    """The change set of a new formula field; raises Rejected with everything that is wrong."""
    require(_problems(said))
    options = _attributes(said)
    made = NewField(
        object_name, said.type, said.label, said.name, options, said.layouts, said.views
    )
    return new_field(snapshot, made)


def edited_formula_field(known: CustomField, said: SaidFormula) -> ChangeSet:
    """The change set of a changed formula field; raises Rejected."""
    require(_problems(said))
    document = _edited(known, said)
    return ChangeSet((document,), (), _("Field %(name)s changed", name=known.name))


def tried_definition(
    snapshot: Snapshot, object_name: str, known: CustomField | None, said: SaidFormula
) -> CustomField:
    """The field as the editor says it, to be looked at among its neighbours; nothing is kept."""
    require(_problems(said))
    document: Draft
    if known is not None:
        document = _edited(known, said)
    else:
        name = f"{object_name}.{said.name or 'Formula__c'}"
        document = {"kind": "CustomField", "uid": "tried", "name": name, "label": said.label}
        document |= {"type": said.type, **_attributes(said)}
    found: Definition = KINDS.get("CustomField").parse(document)
    assert isinstance(found, CustomField)  # noqa: S101 - its kind says so
    return found


def _edited(known: CustomField, said: SaidFormula) -> Draft:
    kept = {key: value for key, value in draft(known).items() if key not in _OWN}
    local = said.name if known.is_custom and said.name else known.local_name
    return kept | {
        "name": f"{known.object_name}.{local}", "label": said.label, "type": said.type,
        **_attributes(said),
    }  # fmt: skip


def _attributes(said: SaidFormula) -> Draft:
    found: Draft = {
        "formula": said.formula,
        "formulaTreatBlanksAs": BLANK_AS_ZERO if said.blank_is_zero else BLANK_AS_BLANK,
    }
    if said.type in _NUMBERS:
        defaults = FIELD_TYPES.get(said.type).default_options()
        found |= defaults | {k: v for k, v in said.options.items() if v != ""}
    if said.is_open:
        found["readableWithoutInputs"] = True
    if said.help_text:
        found["inlineHelpText"] = said.help_text
    if said.description:
        found["description"] = said.description
    return found


def _problems(said: SaidFormula) -> Iterator[Problem]:
    if not said.label:
        yield Problem("field.label", ("label",), _("The field needs a label."))
    if said.type not in RESULTS:
        yield Problem("formula.result", ("type",), _("Choose what the formula gives."))
    if not said.formula:
        message, hint = _("The formula is empty."), _("Write what it shall be.")
        yield Problem("formula.syntax", ("formula",), message, hint)
