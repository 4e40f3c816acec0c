from __future__ import annotations

import threading
import time

import pytest
from argon2 import PasswordHasher

from trellis.platform.people import passwords
from trellis.platform.people.passwords import (
    PasswordHash,
    TooBusy,
    check_password,
    hash_password,
    needs_rehash,
    verify_nobody,
    verify_password,
)

pytestmark = pytest.mark.abuse("A73")

GOOD = "quiet harbour lantern"


def codes(password: str, *names: str) -> list[str]:
    return [problem.code for problem in check_password(password, names)]


def test_a_hash_is_argon2id_with_the_costs_of_the_house_and_verifies() -> None:
    made = hash_password(GOOD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(made, GOOD)
    assert not verify_password(made, GOOD + "!")
    assert not needs_rehash(made)


def test_the_same_letters_composed_otherwise_are_the_same_password() -> None:
    made = hash_password("caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait noir")
    assert verify_password(made, "cafe\N{COMBINING ACUTE ACCENT} au lait noir")


def test_a_hash_of_other_costs_verifies_and_asks_to_be_made_again() -> None:
    old = PasswordHash(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(GOOD))
    assert verify_password(old, GOOD)
    assert needs_rehash(old)


@pytest.mark.parametrize("broken", ["", "plain text", "$argon2id$v=19$m=1"])
def test_a_broken_hash_verifies_nothing(broken: str) -> None:
    assert not verify_password(PasswordHash(broken), GOOD)


def test_nobody_has_a_password() -> None:
    assert not verify_nobody("nobody has this password")


def test_a_megabyte_of_password_costs_nothing() -> None:
    made = hash_password(GOOD)
    begun = time.perf_counter()
    assert not verify_password(made, "x" * 1_000_000)
    assert time.perf_counter() - begun < 0.05
    assert codes("x" * 1025) == ["password.too_long"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password.too_short"),
        ("Password123!", "password.common"),
        ("1234567890", "password.common"),
        ("abcdefghijk", "password.common"),
        ("aabbaabbaabb", "password.common"),
        ("qwertyuiop", "password.common"),
        ("amy.winter-42x", "password.own_name"),
    ],
)
def test_a_weak_password_is_refused(password: str, code: str) -> None:
    assert codes(password, "amy.winter@example.com", "Amy", "Winter") == [code]


@pytest.mark.parametrize("password", [GOOD, "春江潮水连海平海上明月", "xK7#pq2!mZw"])
def test_a_good_password_is_taken(password: str) -> None:
    assert codes(password, "amy.winter@example.com", "Amy", "Winter") == []


def test_only_so_many_are_hashed_at_a_time_and_the_others_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 0.01)
    for _turn in range(passwords.AT_A_TIME):
        passwords._turns.acquire()
    try:
        with pytest.raises(TooBusy) as refused:
            hash_password(GOOD)
        assert refused.value.status == 429
    finally:
        for _turn in range(passwords.AT_A_TIME):
            passwords._turns.release()
    assert hash_password(GOOD)


def test_sixteen_at_once_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "PATIENCE", 60.0)
    running, most, lock = 0, 0, threading.Lock()
    real = passwords._hasher

    class Watched:
        def hash(self, text: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            try:
                return real.hash(text)
            finally:
                with lock:
                    running -= 1

    monkeypatch.setattr(passwords, "_hasher", Watched())
    threads = [threading.Thread(target=hash_password, args=(GOOD,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= passwords.AT_A_TIME
