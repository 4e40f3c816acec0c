"""GlobalValueSet and StandardValueSet: values that several fields share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from .....platform.i18n import _
from ....definition import Document
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, refuse, stated
from .picklists import read_values, write_values


class GlobalValueSets(Translator):
    """A global value set."""

    name = "GlobalValueSet"
    kind = "GlobalValueSet"
    order = 10
    reads = frozenset({"masterLabel", "description", "customValue", "sorted"})
    may_lack = frozenset({"description"})
    element: ClassVar[str] = "customValue"

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        draft = stated(
            {
                "name": component.name,
                "label": plain(tree.value("masterLabel")),
                "description": tree.value("description"),
                "sorted": tree.flag("sorted") or None,
            }
        )
        return Translated(({**draft, "values": read_values(tree.all(self.element))},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield from write_values(document.get("values", ()), self.element)
        if document.get("description"):
            yield element("description", document["description"])
        if document.get("label"):
            yield element("masterLabel", document["label"])
        yield element("sorted", bool(document.get("sorted")))


class StandardValueSets(GlobalValueSets):
    """Values of a standard picklist, in place of those that the org's package ships."""

    name = "StandardValueSet"
    kind = "StandardValueSet"
    reads = frozenset({"standardValue", "sorted"})
    element = "standardValue"

    def read(self, component: Component, ground: Ground) -> Translated:
        if ground.base(self.kind, component.name) is None:
            message = _("There is no standard value set %(name)s here.", name=repr(component.name))
            raise refuse("value_set", message)
        tree = component.root
        values = read_values(tree.all(self.element))
        return Translated(({"name": component.name, "values": values},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield element("sorted", bool(document.get("sorted")))
        yield from write_values(document.get("values", ()), self.element)


TRANSLATORS.register(GlobalValueSets())
TRANSLATORS.register(StandardValueSets())
