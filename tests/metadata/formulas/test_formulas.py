"""What formulas mean: precedence, types, blanks, decimals, days; and how they are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import make_field, make_object, make_snapshot
from trellis.metadata.formulas import FUNCTIONS, Scene, Subject, check, evaluate
from trellis.metadata.formulas.checking import Purpose
from trellis.metadata.formulas.functions.base import Family, FormulaError
from trellis.metadata.formulas.typed import Type
from trellis.metadata.snapshot import Snapshot
from trellis.platform.errors import Rejected

SNAPSHOT: Snapshot = make_snapshot(
    make_object("Account", keyPrefix="001"),
    make_object("User", keyPrefix="005"),
    make_field("Account.Name"),
    make_field("Account.Rating", "Picklist", values=["Hot", "Cold"]),
    make_field("Account.Interests", "MultiselectPicklist", values=["Tea", "Coffee"]),
    make_field("Account.Revenue", "Currency", precision=18, scale=2),
    make_field("Account.Discount", "Percent"),
    make_field("Account.Since", "Date"),
    make_field("Account.Called", "DateTime"),
    make_field("Account.Active", "Checkbox"),
    make_field("Account.Secret", "EncryptedText"),
    make_field("Account.Notes", "LongTextArea"),
    make_field("Account.Spot", "Location"),
    make_field("Account.ParentId", "Lookup", to="Account"),
)
VALUES = {
    "Name": "foo",
    "Rating": "Hot",
    "Interests": ("Coffee", "Tea"),
    "Revenue": Decimal("10.50"),
    "Discount": Decimal(300),
    "Since": date(2024, 2, 29),
    "Called": datetime(2024, 2, 29, 18, 30, 5, tzinfo=UTC),
    "Active": True,
    "Parent.Name": "bar",
    "Owner.Id": "005",
    "SpotLatitude": Decimal("48.2082"),
    "SpotLongitude": Decimal("16.3738"),
}
NOW = datetime(2024, 3, 1, 6, 30, 5, tzinfo=UTC)
AMBIENTS: dict[str, Any] = {"TODAY": NOW.date(), "NOW": NOW, "TIMENOW": NOW.time()}
D = Decimal


def value_of(formula: str, *, blank: bool = False, as_zero: bool = False) -> Any:
    subject = Subject(SNAPSHOT, "Account", blank_is_zero=as_zero)
    return evaluate(check(formula, subject), Scene({} if blank else VALUES, None, AMBIENTS))


def problem_of(formula: str, subject: Subject | None = None, wanted: Type | None = None) -> Any:
    with pytest.raises(Rejected) as refusal:
        check(formula, subject or Subject(SNAPSHOT, "Account"), wanted)
    return refusal.value.problems[0]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        # operators, from loose to tight
        ("2*3^2", D(36)), ("-2^2", D(4)), ("1 + 2 * 3", D(7)), ("10 - 4 - 3", D(3)),
        ("TRUE || FALSE && FALSE", True), ("1 < 2 = TRUE", True), ("!TRUE || TRUE", True),
        ("1 = 1 && 2 <> 3 && 2 != 3 && 1 == 1", True), ("1 + /* two */ 2", D(3)),
        # numbers are exact, halves go away from zero
        ("0.1 + 0.2", D("0.3")), ("1/3*3", D("0." + "9" * 30)),
        ("99999999999999.99 + 0.01", D(100000000000000)),
        ("ROUND(-2.5, 0)", D(-3)), ("ROUND(1250, -2)", D(1300)), ("ROUND(1.005, 2)", D("1.01")),
        ("FLOOR(-2.5)", D(-2)), ("CEILING(-2.5)", D(-3)), ("MFLOOR(-2.5)", D(-3)),
        ("FLOOR(1 / 9 * 9)", D(1)), ("MCEILING(5 / 9 * 9)", D(5)), ("ROUND(PI(), 4)", D("3.1416")),
        ("ROUND(ATAN2(1, 1) * 4, 12) = ROUND(PI(), 12)", True), ("SIN(0)", D(0)),
        ("ROUND(DISTANCE(Spot, GEOLOCATION(48.8566, 2.3522), 'km'), 0)", D(1033)),
        ("ROUND(DISTANCE(GEOLOCATION(90, 0), GEOLOCATION(0, 5), 'KM'), 1)", D("10007.6")),
        ("ISBLANK(Spot)", False), ("ISBLANK(Parent.Spot)", True),
        ("ROUND(DISTANCE(Parent.Spot, Spot, 'mi'), 1)", None),
        ("MCEILING(-2.5)", D(-2)), ("MOD(-7.5, 2)", D("-1.5")), ("TRUNC(2.59, 1)", D("2.5")),
        ("MIN(3, 1, 2)", D(1)), ("MAX(3, 1, 2)", D(3)), ("SQRT(2.25)", D("1.5")),
        ("ABS(-12345678901234567890123456789.5)", D("12345678901234567890123456789.5")),
        ("Discount", D(3)), ("Revenue * Discount", D("31.5")), ("2 ^ -1", D("0.5")),
        # texts: case matters, places count from 1
        ("Name = 'FOO'", False), ("'foo' > 'FOO'", True), ("CONTAINS(Name, '')", True),
        ("FIND('o', Name)", D(2)), ("FIND('o', Name, 3)", D(3)), ("FIND('x', Name)", D(0)),
        ("MID(Name, -5, 2)", "fo"), ("LEFT(Name, 0)", None), ("RIGHT(Name, 2)", "oo"),
        ("LPAD(Name, 5, 'xy')", "xyfoo"), ("LPAD(Name, 2)", "fo"), ("RPAD(Name, 4, '.')", "foo."),
        ("UPPER('straße')", "STRASSE"), ("TRIM(' a b ')", "a b"), ("LEN('甲乙')", D(2)),
        ("REGEX(Name, 'fo+')", True), ("REGEX('12', '\\\\d')", False),
        ("REGEX('12', '\\\\d+')", True),
        ("UPPER('istanbul', 'tr_TR')", "İSTANBUL"), ("LOWER('ISTANBUL', 'tr')", "ıstanbul"),
        ("INITCAP('mr. o\\'NEIL')", "Mr. O'Neil"), ("ASCII('é')", D(233)), ("CHR(8364)", "€"),
        ("LIKE('50% off', '50\\\\% o_f')", True), ("LIKE(Name, 'F%')", False),
        ("LIKE('" + "a" * 3000 + "', '" + "%a" * 200 + "%b')", False),
        ("JSONVALUE('{\"a\": 1.50}', 'a')", "1.50"), ("JSONVALUE('{}', 'a')", None),
        ("FORMATCURRENCY('JPY', 1234.5)", "JPY 1,235"), ("FORMATDURATION(-3661)", "01:01:01"),
        ("FORMATDURATION(Called, NOW())", "0:12:00:00"),
        ("FORMATDURATION(TIMEVALUE('09:00'), TIMEVALUE('08:30'))", "00:30:00"),
        ("HYPERLINK('/001', Name & '<b>')", '<a href="/001">foo&lt;b&gt;</a>'),
        ("HYPERLINK('/1', IMAGE('/i.png', '\"', 9), '_top')",
         '<a href="/1" target="_top"><img src="/i.png" alt="&quot;" height="9"></a>'),
        ("SUBSTITUTE('a\\'b', '\\'', '')", "ab"), ("'a' & Name & 'b'", "afoob"),
        ("VALUE(' -1.50 ')", D("-1.5")), ("ISNUMBER('1e5')", False), ("TEXT(1.50)", "1.5"),
        # days and moments
        ("Since + 3.6", date(2024, 3, 3)), ("Since - DATE(2024, 1, 1)", D(59)),
        ("NOW() - Called", D("0.5")), ("TEXT(Called + 1/24)", "2024-02-29 19:30:05Z"),
        ("ADDMONTHS(DATE(2023, 12, 31), -1)", date(2023, 11, 30)),
        ("ADDMONTHS(Since, 12)", date(2025, 2, 28)), ("ADDMONTHS(Since, 1)", date(2024, 3, 31)),
        ("WEEKDAY(DATE(2024, 3, 3))", D(1)), ("YEAR(TODAY()) * 100 + MONTH(TODAY())", D(202403)),
        ("TEXT(Since)", "2024-02-29"), ("DATEVALUE(Called)", date(2024, 2, 29)),
        ("DATEVALUE('2024-2-9')", date(2024, 2, 9)), ("TODAY() > Since", True),
        ("TEXT(Called + 0.00001)", "2024-02-29 18:30:06Z"),
        ("TEXT(TIMEVALUE('23:30') + 3600000)", "00:30:00.000"),
        ("TIMEVALUE('00:30') - TIMEVALUE('23:30')", D(3_600_000)), ("MINUTE(TIMENOW())", D(30)),
        ("MILLISECOND(TIMEVALUE('10:00:00.250'))", D(250)),
        ("FROMUNIXTIME(UNIXTIMESTAMP(Called)) = Called", True),
        ("DATETIMEVALUE('2011-1-9 1:00:00')", datetime(2011, 1, 9, 1, tzinfo=UTC)),
        # choices
        ("ISPICKVAL(Rating, 'Hot')", True), ("TEXT(Rating)", "Hot"),
        ("CASE(Rating, 'Cold', 1, 'Hot', 2, 3)", D(2)), ("CASE(1, 2, 'a', 'b')", "b"),
        ("IFERROR(1 / 0, 7)", D(7)), ("IN(Rating, 'Cold', 'Hot')", True), ("IN('', '')", False),
        ("Owner:User.Id", "005"), ("ISNULL(Rating) || ISNULL(Interests)", False),
        ("INCLUDES(Interests, 'Tea')", True), ("PICKLISTCOUNT(Interests)", D(2)),
        ("IF(Active, Parent.Name, Name)", "bar"), ("IF(FALSE, 1, NULL)", None),
    ],
)  # fmt: skip
def test_a_formula_means(formula: str, value: Any) -> None:
    assert value_of(formula) == value
    assert type(value_of(formula)) is type(value)


@pytest.mark.parametrize(
    ("formula", "value", "as_zero"),
    [
        ("Revenue + 1", None, D(1)),
        ("ISBLANK(Revenue)", True, False),
        ("BLANKVALUE(Revenue, 5)", D(5), D(0)),
        ("Revenue < 1", None, True),
        ("NOT(Revenue < 1)", None, False),
        ("(Since > TODAY()) = FALSE", True, True),
        ("Name < 'a' || Name >= ''", False, False),
        ("AND(Revenue < 1, TRUE)", False, True),
        ("IF(Revenue < 1, 'a', 'b')", "b", "a"),
        ("Revenue = NULL", True, False),
        ("Name = ''", True, True),
        ("ISNULL(Name)", False, False),
        ("ISNULL(Rating) && ISNULL(Interests)", True, True),
        ("ISBLANK(Name)", True, True),
        ("Name & 'x'", "x", "x"),
        ("LEN(Name)", D(0), D(0)),
        ("NULLVALUE(Name, 'x')", None, None),
        ("BLANKVALUE(Name, 'x')", "x", "x"),
        ("Since + 1", None, None),
        ("ISPICKVAL(Rating, '')", True, True),
        ("Active", False, False),
        ("VALUE(Name)", None, None),
    ],
)
def test_blanks_are_blank_or_zero_as_the_formula_says(
    formula: str, value: Any, as_zero: Any
) -> None:
    assert value_of(formula, blank=True) == value
    assert value_of(formula, blank=True, as_zero=True) == as_zero


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("1 / (Revenue - 10.5)", "division_by_zero"),
        ("MOD(1, 0)", "division_by_zero"),
        ("VALUE('12a')", "no_number"),
        ("DATE(2013, 2, 29)", "no_such_day"),
        ("DATETIMEVALUE('2011-13-09 01:00:00')", "no_such_moment"),
        ("Since + 9999999999", "out_of_range"),
        ("10 ^ 1000000", "too_large"),
        ("SQRT(-1)", "no_root"),
        ("LN(0)", "no_logarithm"),
        ("ASIN(2)", "no_angle"),
        ("DISTANCE(Spot, Spot, 'furlong')", "no_unit"),
        ("DISTANCE(GEOLOCATION(91, 0), Spot, 'km')", "no_place"),
        ("HYPERLINK(' javascript:alert(1)', 'x')", "no_address"),
        ("HYPERLINK('java' & CHR(10) & 'script:alert(1)', 'x')", "no_address"),
        ("IMAGE('data:image/svg+xml,x', 'x')", "no_address"),
        ("CHR(55296)", "no_character"),
        ("JSONVALUE('{', 'a')", "no_json"),
        ("EXP(110)", "too_large"),
        ("FROMUNIXTIME(10 ^ 14)", "out_of_range"),
    ],
)
def test_what_cannot_be_worked_out_says_why(formula: str, code: str) -> None:
    with pytest.raises(FormulaError) as failure:
        value_of(formula)
    assert failure.value.problem.code == f"formula.{code}"
    assert value_of(f"IF(FALSE, TEXT({formula}), 'fine')") == "fine"


@pytest.mark.abuse("A23")
@pytest.mark.parametrize(
    ("formula", "code", "place", "hint"),
    [
        ("", "syntax", (0, 0), "Write what it shall be."),
        ("1 +", "syntax", (3, 3), "A value is missing after the last sign."),
        ("(1", "syntax", (0, 1), "Add a )."),
        ("Name Name", "syntax", (5, 9), "An operator or a comma may be missing before it."),
        ("'abc", "syntax", (0, 4), "Close the quotes."),
        ("“abc”", "syntax", (0, 1), "Put texts in straight quotes."),
        ("REGEX(Name, '\\d')", "syntax", (13, 15), "A \\ that means itself is doubled."),
        ("1 ? 2", "syntax", (2, 3), ""),
        ("Nmae = ''", "unknown_field", (0, 4), "Did you mean Name?"),
        ("Parent.Nmae", "unknown_field", (7, 11), "Did you mean Name?"),
        ("Owner:Group.Name", "unknown_field", (0, 11), "Did you mean Owner?"),
        ("Parnt.Name", "unknown_field", (0, 5), "Did you mean Parent?"),
        ("ISNEW", "unknown_field", (0, 5), "A function is written with parentheses: ISNEW()."),
        ("$Usr.Id", "unknown_name", (0, 7), "Did you mean $User?"),
        ("ISBLNK(Name)", "unknown_function", (0, 6), "Did you mean ISBLANK?"),
        ("LEFT(Name)", "arity", (0, 4), "Write LEFT(text, count)."),
        ("1 + LEFT(Name, 1)", "type", (0, 16), "Make a text of it by TEXT()."),
        ("Name & Revenue", "type", (7, 14), "Make a text of it by TEXT()."),
        ("Rating = 'Hot'", "type", (0, 6),
         'Ask ISPICKVAL(field, "value"), or compare TEXT(field).'),
        ("REGEX(Name, '[a')", "no_pattern", (12, 16), "A sign that means itself gets a \\ before."),
        ("Since = NOW()", "type", (0, 11), "Make a day of the moment by DATEVALUE()."),
        ("IF(1, 2, 3)", "type", (3, 4), "Compare it with something, or ask ISBLANK()."),
        ("ISCHANGED(Parent.Name)", "type", (10, 21), ""),
        ("Secret", "no_value", (0, 6), ""),
        ("Spot = Spot", "type", (0, 4), ""),
        ("DISTANCE(Name, Spot, 'km')", "type", (9, 13), ""),
        ("__import__('os').system('ls')", "syntax", (16, 17), ""),
        ("Name.__class__", "unknown_field", (0, 4), ""),
    ],
)  # fmt: skip
def test_a_refusal_says_where_and_what_to_do(
    formula: str, code: str, place: tuple[int, int], hint: str
) -> None:
    problem = problem_of(formula)
    assert (problem.code, problem.path, problem.hint) == (f"formula.{code}", place, hint)


@pytest.mark.abuse("A23")
@pytest.mark.parametrize(
    "formula",
    [
        "Name.__class__.__mro__", "Name.__init__.__globals__", "''.__class__", "().__class__",
        "__builtins__", "__import__('os')", "import os", "eval('1')", "exec('1')", "open('x')",
        "getattr(Name, 'x')", "globals()", "lambda: 1", "lambda x: x", "[x for x in Name]",
        "{x: 1 for x in Name}", "(x for x in Name)", "[1, 2]", "{1}", "Name[0]",
        "Name if TRUE else 1",
        "f'{Name}'", "'{0.__class__}'.format(Name)", "'%s' % Name", "Name := 1", "x = 1; y = 2",
        "Name; DROP TABLE t1", "`id`", "$(id)", "${7*7}", "{{7*7}}", "1 @ 2", "~1", "1 // 2",
        "await Name", "print(Name)", "Name\n.upper()", "$Api.Session_ID.x", "SYSTEM('id')",
    ],
)  # fmt: skip
def test_what_reaches_for_an_interpreter_is_refused_at_its_place(formula: str) -> None:
    problem = problem_of(formula)
    start, end = problem.path
    assert problem.code.startswith("formula.")
    assert 0 <= int(start) <= int(end) <= len(formula)


@pytest.mark.abuse("A23")
@pytest.mark.parametrize(
    "text", ["{0.__class__}", "%(x)s", "${7*7}", "{{7*7}}", "__import__('os')"]
)
def test_a_text_that_other_languages_would_act_on_is_a_text(text: str) -> None:
    quoted = '"' + text + '"'
    assert value_of(quoted) == text
    assert value_of(f"UPPER({quoted}) & SUBSTITUTE({quoted}, 'x', 'x')") == text.upper() + text


def test_every_unknown_name_is_told_at_once() -> None:
    with pytest.raises(Rejected) as refusal:
        check("IF(A > 1, B, LEFT(C, 2))", Subject(SNAPSHOT, "Account"))
    assert [p.path for p in refusal.value.problems] == [(3, 4), (10, 11), (18, 19)]


def test_a_rule_wants_true_or_false() -> None:
    assert problem_of("Revenue", wanted=Type.BOOLEAN).code == "formula.type"


@pytest.mark.parametrize("formula", ["ISNEW()", "ISCHANGED(Name)", "PRIORVALUE(Name)", "Notes"])
def test_a_formula_field_knows_no_save_and_no_long_text(formula: str) -> None:
    problem_of(formula, Subject(SNAPSHOT, "Account", Purpose.FIELD))
    check(formula, Subject(SNAPSHOT, "Account", Purpose.RULE))


@pytest.mark.abuse("A68")
@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("1" + " " * 3900, "too_long"),
        ("(" * 101 + "1" + ")" * 101, "too_deep"),
        ("NOT(" * 200 + "TRUE" + ")" * 200, "too_deep"),
        ("-" * 3000 + "1", "too_deep"),
        ("+".join("1" * 102), "too_deep"),
        ("9" * 41, "syntax"),
    ],
)
def test_what_would_cost_too_much_is_refused_before_it_is_read(formula: str, code: str) -> None:
    assert problem_of(formula).code == f"formula.{code}"


def test_long_chains_stay_flat_and_what_is_just_allowed_runs() -> None:
    assert value_of("&".join(["'1'"] * 900)) == "1" * 900
    assert value_of(" || ".join(["FALSE"] * 400)) is False
    assert value_of("(" * 99 + "1" + ")" * 99) == 1
    assert value_of("-" * 98 + "1") == 1


def test_changes_are_seen_against_what_was_before() -> None:
    subject = Subject(SNAPSHOT, "Account")
    formula = check("ISCHANGED(Name) && PRIORVALUE(Name) = 'old' && !ISNEW()", subject)
    known = {"ISNEW": False}
    assert evaluate(formula, Scene({"Name": "new"}, {"Name": "old"}, known)) is True
    assert evaluate(formula, Scene({"Name": "old"}, {"Name": "old"}, known)) is False
    assert evaluate(formula, Scene({"Name": "new"}, None, {"ISNEW": True})) is False


@pytest.mark.parametrize("function", FUNCTIONS.all(), ids=lambda f: str(f.name))
def test_every_function_says_how_it_is_written_and_what_it_does(function: Any) -> None:
    assert str(function.help).endswith(".")
    if function.family is not Family.OPERATOR:
        assert function.signature.startswith(f"{function.name}(")
        problem = (
            problem_of(f"{function.name}({', '.join('1' * 11)})") if not function.more else None
        )
        assert problem is None or problem.code in ("formula.arity", "formula.not_here")
