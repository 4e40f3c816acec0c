"""What every field type keeps to; a type is tested here the day it is added."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema
import marshmallow
import pytest
import sqlalchemy as sa
import wtforms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.metadata.field_types.columns import make_table, parts_of
from tests.metadata.field_types.samples import (
    EVERY_TYPE,
    each_column,
    each_example,
    each_refused,
    each_type,
    field_of,
    make_field,
    shapes,
)
from tests.strategies import values_for
from trellis.metadata.field_types.base import NEUTRAL, Example, FieldType, reading_of
from trellis.metadata.kinds.base import KINDS
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.predicates import Condition, to_json
from trellis.metadata.storage_types import storage_type
from trellis.platform.errors import Problem, Rejected
from trellis.platform.i18n import Localization, use_locale

LOCALIZATIONS = (
    Localization(),
    Localization("zh_CN", "zh_CN", "Asia/Shanghai", "CNY"),
    Localization("en", "de_DE", "Europe/Vienna", "EUR"),
    Localization("en", "fr_FR", "America/New_York", "USD"),
)


@contextlib.contextmanager
def quickly(seconds: float = 0.05) -> Iterator[None]:
    """Fails when the block computes for longer; waiting for others does not count."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


STORED = [t for t in EVERY_TYPE if shapes(t) and t.columns(shapes(t)[0][0])]


# -- members


@each_type
def test_every_type_introduces_itself(field_type: FieldType) -> None:
    assert all(str(text) for text in (field_type.label, field_type.help, field_type.icon))
    assert field_type.group in ("common", "more", "internal")
    assert field_type.examples
    assert field_type.refused
    assert field_type.__doc__


@each_type
def test_the_default_options_fit_the_schema_of_fields(field_type: FieldType) -> None:
    schema = KINDS.get("CustomField").schema
    field = make_field(field_type.name, **field_type.default_options())
    jsonschema.validate(dict(field.document), schema)


@each_type
def test_every_part_has_a_storage_type(field_type: FieldType) -> None:
    for field, _values in shapes(field_type):
        for part in field_type.columns(field):
            assert storage_type(part.type) is not None


@each_type
def test_sorting_and_reading_use_parts_that_exist(field_type: FieldType) -> None:
    for field, _values in shapes(field_type):
        names = {part.name for part in field_type.columns(field)}
        assert set(field_type.read_parts(field)) <= names
        if field_type.sortable:
            assert {field_type.sort_part, field_type.unique_part(field)} <= names


# -- texts


@each_example
def test_examples_are_read_as_they_say(field_type: FieldType, example: Example) -> None:
    value = field_type.parse(example.text, field_of(field_type, example))
    assert value == example.value
    assert repr(value) == repr(example.value)  # Decimal("12.50") is not Decimal("12.5") here


@each_example
def test_examples_pass_the_checks(field_type: FieldType, example: Example) -> None:
    assert field_type.check(example.value, field_of(field_type, example)) == ()


@each_refused
def test_what_is_refused_is_refused_quickly_and_at_the_field(
    field_type: FieldType, text: str
) -> None:
    field = shapes(field_type)[0][0]
    with pytest.raises(Rejected) as refusal, quickly():
        field_type.parse(text, field)
    for problem in refusal.value.problems:
        assert problem.path[0] == field.local_name
        assert problem.code
        assert problem.message.endswith(".")


@each_type
def test_blank_text_is_no_value(field_type: FieldType) -> None:
    field = shapes(field_type)[0][0]
    assert field_type.parse("", field) is None
    assert field_type.parse(" \u3000\t ", field) is None
    assert field_type.accept(None, field) is None
    assert field_type.display(None, field) == ""
    assert field_type.export(None, field) == ""


@each_example
def test_an_exported_value_is_read_back_as_itself(field_type: FieldType, example: Example) -> None:
    field = field_of(field_type, example)
    text = field_type.export(example.value, field)
    if field_type.exports_value:
        assert field_type.parse(text, field) == example.value
    else:
        assert example.value is None or example.value not in text


