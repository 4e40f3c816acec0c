"""Where a query goes on: its text and the place of its last row, as an opaque text for one user.

A locator is good for two days. It gives nothing that the query itself would not give: rights are
asked anew each time.
"""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple, dataclass
from hashlib import blake2b

from ...platform import clock
from .errors import INVALID_QUERY_LOCATOR, SoqlError
from .scope import Scope

PREFIX = "01g"
GOOD_FOR = 2 * 24 * 3600  # seconds
_SEAL = 16
_MOST = 1_000_000  # bytes of a locator's inside


@dataclass(frozen=True, slots=True)
class Place:
    """A query and how far it has come."""

    text: str
    size: int
    all_rows: bool
    total: int
    given: int  # rows so far
    cursor: str
    child: tuple[int, ...] = ()  # the sub-select that goes on, by its number and those around it
    parent: str = ""  # whose children they are


def write_locator(scope: Scope, place: Place) -> str:
    till = int(clock.now().timestamp()) + GOOD_FOR
    body = zlib.compress(json.dumps([till, *astuple(place)]).encode(), 9)
    return PREFIX + urlsafe_b64encode(_seal(scope, body) + body).decode().rstrip("=")


def read_locator(scope: Scope, locator: str) -> Place:
    """The place; raises SoqlError INVALID_QUERY_LOCATOR for any other text."""
    try:
        bare = locator.removeprefix(PREFIX)
        raw = urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
        seal, body = raw[:_SEAL], raw[_SEAL:]
        if seal != _seal(scope, body):
            raise ValueError("another user's")
        till, *parts = json.loads(zlib.decompressobj().decompress(body, _MOST))
        if till < clock.now().timestamp():
            raise ValueError("too old")
        text, size, all_rows, total, given, cursor, child, parent = parts
        return Place(text, size, all_rows, total, given, cursor, tuple(child), parent)
    except (ValueError, TypeError, zlib.error) as err:
        raise SoqlError(INVALID_QUERY_LOCATOR, "invalid query locator") from err


def _seal(scope: Scope, body: bytes) -> bytes:
    key = blake2b(f"{scope.snapshot.org}:{scope.actor.user_id}".encode()).digest()
    return blake2b(body, digest_size=_SEAL, key=key).digest()
