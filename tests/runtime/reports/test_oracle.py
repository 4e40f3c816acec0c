"""What reports give is what a plain computation over the rows that a person may see gives.

Who may see what comes from the oracle of access, which knows no SQL. Worlds, rows and reports are
random: fiscal periods, time zones, blanks, buckets, joins, cross filters. TRELLIS_TEST_REPORTS says
how many reports; a failure names the seed of its world.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.factories import deployed, make_field
from tests.runtime.access import worlds
from tests.runtime.access.oracle import READ, Person, Record, World
from tests.runtime.reports.conftest import make_report
from trellis.metadata.kinds.report_model import Report
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people.actor import Actor
from trellis.runtime.reports.result import Group, ReportResult
from trellis.runtime.reports.running import run_report
from trellis.runtime.tables import Tables

REPORTS = int(os.environ.get("TRELLIS_TEST_REPORTS", "60"))
NIGHTLY = int(os.environ.get("TRELLIS_TEST_REPORTS", "5000"))
EACH = 10  # reports in one world
PARTS = 25  # of the nightly run, so that workers share it and none runs into its time limit
STAGES = ("Late", "Early", "Done")  # in no order of letters
ZONES = ("UTC", "America/New_York", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe")
STARTS = {"en_US": 6, "de_DE": 0}
Row = Mapping[str, Any]  # {path: value}
Values = Mapping[str, Row]  # {id of a record: its values}
PAIR = "Account$Opportunity.AccountId"
Key = tuple[str, str, Callable[[Any], Any]]  # path, granularity, key of a value


@pytest.fixture
def base(org_db: OrgDatabase) -> Snapshot:
    more = []
    for name in ("Account", "Opportunity"):
        more += [
            make_field(f"{name}.Amount", "Currency", precision=18, scale=2),
            make_field(f"{name}.CloseDate", "Date"),
            make_field(f"{name}.Seen", "DateTime"),
            make_field(f"{name}.StageName", "Picklist", values=list(STAGES)),
            make_field(f"{name}.Flag", "Checkbox"),
            make_field(f"{name}.Shade"),
        ]
    return deployed(org_db, *worlds.base_documents(), *more)


def test_reports_give_what_the_oracle_gives(org_db: OrgDatabase, base: Snapshot) -> None:
    found = compared(org_db, base, REPORTS, 0)
    assert not found, "\n".join(found)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
def test_thousands_of_reports_give_what_the_oracle_gives(
    org_db: OrgDatabase, base: Snapshot, part: int
) -> None:
    each = NIGHTLY // PARTS
    found = compared(org_db, base, each, 10_000 + part * (each // EACH + 1))
    assert not found, "\n".join(found)


class Undone(Exception):
    """Takes the world back."""


def compared(org_db: OrgDatabase, base: Snapshot, count: int, first: int) -> list[str]:
    """Every difference found in so many reports."""
    found: list[str] = []
    for seed in range(first, first + (count + EACH - 1) // EACH):
        chance = random.Random(seed)
        world = peopled(worlds.make_world(seed), chance)
        snapshot = worlds.snapshot_of(world, base)
        with suppress(Undone), org_db.write() as conn:
            worlds.fill(conn, world, snapshot)
            values = written(conn, world, snapshot, chance)
            for n in range(EACH):
                case = Case.of(world, values, chance)
                problem = case.difference(conn, snapshot)
                found += [f"seed {seed} report {n}: {problem}"] if problem else []
            raise Undone
    return found


# -- worlds --------------------------------------------------------------------------------------


def peopled(world: World, chance: random.Random) -> World:
    """The world with more accounts and opportunities."""
    records = dict(world.records)
    owners = [*world.people, *(g.id for g in world.groups.values() if g.queue)]
    for name, more in (("Account", 6), ("Opportunity", 24)):
        accounts = [r.id for r in records.values() if r.object == "Account"]
        for n in range(more):
            account = chance.choice(["", *accounts]) if name != "Account" else ""
            record_id = worlds.id_of(worlds.PREFIXES[name], 100 + n)
            colour = chance.choice(worlds.COLOURS)
            records[record_id] = Record(record_id, name, chance.choice(owners), colour, account)
    return replace(world, records=records)


def written(
    conn: sa.Connection, world: World, snapshot: Snapshot, chance: random.Random
) -> dict[str, dict[str, Any]]:
    """Random values of accounts and opportunities, in the tables and as they are."""
    found = {}
    for record in world.records.values():
        if record.object not in ("Account", "Opportunity"):
            continue
        home = Tables.of(snapshot).home(record.object)
        values = found[record.id] = random_values(chance)
        row = {}
        for name, value in values.items():
            field = snapshot.field(record.object, name)
            for part, stored in field.field_type.to_columns(value, field).items():
                row[home.parts(field)[part].column] = stored
        conn.execute(sa.update(home.main).where(home.main.c.id == record.id).values(row))
    return found


def random_values(chance: random.Random) -> dict[str, Any]:
    day = date(2024, 1, 1) + timedelta(days=chance.randrange(0, 900))
    seen = datetime(2024, 3, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(0, 900_000))
    turn = datetime(2025, 3, 30, 0, 30, tzinfo=UTC) + timedelta(hours=chance.randrange(0, 4))
    amount = Decimal(chance.randrange(-50_000, 100_000)).scaleb(-2)
    return {
        "Amount": chance.choice([None, amount, amount, amount]),
        "CloseDate": chance.choice([None, day, day, date(2024, 2, 29), date(2024, 12, 31)]),
        "Seen": chance.choice([None, seen, seen, turn]),
        "StageName": chance.choice([None, *STAGES]),
        "Flag": chance.random() < 0.5,
        "Shade": chance.choice([None, "red", "Red", "RED", "blue"]),
    }


# -- cases ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A report, who asks for it, and the rows that it is about."""

    report: Report
    actor_of: Callable[[Snapshot], Actor]
    rows: Sequence[Row]
    down: Sequence[Key]
    across: Sequence[Key]
    totals: Sequence[tuple[str, str]]  # (path, aggregate)

    @classmethod
    def of(cls, world: World, values: Values, chance: random.Random) -> Case:
        person = chance.choice(list(world.people.values()))
        zone, locale = chance.choice(ZONES), chance.choice(list(STARTS))
        fiscal = chance.randint(1, 12)
        shape = chance.choice(["Opportunity", "Account", "inner", "outer"])
        attributes: dict[str, Any] = {}
        rows = list(_filtered(_rows(world, values, person, shape, attributes, chance),
                              shape, attributes, chance))  # fmt: skip
        prefixes = ("", "Child$") if shape in ("inner", "outer") else ("",)
        keys = [key for prefix in prefixes for key in _keys(prefix, zone, STARTS[locale], fiscal)]
        if shape == "Opportunity":
            keys.append(("Account.StageName", "Day", _same))
        if chance.random() < 0.3:
            keys.append(_bucketed(prefixes[-1], attributes))
        chosen = chance.sample(keys, min(len(keys), chance.randint(0, 4)))
        is_matrix = len(chosen) > 1 and chance.random() < 0.4
        cut = chance.randint(1, min(2, len(chosen) - 1)) if is_matrix else min(3, len(chosen))
        down = chosen[:cut]
        across = chosen[cut : cut + 2] if is_matrix else []
        paths = [f"{p}Amount" for p in prefixes]
        names = chance.sample(["Sum", "Average", "Minimum", "Maximum"], chance.randint(0, 4))
        totals = [(chance.choice(paths), name) for name in names]
        if chance.random() < 0.4:
            totals.append((f"{prefixes[-1]}StageName", "Unique"))
        asked: dict[str, list[str]] = defaultdict(list)
        for path, name in totals:
            asked[path].append(name)
        types = {
            "inner": "Account$Opportunity.AccountId",
            "outer": "Account$Opportunity.AccountId?",
        }
        report = make_report(
            types.get(shape, shape), down=[_grouping(key) for key in down],
            across=[_grouping(key) for key in across],
            columns=[f"{path}:{'+'.join(names)}" for path, names in asked.items()], **attributes,
        )  # fmt: skip

        def actor_of(snapshot: Snapshot) -> Actor:
            actor = worlds.actor_of(person, snapshot)
            return replace(actor, time_zone=zone, locale=locale, fiscal_start=fiscal)

        return cls(report, actor_of, rows, down, across, totals)

    def difference(self, conn: sa.Connection, snapshot: Snapshot) -> str:
        """What the report says otherwise than the plain computation; "" for nothing."""
        result = run_report(conn, self.actor_of(snapshot), snapshot, self.report)
        wanted, given = self.expected(), cells_of(result)
        if wanted == given:
            return ""
        told = {place: (wanted.get(place), given.get(place)) for place in wanted | given
                if wanted.get(place) != given.get(place)}  # fmt: skip
        return f"{self.report.document}: wanted and given {told}"

    def expected(self) -> dict[Any, Any]:
        groups: dict[Any, list[Row]] = defaultdict(list)
        groups[(), ()] = []
        for row in self.rows:
            down = tuple(key(row[path]) for path, _g, key in self.down)
            across = tuple(key(row[path]) for path, _g, key in self.across)
            for i, j in product(range(len(down) + 1), range(len(across) + 1)):
                groups[down[:i], across[:j]].append(row)
        return {place: self._totals(rows) for place, rows in groups.items()}

    def _totals(self, rows: Sequence[Row]) -> dict[str, Any]:
        found: dict[str, Any] = {"RowCount": len(rows)}
        for path, name in self.totals:
            there = [row[path] for row in rows if row[path] is not None]
            found[f"{path}:{name}"] = _total(name, there)
        return found


