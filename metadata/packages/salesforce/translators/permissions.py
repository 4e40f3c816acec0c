"""CustomPermission and PermissionSetGroup."""

from __future__ import annotations

from collections.abc import Iterator

from ....definition import Document
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, stated


class CustomPermissions(Translator):
    """A permission that the org makes up; that it needs others is only kept."""

    name = "CustomPermission"
    kind = "CustomPermission"
    order = 50
    reads = frozenset({"label", "description"})
    may_lack = frozenset({"description"})

    def read(self, component: Component, ground: Ground) -> Translated:
        return Translated((_head(component, "label"),))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield from _written_head(document)


class PermissionSetGroups(Translator):
    """Sets that are assigned together; what mutes them is only kept."""

    name = "PermissionSetGroup"
    kind = "PermissionSetGroup"
    order = 53
    reads = frozenset({"label", "description", "permissionSets"})
    may_lack = frozenset({"description", "permissionSets"})

    def read(self, component: Component, ground: Ground) -> Translated:
        sets = list(dict.fromkeys(map(plain, component.root.values("permissionSets"))))
        return Translated((_head(component, "label") | {"permissionSets": sets},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield from _written_head(document)
        yield from (element("permissionSets", name) for name in document.get("permissionSets", ()))


def _head(component: Component, key: str) -> dict[str, object]:
    tree = component.root
    label = plain(tree.value(key)) or component.name.replace("_", " ")
    description = plain(tree.value("description"))[:1000]
    return stated({"name": component.name, "label": label[:255], "description": description})


def _written_head(document: Document) -> Iterator[Element]:
    if document.get("description"):
        yield element("description", document["description"])
    yield element("label", document["label"])


TRANSLATORS.register(CustomPermissions())
TRANSLATORS.register(PermissionSetGroups())
