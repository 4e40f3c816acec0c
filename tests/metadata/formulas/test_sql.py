"""Statements on both databases give what Python gives, for random formulas over random records."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.factories import make_field, make_object, make_snapshot
from tests.metadata.formulas.statements import answer, in_one_statement
from trellis.metadata.formulas import FUNCTIONS, Expression, Scene, Subject, check, evaluate
from trellis.metadata.formulas.checking import Purpose
from trellis.metadata.formulas.sql import is_compilable
from trellis.metadata.formulas.typed import Apply, Type, parts
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.db.types import Clock, Day, Exact, Flag, Utc, Words
from trellis.platform.errors import Rejected

FIELDS = {
    "N": ("Currency", {"precision": 18, "scale": 2}, Exact(18, 2)),
    "I": ("Number", {"precision": 8, "scale": 0}, Exact(8, 0)),
    "P": ("Percent", {"precision": 5, "scale": 1}, Exact(5, 1)),
    "T": ("Text", {}, Words()),
    "U": ("Text", {}, Words()),
    "B": ("Checkbox", {}, Flag()),
    "D": ("Date", {}, Day()),
    "E": ("Date", {}, Day()),
    "V": ("Picklist", {"values": ["Hot", "Cold"]}, Words()),
    "M": ("DateTime", {}, Utc()),
    "C": ("Time", {}, Clock()),
    "S": ("MultiselectPicklist", {"values": ["Hot", "Cold", "a"]}, Words()),
}
KINDS = {name: kind for name, (_kind, _more, kind) in FIELDS.items()}
SNAPSHOT = make_snapshot(
    make_object("X__c"),
    *(make_field(f"X__c.{name}", kind, **more) for name, (kind, more, _t) in FIELDS.items()),
)
TEXTS = st.sampled_from(["", "a", "Foo", "foo", "o", " x ", "甲乙", "ß", "12", "a'b\\", "Zz", "%_"])
SIGNS = ("=", "<>", "<", "<=", ">", ">=")
NUMBERS = st.sampled_from(
    ["0", "1", "2", "3", "-1", "0.5", "2.5", "-2.5", "7", "0.001", "1000000", "99999999999999.99"]
)
DAYS = st.sampled_from([date(2024, 2, 29), date(2023, 12, 31), date(1, 1, 1), date(9999, 12, 31)])
MOMENTS = [
    datetime(2026, 3, 2, 9, 30, 0, 5000, UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999000, UTC),
    datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
]
ROWS = st.fixed_dictionaries(
    {
        "N": st.none() | st.decimals(-(10**15), 10**15, places=2),
        "I": st.none() | st.integers(-9999, 9999).map(Decimal),
        "P": st.none() | st.decimals(-999, 999, places=1),
        "T": st.none() | TEXTS.filter(bool),
        "U": st.none() | TEXTS.filter(bool),
        "B": st.none() | st.booleans(),
        "D": st.none() | DAYS | st.dates(),
        "E": st.none() | DAYS,
        "V": st.none() | st.sampled_from(["Hot", "Cold"]),
        "M": st.none() | st.sampled_from(MOMENTS),
        "C": st.none() | st.sampled_from([time(), time(9, 5, 7, 8000), time(23, 59, 59, 999000)]),
        "S": st.none() | st.sampled_from([("Hot",), ("Hot", "Cold"), ("a",)]),
    }
)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def called(name: str, *args: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*args).map(lambda given: f"{name}({', '.join(given)})")


def infix(sign: str, a: st.SearchStrategy[str], b: st.SearchStrategy[str]) -> Any:
    return st.tuples(a, b).map(lambda pair: f"({pair[0]} {sign} {pair[1]})")


def formulas(depth: int) -> dict[str, st.SearchStrategy[str]]:
    """{"number": formulas that give one, …} of that depth."""
    leaves = {
        "number": NUMBERS | st.sampled_from(["N", "I", "P"]),
        "text": TEXTS.map(quoted) | st.sampled_from(["T", "U"]),
        "boolean": st.sampled_from(["TRUE", "FALSE", "B"]),
        "date": st.sampled_from(["D", "E", "TODAY()"]),
        "moment": st.sampled_from(["M", "NOW()"]),
        "time": st.just("C"),
    }
    if not depth:
        return leaves
    lower = formulas(depth - 1)
    n, t, b, d = (lower[kind] for kind in ("number", "text", "boolean", "date"))
    m, c = lower["moment"], lower["time"]
    web = st.sampled_from(['"/"', '"https://a.example/?q="', '" tel:1"', '"java"'])
    url = t | infix("&", web, t)
    link = called("HYPERLINK", url, t) | called("HYPERLINK", url, t, t)
    image = called("IMAGE", url, t) | called("IMAGE", url, t, small_of(), small_of())
    small = st.sampled_from(["-2", "0", "1", "2", "3.7", "I"])

    def either(kind: str) -> st.SearchStrategy[str]:
        one = lower[kind]
        return (
            called("IF", b, one, one) | called("BLANKVALUE", one, one)
            | called("NULLVALUE", one, one) | called("IF", b, one, st.just("NULL"))
            | called("IFERROR", one, one)
            | called("CASE", st.just("V"), st.just('"Hot"'), one, t, one, one)
            | called("CASE", n, n, one, one)
        )  # fmt: skip

    return {
        "number": leaves["number"] | either("number")
        | st.one_of(*(infix(sign, n, n) for sign in "+-*/"))
        | called("ROUND", n, small) | called("TRUNC", n, small) | called("MOD", n, n)
        | st.one_of(*(called(f, n) for f in ("ABS", "FLOOR", "CEILING", "MFLOOR", "MCEILING")))
        | called("MIN", n, n) | called("MAX", n, n, n) | called("LEN", t) | n.map("-{}".format)
        | infix("-", d, d) | infix("-", m, m) | called("VALUE", t) | called("VALUE", digits())
        | called("FIND", t, t) | called("FIND", t, t, small) | called("PICKLISTCOUNT", st.just("S"))
        | st.one_of(*(called(f, c) for f in ("HOUR", "MINUTE", "SECOND", "MILLISECOND")))
        | st.just("PI()")
        | st.one_of(*(called(f, d) for f in ("YEAR", "MONTH", "DAY", "WEEKDAY", "DAYOFYEAR",
                                             "ISOWEEK", "ISOYEAR"))),
        "text": leaves["text"] | either("text") | infix("&", t, t) | infix("+", t, t)
        | called("LEFT", t, small) | called("RIGHT", t, small) | called("MID", t, small, small)
        | called("TRIM", t) | called("SUBSTITUTE", t, t, t) | called("CONCATENATE", t, t, t)
        | called("REVERSE", t) | called("CASESAFEID", t) | st.just("BR()")
        | called("TEXT", n) | called("TEXT", d) | called("TEXT", m) | called("TEXT", c)
        | called("TEXT", st.just("V")) | called("LPAD", t, small, t) | called("LPAD", t, small)
        | called("RPAD", t, small, t) | called("RPAD", t, small)
        | link | image | called("HYPERLINK", web, image),
        "boolean": leaves["boolean"] | either("boolean") | called("NOT", b)
        | called("AND", b, b, b) | called("OR", b, b, b) | infix("&&", b, b) | infix("||", b, b)
        | st.one_of(*(infix(s, one, one) for s in SIGNS for one in (n, t, d)))
        | called("ISBLANK", n | t | b | d | st.just("V")) | called("ISNULL", n | t | d)
        | called("ISPICKVAL", st.just("V"), t) | called("CONTAINS", t, t) | called("BEGINS", t, t)
        | infix("=", d, st.just("NULL")) | infix("=", b, b)
        | st.one_of(*(infix(s, one, one) for s in SIGNS for one in (m, c)))
        | called("INCLUDES", st.just("S"), t) | called("INCLUDES", st.just("S"), quoted_of("Hot"))
        | called("IN", t, t, t) | called("IN", n, n, n) | called("IN", st.just("V"), t, t)
        | called("ISNUMBER", t) | called("ISNUMBER", digits()) | called("ISBLANK", m | c),
        "moment": leaves["moment"] | either("moment") | called("DATETIMEVALUE", d | m),
        "time": leaves["time"] | either("time") | called("TIMEVALUE", m),
        "date": leaves["date"] | either("date") | infix("+", d, n) | infix("-", d, n)
        | infix("+", n, d) | called("DATE", n, small, small) | called("DATE", n, n, n)
        | called("DATE", st.just("2024"), small, st.just("I"))
        | called("DATEVALUE", d | m) | called("ADDMONTHS", d, small | n),
    }  # fmt: skip


def small_of() -> st.SearchStrategy[str]:
    return st.sampled_from(["-2", "0", "12", "3.7", "I"])


def digits() -> st.SearchStrategy[str]:
    texts = ["12", " -1.50 ", "+.5", "5.", "1e3", "1,000", "１２", ".", "-", "9" * 60, "9" * 61]
    return st.sampled_from(texts).map(quoted)


def quoted_of(word: str) -> st.SearchStrategy[str]:
    return st.just(quoted(word))


FORMULAS = st.one_of(*formulas(3).values())
AMBIENTS = {"TODAY": date(2026, 11, 25), "NOW": datetime(2026, 11, 25, 7, 0, 1, 2000, UTC)}


@pytest.mark.parametrize("as_zero", [False, True], ids=["blank", "zero"])
def test_statements_and_python_agree(org_db: OrgDatabase, as_zero: bool) -> None:
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD, as_zero)
    with org_db.read() as conn:

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(FORMULAS, st.lists(ROWS, min_size=1, max_size=4))
        def agree(formula: str, rows: list[dict[str, Any]]) -> None:
            try:
                expression = check(formula, subject)
            except Rejected:
                assume(False)
                raise
            assume(is_compilable(expression))
            assert in_statement(conn, expression, rows) == in_python(expression, rows)

        agree()


def in_python(expression: Expression, rows: list[dict[str, Any]]) -> list[Any]:
    return [answer(lambda: evaluate(expression, Scene(row, None, AMBIENTS))) for row in rows]  # noqa: B023


def in_statement(
    conn: sa.Connection, expression: Expression, rows: list[dict[str, Any]]
) -> list[Any]:
    """What a statement over the rows answers."""
    return in_one_statement(conn, [expression], rows, KINDS, AMBIENTS)[0]


COUNT, BATCH, LOOKED_AT = 20_000, 40, 10


@cache
def random_formulas() -> tuple[str, ...]:
    """COUNT formulas that mean something and that statements can work out, each once."""
    found: dict[str, None] = {}
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD)
    slow = list(HealthCheck)

    @settings(max_examples=2 * COUNT, deadline=None, database=None, suppress_health_check=slow)
    @given(FORMULAS)
    def collect(formula: str) -> None:
        if len(found) < COUNT and formula not in found:
            try:
                expression = check(formula, subject)
            except Rejected:
                return
            if is_compilable(expression):
                found[formula] = None

    while len(found) < COUNT:
        collect()
    return tuple(found)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("as_zero", [False, True], ids=["blank", "zero"])
def test_a_great_many_statements_and_python_agree(org_db: OrgDatabase, as_zero: bool) -> None:
    """Many expressions a statement; each that differs is told with its record."""
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD, as_zero)
    rows = some_rows()
    differing: list[tuple[str, Any, Any, Any]] = []
    formulas_ = random_formulas()
    for start in range(0, len(formulas_), BATCH):
        some = [(f, check(f, subject)) for f in formulas_[start : start + BATCH]]
        some = [(f, expression) for f, expression in some if is_compilable(expression)]
        answers = in_few_statements(org_db, [expression for _f, expression in some], rows)
        for (formula, expression), found in zip(some, answers, strict=True):
            wanted = in_python(expression, rows)
            differing += (
                (formula, row, one, other)
                for row, one, other in zip(rows, found, wanted, strict=True)
                if one != other
            )
    assert not differing, differing[:10]


def in_few_statements(
    org_db: OrgDatabase, expressions: list[Expression], rows: list[dict[str, Any]]
) -> list[list[Any]]:
    """As `in_one_statement`; what the server refuses is looked for, and is what it says."""
    try:
        with org_db.read() as conn:
            return in_one_statement(conn, expressions, rows, KINDS, AMBIENTS)
    except sa.exc.DBAPIError as failure:
        if len(expressions) == 1:
            return [[str(failure.orig)] * len(rows)]
        return [found for one in expressions for found in in_few_statements(org_db, [one], rows)]


def test_a_constant_day_beyond_the_calendar_is_an_error_of_the_formula(org_db: OrgDatabase) -> None:
    """The server works it out before the condition that guards it; it must be able to."""
    rows = [dict.fromkeys(FIELDS) | {"B": flag} for flag in (True, False)]
    for sign in "+-":
        formula = f"IF(B, TODAY() {sign} 3999999, DATE(2026, 1, 1))"
        expression = check(formula, Subject(SNAPSHOT, "X__c", Purpose.FIELD))
        with org_db.read() as conn:
            (found,) = in_one_statement(conn, [expression], rows, KINDS, AMBIENTS)
        assert found == in_python(expression, rows)
        assert found == ["#Error!", ("date", date(2026, 1, 1))]


@pytest.mark.abuse("F34", "F35")
@pytest.mark.parametrize("months", ["-119999", "-60000", "-1", "1", "60000", "119999", "N"])
def test_months_beyond_the_calendar_are_errors_of_the_formula(
    org_db: OrgDatabase, months: str
) -> None:
    expression = check(f"ADDMONTHS(D, {months})", Subject(SNAPSHOT, "X__c", Purpose.FIELD))
    blank = dict.fromkeys(some_rows()[0])
    days = (date(1, 1, 1), date(2026, 1, 31), date(9999, 12, 31))
    rows = [{**blank, "D": day, "N": Decimal(n)} for day in days for n in (-99_999_999, 8)]
    with org_db.read() as conn:
        (found,) = in_one_statement(conn, [expression], rows, KINDS, AMBIENTS)
    assert found == in_python(expression, rows)


def some_rows() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    slow = list(HealthCheck)

    @settings(
        max_examples=LOOKED_AT,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=slow,
    )
    @given(st.lists(ROWS, min_size=2, max_size=2))
    def collect(rows: list[dict[str, Any]]) -> None:
        found.extend(rows)

    collect()
    return [row for n, row in enumerate(found) if row not in found[:n]][:LOOKED_AT]


def test_a_function_without_a_reading_is_left_to_python() -> None:
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD)
    for formula in ("SQRT(N)", "NOW() + 1", "TIMENOW() - 1", "DATEVALUE(T)"):
        assert not is_compilable(check(formula, subject))
    assert is_compilable(check("N + 1", subject))


def test_the_random_formulas_ask_for_every_function_that_statements_can() -> None:
    wanted = {f.name for f in FUNCTIONS if f.sql is not None} - {"POSITIVE"}
    seen: set[str] = set()

    @settings(
        max_examples=1500, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(FORMULAS)
    def look(formula: str) -> None:
        try:
            expression = check(formula, Subject(SNAPSHOT, "X__c", Purpose.FIELD))
        except Rejected:
            return
        assert expression.type is not Type.BLANK or formula
        seen.update(p.function.name for p in parts(expression) if isinstance(p, Apply))

    look()
    assert wanted - seen == set()


NULLS = (
    "LEFT(T, NULL)", "RIGHT(NULL, 2)", "MID(T, NULL, 1)", "YEAR(NULL)", "SECOND(NULL)", "-NULL",
    "B || NULL", "AND(NULL, B)", "NOT(NULL)", "IF(NULL, D, E)", "IF(B, D, NULL)", "IF(B, T, NULL)",
    "IF(B, IF(B, NULL, NULL), N)", "IN(D, E, NULL)", "IN(N, I, NULL)", "IN(M, NULL, M)",
    "IN(NULL, N)", "IN(V, NULL)", "CASE(N, NULL, 1, I, 2, 3)", "CASE(N, NULL, T, U)",
    'CASE(NULL, "a", D, E)', 'CASE(V, NULL, 1, "Hot", 2, 3)', "D + NULL", "NULL + TODAY()",
    "D - NULL", "NULL - D", "N + NULL", "NULL / N", "T & NULL", "N < NULL", "NULL >= D",
    "BLANKVALUE(NULL, D)", "BLANKVALUE(NULL + TODAY(), D)", "NULLVALUE(NULL, N)", "ISBLANK(NULL)",
    "DATE(2024, NULL, 1)", "ADDMONTHS(NULL, 1)", "ADDMONTHS(D, NULL)", "DATEVALUE(NULL)",
    "ROUND(NULL, 1)", "ROUND(N, NULL)", "MIN(N, NULL)", "MOD(NULL, N)", "TEXT(NULL)",
    'IMAGE("/a", T, -2, NULL)', "LPAD(T, NULL)", "FIND(T, U, NULL)", "NULL = B", "NULL <> NULL",
)  # fmt: skip


@pytest.mark.parametrize("as_zero", [False, True], ids=["blank", "zero"])
def test_null_in_any_place_has_the_type_of_the_place(org_db: OrgDatabase, as_zero: bool) -> None:
    """A server refuses to compare a number with a text, and with it the whole statement."""
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD, as_zero)
    rows = some_rows()
    asked = [(formula, check(formula, subject)) for formula in NULLS]
    wanted = {formula: in_python(one, rows) for formula, one in asked}
    some = [(formula, one) for formula, one in asked if is_compilable(one)]
    found = in_few_statements(org_db, [one for _formula, one in some], rows)
    assert len(some) > len(NULLS) - 4
    for (formula, _one), answers in zip(some, found, strict=True):
        assert answers == wanted[formula], formula
