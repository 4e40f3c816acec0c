"""From where and when people may sign in: ranges of addresses, hours of the week.

Ranges are written one in a line: an address, two with a dash, or a network such as 192.0.2.0/24. An
address that cannot be read is in no range. What a profile says goes before what the org says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from .. import audit
from ..db.scope import OrgDatabase
from ..errors import Problem, Rejected, require
from ..i18n import _, format_time
from ..org_settings import read_setting, save_setting
from .actor import Actor

SETTING = "org.sign_in_ranges"
MOST_RANGES = 100
LONGEST_NOTE = 255
DAY = 24 * 60  # minutes
Hours = tuple[int, int]  # minutes since midnight; the same twice: not at all
Week = tuple[Hours | None, ...]  # Monday to Sunday; None: at any time
ANY_TIME: Week = (None,) * 7

#: (connection, org, who would come in, their address) -> why they may not now
Admits = Callable[[sa.Connection, OrgDatabase, Actor, str], Problem | None]


@dataclass(frozen=True, slots=True)
class IpRange:
    """Addresses, both ends included."""

    start: str
    end: str
    note: str = ""

    def holds(self, address: str) -> bool:
        """False as well for an address of the other version of the protocol."""
        asked, first, last = read_address(address), read_address(self.start), read_address(self.end)
        if asked is None or first is None or last is None:
            return False
        if not first.version == asked.version == last.version:
            return False
        return int(first) <= int(asked) <= int(last)


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address as it counts: without its zone, an IPv4 one never as IPv6."""
    try:
        address = ip_address(text.strip().split("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def check_range(one: IpRange) -> Problem | None:
    """What is wrong with a range."""
    first, last = read_address(one.start), read_address(one.end)
    if first is None or last is None:
        hint = _("Write an address, two such as 192.0.2.1 - 192.0.2.9, or 192.0.2.0/24.")
        return Problem("sign_in.range", (), _("This is not a range of IP addresses."), hint)
    if first.version != last.version or int(first) > int(last):
        return Problem("sign_in.range", (), _("The range ends before it begins."))
    return None


def parse_ranges(text: str, field: str = "ranges") -> tuple[IpRange, ...]:
    """The ranges of lines; raises Rejected with a problem for each line that is none."""
    found, problems = list[IpRange](), list[Problem]()
    for number, line in enumerate(text.splitlines(), 1):
        written, _hash, note = line.partition("#")
        if not written.strip():
            continue
        one = _read_range(written.strip(), note.strip()[:LONGEST_NOTE])
        if (problem := check_range(one)) is not None:
            message = _("Line %(n)s: %(what)s", n=number, what=problem.message)
            problems.append(Problem(problem.code, (field,), message, problem.hint))
        found.append(one)
    if len(found) > MOST_RANGES:
        message = _("There are at most %(n)s ranges.", n=MOST_RANGES)
        problems.append(Problem("sign_in.ranges", (field,), message))
    require(problems)
    return tuple(found)


def _read_range(text: str, note: str) -> IpRange:
    try:
        network = ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return IpRange(text, text, note)
    if network is not None:
        return IpRange(str(network[0]), str(network[-1]), note)
    start, dash, end = text.partition("-")
    return IpRange(start.strip(), end.strip() if dash else start.strip(), note)


def range_lines(ranges: Iterable[IpRange]) -> str:
    """The ranges as people write them."""
    lines = []
    for one in ranges:
        written = one.start if one.start == one.end else f"{one.start} - {one.end}"
        lines.append(f"{written} # {one.note}" if one.note else written)
    return "\n".join(lines)


# -- asked of somebody who comes in


def why_not(
    ranges: Sequence[IpRange], week: Week, address: str, now: datetime, zone: str
) -> Problem | None:
    """Why somebody may not come in from that address at that moment; None when they may."""
    if ranges and not any(one.holds(address) for one in ranges):
        message = _("You may not sign in from this address (%(address)s).", address=address)
        hint = _("Try it from your company's network, or ask an administrator.")
        return Problem("sign_in.address", (), message, hint)
    there = now.astimezone(ZoneInfo(zone))
    hours, minute = week[there.weekday()], there.hour * 60 + there.minute
    if hours is None or hours[0] <= minute < hours[1]:
        return None
    if hours[0] == hours[1]:
        message = _("Your profile does not let you in today.")
    else:
        first, last = (_spoken(there, minutes) for minutes in hours)
        message = _(
            "Today you may work from %(first)s to %(last)s (%(zone)s).",
            first=first, last=last, zone=zone.replace("_", " "),
        )  # fmt: skip
    return Problem("sign_in.hours", (), message, _("Come back then, or ask an administrator."))


def _spoken(day: datetime, minutes: int) -> str:
    """A time of that day; the end of the day is 24:00 and not its beginning."""
    if minutes == DAY:
        return "24:00"
    return format_time(day.replace(tzinfo=None, hour=minutes // 60, minute=minutes % 60).time())


# -- what the org says


def ranges_of(kept: Any) -> tuple[IpRange, ...]:
    """The org's ranges as its setting holds them."""
    return tuple(IpRange(row["start"], row["end"], row.get("note", "")) for row in kept or ())


def read_ranges(conn: sa.Connection) -> tuple[IpRange, ...]:
    """From where people may sign in whose profile says nothing; empty: from anywhere."""
    return ranges_of(read_setting(conn, SETTING))


def save_ranges(conn: sa.Connection, ranges: Sequence[IpRange], by: Actor) -> None:
    """Keeps the org's ranges, which were checked as they were read."""
    before = read_ranges(conn)
    if before == tuple(ranges):
        return
    rows = [{"start": one.start, "end": one.end, "note": one.note} for one in ranges]
    save_setting(conn, SETTING, rows)
    subject = audit.Subject("sign-in policy")
    changes = {"ranges": range_lines(before)}, {"ranges": range_lines(ranges)}
    audit.record(conn, by, "sign_in_policy.changed", subject, *changes)


def refuse_to_lock_out(problem: Problem | None, field: str) -> None:
    """Raises Rejected when what shall be saved would keep out whoever saves it."""
    if problem is None:
        return
    message = _("This would lock you out: %(why)s", why=problem.message)
    hint = _("Add your own address and time, or tick that you mean it.")
    raise Rejected(Problem("sign_in.locked_out", (field,), message, hint))
