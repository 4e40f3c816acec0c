"""The fields at the top of a record page as a change set: an object's compact layout."""

from __future__ import annotations

from collections.abc import Sequence

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.kinds.compact_layout import CompactLayout
from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from .documents import Draft, draft, new_uid

MOST = 7  # more do not fit above the fold


def edited_highlights(
    obj: CustomObject, known: CompactLayout | None, fields: Sequence[str]
) -> ChangeSet:
    """The change set of the highlights; makes the compact layout of an object that has none."""
    if len(fields) > MOST:
        message = _("Choose at most %(n)s fields.", n=MOST)
        raise Rejected(Problem("highlights.too_many", ("fields",), message))
    fresh: Draft = {
        "kind": "CompactLayout",
        "uid": new_uid(),
        "name": f"{obj.name}.Highlights",
        "object": obj.name,
        "label": "Highlights",
        "default": True,
    }
    document = (draft(known) if known else fresh) | {"fields": list(fields)}
    return ChangeSet((document,), (), _("Highlights of %(name)s changed", name=obj.name))
