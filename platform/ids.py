"""Record ids: 18 characters that sort by time, name their object and survive a change of case.

Three characters of key prefix, twelve of time and sequence in base 62, three of checksum. Refuses
(`id.malformed`) whatever is not such an id; the 15-character form without checksum is understood.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import string
import threading
from datetime import UTC, datetime
from typing import NewType

from . import clock
from .errors import Problem, Rejected
from .i18n import _

RecordId = NewType("RecordId", str)

ALPHABET = (
    string.digits + string.ascii_uppercase + string.ascii_lowercase
)  # ASCII order = value order
_CHECK = string.ascii_uppercase + "012345"
_CAPITALS = {ord(char): "1" if char in string.ascii_uppercase else "0" for char in ALPHABET}
_CHECKS = {f"{number:05b}"[::-1]: char for number, char in enumerate(_CHECK)}  # marks of a chunk
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Za-z0-5]{3})?")
_PREFIX = re.compile(r"[0-9A-Za-z]{3}")
_EPOCH = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
_NODE_BITS, _COUNTER_BITS = 18, 12


def new_id(prefix: str) -> RecordId:
    """A fresh id of that key prefix; in one process each is greater than the one before."""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"a key prefix is three base-62 characters, not {prefix!r}")
    short = prefix + _base62(_SEQUENCE.next(), 12)
    return RecordId(short + checksum(short))


def parse_id(text: str) -> RecordId:
    """The 18-character id meant by a 15- or 18-character text.

    The checksum restores the case of an id that a spreadsheet or a mail program has folded.
    Raises Rejected (`id.malformed`).
    """
    if isinstance(text, str) and _SHAPE.fullmatch(text := text.strip()):
        short = text[:15] if len(text) == 15 else _recased(text)
        if short is not None:
            return RecordId(short + checksum(short))
    raise Rejected(Problem("id.malformed", (), _("%(id)s is not a record id.", id=repr(text)[:60])))


def is_id(text: str) -> bool:
    """Says whether the text is a record id of 15 or 18 characters."""
    return (
        isinstance(text, str)
        and bool(_SHAPE.fullmatch(text))
        and (len(text) == 15 or _recased(text) is not None)
    )


def derived_id(prefix: str, name: str) -> RecordId:
    """The id that stands for what has a name and no row: always the same for the same name."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:9], "big") % len(ALPHABET) ** 12
    short = prefix + _base62(number, 12)
    return RecordId(short + checksum(short))


def org_id(key: str) -> RecordId:
    """The id by which programs know an org."""
    return derived_id("00D", key)


def key_prefix(record_id: str) -> str:
    """The three characters that name the object of the record."""
    return record_id[:3]


def checksum(short: str) -> str:
    """Three characters that say which of the fifteen are capitals: bit i, character i of five."""
    marks = short.translate(_CAPITALS)
    return _CHECKS[marks[:5]] + _CHECKS[marks[5:10]] + _CHECKS[marks[10:]]


def _recased(text: str) -> str | None:
    """The fifteen in the case that the checksum states; None when it contradicts them."""
    marks = [_CHECK.index(char) for char in text[15:].upper()]
    short = "".join(
        char.upper() if marks[i // 5] >> i % 5 & 1 else char.lower()
        for i, char in enumerate(text[:15])
    )
    return short if checksum(short) == text[15:].upper() else None


def _base62(number: int, width: int) -> str:
    digits = []
    for _place in range(width):
        number, digit = divmod(number, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


class _Sequence:
    """Milliseconds, a node drawn at random for this process, and a counter within the millisecond.

    The node keeps two processes apart: they can only meet when they drew the same of 262,144.
    A clock that jumps back does not: the sequence goes on from the latest moment it has seen.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moment = 0
        self._counter = 0
        self.draw_node()

    def draw_node(self) -> None:
        self._lock = threading.Lock()
        self._node = secrets.randbits(_NODE_BITS)

    def next(self) -> int:
        moment = int(clock.now().timestamp() * 1000) - _EPOCH
        with self._lock:
            if moment > self._moment:
                self._moment, self._counter = moment, secrets.randbits(_COUNTER_BITS - 1)
            elif self._counter + 1 >> _COUNTER_BITS:
                self._moment, self._counter = self._moment + 1, 0
            else:
                self._counter += 1
            return (self._moment << _NODE_BITS | self._node) << _COUNTER_BITS | self._counter


_SEQUENCE = _Sequence()
os.register_at_fork(after_in_child=_SEQUENCE.draw_node)
