"""What filters mean, told by example; that both readings agree is told by the contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.metadata.field_types.columns import make_table, parts_of
from tests.metadata.field_types.samples import make_field
from trellis.metadata.field_types.base import Reading
from trellis.metadata.field_types.operators import like_parts
from trellis.metadata.field_types.picklist import THREE
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.moments import moments_of
from trellis.metadata.relative_dates import DayRange
from trellis.metadata.storage_types import storage_type
from trellis.platform.db.types import exact_sum
from trellis.platform.errors import Rejected

TODAY = Reading(
    today=date(2026, 11, 23), time_zone="America/New_York", user_id="005000000000001AAA"
)


def found(
    conn: sa.Connection,
    field: CustomField,
    values: list[Any],
    operator: str,
    *operands: Any,
    reading: Reading = TODAY,
) -> list[Any]:
    """The values that the filter finds in the database, which memory agrees with."""
    bound = field.field_type.bind(operator, operands, field, reading)
    table = make_table(conn, field, values)
    columns = parts_of(table, field)
    rows = conn.scalars(sa.select(table.c.place).where(bound.sql(columns)).order_by("place"))
    kept = [values[place] for place in rows]
    assert kept == [value for value in values if bound.matches(value)]
    return kept


WORDS = ["Acme", "ACME", "Straße", "100%", "100x", "a_b", "axb", "ﬁt", "客户", None]


@pytest.mark.parametrize(
    ("operator", "operands", "expected"),
    [
        ("equals", ("acme",), ["Acme", "ACME"]),
        ("equals", ("STRASSE",), ["Straße"]),
        ("equals", ("FIT",), ["ﬁt"]),
        ("equals", ("acme", "客户"), ["Acme", "ACME", "客户"]),
        ("equals", ("",), [None]),
        ("equals", (), []),
        ("in", (), []),
        ("notEqual", ("acme",), ["Straße", "100%", "100x", "a_b", "axb", "ﬁt", "客户", None]),
        ("notEqual", ("",), WORDS[:-1]),
        ("notIn", ("acme", "axb"), ["Straße", "100%", "100x", "a_b", "ﬁt", "客户", None]),
        ("contains", ("%",), ["100%"]),
        ("contains", ("_",), ["a_b"]),
        ("contains", ("户",), ["客户"]),
        ("notContain", ("a",), ["100%", "100x", "ﬁt", "客户", None]),
        ("startsWith", ("100",), ["100%", "100x"]),
        ("startsWith", ("A_",), ["a_b"]),
        ("like", ("a_b",), ["a_b", "axb"]),
        ("like", ("a\\_b",), ["a_b"]),
        ("like", ("%E",), ["Acme", "ACME", "Straße"]),
        ("isBlank", (), [None]),
        ("isNotBlank", (), WORDS[:-1]),
    ],
)
def test_words_are_compared_without_case(
    conn: sa.Connection, operator: str, operands: tuple[str, ...], expected: list[Any]
) -> None:
    assert found(conn, make_field("Text"), WORDS, operator, *operands) == expected


def test_case_matters_where_the_field_says_so(conn: sa.Connection) -> None:
    field = make_field("Text", caseSensitive=True)
    assert found(conn, field, WORDS, "equals", "Acme") == ["Acme"]
    assert field.field_type.unique_part(field) == ""
    assert field.field_type.unique_part(make_field("Text")) == "key"


@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        ("greaterThan", "1.5", [2]),
        ("greaterOrEqual", "1.5", [2]),
        ("lessThan", "1.5", [-1, 0, 1]),
        ("lessOrEqual", "1.5", [-1, 0, 1]),
        ("lessThan", "-0.5", [-1]),
        ("greaterOrEqual", "1", [1, 2]),
        ("equals", "1.5", []),
        ("equals", "1.0", [1]),
        ("notEqual", "1.5", [-1, 0, 1, 2, None]),
        ("greaterThan", "-" + "9" * 40, [-1, 0, 1, 2]),
        ("lessThan", "9" * 40, [-1, 0, 1, 2]),
        ("greaterThan", "9" * 40, []),
        ("equals", "9" * 40, []),
    ],
)
def test_amounts_are_compared_with_numbers_that_do_not_fit(
    conn: sa.Connection, operator: str, operand: str, expected: list[int | None]
) -> None:
    values = [None if n is None else Decimal(n) for n in (-1, 0, 1, 2, None)]
    kept = found(conn, make_field("Number"), values, operator, operand)
    assert kept == expected


def test_one_comma_text_is_one_number_or_several() -> None:
    number, text = make_field("Number").field_type, make_field("Text").field_type
    assert number.operands_of("1, 2") == ("1", "2")
    assert text.operands_of("Hot,Warm") == ("Hot", "Warm")
    assert text.operands_of('"Hot, really",Warm') == ("Hot, really", "Warm")
    assert text.operands_of("") == ("",)
    with pytest.raises(Rejected):
        number.operands_of("1,000")


def test_a_comparison_takes_exactly_one_operand() -> None:
    field = make_field("Number")
    for operands in ((), ("1", "2")):
        with pytest.raises(Rejected) as refusal:
            field.field_type.bind("lessThan", operands, field)
        assert refusal.value.problems[0].code == "filter.operands"


def test_a_number_filter_refuses_words() -> None:
    field = make_field("Number")
    with pytest.raises(Rejected):
        field.field_type.bind("equals", ("many",), field)


DAYS = [date(2026, 11, day) for day in (21, 22, 23, 24)]


@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        ("equals", "THIS_WEEK", DAYS[1:]),
        ("notEqual", "THIS_WEEK", [DAYS[0], None]),
        ("lessThan", "THIS_WEEK", DAYS[:1]),
        ("lessOrEqual", "LAST_WEEK", DAYS[:1]),
        ("greaterThan", "LAST_WEEK", DAYS[1:]),
        ("greaterOrEqual", "TODAY", DAYS[2:]),
        ("equals", "LAST_N_DAYS:1", DAYS[1:3]),
        ("equals", "2026-11-24", DAYS[3:]),
    ],
)
def test_days_are_compared_with_spans_of_days(
    conn: sa.Connection, operator: str, operand: str, expected: list[date | None]
) -> None:
    assert found(conn, make_field("Date"), [*DAYS, None], operator, operand) == expected


@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        ("equals", "TODAY", [5, 28]),
        ("equals", "2026-11-23", [5, 28]),
        ("greaterThan", "TODAY", [29]),
        ("lessThan", "TODAY", [4]),
        ("greaterOrEqual", "2026-11-24", [29]),
        ("equals", "2026-11-23T00:00:00-05:00", [5]),
    ],
)
def test_moments_are_compared_with_days_of_the_readers_zone(
    conn: sa.Connection, operator: str, operand: str, expected: list[int]
) -> None:
    hours = {n: datetime(2026, 11, 23 + n // 24, n % 24, tzinfo=UTC) for n in (4, 5, 28, 29)}
    kept = found(conn, make_field("DateTime"), [*hours.values(), None], operator, operand)
    assert kept == [hours[n] for n in expected]


def test_a_day_of_a_moment_filter_is_a_span_of_moments() -> None:
    field = make_field("DateTime")
    day = date(2026, 3, 8)
    span = moments_of(DayRange(day, day), "America/New_York")
    assert field.field_type.operand("2026-03-08", field, TODAY) == span


def test_a_checkbox_without_a_value_is_unchecked(conn: sa.Connection) -> None:
    field = make_field("Checkbox")
    bound = field.field_type.bind("equals", ("false",), field)
    table = sa.Table("t", sa.MetaData(), sa.Column("f_", storage_type("flag")), sqlite_strict=True)
    table.create(conn)
    conn.execute(sa.insert(table), [{"f_": None}, {"f_": True}, {"f_": False}])
    count = sa.select(sa.func.count()).select_from(table)
    assert conn.scalar(count.where(bound.sql({"": table.c.f_}))) == 2
    assert conn.scalar(count.where(sa.not_(bound.sql({"": table.c.f_})))) == 1
    assert field.field_type.from_columns({"": None}, field) is False


@pytest.mark.parametrize(
    ("operator", "operands", "expected"),
    [
        ("includes", ("Hot;Warm",), [("Hot", "Warm")]),
        ("includes", ("Hot;Warm", "Cold"), [("Hot", "Warm"), ("Cold",)]),
        ("includes", ("very hot",), [("Hot",), ("Hot", "Warm")]),
        ("excludes", ("Hot",), [("Cold",), None]),
        ("equals", ("warm;HOT",), [("Hot", "Warm")]),
        ("notEqual", ("Hot",), [("Hot", "Warm"), ("Cold",), None]),
        ("includes", ("Lukewarm",), []),
        ("isBlank", (), [None]),
    ],
)
def test_several_choices_are_compared_as_sets(
    conn: sa.Connection, operator: str, operands: tuple[str, ...], expected: list[Any]
) -> None:
    values = [("Hot",), ("Hot", "Warm"), ("Cold",), None]
    field = make_field("MultiselectPicklist", **THREE)
    assert found(conn, field, values, operator, *operands) == expected


def test_a_value_is_not_found_by_a_part_of_it(conn: sa.Connection) -> None:
    field = make_field("MultiselectPicklist", valueSet={"restricted": False, "values": []})
    values = [("甲；乙",), ("甲", "乙"), ("Hot tea",)]
    assert found(conn, field, values, "includes", "甲") == [("甲", "乙")]
    assert found(conn, field, values, "includes", "Hot") == []


def test_picklist_filters_understand_labels(conn: sa.Connection) -> None:
    field = make_field("Picklist", **THREE)
    assert found(conn, field, ["Hot", "Warm", None], "equals", "very HOT") == ["Hot"]
    assert found(conn, field, ["Hot", "Warm", None], "notEqual", "hot") == ["Warm", None]


def test_me_is_the_reader(conn: sa.Connection) -> None:
    field = make_field("Lookup")
    values = [TODAY.user_id, "005000000000002AAA", None]
    assert found(conn, field, values, "equals", "me") == [TODAY.user_id]
    assert found(conn, field, values, "notEqual", "ME") == ["005000000000002AAA", None]


def test_sums_of_money_are_exact(conn: sa.Connection) -> None:
    field = make_field("Currency")
    most = Decimal("99999999999999.99")
    table = make_table(conn, field, [most] * 1000 + [None, Decimal("0.01")])
    assert conn.scalar(sa.select(exact_sum(table.c.f_))) == most * 1000 + Decimal("0.01")
    assert found_one(conn, table, most) == most


def found_one(conn: sa.Connection, table: sa.Table, value: Decimal) -> Decimal:
    """The amount as the database gives it back, looked up by itself."""
    row = conn.scalar(sa.select(table.c.f_).where(table.c.f_ == value).limit(1))
    assert isinstance(row, Decimal)
    return row


def test_like_patterns_are_taken_apart() -> None:
    assert like_parts("a%b\\%c_") == ("a", "%", "b%c", "_", "")
    assert like_parts("\\\\") == ("\\",)
