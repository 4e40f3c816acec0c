"""What SQLite works out by itself is what memory gives, to the last decimal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_field, make_object, make_snapshot
from tests.metadata.formulas.test_sql import FIELDS, ROWS, formulas
from trellis.metadata.formulas import Expression, Scene, Subject, check
from trellis.metadata.formulas.checking import Purpose
from trellis.metadata.formulas.results import value_of
from trellis.metadata.formulas.scaled import Scaled, scaled
from trellis.metadata.formulas.typed import Type
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.storage_types import storage_type
from trellis.platform.errors import Rejected

KEPT = {
    Type.NUMBER: ("Percent", {"precision": 18, "scale": 1}, "exact(18,1)"),
    Type.TEXT: ("Text", {}, "text"),
    Type.BOOLEAN: ("Checkbox", {}, "flag"),
    Type.DATE: ("Date", {}, "day"),
    Type.DATETIME: ("DateTime", {}, "utc"),
    Type.TIME: ("Time", {}, "clock"),
}
FORMULAS = {
    kind: make_field(f"X__c.{kind.name}", *what[:1], **what[1]) for kind, what in KEPT.items()
}
SNAPSHOT = make_snapshot(
    make_object("X__c"),
    *(make_field(f"X__c.{name}", kind, **more) for name, (kind, more, _t) in FIELDS.items()),
    *FORMULAS.values(),
)
TABLE = sa.Table(
    "x", sa.MetaData(), sa.Column("place", sa.Integer()),
    *(sa.Column(name, kind) for name, (_k, _m, kind) in FIELDS.items()),
)  # fmt: skip
TODAY = {"TODAY": date(2026, 11, 25)}
SOME = [
    {"N": Decimal(n), "I": i, "P": p, "T": t, "U": "Foo", "B": b, "D": d, "E": date(2024, 2, 29),
     "V": v, "M": None, "C": None, "S": None}
    for n, i, p, t, b, d, v in (
        ("0.05", Decimal(3), Decimal("12.5"), "Foo", True, date(2026, 11, 25), "Hot"),
        ("-0.05", Decimal(-7), None, "a", None, None, None),
        ("-123456.78", Decimal(0), Decimal("-0.5"), None, False, date(9999, 12, 31), "Cold"),
        ("9999999999999999.99", None, Decimal("99.9"), "甲乙", True, date(1, 1, 1), "Hot"),
        ("-9999999999999999.99", Decimal(99999999), Decimal(1), "foo", True, None, None),
    )
]  # fmt: skip


@pytest.fixture
def conn() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        TABLE.create(connection)
        yield connection
    engine.dispose()


def field_of(expression: Expression) -> CustomField:
    return SNAPSHOT.field("X__c", expression.type.name)


def of_sqlite(expression: Expression) -> Scaled | None:
    scale = 3 if expression.type is Type.NUMBER else 0  # a percentage is kept in hundredths
    today = sa.type_coerce(sa.literal(TODAY["TODAY"].isoformat()), sa.Text())
    columns = {name: TABLE.c[name] for name in FIELDS}
    return scaled(expression, scale, columns, {"TODAY": (today, False), "NOW": (today, False)})


def compare(conn: sa.Connection, expression: Expression, rows: list[dict[str, Any]]) -> int:
    """How many of the rows SQLite works out; each as memory does."""
    if (found := of_sqlite(expression)) is None:
        return 0
    conn.execute(TABLE.delete())
    conn.execute(TABLE.insert(), [{**row, "S": None, "place": n} for n, row in enumerate(rows)])
    kept = storage_type(KEPT[expression.type][2])
    outside = sa.false() if found.outside is None else sa.func.coalesce(found.outside, sa.false())
    values = sa.select(outside, sa.type_coerce(found.value, kept))
    asked = values.select_from(TABLE).order_by(TABLE.c.place)
    work = value_of(expression, field_of(expression))
    inside = 0
    for row, (is_outside, value) in zip(rows, conn.execute(asked).all(), strict=True):
        if not is_outside:
            assert value == work(Scene(row, None, TODAY)), row
            inside += 1
    return inside


@pytest.mark.parametrize("as_zero", [False, True], ids=["blank", "zero"])
def test_sqlite_gives_what_memory_gives(conn: sa.Connection, as_zero: bool) -> None:
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD, as_zero)

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(*formulas(2).values()), st.lists(ROWS, min_size=1, max_size=3))
    def agree(formula: str, rows: list[dict[str, Any]]) -> None:
        try:
            expression = check(formula, subject)
        except Rejected:
            return
        if expression.type in KEPT and "NOW" not in formula:
            compare(conn, expression, rows + SOME)

    agree()


#: {formula: how many of SOME SQLite works out by itself}
KNOWN = {
    "N * 0.7 + 100": 3,
    "IF(N > 500000, N / 2, 0)": 3,
    "N * P": 3,
    "N / I": 3,
    "ROUND(N / 3, 0)": 3,
    "N * N": 3,
    "N / 4 - 1": 3,
    'IF(ISPICKVAL(V, "Hot"), 0.9, IF(B, 0.5, NULL))': 5,
    'CASE(T, "Foo", 1.25, NULL, 3, "a", I, 0)': 5,
    'IF(T = "Foo" || U < "a", "yes", T)': 5,
    "D - E": 5,
    "IF(AND(D >= TODAY(), NOT(B)), D, BLANKVALUE(D, E))": 5,
    "YEAR(D) * 100 + MONTH(D)": 5,
    "MAX(N, I, 0) - MIN(P, I) + ABS(N)": 3,
    "P > 0.1": 5,
}


@pytest.mark.parametrize("formula", KNOWN)
def test_the_usual_formulas_need_no_call_of_ours(conn: sa.Connection, formula: str) -> None:
    expression = check(formula, Subject(SNAPSHOT, "X__c", Purpose.FIELD))
    assert compare(conn, expression, SOME) == KNOWN[formula]


def test_what_may_fail_within_or_has_no_end_is_left_to_memory() -> None:
    for formula in ("1 + N / 3", "IFERROR(N / I, 0)", "N / I > 1", "SQRT(N)", "N * N * N * N * N",
                    "INCLUDES(S, T)", "T & U", "D + 1"):  # fmt: skip
        assert of_sqlite(check(formula, Subject(SNAPSHOT, "X__c", Purpose.FIELD))) is None, formula
