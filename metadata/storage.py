"""Where an org's objects and fields are kept: generated table and column names, never a user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ..platform.db.types import Flag, Utc, Whole, Words
from ..platform.errors import NotFound

# fixed column -> (type, is never null) of every object's main table; a slice has the id alone
SYSTEM_COLUMNS: Mapping[str, tuple[sa.types.TypeEngine[Any], bool]] = MappingProxyType(
    {
        "id": (Words(), True),
        "owner_id": (Words(), False),
        "created_at": (Utc(), True),
        "created_by": (Words(), True),
        "modified_at": (Utc(), True),
        "modified_by": (Words(), True),
        "version": (Whole(), True),
        "is_deleted": (Flag(), True),
    }
)

# standard field of User -> (column of the platform's own table, its folded twin or "")
PEOPLE_TABLE = "sys_user"
PEOPLE_COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "Username": ("username", "username_key"),
        "Email": ("email", "email_key"),
        "FirstName": ("first_name", ""),
        "LastName": ("last_name", ""),
        "Name": ("name", "name_key"),
        "Alias": ("alias", ""),
        "Title": ("title", ""),
        "Department": ("department", ""),
        "Phone": ("phone", ""),
        "MobilePhone": ("mobile_phone", ""),
        "ManagerId": ("manager_id", ""),
        "IsActive": ("is_active", ""),
        "LanguageLocaleKey": ("language", ""),
        "LocaleSidKey": ("locale", ""),
        "TimeZoneSidKey": ("time_zone", ""),
        "UserRole": ("role", ""),
        "Profile": ("profile", ""),
        "LastLoginDate": ("last_login_at", ""),
    }
)


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