@pytest.mark.parametrize("localization", LOCALIZATIONS, ids=lambda one: one.locale)
@each_example
def test_every_value_can_be_shown_everywhere(
    field_type: FieldType, example: Example, localization: Localization
) -> None:
    field = field_of(field_type, example)
    with use_locale(localization):
        assert isinstance(field_type.display(example.value, field), str)
        field_type.cell(example.value, field)
    assert bool(field_type.display(example.value, field)) == (example.value is not None)


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "Infinity", "-inf", "1e1000000", "1e999", "9" * 5000, "٣", "true", "\x00", "\ud800",
        "0000-00-00", "-1", "99999-01-01", "24:61", "=1+1", "𝟙", "½", "x" * 5000, ";;;", "[[[",
        '{"a"', "\u202e", "1,2,3", "1.2.3", "--1", "1 2", "0x10", "1_000", "۱۲۳",
    ],
)  # fmt: skip
@each_type
def test_strange_texts_are_read_or_refused_but_never_break(
    field_type: FieldType, text: str
) -> None:
    for reading in (NEUTRAL, *map(reading_of, LOCALIZATIONS)):
        for field, _values in shapes(field_type):
            with quickly(), contextlib.suppress(Rejected):
                value = field_type.parse(text, field, reading)
                assert field_type.check(value, field) == ()


@each_type
def test_strange_json_is_refused_and_never_breaks(field_type: FieldType) -> None:
    field = shapes(field_type)[0][0]
    for raw in (True, 1.9, float("nan"), float("inf"), 10**400, -1, [], {}, [[]], {"a": 1}, "x"):
        if isinstance(raw, list | dict) and type(raw) in field_type.json_types:
            continue
        with contextlib.suppress(marshmallow.ValidationError):
            value = field_type.api_field(field).deserialize(raw)
            assert field_type.check(value, field) == ()


# -- columns


@each_column
def test_values_survive_both_databases(
    conn: sa.Connection, field: CustomField, values: list[Any]
) -> None:
    field_type = field.field_type
    table = make_table(conn, field, values)
    columns = parts_of(table, field)
    chosen = [columns[part] for part in field_type.read_parts(field)]
    rows = conn.execute(sa.select(*chosen).order_by(table.c.place)).all()
    found = [
        field_type.from_columns(dict(zip(field_type.read_parts(field), row, strict=True)), field)
        for row in rows
    ]
    expected = [False if v is None and field.type == "Checkbox" else v for v in values]
    assert found == expected
    assert list(map(repr, found)) == list(map(repr, expected))


@each_column
def test_rows_are_ordered_as_values_are_in_memory(
    conn: sa.Connection, field: CustomField, values: list[Any]
) -> None:
    field_type = field.field_type
    if not field_type.sortable:
        pytest.skip("rows are not sorted by this type")
    there = [value for value in values if value is not None]
    table = make_table(conn, field, there)
    column = parts_of(table, field)[field_type.sort_part]
    places = conn.scalars(sa.select(table.c.place).order_by(column, table.c.place)).all()
    keys = [field_type.sort_key(value, field) for value in there]
    assert list(places) == sorted(range(len(there)), key=lambda i: (keys[i], i))


# -- forms


@each_example
@pytest.mark.parametrize("localization", LOCALIZATIONS, ids=lambda one: one.locale)
def test_a_form_gives_back_what_it_shows(
    field_type: FieldType, example: Example, localization: Localization
) -> None:
    field = field_of(field_type, example)
    with use_locale(localization):
        reading = reading_of(localization)
        shown = field_type.form_text(example.value, field)
        form = _form(field_type, field)
        sent = form(MultiDict({"value": shown} if shown != "false" else {}))
        html = str(form(data={"value": shown})["value"]())
        raw = sent["value"].data
        value = field_type.read_form(raw, example.value, field, reading)
        assert value == example.value
        assert html.startswith("<")
        if field_type.exports_value and field_type.editable and not field_type.components(field):
            near_an_edge = isinstance(value, datetime) and value.year in (1, 9999)
            if not near_an_edge:
                fresh = field_type.accept(field_type.form_text(value, field), field, reading)
                assert fresh == (value if value is not None or field.type != "Checkbox" else False)


