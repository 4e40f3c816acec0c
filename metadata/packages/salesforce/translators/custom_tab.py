"""CustomTab and CustomApplication: tabs of objects, and apps with them."""

from __future__ import annotations

from collections.abc import Iterator

from .....platform.i18n import _
from ....definition import Document
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, refuse, stated

STANDARD = "standard-"  # what Salesforce puts before the names of tabs of its own objects


class CustomTabs(Translator):
    """An object's tab; tabs of pages are only kept."""

    name = "CustomTab"
    kind = "CustomTab"
    order = 40
    reads = frozenset({"customObject", "description", "label"})
    may_lack = frozenset({"description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        if not tree.flag("customObject"):
            raise refuse("tab", _("Only tabs of objects are known here."))
        draft = {
            "name": component.name,
            "object": component.name,
            "label": plain(tree.value("label"))[:255],
            "description": plain(tree.value("description"))[:1000],
        }
        return Translated((stated(draft),))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield element("customObject", True)
        for key in ("description", "label"):
            if document.get(key):
                yield element(key, document[key])

    def full_name(self, document: Document) -> str:
        return str(document["object"])

    def stands_alone(self, document: Document) -> bool:
        """Standard objects have their tabs without a file."""
        return str(document["object"]).endswith("__c")


class CustomApplications(Translator):
    """An app with those of its tabs that are here."""

    name = "CustomApplication"
    kind = "CustomApplication"
    order = 41
    reads = frozenset({"label", "description", "tabs", "tab"})
    may_lack = frozenset({"description", "tabs"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        names = (plain(name).removeprefix(STANDARD)
                 for name in (*tree.values("tabs"), *tree.values("tab")))  # fmt: skip
        draft = {
            "name": component.name.removeprefix("standard__"),
            "label": plain(tree.value("label")) or component.name,
            "description": plain(tree.value("description"))[:1000],
            "tabs": list(dict.fromkeys(names)),
        }
        return Translated((stated(draft),))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        if document.get("description"):
            yield element("description", document["description"])
        yield element("label", document["label"])
        for name in document.get("tabs", ()):
            yield element("tabs", name if name.endswith("__c") else STANDARD + name)


TRANSLATORS.register(CustomTabs())
TRANSLATORS.register(CustomApplications())
