"""Formula fields are read like any other field, on both databases and in memory."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import administrator, deployed, make_field, make_object
from tests.runtime.conftest import Crm
from trellis.metadata.field_types.operators import WORDS
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.predicates import Condition
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.runtime.query import run
from trellis.runtime.query.computed import paths_of
from trellis.runtime.query.match import matcher
from trellis.runtime.query.request import Aggregate, Order, Query
from trellis.runtime.records.service import Records

FORMULAS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "Words": ("Text", 'T__c & IF(ISBLANK(T__c), "", " / ") & Up__r.T__c', {}),
    "Whole": ("Number", "N__c * 2 - Up__r.N__c", {"precision": 18, "scale": 0}),
    "Money": ("Currency", "N__c / 7", {"precision": 18, "scale": 2}),
    "Bare": ("Currency", "N__c / M__c", {"formulaTreatBlanksAs": "BlankAsBlank"}),
    "Share": ("Percent", "M__c / N__c", {"precision": 9, "scale": 3}),
    "Day": ("Date", "D__c + N__c", {}),
    "Moment": ("DateTime", "Up__r.W__c", {}),
    "Flag": ("Checkbox", "N__c > M__c", {}),
    "Hour": ("Time", "C__c", {}),
    "Nested": ("Number", "Whole__c + Up__r.Whole__c + 0.5", {"precision": 18, "scale": 0}),
    "Who": ("Text", '$User.Name & "/" & $Profile.Name & TEXT_OF', {}),
    "Late": ("Checkbox", "D__c < TODAY()", {}),
}
FORMULAS["Who"] = ("Text", '$User.Name & "/" & $Profile.Name', {})
WORD = ["a", "A", "ß", "ss", "ÄRGER", "ärger", "客户公司", "İ", "x_y", "100%", "ﬁx", "Σς", "'\\:"]
TODAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def things(org_db: OrgDatabase, frozen_clock: Any) -> Crm:
    """Forty records, half of them with a parent, and a formula field of every type."""
    frozen_clock.move_to(TODAY)
    snapshot = deployed(
        org_db,
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_object("Thing__c"),
        make_field("Thing__c.Name"),
        make_field("Thing__c.T__c"),
        make_field("Thing__c.N__c", "Number", precision=12, scale=2),
        make_field("Thing__c.M__c", "Number", precision=12, scale=2),
        make_field("Thing__c.D__c", "Date"),
        make_field("Thing__c.W__c", "DateTime"),
        make_field("Thing__c.C__c", "Time"),
        make_field("Thing__c.Up__c", "Lookup", to="Thing__c"),
        *(
            make_field(f"Thing__c.{name}__c", kind, formula=formula, **more)
            for name, (kind, formula, more) in FORMULAS.items()
        ),
    )
    actor = administrator()
    crm = Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))
    chance = random.Random(5)
    made: list[str] = []
    for half in range(2):
        outcomes = crm.records.create_many(
            "Thing__c", [_row(chance, f"n{half}{number:02}", made) for number in range(20)]
        )
        assert not [problem for outcome in outcomes for problem in outcome.problems]
        made += (outcome.id for outcome in outcomes)
    return crm


def _row(chance: random.Random, name: str, parents: list[str]) -> dict[str, Any]:
    def perhaps(value: Any) -> Any:
        return value if chance.random() < 0.8 else None

    day = date(2026, 3, 2) + timedelta(days=chance.randint(-40, 40))
    row = {
        "Name": name,
        "T__c": perhaps(chance.choice(WORD)),
        "N__c": perhaps(Decimal(chance.randint(-500, 500)).scaleb(-chance.randint(0, 2))),
        "M__c": perhaps(Decimal(chance.choice([0, 1, 2, -3, 7]))),
        "D__c": perhaps(day),
        "W__c": perhaps(datetime.combine(day, time(chance.randint(0, 23), 30, 1, 7000), UTC)),
        "C__c": perhaps(time(chance.randint(0, 23), 15)),
    }
    return row | ({"Up__c": perhaps(chance.choice(parents))} if parents else {})


def fields(crm: Crm) -> list[CustomField]:
    return [crm.snapshot.field("Thing__c", f"{name}__c") for name in FORMULAS]


def read(crm: Crm, query: Query) -> run.Page:
    with crm.org_db.read() as conn:
        return run.run(conn, crm.actor, query, crm.snapshot)


def everything(crm: Crm) -> dict[str, dict[str, Any]]:
    """{name of record: its formula fields and what they look at}."""
    paths = {path for field in fields(crm) for path in paths_of(field, crm.snapshot)}
    names = tuple(field.local_name for field in fields(crm))
    found = read(crm, Query("Thing__c", ("Name", *names, *sorted(paths)))).records
    return {record["Name"]: dict(record.values) for record in found}


def test_statements_give_what_memory_gives(things: Crm, subtests: pytest.Subtests) -> None:
    records = everything(things)
    for field in fields(things):
        with subtests.test(field=field.local_name):
            assert len({repr(values[field.local_name]) for values in records.values()}) > 1 or (
                field.local_name == "Who__c"
            )
            for operator in field.field_type.operators:
                for values in list(records.values())[4:32:9]:
                    shown = field.field_type.export(values[field.local_name], field)
                    operands = (shown,) if operator.arity else ()
                    same_in_both(
                        things, records, Condition(field.local_name, operator.name, operands)
                    )


def same_in_both(things: Crm, records: dict[str, dict[str, Any]], condition: Condition) -> None:
    query = Query("Thing__c", ("Name",), condition, order=(Order("Name"),))
    try:
        found = [record["Name"] for record in read(things, query).records]
    except Rejected:
        with pytest.raises(Rejected):
            matcher(condition, "Thing__c", things.actor, things.snapshot)
        return
    known = matcher(condition, "Thing__c", things.actor, things.snapshot)
    for is_bare in (False, True):
        assert found == [
            name
            for name, values in sorted(records.items())
            if known(
                {k: v for k, v in values.items() if k.removesuffix("__c") not in FORMULAS}
                if is_bare
                else values
            )
        ], (condition, is_bare)


def test_pages_in_the_order_of_a_formula_show_every_record_once(
    things: Crm, subtests: pytest.Subtests
) -> None:
    records = everything(things)
    for field in fields(things):
        for descending in (False, True):
            with subtests.test(field=field.local_name, descending=descending):
                order = (Order(field.local_name, descending),)
                query = Query("Thing__c", ("Name", field.local_name), order=order, limit=7)
                page, seen = read(things, query), []
                while True:
                    seen += page.records
                    if not page.more:
                        break
                    page = read(things, replace(query, after=page.next))
                assert sorted(one["Name"] for one in seen) == sorted(records)
                keys = [field.field_type.sort_key(one[field.local_name], field) for one in seen]
                there = [key for key in keys if key is not None]
                assert there == sorted(there, reverse=descending)
                assert keys == there + [None] * (len(keys) - len(there))


def test_formulas_group_and_add_up(things: Crm) -> None:
    records = everything(things).values()
    found = read(
        things,
        Query(
            "Thing__c", group_by=("Flag__c",),
            aggregates=(
                Aggregate("count", "", "n"), Aggregate("sum", "Money__c", "s"),
                Aggregate("max", "Day__c", "d"),
            ),
        ),
    ).records  # fmt: skip
    assert {one["Flag__c"]: (one["n"], one["s"], one["d"]) for one in found} == {
        flag: (
            len(some),
            sum(one["Money__c"] for one in some if one["Money__c"] is not None),
            max(one["Day__c"] for one in some if one["Day__c"] is not None),
        )
        for flag in (False, True)
        for some in [[one for one in records if one["Flag__c"] is flag]]
    }


def test_every_operator_of_texts_is_asked() -> None:
    assert {"contains", "like", "startsWith"} <= {one.name for one in WORDS}
