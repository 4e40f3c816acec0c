"""Filters, orders and aggregates say the same in SQL, on both databases, and in memory."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import deployed, make_field, make_object, nobody
from tests.runtime.conftest import Crm
from trellis.metadata.predicates import All, AnyOf, Condition, Not, Predicate
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.runtime.query import run
from trellis.runtime.query.match import matcher
from trellis.runtime.query.request import Aggregate, Order, Query
from trellis.runtime.records.service import Records

HOT = ["Hot", "warm", "Straße", "ÄRGER", "100%_x", "冷"]
WORDS = [
    *HOT,
    "a",
    "A",
    "ß",
    "ss",
    "x_y",
    "x%y",
    "\\",
    "客户公司",
    "i̇",
    "İ",
    "z\N{COMBINING ACUTE ACCENT}",
]
OPTIONS: dict[str, dict[str, Any]] = {
    "Text": {"length": 80},
    "TextArea": {},
    "Email": {},
    "Phone": {},
    "Url": {},
    "Number": {"precision": 18, "scale": 0},
    "Currency": {"precision": 18, "scale": 2},
    "Percent": {"precision": 9, "scale": 3},
    "Checkbox": {},
    "Date": {},
    "DateTime": {},
    "Time": {},
    "Picklist": {"values": HOT},
    "MultiselectPicklist": {"values": HOT},
    "Lookup": {"to": "Thing"},
}
FIELDS = tuple(f"F_{name}" for name in OPTIONS)
PATHS = (*FIELDS, *(f"R_Lookup.{name}" for name in FIELDS), "Name")
TODAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def values_of(name: str, chance: random.Random) -> Any:
    """A value for the field of that type; none at times."""
    if chance.random() < 0.25:
        return None
    day = date(2026, 3, 2) + timedelta(days=chance.choice([-400, -40, -7, -1, 0, 1, 6, 31, 365]))
    cents = chance.choice([0, 1, -1, 5, 100, 999999999999999999, -999999999999999999, 12345])
    match name:
        case "Number":
            return Decimal(chance.choice([0, 1, -1, 7, 10**17, 999999999999999999]))
        case "Currency":
            return Decimal(cents).scaleb(-2)
        case "Percent":
            return Decimal(chance.choice([0, 1, 12500, -333])).scaleb(-3)
        case "Checkbox":
            return chance.random() < 0.5
        case "Date":
            return day
        case "DateTime":
            moment = time(chance.choice([0, 11, 23]), chance.choice([0, 59]), 30, 5000)
            return datetime.combine(day, moment, UTC)
        case "Time":
            return time(chance.choice([0, 11, 23]), chance.choice([0, 59]))
        case "MultiselectPicklist":
            return tuple(v for v in HOT if chance.random() < 0.4) or None
        case "Picklist":
            return chance.choice(HOT)
        case "Email":
            return chance.choice(["a@b.example", "A@B.example", "x_y@z.example"])
        case "Url":
            return chance.choice(["https://a.example", "https://A.example/%_"])
        case _:
            return " ".join(chance.choice(WORDS) for _n in range(chance.randint(1, 2)))


@pytest.fixture
def things(org_db: OrgDatabase, frozen_clock: Any) -> Crm:
    """Sixty records with a field of every filterable type, half of them with a parent."""
    frozen_clock.move_to(TODAY)
    fields = [make_field(f"Thing.F_{n}", n, **options) for n, options in OPTIONS.items()]
    fields[-1] |= {"relationshipName": "R_Lookup"}
    snapshot = deployed(
        org_db, make_object("User", keyPrefix="005", storage="people"), make_field("User.Name"),
        make_object("Thing"), make_field("Thing.Name"), *fields,
    )  # fmt: skip
    actor = nobody()
    crm = Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))
    chance = random.Random(7)
    made: list[str] = []
    for half in range(2):
        rows = [
            {f"F_{name}": values_of(name, chance) for name in OPTIONS if name != "Lookup"}
            | {"Name": f"n{half}{number:02}"}
            | ({"F_Lookup": chance.choice(made)} if made and chance.random() < 0.9 else {})
            for number in range(30)
        ]
        outcomes = crm.records.create_many("Thing", rows)
        assert not [problem for outcome in outcomes for problem in outcome.problems]
        made += (outcome.id for outcome in outcomes)
    return crm


@dataclass(frozen=True)
class Pool:
    """What conditions are drawn from."""

    crm: Crm = field(repr=False)
    rows: list[Any] = field(repr=False)


TEXTS = ["", "0", "0.005", "-1", "1e5", "true", "TODAY", "LAST_N_DAYS:7", "THIS_MONTH", "a", "me"]
TEXTS += ["%", "_", "Hot;warm", "ss", "2026-03-02", "11:59", *WORDS]


@st.composite
def condition(draw: st.DrawFn, pool: Pool) -> Condition:
    """A condition on a random path, with operands that occur, nearly occur or are odd."""
    path = draw(st.sampled_from(PATHS))
    asked = pool.crm.snapshot.resolve("Thing", path)[-1]
    operator = draw(st.sampled_from(asked.field_type.operators))
    if operator.arity == 0:
        return Condition(path, operator.name)
    count = 1 if operator.arity == 1 else draw(st.integers(0, 3))
    operands = []
    for _number in range(count):
        row = pool.rows[draw(st.integers(0, len(pool.rows) - 1))]
        occurs = asked.field_type.export(row.values[path], asked)
        operands.append(occurs if draw(st.booleans()) else draw(st.sampled_from(TEXTS)))
    return Condition(path, operator.name, tuple(operands))


def predicates(pool: Pool) -> st.SearchStrategy[Predicate]:
    return st.recursive(
        condition(pool),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda found: All(tuple(found))),
            st.lists(inner, max_size=3).map(lambda found: AnyOf(tuple(found))),
            inner.map(Not),
        ),
        max_leaves=5,
    )


def all_rows(crm: Crm) -> list[Any]:
    with crm.org_db.read() as conn:
        query = Query("Thing", PATHS, order=(Order("Name"),))
        return list(run.run(conn, crm.actor, query, crm.snapshot).records)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.timeout(600)
def test_a_filter_says_the_same_in_sql_and_in_memory(things: Crm) -> None:
    rows = all_rows(things)
    assert len(rows) == 60
    tried: list[bool] = []
    with things.org_db.read() as conn:

        @settings(
            max_examples=300, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(predicates(Pool(things, rows)))
        def check(where: Predicate) -> None:
            query = Query("Thing", ("Name",), where, (Order("Name"),))
            expected = in_memory(things, where, rows)
            tried.append(isinstance(expected, list))
            try:
                records = run.run(conn, things.actor, query, things.snapshot).records
                found: Any = [record["Name"] for record in records]
            except Rejected as refusal:
                found = "refused" if refusal.problems else None
            assert found == expected

        check()
    assert sum(tried) > len(tried) / 3


def in_memory(crm: Crm, where: Predicate, rows: list[Any]) -> Any:
    try:
        holds = matcher(where, "Thing", crm.actor, crm.snapshot)
    except Rejected:
        return "refused"
    return [row["Name"] for row in rows if holds(row.values)]


def test_an_order_says_the_same_in_sql_and_in_memory(things: Crm) -> None:
    rows = all_rows(things)
    sortable = [n for n in FIELDS if things.snapshot.field("Thing", n).field_type.sortable]
    assert len(sortable) > 10
    for path in sortable:
        asked = things.snapshot.field("Thing", path)
        keys = {row.id: asked.field_type.sort_key(row.values[path], asked) for row in rows}
        for descending in (False, True):
            query = Query("Thing", ("Name",), order=(Order(path, descending),))
            with things.org_db.read() as conn:
                found = run.run(conn, things.actor, query, things.snapshot).records
            filled = [i for i, key in keys.items() if key is not None]
            blank = [i for i, key in keys.items() if key is None]
            ordered = sorted(filled, key=lambda i: (keys[i], i), reverse=descending)
            ordered += sorted(blank, reverse=descending)
            assert [record.id for record in found] == ordered, path


@pytest.mark.parametrize("name", ["Number", "Currency", "Percent"])
def test_aggregates_say_the_same_in_sql_and_in_memory(things: Crm, name: str) -> None:
    path, rows = f"F_{name}", all_rows(things)
    functions = ("count", "count_distinct", "sum", "avg", "min", "max")
    aggregates = tuple(Aggregate(function, path, function) for function in functions)
    for group in ("F_Picklist", "F_Checkbox", "R_Lookup.F_Picklist"):
        groups: dict[Any, list[Decimal]] = defaultdict(list)
        for row in rows:
            value = row.values[path]
            groups[row.values[group]] += [] if value is None else [value]
        query = Query("Thing", group_by=(group,), aggregates=aggregates)
        with things.org_db.read() as conn:
            records = run.run(conn, things.actor, query, things.snapshot).records
        found = {r[group]: tuple(r[f] for f in functions) for r in records}
        scale = OPTIONS[name]["scale"]
        assert found == {key: totals(values, scale) for key, values in groups.items()}


def totals(values: list[Decimal], scale: int) -> tuple[Any, ...]:
    if not values:
        return (0, 0, None, None, None, None)
    average = sum(values) / Decimal(len(values))
    rounded = average.quantize(Decimal(1).scaleb(-scale - 4), ROUND_HALF_UP)
    return (len(values), len(set(values)), sum(values), rounded, min(values), max(values))
