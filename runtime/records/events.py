"""What records tell the rest of the house once a change is committed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Change(Enum):
    """What happened to records."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    UNDELETED = "undeleted"


@dataclass(frozen=True, slots=True)
class RecordsChanged:
    """Records of one object that one transaction changed in one way."""

    org: str
    object: str
    change: Change
    ids: tuple[str, ...]
    actor_id: str
