"""One request of a program as data, and what is answered.

A call comes by HTTP or as a part of a composite one; the resources see no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may
from ..records.service import Records
from ..web.scope import Here
from .faults import Refusal

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a resource says; a body of None is none at all."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    ready: bytes | None = None  # the body where it is written already
    ready_encoding: str = ""
    csv: Iterator[bytes] | None = None  # a table, in pieces

    @property
    def is_good(self) -> bool:
        return self.status < 400


NOTHING = Answer(None, 204)


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked of a resource, by whom."""

    scope: Here
    version: str  # "62.0"
    args: MultiDict[str, str] = field(default_factory=MultiDict)
    body: Any = None  # JSON; None for none; a stream of what is put
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    token_scope: str = ""  # what the token allows

    @property
    def actor(self) -> Actor:
        return self.scope.actor

    @property
    def snapshot(self) -> Snapshot:
        return self.scope.snapshot

    @property
    def records(self) -> Records:
        return self.scope.records

    @property
    def root(self) -> str:
        """What the addresses of this version begin with."""
        return f"/services/data/v{self.version}"

    def within(self, scope: Here) -> Call:
        """The same call in another transaction."""
        return replace(self, scope=scope)

    def find_object(self, name: str) -> CustomObject | None:
        """An object that the actor may read, by its name in any case."""
        found = self.snapshot.find_object(name)
        if found is None or not may(self.actor, Operation.READ, found, self.snapshot):
            return None
        return found

    def object(self, name: str) -> CustomObject:
        """As `find_object`; raises NotFound."""
        if (found := self.find_object(name)) is None:
            raise NotFound(name)
        return found

    def objects(self) -> tuple[CustomObject, ...]:
        """The objects that the actor may read, by name."""
        return tuple(
            obj
            for obj in self.snapshot.objects()
            if may(self.actor, Operation.READ, obj, self.snapshot)
        )

    def mapping(self) -> Mapping[str, Any]:
        """The body, which must be an object; raises Refusal."""
        if not isinstance(self.body, Mapping):
            raise Refusal("JSON_PARSER_ERROR", "The body must be a JSON object.")
        return self.body
