from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trellis.platform.db.scope import OrgDatabase
from trellis.platform.db.types import (
    Bytes,
    Clock,
    Day,
    Exact,
    Flag,
    Json,
    Real,
    Utc,
    Whole,
    Words,
    exact_sum,
)
from trellis.platform.errors import Rejected

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", Whole(), primary_key=True, autoincrement=False),
    sa.Column("amount", Exact(18, 2)),
    sa.Column("rate", Exact(9, 6)),
    sa.Column("at", Utc()),
    sa.Column("day", Day()),
    sa.Column("clock", Clock()),
    sa.Column("flag", Flag()),
    sa.Column("words", Words()),
    sa.Column("json", Json()),
    sa.Column("bytes", Bytes()),
    sa.Column("whole", Whole()),
    sa.Column("real", Real()),
    sqlite_strict=True,
)
BERLIN_WINTER = timezone(timedelta(hours=1))
EXAMPLES: dict[str, list[Any]] = {
    "amount": [
        Decimal("99999999999999.99"),
        Decimal("9999999999999999.99"),
        Decimal("-0.01"),
        Decimal(0),
        Decimal("1.5"),
    ],
    "rate": [Decimal("0.125"), Decimal("-999.999999")],
    "at": [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC),
    ],
    "day": [date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "clock": [time(0), time(23, 59, 59, 999000)],
    "flag": [True, False],
    "words": ["", "Ä", "上海 😀", "a\nb", "x" * 100_000, "' OR 1=1 --", "%s :x {y}"],
    "json": [
        {},
        [],
        {"a": [1, 2.5, True, None, "上海"]},
        "x",
        0,
        False,
        {"\\u0000": "\\u0000"},
        {"big": 2**70},
    ],
    "bytes": [b"", b"\x00\xff"],
    "whole": [0, 2**63 - 1, -(2**63)],
    "real": [0.1, -1e300, 5e-324],
}


@pytest.fixture
def db(org_db: OrgDatabase) -> OrgDatabase:
    with org_db.write() as conn:
        METADATA.create_all(conn)
    return org_db


def stored(db: OrgDatabase, column: str, value: Any) -> Any:
    with db.write() as conn:
        conn.execute(sa.delete(THINGS))
        conn.execute(sa.insert(THINGS).values(id=1, **{column: value}))
        return conn.execute(sa.select(THINGS.c[column])).scalar_one()


def test_every_type_gives_back_what_it_was_given(db: OrgDatabase) -> None:
    for column, values in EXAMPLES.items():
        for value in [*values, None]:
            answer = stored(db, column, value)
            assert answer == value
            assert type(answer) is type(value)


def test_every_type_finds_what_it_has_stored(db: OrgDatabase) -> None:
    for column, values in EXAMPLES.items():
        if column != "json":
            for value in values:
                stored(db, column, value)
                with db.read() as conn:
                    found = sa.select(THINGS.c.id).where(
                        THINGS.c[column] == value, THINGS.c[column].in_([value])
                    )
                    assert conn.execute(found).scalar_one() == 1


REFUSED: list[tuple[str, Any, str]] = [
    ("amount", Decimal("NaN"), "number.not_finite"),
    ("amount", Decimal("-Infinity"), "number.not_finite"),
    ("amount", Decimal("1E400"), "number.too_large"),
    ("amount", Decimal("1E999999"), "number.too_large"),
    ("amount", Decimal("10000000000000000"), "number.too_large"),
    ("amount", Decimal("0.001"), "number.too_precise"),
    ("amount", Decimal("1E-999999"), "number.too_precise"),
    ("whole", 2**63, "number.too_large"),
    ("real", float("nan"), "number.not_finite"),
    ("real", float("-inf"), "number.not_finite"),
    ("words", "a\x00b", "text.nul"),
    ("words", "\ud800", "text.surrogate"),
    ("json", {"a": "\x00"}, "text.nul"),
    ("json", {"a": "\\\x00"}, "text.nul"),
    ("json", {"a": ["\udfff"]}, "text.surrogate"),
    ("json", {"a": float("inf")}, "number.not_finite"),
    (
        "at",
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))),
        "datetime.out_of_range",
    ),
    ("at", datetime(1, 1, 1, tzinfo=BERLIN_WINTER), "datetime.out_of_range"),
]
OF_ANOTHER_TYPE: list[tuple[str, Any]] = [
    ("amount", 1.5),
    ("amount", True),
    ("amount", "1"),
    ("whole", 1.0),
    ("whole", True),
    ("flag", 1),
    ("flag", "true"),
    ("words", 1),
    ("words", b"x"),
    ("at", datetime(2026, 1, 1)),  # noqa: DTZ001
    ("at", date(2026, 1, 1)),
    ("day", datetime(2026, 1, 1, tzinfo=UTC)),
    ("day", "2026-01-01"),
    ("clock", time(1, tzinfo=UTC)),
]


def test_what_cannot_be_kept_exactly_is_refused(db: OrgDatabase) -> None:
    for column, value, code in REFUSED:
        with pytest.raises(Rejected) as caught:
            stored(db, column, value)
        assert caught.value.problems[0].code == code, (column, value)


def test_a_value_of_another_python_type_is_a_bug(db: OrgDatabase) -> None:
    for column, value in OF_ANOTHER_TYPE:
        with pytest.raises((TypeError, sa.exc.StatementError)):
            stored(db, column, value)


def test_moments_are_kept_in_utc_to_the_millisecond(db: OrgDatabase) -> None:
    there = datetime(2026, 1, 1, 0, 30, 0, 123_999, tzinfo=BERLIN_WINTER)
    answer = stored(db, "at", there)
    assert answer.isoformat() == "2025-12-31T23:30:00.123000+00:00"


