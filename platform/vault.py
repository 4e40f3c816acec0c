"""Encryption of single values at rest, with keys derived from the installation's secret.

AES-256-GCM, a fresh nonce for each value; the context (for instance a field's uid) is
authenticated, so a sealed value moved elsewhere does not open. The first secret seals, all of them
open: that is how a secret is replaced. Refused: work without a secret, and (`Unavailable`) what no
secret opens.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import Unavailable
from .i18n import _

_VERSION = "v1."
_NONCE = 12  # bytes


@dataclass(frozen=True)
class Vault:
    """Seals and opens texts."""

    secrets: tuple[str, ...]

    @cached_property
    def _ciphers(self) -> tuple[AESGCM, ...]:
        return tuple(AESGCM(_key(secret)) for secret in self.secrets)

    def seal(self, text: str, context: str) -> str:
        """The text as a token of ASCII characters; another one each time."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[0].encrypt(nonce, text.encode(), context.encode())
        return _VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, token: str, context: str) -> str:
        """The text of a token; raises Unavailable when no secret opens it in this context."""
        try:
            raw = base64.urlsafe_b64decode(token.removeprefix(_VERSION))
        except ValueError:
            raise _unreadable() from None
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], context.encode()).decode()
            except (InvalidTag, ValueError):
                continue
        raise _unreadable()


_installed: list[Callable[[], Vault]] = []  # the process's vault, set where its parts are joined
_borrowed: ContextVar[Vault | None] = ContextVar("vault", default=None)


def install(secret: Callable[[], str], *former: str) -> None:
    """Sets the vault of this process; `secret` is asked on first use, `former` ones still open."""
    _installed[:] = [cache(lambda: Vault((secret(), *former)))]


@contextmanager
def use_vault(vault: Vault) -> Iterator[Vault]:
    """Works with another vault until the block ends."""
    token = _borrowed.set(vault)
    try:
        yield vault
    finally:
        _borrowed.reset(token)


def vault() -> Vault:
    """The vault in use; a process without one is set up wrongly (RuntimeError)."""
    if (borrowed := _borrowed.get()) is not None:
        return borrowed
    if not _installed:
        raise RuntimeError("no secret for encrypted values: call vault.install at start")
    return _installed[0]()


def _key(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"trellis vault v1").derive(secret.encode())


def _unreadable() -> Unavailable:
    return Unavailable(_("An encrypted value cannot be read with this installation's secret."))
