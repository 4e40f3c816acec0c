"""Statements on both databases give what Python gives, for random formulas over random records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.factories import make_field, make_object, make_snapshot
from trellis.metadata.formulas import FUNCTIONS, Expression, Scene, Subject, check, evaluate
from trellis.metadata.formulas.checking import Purpose
from trellis.metadata.formulas.functions.base import FormulaError
from trellis.metadata.formulas.sql import is_compilable, selected
from trellis.metadata.formulas.typed import Apply, Type, parts
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.db.types import Day, Exact, Flag, Words
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
}
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
    }
    if not depth:
        return leaves
    lower = formulas(depth - 1)
    n, t, b, d = (lower[kind] for kind in ("number", "text", "boolean", "date"))
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
        | infix("-", d, d)
        | st.one_of(*(called(f, d) for f in ("YEAR", "MONTH", "DAY", "WEEKDAY", "DAYOFYEAR",
                                             "ISOWEEK", "ISOYEAR"))),
        "text": leaves["text"] | either("text") | infix("&", t, t) | infix("+", t, t)
        | called("LEFT", t, small) | called("RIGHT", t, small) | called("MID", t, small, small)
        | called("TRIM", t) | called("SUBSTITUTE", t, t, t) | called("CONCATENATE", t, t, t)
        | called("REVERSE", t) | called("CASESAFEID", t),
        "boolean": leaves["boolean"] | either("boolean") | called("NOT", b)
        | called("AND", b, b, b) | called("OR", b, b, b) | infix("&&", b, b) | infix("||", b, b)
        | st.one_of(*(infix(s, one, one) for s in SIGNS for one in (n, t, d)))
        | called("ISBLANK", n | t | b | d | st.just("V")) | called("ISNULL", n | t | d)
        | called("ISPICKVAL", st.just("V"), t) | called("CONTAINS", t, t) | called("BEGINS", t, t)
        | infix("=", d, st.just("NULL")) | infix("=", b, b),
        "date": leaves["date"] | either("date") | infix("+", d, n) | infix("-", d, n)
        | infix("+", n, d) | called("DATE", n, small, small) | called("DATE", n, n, n)
        | called("DATE", st.just("2024"), small, st.just("I")),
    }  # fmt: skip


FORMULAS = st.one_of(*formulas(3).values())
AMBIENTS = {"TODAY": date(2026, 11, 25)}


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
    table = sa.union_all(
        *(
            sa.select(
                sa.literal(n).label("place"),
                *(_cast(row[name], kind).label(name) for name, (_k, _m, kind) in FIELDS.items()),
            )
            for n, row in enumerate(rows)
        )
    ).subquery()
    columns = {name: table.c[name] for name in FIELDS}
    chosen = selected(expression, columns, conn.dialect.name, AMBIENTS)
    statement = sa.select(chosen.value, chosen.failed).select_from(table).order_by(table.c.place)
    with conn.begin_nested():
        found = conn.execute(statement).all()
    return [answer(lambda: chosen.read(*row)) for row in found]  # noqa: B023


def _cast(value: Any, kind: Any) -> sa.ColumnElement[Any]:
    return sa.type_coerce(sa.cast(sa.literal(value, kind), kind), kind)


def answer(work: Any) -> Any:
    try:
        value = work()
    except FormulaError:
        return "#Error!"
    return (type(value).__name__, value)


def test_a_function_without_a_reading_is_left_to_python() -> None:
    subject = Subject(SNAPSHOT, "X__c", Purpose.FIELD)
    for formula in ("SQRT(N)", "NOW() + 1", "NOW() - NOW()", "TIMENOW() - 1"):
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
