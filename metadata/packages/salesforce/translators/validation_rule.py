"""ValidationRule: what must not be, and what to say."""

from __future__ import annotations

from collections.abc import Iterator

from ....definition import Document
from ..components import Component
from ..markup import Element, element
from ..translator import TRANSLATORS, Find, Ground, Translated, Translator, plain, stated

_WORDS = ("errorConditionFormula", "errorDisplayField", "errorMessage")


class ValidationRules(Translator):
    """A rule of one object."""

    name = "ValidationRule"
    kind = "ValidationRule"
    order = 24
    reads = frozenset({"active", "description", *_WORDS})
    may_lack = frozenset({"description", "errorDisplayField"})

    def read(self, component: Component, ground: Ground) -> Translated:
        tree = component.root
        draft = stated(
            {
                "name": component.name,
                "label": component.local_name.replace("_", " "),
                "object": component.object_name,
                "description": tree.value("description")[:1000],
                **{word: plain(tree.value(word)) for word in _WORDS},
            }
        )
        return Translated(({**draft, "active": tree.flag("active", True)},))

    def write(self, document: Document, find: Find) -> Iterator[Element]:
        yield element("active", bool(document.get("active", True)))
        for word in ("description", *_WORDS):
            if document.get(word):
                yield element(word, document[word])


TRANSLATORS.register(ValidationRules())
