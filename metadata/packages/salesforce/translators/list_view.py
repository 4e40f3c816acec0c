"""ListView: columns, filters and scope of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .....platform.errors import Rejected
from .....platform.i18n import _
from ....definition import Document
from ....kinds.list_view import SCOPES
from ..components import Component
from ..legacy_names import path_of, token_of
from ..markup import Element, element
from ..translator import (
    TRANSLATORS,
    Draft,
    Find,
    Ground,
    Translated,
    Translator,
    plain,
    refuse,
    stated,
)


class ListViews(Translator):
    """A list may lack columns, but never filters: it would show what it should not."""

    name = "ListView"
    kind = "ListView"
    order = 30
    reads = frozenset({"label", "columns", "filters", "booleanFilter", "filterScope"})
    may_lack = frozenset({"columns"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, owner = component.root, component.object_name
        scope = tree.value("filterScope") or "Everything"
        if scope not in SCOPES:
            raise refuse("scope", _("Lists of the scope %(scope)s do nothing here.", scope=scope))
        columns = (path_of(plain(t), owner, ground.snapshot) for t in tree.values("columns"))
        rows = [filter_row(i, row, owner, ground) for i, row in enumerate(tree.all("filters"))]
        draft = stated(
            {
                "name": component.name,
                "label": plain(tree.value("label")),
                "object": owner,
                "columns": list(dict.fromkeys(columns)),
                "filters": rows,
                "booleanFilter": tree.value("booleanFilter"),
                "scope": scope,
            }
        )
        note = _("sharedTo: every user of the object sees the list.")
        return Translated((draft,), (note,) if tree.find("sharedTo") else ())

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        owner = str(document["object"])
        if document.get("booleanFilter"):
            yield element("booleanFilter", document["booleanFilter"])
        yield from (element("columns", token_of(p, owner)) for p in document.get("columns", ()))
        yield element("filterScope", document.get("scope", "Everything"))
        for row in document.get("filters", ()):
            value = row.get("value")
            text = ",".join(map(str, value)) if isinstance(value, list | tuple) else value
            if row["field"] == "RecordTypeId" and text:
                text = f"{owner}.{text}"
            yield element(
                "filters", element("field", token_of(row["field"], owner)),
                element("operation", row["operator"]),
                None if text is None else element("value", str(text)),
            )  # fmt: skip
        yield element("label", document.get("label") or str(document["name"]).rpartition(".")[2])


def filter_row(i: int, row: Element, owner: str, ground: Ground) -> Draft:
    """A condition on records of `owner`, the i-th of its list."""
    path = path_of(plain(row.value("field")), owner, ground.snapshot)
    draft: Draft = {"id": f"f{i + 1}", "field": path, "operator": row.value("operation")}
    return draft | {"value": _operands(plain(row.value("value")), path, draft["operator"], owner,
                                       ground)}  # fmt: skip


def _operands(text: str, path: str, operator: str, owner: str, ground: Ground) -> Any:
    """A list where the operator takes one; a record type without its object's name."""
    try:
        field = ground.snapshot.resolve(owner, path)[-1]
        found = field.field_type.operator(operator)
    except Rejected:
        return text  # the checks say so
    if field.type == "RecordType":
        names = field.field_type.operands_of(text)
        return [name.rpartition(".")[2] for name in names]
    return list(field.field_type.operands_of(text)) if found.arity < 0 and text else text


TRANSLATORS.register(ListViews())
