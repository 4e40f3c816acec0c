"""Which records of an object an actor sees, as a predicate that goes into the statement.

Every active user sees every record of the org. The predicate may name paths of the object; the
query puts it on the object asked for and on every relation it joins.
"""

from __future__ import annotations

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import ALWAYS, Predicate
from ...metadata.snapshot import Snapshot
from ...platform.people.actor import Actor


def visible_to(actor: Actor, obj: CustomObject, snapshot: Snapshot) -> Predicate:
    """The condition under which a record of the object is the actor's to see."""
    return ALWAYS
