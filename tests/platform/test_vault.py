"""Sealed values: opened by their secret and in their place only."""

from __future__ import annotations

import pytest

from trellis.platform import vault as vaults
from trellis.platform.errors import Unavailable
from trellis.platform.vault import Vault, use_vault, vault

OLD, NEW = "o" * 40, "n" * 40


def test_a_sealed_text_opens_again() -> None:
    for text in ("4111 1111 1111 1111", "秘密 👩‍💻", ""):
        token = Vault((NEW,)).seal(text, "field-1")
        assert token.isascii()
        assert text == "" or text not in token
        assert Vault((NEW,)).open(token, "field-1") == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    box = Vault((NEW,))
    assert box.seal("x", "f") != box.seal("x", "f")


def test_a_former_secret_still_opens_and_the_new_one_seals() -> None:
    token = Vault((OLD,)).seal("x", "f")
    assert Vault((NEW, OLD)).open(token, "f") == "x"
    with pytest.raises(Unavailable):
        Vault((OLD,)).open(Vault((NEW, OLD)).seal("x", "f"), "f")


@pytest.mark.parametrize("context", ["other field", ""])
def test_a_token_moved_elsewhere_does_not_open(context: str) -> None:
    box = Vault((NEW,))
    with pytest.raises(Unavailable):
        box.open(box.seal("x", "f"), context)


@pytest.mark.parametrize("token", ["", "v1.", "v1.AAAA", "plain text", "v1.é", "v1." + "A" * 80])
def test_what_is_no_token_does_not_open(token: str) -> None:
    with pytest.raises(Unavailable):
        Vault((NEW,)).open(token, "f")


def test_a_process_without_a_secret_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vaults, "_installed", [])
    with pytest.raises(RuntimeError, match=r"vault\.install"):
        vault()
    vaults.install(lambda: NEW, OLD)
    assert vault().secrets == (NEW, OLD)
    with use_vault(Vault((OLD,))):
        assert vault().secrets == (OLD,)
