"""What a folder or zip of Salesforce metadata holds, as values that know no layout."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ....platform.errors import Problem
from ..archive import Files
from .component_types import TYPES
from .markup import Element

FILE = "File"  # the type of what is no component: it is carried along as it is
NO_CONTENTS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Component:
    """One component: `tree` is its XML, None for a file that is none.

    `place` is where its file lies below the folder of a package ("layouts/Lead-Lead Layout.layout",
    "objects/Lead/fields/Score__c.field"), `home` that folder ("force-app/main/default"). `contents`
    are the files that belong to it, {path beside it: bytes}: the text of a mail, a script.
    """

    type: str
    name: str
    tree: Element | None
    place: str
    home: str = ""
    contents: Mapping[str, bytes] = field(default_factory=lambda: NO_CONTENTS)
    is_twin: bool = False  # another file says the same component: this one is kept beside it

    @property
    def key(self) -> str:
        """What names it within its project: "CustomField:Account.Score__c"."""
        return f"{self.type}:{self.name}" + (f"@{self.home}" if self.is_twin else "")

    @property
    def object_name(self) -> str:
        """The object that it is a part of: "Account" of "Account.Score__c"."""
        return self.name.partition(".")[0]

    @property
    def local_name(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def root(self) -> Element:
        """Its tree; an empty one for what has none."""
        return self.tree if self.tree is not None else Element(self.type)


@dataclass(frozen=True, slots=True)
class Deleted:
    """A component that the files want gone (destructiveChanges.xml)."""

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that was read. `problems` name files that are no XML; these are kept as files."""

    name: str  # as a package may be called: "e-bikes"
    label: str = ""
    version: str = "1.0.0"
    components: tuple[Component, ...] = ()
    deleted: tuple[Deleted, ...] = ()
    problems: tuple[Problem, ...] = ()
    samples: Files = field(default_factory=lambda: NO_CONTENTS)  # as packages of ours have them
    unread: tuple[Problem, ...] = ()  # files of sample records that are none


def with_twins_marked(components: Iterable[Component]) -> tuple[Component, ...]:
    """The components by their keys; the second of a name is a twin of the first."""
    found: dict[str, Component] = {}
    for one in components:
        kept = replace(one, is_twin=True) if one.key in found else one
        found[kept.key] = kept
    return tuple(found.values())


def place_of(type_name: str, name: str) -> str:
    """Where a component lies that came from no file: "layouts/Lead-Lead Layout.layout"."""
    row = TYPES[type_name]
    inside = f"{name}/{name}" if type_name == "CustomObject" else name
    return f"{row.folder}/{inside}.{row.suffix}"
