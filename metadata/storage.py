"""Where an org's objects and fields are kept: generated table and column names, never a user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..platform.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object's main table, its key prefix and how many further 1:1 slices it has."""

    uid: str
    table: str  # "t17"; slice n is "t17_n"
    prefix: str  # "a00"
    slices: int = 0


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column of a field; `part` is "" for the value, "key" for its folded twin, …"""

    field_uid: str
    part: str
    table: str
    column: str  # "f203"
    type: str  # name of a storage type: see field_types.base.STORAGE_TYPES


@dataclass(frozen=True, slots=True)
class Storage:
    """Physical places of one org at one version."""

    objects: Mapping[str, StoredObject]  # {object uid: …}
    columns: Mapping[str, Mapping[str, StoredColumn]]  # {field uid: {part: column}}

    def object(self, uid: str) -> StoredObject:
        if (found := self.objects.get(uid)) is None:
            raise NotFound(f"table of {uid}")
        return found

    def prefix(self, uid: str) -> str:
        """The key prefix of an object's record ids; "" while it has no table yet."""
        found = self.objects.get(uid)
        return found.prefix if found else ""

    def of_field(self, uid: str) -> Mapping[str, StoredColumn]:
        """{part: column} of a field; empty for a compound that has only components."""
        return self.columns.get(uid, MappingProxyType({}))


EMPTY_STORAGE = Storage(MappingProxyType({}), MappingProxyType({}))