def _total(name: str, values: list[Any]) -> Any:
    if name == "Unique":
        return len(set(values))
    if not values:
        return None
    match name:
        case "Sum":
            return sum(values)
        case "Average":
            exact = Context(prec=60).divide(sum(values), Decimal(len(values)))
            return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)
        case _:
            return min(values) if name == "Minimum" else max(values)


def _grouping(key: Key) -> dict[str, Any]:
    path, granularity, _of = key
    return {"field": "Size" if granularity == "bucket" else path} | (
        {"dateGranularity": granularity} if granularity not in ("Day", "bucket") else {}
    )


def cells_of(result: ReportResult) -> dict[Any, Any]:
    """{(keys down, keys across): totals} of everything in the result."""
    found: dict[Any, Any] = {((), ()): dict(result.grand)}

    def walk(groups: Sequence[Group], place: Callable[[Any], Any]) -> None:
        for group in groups:
            found[place(group.keys)] = dict(group.totals)
            walk(group.groups, place)

    walk(result.down, lambda keys: (keys, ()))
    walk(result.across, lambda keys: ((), keys))
    return found | {place: dict(totals) for place, totals in result.cells.items()}


# -- rows ----------------------------------------------------------------------------------------


def _rows(
    world: World, values: Values, person: Person, shape: str,
    attributes: dict[str, Any], chance: random.Random,
) -> Iterator[Row]:  # fmt: skip
    both = [r for r in world.records.values() if r.object in ("Account", "Opportunity")]
    seen = [record for record in both if world.level(person, record) >= READ]
    accounts = {r.id: r for r in seen if r.object == "Account"}
    deals = [r for r in seen if r.object == "Opportunity"]
    base = deals if shape == "Opportunity" else list(accounts.values())
    base = _of_whom(world, person, base, attributes, chance)
    if shape != "Opportunity" and chance.random() < 0.3:
        base = _crossed(base, deals, values, attributes, chance)
    for record in base:
        row = dict(values[record.id])
        if shape == "Opportunity":
            parent = values[record.account] if record.account in accounts else {}
            yield row | {"Account.StageName": parent.get("StageName")}
            continue
        children = [deal for deal in deals if deal.account == record.id]
        if shape == "Account":
            yield row
            continue
        for child in children:
            yield row | {f"Child${name}": value for name, value in values[child.id].items()}
        if shape == "outer" and not children:
            yield row | {f"Child${name}": None for name in values[record.id]}


