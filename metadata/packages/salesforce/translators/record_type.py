"""RecordType and BusinessProcess: sorts of records with their own choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

from ....definition import Document
from ....kinds.business_process import PROCESS_FIELDS
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, stated


class BusinessProcesses(Translator):
    """Values that some leads, opportunities or cases go through."""

    name = "BusinessProcess"
    kind = "BusinessProcess"
    order = 20
    reads = frozenset({"isActive", "description", "values"})
    may_lack = frozenset({"description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        draft = stated(
            {
                "name": component.name,
                "label": component.local_name.replace("_", " "),
                "object": component.object_name,
                "description": tree.value("description")[:1000],
                "values": _chosen(tree),
            }
        )
        return Translated(({**draft, "active": tree.flag("isActive", True)},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("description"):
            yield element("description", document["description"])
        yield element("isActive", bool(document.get("active", True)))
        yield from _written(document.get("values", ()))


class RecordTypes(Translator):
    """A record type; where it has a process, that says the values of the status or stage."""

    name = "RecordType"
    kind = "RecordType"
    order = 23
    reads = frozenset(
        {"label", "description", "active", "picklistValues", "businessProcess",
         "compactLayoutAssignment"}
    )  # fmt: skip
    may_lack = frozenset({"description", "picklistValues", "businessProcess", "compactLayout"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, owner = component.root, component.object_name
        process = tree.value("businessProcess")
        compact = tree.value("compactLayoutAssignment")
        said = PROCESS_FIELDS.get(owner, "") if process else ""
        rows = [
            {"picklist": name, "values": _chosen(row)}
            for row in tree.all("picklistValues")
            if (name := plain(row.value("picklist"))) != said
        ]
        draft = stated(
            {
                "name": component.name,
                "label": plain(tree.value("label")) or component.local_name,
                "object": owner,
                "description": plain(tree.value("description"))[:1000],
                "businessProcess": f"{owner}.{plain(process)}" if process else "",
                "compactLayout": f"{owner}.{compact}" if compact not in ("", "SYSTEM") else "",
                "picklistValues": rows,
            }
        )
        return Translated(({**draft, "active": tree.flag("active", True)},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield element("active", bool(document.get("active", True)))
        for key, name in (("businessProcess", "businessProcess"),
                          ("compactLayout", "compactLayoutAssignment")):  # fmt: skip
            if document.get(key):
                yield element(name, str(document[key]).rpartition(".")[2])
        if document.get("description"):
            yield element("description", document["description"])
        yield element("label", document.get("label", ""))
        for row in document.get("picklistValues", ()):
            yield element(
                "picklistValues", element("picklist", row["picklist"]), *_written(row["values"])
            )


def _chosen(tree: Element) -> list[dict[str, Any]]:
    """The values of a list, in the order of the file, at most one of them the default."""
    found: dict[str, dict[str, Any]] = {}
    has_default = False
    for row in tree.all("values"):
        name = unquote(plain(row.value("fullName")))
        is_default = row.flag("default") and not has_default
        has_default |= is_default
        found[name] = {"name": name, "default": True} if is_default else {"name": name}
    return list(found.values())


def _written(rows: Any) -> Iterator[Element]:
    for row in rows:
        name = quote(row["name"], safe=" -_").replace(".", "%2E")
        yield element("values", element("fullName", name),
                      element("default", bool(row.get("default"))))  # fmt: skip


TRANSLATORS.register(BusinessProcesses())
TRANSLATORS.register(RecordTypes())