@each_type
def test_a_form_that_was_not_filled_in_has_no_value(field_type: FieldType) -> None:
    field = shapes(field_type)[0][0]
    raw = _form(field_type, field)(MultiDict({"other": "1"}))["value"].data
    value = field_type.read_form(raw or "", None, field, NEUTRAL)
    assert value in (None, False)


def _form(field_type: FieldType, field: CustomField) -> type[wtforms.Form]:
    return type("OneField", (wtforms.Form,), {"value": field_type.form_field(field, label="Field")})


# -- API


@each_example
def test_the_api_gives_and_takes_the_same(field_type: FieldType, example: Example) -> None:
    field = field_of(field_type, example)

    class Body(marshmallow.Schema):
        value = field_type.api_field(field)

    sent = Body().dump({"value": example.value})
    assert json.dumps(sent, default=str)
    if field_type.exports_value:
        assert Body().load(sent) == {"value": example.value}


@each_type
def test_the_api_refuses_other_json_types(field_type: FieldType) -> None:
    field = shapes(field_type)[0][0]

    class Body(marshmallow.Schema):
        value = field_type.api_field(field)

    wrong: list[Any] = [b"bytes", object(), True if bool not in field_type.json_types else 1]
    for raw in wrong:
        with pytest.raises(marshmallow.ValidationError):
            Body().load({"value": raw})
    with pytest.raises(marshmallow.ValidationError):
        Body().load({"unknown": "x"})


# -- filters


def test_an_operator_that_a_type_lacks_is_refused() -> None:
    for field_type in EVERY_TYPE:
        with pytest.raises(Rejected) as refusal:
            field_type.operator("regex")
        assert refusal.value.problems[0].code == "filter.operator"


@each_column
def test_sql_and_memory_agree_on_every_operator(
    conn: sa.Connection, field: CustomField, values: list[Any]
) -> None:
    """Every operator x every pair of examples x NULL: 0 differences."""
    field_type = field.field_type
    if None not in values:
        values = [*values, None]
    table = make_table(conn, field, values)
    columns = parts_of(table, field)
    differences, compared = [], 0
    for operator in field_type.operators:
        for operands in _operands(operator.arity, values, field):
            bound = _bound(field_type, operator.name, operands, field)
            if bound is None:
                continue
            clause = bound.sql(columns)
            rows = conn.execute(sa.select(table.c.place, clause).order_by(table.c.place)).all()
            for place, found in rows:
                compared += 1
                expected = bound.matches(values[place])
                if found is None or bool(found) is not expected:
                    differences.append((operator.name, operands, values[place], found, expected))
    assert not differences
    assert compared or not field_type.operators


@each_column
def test_a_negation_in_sql_is_the_complement(
    conn: sa.Connection, field: CustomField, values: list[Any]
) -> None:
    table = make_table(conn, field, values)
    columns = parts_of(table, field)
    for operator in field.field_type.operators:
        for operands in _operands(operator.arity, values, field)[:4]:
            bound = _bound(field.field_type, operator.name, operands, field)
            if bound is None:
                continue
            clause = bound.sql(columns)
            kept = set(conn.scalars(sa.select(table.c.place).where(clause)))
            dropped = set(conn.scalars(sa.select(table.c.place).where(sa.not_(clause))))
            assert not kept & dropped
            assert kept | dropped == set(range(len(values)))


@each_column
def test_no_operands_at_all_find_nothing(
    conn: sa.Connection, field: CustomField, values: list[Any]
) -> None:
    table = make_table(conn, field, values)
    names = {operator.name for operator in field.field_type.operators}
    for name in names & {"equals", "in", "contains", "startsWith", "includes", "like"}:
        bound = field.field_type.bind(name, (), field)
        assert not conn.scalars(
            sa.select(table.c.place).where(bound.sql(parts_of(table, field)))
        ).all()
        assert not any(bound.matches(value) for value in values)


