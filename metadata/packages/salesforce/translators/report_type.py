"""ReportType: an object, what is joined to it, and the columns that are offered."""

from __future__ import annotations

from collections.abc import Iterator

from .....platform.errors import Rejected
from .....platform.i18n import _
from ....definition import Document
from ....kinds.report_type import MARK, MAX_JOINS, parse_type
from ....snapshot import Snapshot
from ..components import Component
from ..markup import Element, element
from ..report_tables import frame_of_type, words_of
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


class ReportTypes(Translator):
    """A type may lack columns that are offered, but none of its objects."""

    name = "ReportType"
    kind = "ReportType"
    order = 60
    reads = frozenset({"baseObject", "join", "label", "description", "sections"})
    may_lack = frozenset({"sections", "description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        draft: Draft = {
            "name": component.name,
            "label": plain(tree.value("label")) or component.name,
            "description": plain(tree.value("description"))[:1000],
            "object": plain(tree.value("baseObject")),
        }
        if ground.snapshot.find_object(draft["object"]) is None:
            message = _("There is no object %(name)s.", name=repr(draft["object"]))
            raise refuse("object", message)
        draft["joins"] = list(_joins(tree, draft["object"], ground.snapshot))
        sections, notes = _sections(tree, draft, ground.snapshot)
        draft["sections"] = sections
        return Translated((stated(draft),), notes)

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield element("baseObject", document["object"])
        if document.get("description"):
            yield element("description", document["description"])
        if document.get("joins"):
            yield _written_joins(list(document["joins"]))
        yield element("label", document["label"])
        words = dict(
            zip(("", *(one["name"] for one in document.get("joins", ()))), words_of(document),
                strict=True)
        )  # fmt: skip
        for section in document.get("sections", ()):
            rows = (_written(row, words) for row in section.get("columns", ()))
            yield element("sections", *rows, element("masterLabel", section["label"]))


def _joins(tree: Element, above: str, snapshot: Snapshot) -> Iterator[Draft]:
    """The joins, each inside the one before."""
    place, is_outer, count = tree.find("join"), False, 0
    while place is not None:
        name = plain(place.value("relationship"))
        found = next(
            (one for one in snapshot.children(above)
             if name in (one.child_relationship, f"{one.child_relationship}__r")), None,
        )  # fmt: skip
        count += 1
        if found is None or count > MAX_JOINS:
            message = _("%(object)s has no %(name)s here.", object=above, name=repr(name))
            raise refuse("join", message)
        is_outer = is_outer or place.flag("outerJoin")
        yield {"name": name, "field": found.name, "outer": is_outer}
        above, place = found.object_name, place.find("join")


def _sections(
    tree: Element, draft: Draft, snapshot: Snapshot
) -> tuple[list[Draft], tuple[str, ...]]:
    """The sections with the columns that are here, and a sentence on those that are not."""
    type_ = parse_type(stated({"kind": "ReportType", "uid": "sf", **draft}))
    frame = frame_of_type(type_, snapshot)
    rows, lost = list[Draft](), []
    for i, section in enumerate(tree.all("sections")):
        columns = []
        for one in section.all("columns"):
            try:
                path = frame.path(f"{one.value('table')}${one.value('field')}")
            except Rejected:
                lost.append(plain(one.value("field")))
                continue
            columns.append({"field": path, "checkedByDefault": one.flag("checkedByDefault")})
        if columns:
            label = plain(section.value("masterLabel"))
            rows.append({"id": f"s{i + 1}", "label": label, "columns": columns})
    if not lost:
        return rows, ()
    names = ", ".join(dict.fromkeys(lost))
    return rows, (_("Columns that are not here: %(names)s.", names=names),)


def _written_joins(rows: list[Draft]) -> Element:
    inner = _written_joins(rows[1:]) if len(rows) > 1 else None
    outer = element("outerJoin", bool(rows[0].get("outer", False)))
    return element("join", inner, outer, element("relationship", rows[0]["name"]))


def _written(row: Draft, words: dict[str, str]) -> Element:
    prefix, _mark, rest = str(row["field"]).rpartition(MARK)
    return element(
        "columns", element("checkedByDefault", bool(row.get("checkedByDefault", False))),
        element("field", rest.replace("__r.", "__c.")), element("table", words.get(prefix, prefix)),
    )  # fmt: skip


TRANSLATORS.register(ReportTypes())