def _of_whom(
    world: World, person: Person, records: list[Record], attributes: dict[str, Any],
    chance: random.Random,
) -> list[Record]:  # fmt: skip
    scope = chance.choice(["organization"] * 4 + ["mine", "team"])
    attributes["scope"] = scope
    if scope == "organization":
        return records
    team = {person.id}
    if scope == "team":
        team |= {p.id for p in world.people.values() if world.is_above(person.role, p.role)}
    return [record for record in records if record.owner in team]


def _crossed(
    accounts: list[Record], deals: list[Record], values: Values,
    attributes: dict[str, Any], chance: random.Random,
) -> list[Record]:  # fmt: skip
    stage, is_without = chance.choice(STAGES), chance.random() < 0.5
    row = {"id": "1", "field": "StageName", "operator": "equals", "value": stage}
    attributes["crossFilters"] = [{
        "operation": "without" if is_without else "with", "relation": "Opportunity.AccountId",
        "filters": [row],
    }]  # fmt: skip
    having = {deal.account for deal in deals if values[deal.id]["StageName"] == stage}
    return [account for account in accounts if (account.id in having) is not is_without]


def _filtered(
    rows: Iterator[Row], shape: str, attributes: dict[str, Any], chance: random.Random
) -> Iterator[Row]:
    prefix = "Child$" if shape in ("inner", "outer") and chance.random() < 0.5 else ""
    tests: list[Callable[[Row], bool]] = []
    filters: list[dict[str, Any]] = []
    if chance.random() < 0.4:
        path, bound = f"{prefix}Amount", Decimal(chance.randrange(0, 500))
        filters.append({"field": path, "operator": "greaterThan", "value": str(bound)})
        tests.append(lambda row: row[path] is not None and row[path] > bound)
    if chance.random() < 0.4:
        name, stage = f"{prefix}StageName", chance.choice(STAGES)
        filters.append({"field": name, "operator": "notEqual", "value": stage})
        tests.append(lambda row: row[name] != stage)
    both = chance.random() < 0.5
    if len(filters) == 2 and not both:
        attributes["booleanFilter"] = "1 OR 2"
    if filters:
        attributes["filters"] = [{"id": str(n), **row} for n, row in enumerate(filters)]
    frame = None
    if chance.random() < 0.3:
        frame = date(2024, chance.randint(1, 12), 1), date(2025, chance.randint(1, 12), 15)
        attributes["timeFrameFilter"] = {
            "field": "CloseDate", "startDate": frame[0].isoformat(),
            "endDate": frame[1].isoformat(),
        }  # fmt: skip
    join = all if both else any
    for row in rows:
        day = row["CloseDate"]
        if tests and not join(test(row) for test in tests):
            continue
        if frame is None or (day is not None and frame[0] <= day <= frame[1]):
            yield row


