from __future__ import annotations

import threading
from contextlib import suppress

import pytest
import time_machine

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people import throttle
from trellis.platform.people.throttle import (
    FAILED,
    PER_ACCOUNT,
    PER_ADDRESS,
    SIGNED_IN,
    TooManyTries,
    address_of,
    begin_try,
    settle_try,
)

pytestmark = pytest.mark.abuse("A34", "A79")


def fail(db: OrgDatabase, username: str = "amy", ip: str = "192.0.2.1") -> None:
    begun = begin_try(db, username, ip, "Browser")
    db.transact(lambda conn: settle_try(conn, begun, FAILED))


def succeed(db: OrgDatabase, username: str = "amy", ip: str = "192.0.2.1") -> None:
    begun = begin_try(db, username, ip, "Browser")
    db.transact(lambda conn: settle_try(conn, begun, SIGNED_IN, "005x"))


def test_the_eleventh_failure_of_an_account_is_refused_from_anywhere(org_db: OrgDatabase) -> None:
    for turn in range(PER_ACCOUNT):
        fail(org_db, ip=f"192.0.2.{turn}")
    with pytest.raises(TooManyTries) as refused:
        fail(org_db, ip="198.51.100.7")
    assert refused.value.status == 429
    fail(org_db, "bob", "198.51.100.7")


def test_the_owner_gets_in_fifteen_minutes_later_however_others_keep_knocking(
    org_db: OrgDatabase, frozen_clock: time_machine.Traveller
) -> None:
    for _turn in range(PER_ACCOUNT):
        fail(org_db)
    for _minute in range(15):
        with pytest.raises(TooManyTries):
            fail(org_db, ip="203.0.113.9")
        frozen_clock.shift(60)
    succeed(org_db)


def test_an_address_that_rotates_user_names_is_refused(org_db: OrgDatabase) -> None:
    for turn in range(PER_ADDRESS):
        fail(org_db, f"user{turn}")
    with pytest.raises(TooManyTries):
        fail(org_db, "fresh")
    fail(org_db, "fresh", "192.0.2.200")


@pytest.mark.parametrize("spelling", ["AMY", " amy ", "ａｍｙ", "Amy"])
def test_other_spellings_of_a_name_share_its_tries(org_db: OrgDatabase, spelling: str) -> None:
    for turn in range(PER_ACCOUNT):
        fail(org_db, spelling if turn % 2 else "amy", f"192.0.2.{turn}")
    with pytest.raises(TooManyTries):
        fail(org_db, spelling, "198.51.100.7")


def test_a_sign_in_forgives_its_account_and_not_the_address(org_db: OrgDatabase) -> None:
    for _turn in range(PER_ACCOUNT - 1):
        fail(org_db)
    succeed(org_db)
    for _turn in range(PER_ACCOUNT):
        fail(org_db)
    for turn in range(PER_ADDRESS - PER_ACCOUNT):
        fail(org_db, f"user{turn}")
    succeed(org_db, "mallory", "192.0.2.77")
    with pytest.raises(TooManyTries):
        fail(org_db, "fresh")


def test_addresses_are_counted_as_one_hands_them_out() -> None:
    assert address_of("2001:db8:1:2:3::4") == address_of("2001:db8:1:2:ffff::1")
    assert address_of("2001:db8:1:2::1") != address_of("2001:db8:1:3::1")
    assert address_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert address_of("fe80::1%eth0") == address_of("fe80::2")
    assert address_of("gibberish") == "unknown"


def test_of_fifty_at_once_at_most_ten_get_to_the_password(org_db: OrgDatabase) -> None:
    passed: list[int] = []
    start = threading.Barrier(10)

    def knock() -> None:
        start.wait()
        for _turn in range(5):
            with suppress(TooManyTries):
                passed.append(begin_try(org_db, "amy", "192.0.2.1", "").id)

    threads = [threading.Thread(target=knock) for _turn in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) <= PER_ACCOUNT


@pytest.mark.parametrize("username", ["", "a\x00b", "\ud800", "x" * 10_000, "a\r\nb\x1b[31m"])
def test_odd_names_are_counted_too(org_db: OrgDatabase, username: str) -> None:
    fail(org_db, username)
    assert len(throttle.key_of(username)) <= 800
    assert throttle.key_of(username).isprintable()
