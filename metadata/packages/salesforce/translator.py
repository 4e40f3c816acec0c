"""What a translator is: one Salesforce type read as documents of ours, and written again."""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ....platform.errors import Problem, Rejected
from ....platform.registry import Registry
from ...definition import Document
from ...snapshot import Snapshot
from .components import Component, Project
from .markup import Element

Draft = dict[str, Any]  # a document in the making: kind and uid are added by `translation`
Find = Callable[[str, str], Document | None]  # (kind, name) -> the document there is
_MARKS = re.compile(r"%%%NAMESPAC\w+%%%|___NAMESPAC[A-Z]+___")
TRANSLATORS: Registry[Translator] = Registry("Salesforce type")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a translator stands on: the org with all that was translated before, and the project.

    `live` is the org as it is, with what an earlier import of the project has made.
    """

    snapshot: Snapshot
    project: Project
    by_key: Mapping[str, Component]  # {"CustomObject:Account": …}
    live: Snapshot
    bases: Mapping[tuple[str, str], Document]  # {(kind, name): what another package ships}

    def find(self, type_name: str, name: str) -> Component | None:
        """A component of the project."""
        return self.by_key.get(f"{type_name}:{name}")

    def base(self, kind: str, name: str) -> Document | None:
        """The document of another package that the component customises."""
        return self.bases.get((kind, name))


@dataclass(frozen=True, slots=True)
class Translated:
    """The documents of one component, and sentences on what of it is only kept."""

    documents: tuple[Draft, ...]
    notes: tuple[str, ...] = ()


class Translator(ABC):
    """One type. `order` says when it is read: what it names must be there before.

    `reads` are the elements of its XML that it understands; the others are kept. `may_lack` are the
    attributes of its documents (and their list elements) that can be left out when they do not
    stand up to our checks, so that the rest lives.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    order: ClassVar[int]
    reads: ClassVar[frozenset[str]]
    may_lack: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def read(self, component: Component, ground: Ground) -> Translated:
        """The documents; raises Rejected with the reason for what can only be kept."""

    @abstractmethod
    def write(self, document: Document, find: Find) -> Iterator[Element]:
        """The elements of `reads` that say what the document says."""

    def brought(self, name: str, old: list[Element], new: list[Element]) -> list[Element]:
        """What is written in place of `old` elements where the org has changed what they say."""
        return new

    def full_name(self, document: Document) -> str:
        """What Salesforce calls the component of a document."""
        return str(document["name"])

    def stands_alone(self, document: Document) -> bool:
        """Says whether a document is a component there, and not an element of another one."""
        return True


def refuse(code: str, message: str, hint: str = "") -> Rejected:
    """The reason why a component is only kept."""
    return Rejected(Problem(f"salesforce.{code}", (), message, hint))


def stated(draft: Draft) -> Draft:
    """The draft without what says nothing: None and empty texts, lists and mappings."""
    return {key: value for key, value in draft.items() if value not in (None, "", [], (), {})}


def uid_of(prefix: str, name: str) -> str:
    """A uid made of type and full name, so that the next import finds the component again."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    found = f"{prefix}:{plain}"
    if plain == name and len(found) <= 160:
        return found
    return f"{found[:140]}.{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def plain(text: str) -> str:
    """A text without the marks that builders put where a namespace may come."""
    return _MARKS.sub("", text)


def grouped(elements: Iterable[Element]) -> dict[str, list[Element]]:
    """{name: elements} in order of first occurrence."""
    found: dict[str, list[Element]] = {}
    for one in elements:
        found.setdefault(one.name, []).append(one)
    return found
