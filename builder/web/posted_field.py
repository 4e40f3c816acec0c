"""What the sheet of a field posts, as attributes of its document."""

from __future__ import annotations

from typing import Any

from ...metadata.field_types import FIELD_TYPES
from ...metadata.field_types.summary import SUMMARY
from ..drafts.values import TONES, pasted
from .options import read_options

PICKLISTS = ("Picklist", "MultiselectPicklist")
LINKS = ("Lookup", "MasterDetail")
REQUIRABLE = frozenset(FIELD_TYPES.names()) - {
    "AutoNumber", "Checkbox", "MasterDetail", "Id", SUMMARY,
}  # fmt: skip


def posted_options(type_name: str, form: Any) -> dict[str, Any]:
    """The attributes that the type has, without those that say nothing."""
    options = read_options(FIELD_TYPES.get(type_name), form)
    if type_name in PICKLISTS:
        options["valueSet"] = _value_set(form)
    if type_name in LINKS and form.get("referenceTo"):
        options["referenceTo"] = [form["referenceTo"]]
    if type_name == "Hierarchy":
        options["referenceTo"] = ["User"]
    options |= {
        "required": "required" in form and type_name in REQUIRABLE,
        "unique": "unique" in form and FIELD_TYPES.get(type_name).may_be_unique,
        "externalId": "externalId" in form and FIELD_TYPES.get(type_name).may_be_unique,
        "caseSensitive": "unique" in form and "caseSensitive" in form,
        "trackHistory": "trackHistory" in form,
        "inlineHelpText": form.get("inlineHelpText", "").strip(),
        "description": form.get("description", "").strip(),
        "defaultValue": form.get("defaultValue", "").strip() or None,
    }
    return {name: value for name, value in options.items() if value not in ("", None, False)}


def _value_set(form: Any) -> dict[str, Any]:
    restricted = "restricted" in form
    if form.get("valueSetName"):
        return {"valueSetName": form["valueSetName"], "restricted": restricted}
    values = pasted(form.get("values", ""))
    for i, value in enumerate(values):
        if "coloured" in form:
            value["color"] = TONES[i % len(TONES)]
        if form.get("default_value") and value["name"] == form["default_value"].strip():
            value["default"] = True
    return {"values": values, "restricted": restricted}
