"""Passwords: argon2id hashes, and what makes a password too weak to take.

In charge of the cost of hashing, the number of hashes at a time and the length limit. Refuses
passwords that are short, well known, or made of the person's own names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from threading import BoundedSemaphore
from typing import NewType

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from ..errors import Problem, TrellisError
from ..i18n import _
from .common_passwords import COMMON

PasswordHash = NewType("PasswordHash", str)

SHORTEST = 10  # characters
LONGEST = 1024  # bytes; more would make hashing a way to keep the server busy
AT_A_TIME = 3  # each hash takes 19 MiB and a core
PATIENCE = 3.0  # seconds a sign-in waits for its turn

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)
_turns = BoundedSemaphore(AT_A_TIME)


class TooBusy(TrellisError):
    """Too many passwords are being checked at this moment."""

    status = 429


def hash_password(password: str) -> PasswordHash:
    """The argon2id hash to store. Raises TooBusy when no turn comes up."""
    with _turn():
        return PasswordHash(_hasher.hash(_prepared(password)))


def verify_password(password_hash: PasswordHash, password: str) -> bool:
    """Whether the password has this hash. Raises TooBusy when no turn comes up."""
    if _bytes_of(password) > LONGEST:
        return False
    with _turn():
        try:
            return _hasher.verify(password_hash, _prepared(password))
        except (VerificationError, InvalidHashError):
            return False


def verify_nobody(password: str) -> bool:
    """Takes as long as verify_password and is never right: for names that nobody has."""
    verify_password(_hash_of_nobody(), password)
    return False


def needs_rehash(password_hash: PasswordHash) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_password(password: str, names: tuple[str, ...] = ()) -> tuple[Problem, ...]:
    """Every reason not to take the password; `names` are the person's own words."""
    folded = _prepared(password).casefold()
    if _bytes_of(password) > LONGEST:
        return (
            _problem("too_long", _("The password is too long."), _("Use at most 1,024 bytes.")),
        )
    if len(_prepared(password)) < SHORTEST:
        return (
            _problem(
                "too_short",
                _("The password is too short."),
                _("Use at least %(n)s characters; a few unrelated words do well.", n=SHORTEST),
            ),
        )
    if _is_common(folded):
        return (
            _problem(
                "common",
                _("This password is one of the first that others would try."),
                _("A few unrelated words do well."),
            ),
        )
    if any(word in folded for word in _words_of(names)):
        return (
            _problem(
                "own_name",
                _("The password contains your name, user name or email."),
                _("Choose something that nobody connects with you."),
            ),
        )
    return ()


def _is_common(folded: str) -> bool:
    bare = folded.strip("0123456789!?.*#$@ ")
    repeats = len(set(folded)) <= 3
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    return folded in COMMON or bare in COMMON or not bare or repeats or steps in ({1}, {-1})


def _words_of(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for word in name.casefold().replace("@", " ").replace(".", " ").split():
            if len(word) >= 4:
                yield word


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=PATIENCE):
        raise TooBusy(_("The server is busy. Try again in a moment."))
    try:
        yield
    finally:
        _turns.release()


def _prepared(password: str) -> str:
    """The same password typed on another keyboard gives the same text (NFC)."""
    return unicodedata.normalize("NFC", password)


def _bytes_of(password: str) -> int:
    return len(password.encode("utf-8", "surrogatepass"))


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(f"password.{code}", ("password",), message, hint)


@cache
def _hash_of_nobody() -> PasswordHash:
    return PasswordHash(_hasher.hash("nobody has this password"))
