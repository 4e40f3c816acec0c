"""Ranges of addresses and hours of the week: how they are read, and whom they keep out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform.errors import Rejected
from trellis.platform.people.whereabouts import (
    ANY_TIME,
    DAY,
    MOST_RANGES,
    IpRange,
    parse_ranges,
    range_lines,
    why_not,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = parse_ranges("192.0.2.0/28 # Office\n2001:db8::/32\n\n198.51.100.7")


@pytest.mark.parametrize(
    ("address", "is_in"),
    [
        ("192.0.2.0", True), ("192.0.2.15", True), ("192.0.2.16", False), ("192.0.1.255", False),
        ("198.51.100.7", True), ("198.51.100.8", False), ("2001:db8::1", True),
        ("2001:db9::1", False), ("::ffff:192.0.2.3", True), ("::ffff:192.0.3.3", False),
        ("192.0.2.3%eth0", True), ("", False), ("unknown", False), ("0xC0000203", False),
        ("192.0.2.03", False), ("3221225987", False),
    ],
)  # fmt: skip
def test_an_address_is_in_a_range_or_it_is_not(address: str, is_in: bool) -> None:
    assert (why_not(OFFICE, ANY_TIME, address, MONDAY, "UTC") is None) is is_in


def test_without_ranges_every_address_is_fine() -> None:
    assert why_not((), ANY_TIME, "unknown", MONDAY, "UTC") is None


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)), max_size=5))
def test_what_is_written_is_read_again(pairs: list[tuple[IPv4Address, IPv4Address]]) -> None:
    ranges = tuple(IpRange(str(min(p)), str(max(p)), "Site") for p in pairs)
    assert parse_ranges(range_lines(ranges)) == ranges


@given(st.ip_addresses(), st.ip_addresses(), st.ip_addresses())
def test_a_range_holds_what_lies_between_its_ends(
    a: IPv4Address | IPv6Address, b: IPv4Address | IPv6Address, asked: IPv4Address | IPv6Address
) -> None:
    of_one_kind = a.version == b.version == asked.version
    expected = of_one_kind and int(a) <= int(asked) <= int(b)
    mapped = any(getattr(one, "ipv4_mapped", None) for one in (a, b, asked))
    assert mapped or IpRange(str(a), str(b)).holds(str(asked)) is expected


@pytest.mark.parametrize(
    "line", ["office", "192.0.2", "192.0.2.1 -", "192.0.2.9 - 192.0.2.1", "192.0.2.1 - ::1",
             "192.0.2.0/33", "/24", "192.0.2.1 192.0.2.2"]
)  # fmt: skip
def test_a_line_that_is_no_range_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_ranges(f"192.0.2.1\n{line}\nnothing")
    assert [p.message.split(":")[0] for p in refused.value.problems] == ["Line 2", "Line 3"]
    assert {p.path for p in refused.value.problems} == {("ranges",)}


def test_there_are_not_endless_ranges() -> None:
    with pytest.raises(Rejected, match="at most"):
        parse_ranges("192.0.2.1\n" * (MOST_RANGES + 1))


@pytest.mark.parametrize(
    ("moment", "is_in"),
    [
        ("2026-03-02T06:59:59", False),  # Monday 07:59:59 in Berlin
        ("2026-03-02T07:00:00", True),
        ("2026-03-02T16:59:59", True),
        ("2026-03-02T17:00:00", False),
        ("2026-07-06T06:00:00", True),  # 08:00 in summer
        ("2026-03-03T03:00:00", True),  # Tuesday: at any time
        ("2026-03-03T23:30:00", False),  # Wednesday 00:30 there: not at all
        ("2026-03-05T22:59:59", True),  # Thursday until midnight
        ("2026-03-05T23:00:00", True),  # Friday: at any time
    ],
)
def test_hours_are_those_of_the_companys_zone(moment: str, is_in: bool) -> None:
    week = ((480, 1080), None, (0, 0), (0, DAY), None, None, None)
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (why_not((), week, "", now, "Europe/Berlin") is None) is is_in


def test_it_is_said_when_one_may_come_back() -> None:
    week = ((480, DAY), (0, 0), *ANY_TIME[2:])
    early = why_not((), week, "", MONDAY, "America/New_York")
    assert early is None  # Sunday there
    early = why_not((), week, "", MONDAY + timedelta(hours=6), "America/New_York")
    assert early is not None
    assert early.message.endswith("to 24:00 (America/New York).")
    never = why_not((), week, "", MONDAY + timedelta(days=1, hours=9), "UTC")
    assert never is not None
    assert never.message == "Your profile does not let you in today."
