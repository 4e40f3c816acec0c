"""CompactLayout: the few fields at the head of a record."""

from __future__ import annotations

from collections.abc import Iterator

from ....definition import Document
from ..components import Component
from ..legacy_names import path_of
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, stated


class CompactLayouts(Translator):
    """The one that its object's file assigns is the default, unless the object has one."""

    name = "CompactLayout"
    kind = "CompactLayout"
    order = 21
    reads = frozenset({"label", "fields"})
    may_lack = frozenset({"fields", "default"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree, owner = component.root, component.object_name
        said = ground.find("CustomObject", owner)
        assigned = said.root.value("compactLayoutAssignment") if said else ""
        fields = (path_of(plain(name), owner, ground.snapshot) for name in tree.values("fields"))
        draft = stated(
            {
                "name": component.name,
                "label": plain(tree.value("label")),
                "object": owner,
                "fields": list(dict.fromkeys(fields)),
                "default": assigned == component.local_name or None,
            }
        )
        return Translated((draft,))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield from (element("fields", path) for path in document.get("fields", ()))
        yield element("label", document.get("label") or str(document["name"]).rpartition(".")[2])


TRANSLATORS.register(CompactLayouts())