@each_type
def test_operands_of_conditions_are_json(field_type: FieldType) -> None:
    for example in field_type.examples:
        assert json.dumps(to_json(Condition("Field__c", "equals", (example.text,))))


def _operands(arity: int, values: list[Any], field: CustomField) -> list[tuple[Any, ...]]:
    """Operands to try: each value, each exported text, parts of texts, pairs, none, NULL."""
    if arity == 0:
        return [()]
    texts = [field.field_type.export(value, field) for value in values if value is not None]
    pieces = [piece for text in texts for piece in (text[:3], text[-4:-1], text.upper()) if piece]
    wild = ["%", "_", "\\", "%a%", "_c%", "a_c\\%"] if field.type != "Html" else []
    single: list[tuple[Any, ...]] = [(raw,) for raw in [*texts, *pieces[:60], *wild, "", None]]
    if field.type in ("Date", "DateTime"):
        single += [
            (token,) for token in ("TODAY", "THIS_YEAR", "LAST_N_DAYS:30", "N_YEARS_AGO:5000")
        ]
    if arity == 1:
        return single
    pairs = [(a, b) for a in texts[:4] for b in texts[:4]] + [(text, None) for text in texts[:4]]
    return [*single, *pairs, (), tuple(texts)]


def _bound(field_type: FieldType, name: str, operands: tuple[Any, ...], field: CustomField) -> Any:
    """The bound operator, or None for operands that the type refuses."""
    try:
        return field_type.bind(name, operands, field)
    except Rejected:
        return None


# -- properties


@pytest.mark.parametrize("field_type", EVERY_TYPE, ids=lambda t: t.name)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_is_exported_shown_and_read_back(field_type: FieldType, data: Any) -> None:
    field = shapes(field_type)[0][0]
    value = data.draw(values_for(field))
    assert field_type.check(value, field) == ()
    if field_type.exports_value:
        assert field_type.parse(field_type.export(value, field), field) == value
    for localization in LOCALIZATIONS:
        with use_locale(localization):
            assert isinstance(field_type.display(value, field), str)
            text = field_type.form_text(value, field)
            assert field_type.read_form(text, value, field, reading_of(localization)) == value


@pytest.mark.parametrize("field_type", STORED, ids=lambda t: t.name)
def test_sql_and_memory_agree_on_values_of_chance(
    conn: sa.Connection, field_type: FieldType
) -> None:
    """The same contract over values that nobody chose."""
    field = shapes(field_type)[0][0]
    values = _drawn(field, 40)
    table = make_table(conn, field, values)
    columns = parts_of(table, field)
    for operator in field_type.operators:
        operands = [()] if operator.arity == 0 else [(value,) for value in values[:15]]
        for raw in operands:
            bound = _bound(field_type, operator.name, raw, field)
            if bound is None:
                continue
            rows = conn.execute(sa.select(table.c.place, bound.sql(columns))).all()
            wrong = [
                (operator.name, raw, values[place], found)
                for place, found in rows
                if found is None or bool(found) is not bound.matches(values[place])
            ]
            assert not wrong


def _drawn(field: CustomField, count: int) -> list[Any]:
    """Values of the field's strategy; the same ones on every run."""
    found: list[Any] = []

    @settings(max_examples=count, deadline=None, database=None, derandomize=True)
    @given(values_for(field))
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return [*found[:count], None]


def test_a_problem_names_the_field() -> None:
    field = make_field("Number", "Thing__c.Amount__c")
    with pytest.raises(Rejected) as refusal:
        field.field_type.parse("ten", field)
    assert refusal.value.problems[0].path == ("Amount__c",)
    assert isinstance(refusal.value.problems[0], Problem)


def test_a_moment_of_the_second_hour_survives_a_form() -> None:
    field = make_field("DateTime")
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 in New York for the second time
    localization = Localization("en", "en_US", "America/New_York", "USD")
    with use_locale(localization):
        shown = field.field_type.form_text(second, field)
        reading = reading_of(localization)
        assert shown == "2026-11-01T01:30"
        assert field.field_type.read_form(shown, second, field, reading) == second
        assert field.field_type.read_form(shown, None, field, reading).hour == 5
