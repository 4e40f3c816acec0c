"""What fields and value sets share: the values of picklists, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....definition import Document
from ..markup import Element, element
from ..translator import plain, stated

_COLOUR = re.compile("#[0-9a-fA-F]{6}")
#: what standard sets know of their values, as both call it
_FLAGS = ("closed", "won", "converted", "highPriority")


def read_values(rows: tuple[Element, ...]) -> list[dict[str, Any]]:
    """The values of a list's rows, each once and at most one of them the default."""
    found: dict[str, dict[str, Any]] = {}
    has_default = False
    for row in rows:
        value = _value(row)
        if value.get("default") and has_default:
            del value["default"]
        has_default |= bool(value.get("default"))
        if value.get("name"):
            found.setdefault(str(value["name"]).casefold(), value)
    return list(found.values())


def _value(row: Element) -> dict[str, Any]:
    name = plain(row.value("fullName"))
    colour = row.value("color")
    value = stated(
        {
            "name": name[:255],
            "label": plain(row.value("label"))[:255],
            "default": row.flag("default") or None,
            "color": colour if _COLOUR.fullmatch(colour) else "",
            "description": row.value("description")[:255],
            "forecastCategory": row.value("forecastCategory"),
            **{flag: row.flag(flag) or None for flag in _FLAGS},
        }
    )
    if not row.flag("isActive", True):
        value["active"] = False
    if row.value("probability").isdigit():
        value["probability"] = int(row.value("probability"))
    return {k: v for k, v in value.items() if k != "label" or v != value.get("name")}


def write_values(rows: Any, name: str) -> Iterator[Element]:
    """The values as elements of that name."""
    for row in rows:
        yield element(name, *_parts(row))


def _parts(row: Mapping[str, Any]) -> Iterator[Element]:
    yield element("fullName", row["name"])
    if row.get("color"):
        yield element("color", row["color"])
    yield element("default", bool(row.get("default")))
    if row.get("active") is False:
        yield element("isActive", False)
    yield element("label", row.get("label") or row["name"])
    for flag in _FLAGS:
        if row.get(flag):
            yield element(flag, True)
    for key in ("description", "forecastCategory", "probability"):
        if key in row:
            yield element(key, row[key])


def read_value_set(tree: Element) -> dict[str, Any]:
    """The `valueSet` of a field, from either way of writing it."""
    old, new = tree.find("picklist"), tree.find("valueSet")
    if new is not None:
        inner = new.find("valueSetDefinition") or Element("valueSetDefinition")
        values, is_sorted = read_values(inner.all("value")), inner.flag("sorted")
        home, restricted = new, new.flag("restricted")
    else:
        home = old or Element("picklist")
        values, is_sorted = read_values(home.all("picklistValues")), home.flag("sorted")
        restricted = home.flag("restrictedPicklist")
    found: dict[str, Any] = {"restricted": restricted}
    if home.value("valueSetName"):
        found["valueSetName"] = plain(home.value("valueSetName"))
    else:
        found["values"] = values
    if is_sorted:
        found["sorted"] = True
    if home.value("controllingField"):
        found |= _dependency(home, {v["name"] for v in values})
    return found


def _dependency(home: Element, names: set[str]) -> dict[str, Any]:
    rows = [
        {"valueName": plain(row.value("valueName")),
         "controllingFieldValue": list(map(plain, row.values("controllingFieldValue")))}
        for row in home.all("valueSettings")
    ]  # fmt: skip
    rows += [
        {"valueName": plain(row.value("fullName")),
         "controllingFieldValue": list(map(plain, row.values("controllingFieldValues")))}
        for row in home.all("picklistValues") if row.values("controllingFieldValues")
    ]  # fmt: skip
    found: dict[str, Any] = {"controllingField": plain(home.value("controllingField"))}
    return {**found, "valueSettings": rows} if rows else found


def write_value_set(document: Document) -> Iterator[Element]:
    said = document.get("valueSet")
    if not said:
        return
    controlling = said.get("controllingField")
    inner = None
    if "valueSetName" not in said:
        rows = said.get("values", ())
        inner = element("valueSetDefinition", element("sorted", bool(said.get("sorted"))),
                        *write_values(rows, "value"))  # fmt: skip
    yield element(
        "valueSet",
        element("controllingField", controlling) if controlling else None,
        element("restricted", bool(said.get("restricted", True))),
        inner,
        element("valueSetName", said["valueSetName"]) if "valueSetName" in said else None,
        *(
            element("valueSettings",
                    *(element("controllingFieldValue", v) for v in row["controllingFieldValue"]),
                    element("valueName", row["valueName"]))
            for row in said.get("valueSettings", ())
        ),
    )  # fmt: skip
