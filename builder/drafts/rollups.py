"""New and edited roll-ups as change sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.field_types.summary import SUMMARY
from ...metadata.kinds.custom_field import CustomField
from ...metadata.rollups import FILTERS, FOREIGN_KEY, OPERATION, SUMMARIZED
from ...metadata.snapshot import Snapshot
from .documents import Draft, draft
from .fields import NewField, new_field


@dataclass(frozen=True, slots=True)
class SaidRollup:
    """What the page of a roll-up says. `filters` are {field, operator, value} rows."""

    lookup: str = ""  # "Opportunity.AccountId"
    operation: str = "count"
    field: str = ""  # local name of what is worked out
    filters: tuple[Mapping[str, str], ...] = ()
    label: str = ""
    name: str = ""  # local API name with __c
    help_text: str = ""
    description: str = ""
    layouts: tuple[str, ...] = ()

    @property
    def child(self) -> str:
        return self.lookup.rpartition(".")[0]


def options_of(said: SaidRollup) -> dict[str, Any]:
    """The attributes of the document that say what is worked out."""
    options: dict[str, Any] = {OPERATION: said.operation, FOREIGN_KEY: said.lookup}
    if said.operation != "count" and said.field:
        options[SUMMARIZED] = f"{said.child}.{said.field}"
    if said.filters:
        options[FILTERS] = [
            {
                "field": f"{said.child}.{row['field']}",
                "operation": row["operator"],
                "value": row["value"],
            }
            for row in said.filters
        ]
    more = {"inlineHelpText": said.help_text, "description": said.description}
    return options | {name: text for name, text in more.items() if text}


def new_rollup(snapshot: Snapshot, object_name: str, said: SaidRollup) -> ChangeSet:
    """The change set of a new roll-up, which lands on layouts at once."""
    field = NewField(object_name, SUMMARY, said.label, said.name, options_of(said), said.layouts)
    return new_field(snapshot, field)


def edited_rollup(known: CustomField, said: SaidRollup, summary: str) -> ChangeSet:
    """The change set of a roll-up that works out something else, or is called otherwise."""
    gone = {*known.field_type.options_schema, "inlineHelpText", "description"}
    kept: Draft = {key: value for key, value in draft(known).items() if key not in gone}
    name = f"{known.object_name}.{said.name or known.local_name}"
    document = kept | {"label": said.label, "name": name} | options_of(said)
    return ChangeSet((document,), (), summary)


def said_by(known: CustomField) -> SaidRollup:
    """What the page of a roll-up that is there begins with."""
    options = known.options
    return SaidRollup(
        lookup=str(options.get(FOREIGN_KEY, "")),
        operation=str(options.get(OPERATION, "count")),
        field=str(options.get(SUMMARIZED, "")).rpartition(".")[2],
        filters=tuple(
            {
                "field": row["field"].rpartition(".")[2],
                "operator": row["operation"],
                "value": row.get("value", ""),
            }
            for row in options.get(FILTERS, ())
        ),
        label=known.label,
        name=known.local_name,
        help_text=known.help_text,
        description=known.description,
    )
