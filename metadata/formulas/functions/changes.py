"""What a save does to a record: only rules can ask, because a formula field has no before."""

from __future__ import annotations

from ....platform.i18n import lazy
from ..typed import Type
from .base import ANY, Family, function

SAVE = Family.RECORD

function(
    "ISNEW",
    "ISNEW()",
    lazy("True when the record is being created."),
    SAVE,
    (),
    Type.BOOLEAN,
    lambda: None,
    ambient="ISNEW",
    only_in_rules=True,
)
function(
    "ISCLONE",
    "ISCLONE()",
    lazy("True when the record is being created as a copy of another."),
    SAVE,
    (),
    Type.BOOLEAN,
    lambda: None,
    ambient="ISCLONE",
    only_in_rules=True,
)
function(
    "ISCHANGED",
    "ISCHANGED(field)",
    lazy("True when the save changes the field; never of a new record."),
    SAVE,
    (ANY,),
    Type.BOOLEAN,
    lambda now, before: now != before,
    takes_blank=True,
    wants_field=True,
    only_in_rules=True,
)
function(
    "PRIORVALUE",
    "PRIORVALUE(field)",
    lazy("What the field was before the save; of a new record, what it is."),
    SAVE,
    (ANY,),
    lambda types: types[0],
    lambda before: before,
    wants_field=True,
    only_in_rules=True,
)
