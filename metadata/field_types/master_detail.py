"""MasterDetail: a link to the record that owns this one; it goes away with its master."""

from __future__ import annotations

from types import MappingProxyType

from ...platform.i18n import lazy
from .base import FIELD_TYPES
from .references import ReferenceType


class MasterDetail(ReferenceType):
    """Always required; deleting the master deletes its details."""

    name = "MasterDetail"
    label = lazy("Master-detail")
    help = lazy("A link to the record that this one belongs to and is deleted with.")
    icon = "network"
    group = "more"
    widget = "reference"
    control = "lookup"
    always_required = True
    options_schema = MappingProxyType(
        {
            "relationshipOrder": {"type": "integer", "enum": [0, 1]},
            "reparentable": {"type": "boolean"},
            "writeRequiresMasterRead": {"type": "boolean"},
        }
    )


FIELD_TYPES.register(MasterDetail())