# -- keys ----------------------------------------------------------------------------------------


def _same(value: Any) -> Any:
    return value


def _keys(prefix: str, zone: str, week: int, fiscal: int) -> Iterator[Key]:
    yield f"{prefix}StageName", "Day", _same
    yield f"{prefix}Flag", "Day", bool
    yield f"{prefix}Amount", "Day", _same
    yield f"{prefix}Shade", "Day", lambda text: text and text.casefold()
    for granularity in ("Day", "Week", "Month", "Quarter", "Year", "FiscalQuarter", "FiscalYear",
                        "MonthInYear", "DayInMonth", "DayInWeek"):  # fmt: skip
        of = _period(granularity, week, fiscal)
        yield f"{prefix}CloseDate", granularity, of
        yield f"{prefix}Seen", granularity, _local(zone, of)
    yield f"{prefix}Seen", "HourInDay", _hour(zone)


def _local(zone: str, of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: value and of(value.astimezone(ZoneInfo(zone)).date())


def _hour(zone: str) -> Callable[[Any], Any]:
    return lambda value: None if value is None else value.astimezone(ZoneInfo(zone)).hour


def _period(granularity: str, week: int, fiscal: int) -> Callable[[Any], Any]:
    def of(day: date | None) -> Any:
        if day is None:
            return None
        months = {"Month": 1, "Quarter": 3, "Year": 12, "FiscalQuarter": 3, "FiscalYear": 12}
        if granularity in months:
            lead = fiscal - 1 if granularity.startswith("Fiscal") else 0
            at = day.year * 12 + day.month - 1 - lead
            at = at // months[granularity] * months[granularity] + lead
            return date(at // 12, at % 12 + 1, 1)
        match granularity:
            case "Week":
                return day - timedelta(days=(day.weekday() - week) % 7)
            case "MonthInYear":
                return day.month
            case "DayInMonth":
                return day.day
            case "DayInWeek":
                return day.weekday()
        return day

    return of


def _bucketed(prefix: str, attributes: dict[str, Any]) -> Key:
    attributes["buckets"] = [{
        "name": "Size", "field": f"{prefix}Amount",
        "values": [{"label": "Small", "below": "100"},
                   {"label": "Middle", "from": "100", "below": "500.5"}],
    }]  # fmt: skip

    def of(value: Decimal | None) -> int | None:
        if value is None or value >= Decimal("500.5"):
            return None
        return 0 if value < 100 else 1

    return f"{prefix}Amount", "bucket", of
