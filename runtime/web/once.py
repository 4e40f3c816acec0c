"""A form of something new carries the id that it will have: sent twice, it makes one thing.

The id is signed for the person, the object and the kind of thing, so nobody chooses ids. Whatever
else stands in its place is passed over, and the thing gets an id of its own.
"""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from ...metadata.kinds.custom_object import CustomObject
from ...platform.ids import RecordId, new_id
from .scope import Here

NAME = "once"  # of the hidden input


def promised_id(scope: Here, obj: CustomObject) -> str:
    """A fresh id for the form of a new record, signed."""
    return promise(scope, obj, "record", new_id(scope.snapshot.storage.prefix(obj.uid)))


def read_promise(scope: Here, obj: CustomObject, text: str) -> RecordId | None:
    """The id that a form was given; None for anything else."""
    found = promised(scope, obj, "record", text)
    return RecordId(found) if found else None


def promise(scope: Here, obj: CustomObject, what: str, value: str) -> str:
    """The value, signed for this person to make one new thing of the kind with it."""
    return str(_seal(scope, obj, what).dumps(value))


def promised(scope: Here, obj: CustomObject, what: str, text: str) -> str:
    """The value that `promise` signed; "" for anything else."""
    try:
        return str(_seal(scope, obj, what).loads(text))
    except BadSignature:
        return ""


def _seal(scope: Here, obj: CustomObject, what: str) -> URLSafeSerializer:
    salt = f"new {what}/{scope.actor.org}/{scope.actor.user_id}/{obj.uid}"
    return URLSafeSerializer(str(current_app.secret_key), salt=salt)
