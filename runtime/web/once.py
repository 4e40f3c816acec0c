"""A form of a new record carries the id that its record will have: sent twice, it makes one record.

The id is signed for the person and the object, so nobody chooses ids. Whatever else stands in its
place is passed over, and the record gets an id of its own.
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
    record_id = new_id(scope.snapshot.storage.prefix(obj.uid))
    return str(_seal(scope, obj).dumps(record_id))


def read_promise(scope: Here, obj: CustomObject, text: str) -> RecordId | None:
    """The id that a form was given; None for anything else."""
    try:
        return RecordId(_seal(scope, obj).loads(text))
    except BadSignature:
        return None


def _seal(scope: Here, obj: CustomObject) -> URLSafeSerializer:
    salt = f"new record/{scope.actor.org}/{scope.actor.user_id}/{obj.uid}"
    return URLSafeSerializer(str(current_app.secret_key), salt=salt)
