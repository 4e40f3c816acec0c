"""The base of every kind of metadata: an identity, an API name, a label and the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NewType

from ..platform.errors import Problem

if TYPE_CHECKING:
    from .snapshot import Snapshot

Uid = NewType("Uid", str)
Document = Mapping[str, Any]  # {"kind", "uid", "name", "label", …}: one component as JSON
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One component of an org. `name` is the full API name ("Account", "Account.Rating")."""

    uid: Uid
    name: str
    label: str = ""
    description: str = ""
    document: Document = field(default_factory=dict, repr=False, compare=False)

    @property
    def kind(self) -> str:
        """The name of the kind: "Layout"."""
        return str(self.document["kind"])

    @property
    def local_name(self) -> str:
        """The part after the object's name: "Rating" of "Account.Rating"."""
        return self.name.rpartition(".")[2]


class WhenGone(Enum):
    """What becomes of a referrer when the component it names is deleted."""

    REFUSE = "refuse"  # the component cannot go while this names it
    TAKE_OUT = "take out"  # the place `out` is taken out of the document
    FOLLOW = "follow"  # the referrer goes too: a field with its object


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a document that names another component.

    `segment` says which dot-separated part of the string at `path` is the name within its object
    (None: all of it is the full name of the target). A relationship part ("Account__r") names the
    field "Account__c". With `span` only those characters of the string are meant.
    """

    path: Path
    kind: str
    name: str  # full name of what is referred to
    segment: int | None = None
    span: tuple[int, int] | None = None
    when_gone: WhenGone = WhenGone.REFUSE
    out: Path = ()


@dataclass(frozen=True, slots=True)
class Use:
    """One referrer, as where-used shows it."""

    kind: str
    name: str
    label: str
    path: Path


@dataclass(frozen=True, slots=True)
class Kind:
    """What the house must know of a kind: how it is read, checked, ordered and filed."""

    name: str
    label: str
    schema: Mapping[str, Any]  # JSON Schema (2020-12) of the document
    rank: int  # deploy order: lower is created first, removed last
    folder: str  # in a package: "objects/{object}/fields"
    suffix: str  # "field" -> Rating.field.json
    parse: Callable[[Document], Any]  # document that fits the schema -> Definition
    references: Callable[[Any, Snapshot], tuple[Reference, ...]]
    check: Callable[[Any, Snapshot], tuple[Problem, ...]]
    icon: str = "box"
    permission: str = "CustomizeApplication"  # what it takes to change one
    take_out: Callable[[Document, tuple[Path, ...]], Document] | None = (
        None  # None: `base.take_out`
    )