def test_text_is_sorted_by_code_point(db: OrgDatabase) -> None:
    words = ["b", "B", "a", "_", "ä", "é", "上", "z", "Z", "10", "9", "", " ", "-a"]
    with db.write() as conn:
        conn.execute(sa.insert(THINGS), [{"id": n, "words": word} for n, word in enumerate(words)])
        answer = conn.scalars(sa.select(THINGS.c.words).order_by(THINGS.c.words)).all()
    assert answer == sorted(words)


def test_flags_can_stand_alone_as_conditions(db: OrgDatabase) -> None:
    with db.write() as conn:
        conn.execute(
            sa.insert(THINGS),
            [{"id": 1, "flag": True}, {"id": 2, "flag": False}, {"id": 3, "flag": None}],
        )
        assert conn.scalars(sa.select(THINGS.c.id).where(THINGS.c.flag)).all() == [1]
        assert conn.scalars(sa.select(THINGS.c.id).where(~THINGS.c.flag)).all() == [2]
        assert conn.scalars(sa.select(THINGS.c.id).where(THINGS.c.flag.is_(None))).all() == [3]


def test_decimals_compare_as_numbers(db: OrgDatabase) -> None:
    with db.write() as conn:
        conn.execute(
            sa.insert(THINGS),
            [{"id": n, "amount": Decimal(text)} for n, text in enumerate(("9", "10", "-1"))],
        )
        assert conn.scalars(sa.select(THINGS.c.id).order_by(THINGS.c.amount)).all() == [2, 0, 1]
        assert conn.scalars(
            sa.select(THINGS.c.id).where(THINGS.c.amount > Decimal("9.00"))
        ).all() == [1]
        assert conn.scalars(
            sa.select(THINGS.c.id).where(THINGS.c.amount.between(Decimal(-1), 9))
        ).all() == [0, 2]


CENTS = st.integers(-(10**18) + 1, 10**18 - 1)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.none() | CENTS, max_size=30))
def test_sums_are_exact_at_any_size(db: OrgDatabase, cents: list[int | None]) -> None:
    amounts = [None if one is None else Decimal(one).scaleb(-2) for one in cents]
    present = [one for one in amounts if one is not None]
    total = exact_sum(THINGS.c.amount)
    with db.write() as conn:
        conn.execute(sa.delete(THINGS))
        if amounts:
            conn.execute(
                sa.insert(THINGS), [{"id": n, "amount": one} for n, one in enumerate(amounts)]
            )
        assert conn.scalar(sa.select(total)) == (sum(present) if present else None)
        labelled = conn.execute(sa.select(total.label("c1"), sa.func.count())).one()
        assert labelled.c1 == (sum(present) if present else None)


def test_ten_largest_amounts_sum_beyond_64_bits(db: OrgDatabase) -> None:
    largest = Decimal("9999999999999999.99")
    with db.write() as conn:
        conn.execute(
            sa.insert(THINGS),
            [{"id": n, "amount": largest, "whole": 2**63 - 1} for n in range(100)],
        )
        assert conn.scalar(sa.select(exact_sum(THINGS.c.amount))) == largest * 100
        assert conn.scalar(sa.select(exact_sum(THINGS.c.whole))) == (2**63 - 1) * 100


def test_sums_order_and_filter_groups(db: OrgDatabase) -> None:
    rows = [("a", 1), ("b", 30), ("b", -5), ("c", 20), ("d", None)]
    with db.write() as conn:
        conn.execute(
            sa.insert(THINGS),
            [
                {"id": n, "words": w, "amount": None if a is None else Decimal(a)}
                for n, (w, a) in enumerate(rows)
            ],
        )
        total = exact_sum(THINGS.c.amount)
        statement = (
            sa.select(THINGS.c.words, total.label("c1"))
            .group_by(THINGS.c.words)
            .having(total >= Decimal("20.00"))
            .order_by(total.desc())
        )
        assert conn.execute(statement).all() == [
            ("b", Decimal(25)),
            ("c", Decimal(20)),
        ]
        inner = sa.select(THINGS.c.words, total.label("c1")).group_by(THINGS.c.words).subquery()
        assert conn.scalar(sa.select(inner.c.c1).where(inner.c.c1 > Decimal(20))) == Decimal(25)
        assert conn.scalar(sa.select(sa.func.max(inner.c.c1))) == Decimal(25)


def test_strict_tables_refuse_a_value_of_another_type(db: OrgDatabase) -> None:
    if db.dialect == "sqlite":
        with pytest.raises(sa.exc.IntegrityError), db.write() as conn:
            conn.exec_driver_sql("INSERT INTO things (id, whole) VALUES (1, 'abc')")


def test_an_exact_column_never_promises_more_than_18_digits() -> None:
    with pytest.raises(ValueError, match="18 digits"):
        Exact(19, 2)


def test_exact_columns_refuse_arithmetic_that_scaled_integers_would_get_wrong(
    db: OrgDatabase,
) -> None:
    amount, rate = THINGS.c.amount, THINGS.c.rate
    for wrong in (
        lambda: amount * 2,
        lambda: 2 * amount,
        lambda: amount / 2,
        lambda: amount > rate,
        lambda: amount + rate,
        lambda: amount == THINGS.c.whole,
        lambda: exact_sum(amount) > rate,
    ):
        with pytest.raises(TypeError, match="exact column"):
            wrong()
    with db.write() as conn:
        conn.execute(sa.insert(THINGS).values(id=1, amount=Decimal("2.50")))
        right = sa.select(amount + Decimal("0.25"), 3 - amount, -amount, amount + amount)
        answers = [Decimal("2.75"), Decimal("0.50"), Decimal("-2.50"), Decimal("5.00")]
        assert list(conn.execute(right.where(amount >= amount)).one()) == answers
