"""How much access to one record is: each level holds the ones before it."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """What may be done with a record, as far as the record decides."""

    NONE = 0
    READ = 1
    EDIT = 2
    FULL = 3  # delete, transfer, share


#: {org-wide default: what everybody has}
ORG_WIDE = {
    "Private": Level.NONE,
    "Read": Level.READ,
    "ReadWrite": Level.EDIT,
    "ReadWriteTransfer": Level.EDIT,
    "FullAccess": Level.FULL,
    "ControlledByParent": Level.NONE,
}
BY_NAME = {"None": Level.NONE, "Read": Level.READ, "Edit": Level.EDIT}
