"""Numbers as people, files and programs write them."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from trellis.metadata.decimals import check_digits, of_float, plain_text, read_decimal
from trellis.metadata.field_types.base import NEUTRAL, Reading, reading_of
from trellis.platform.errors import Rejected
from trellis.platform.i18n import Localization

US = reading_of(Localization("en", "en_US", "UTC", "USD"))
DE = reading_of(Localization("en", "de_DE", "UTC", "EUR"))
FR = reading_of(Localization("en", "fr_FR", "UTC", "EUR"))
CH = reading_of(Localization("en", "de_CH", "UTC", "CHF"))
IN = reading_of(Localization("en", "en_IN", "UTC", "INR"))
ZH = reading_of(Localization("zh_CN", "zh_CN", "UTC", "CNY"))
FILE_DE = Reading(decimal=",", group=".")


@pytest.mark.parametrize(
    ("text", "reading", "expected"),
    [
        ("1234.5", NEUTRAL, "1234.5"),
        ("-0.5", NEUTRAL, "-0.5"),
        (".5", NEUTRAL, "0.5"),
        ("+5", NEUTRAL, "5"),
        (" 7 ", NEUTRAL, "7"),
        ("7.382.438,50", FILE_DE, "7382438.50"),
        ("713", FILE_DE, "713"),
        ("$1,234.50", US, "1234.50"),
        ("-$1,234.50", US, "-1234.50"),
        ("$-5", US, "-5"),
        ("($1,234.50)", US, "-1234.50"),
        ("1,234.50-", US, "-1234.50"),
        ("1,234.50 USD", US, "1234.50"),
        ("usd 5", US, "5"),
        ("US$5", US, "5"),
        ("−5", US, "-5"),
        ("1.234,50 €", DE, "1234.50"),
        ("EUR 1.234,50", DE, "1234.50"),
        ("1234.50", DE, "1234.50"),
        ("1234.5", DE, "1234.5"),
        ("1.234", DE, "1234"),
        ("1 234,50 €", FR, "1234.50"),
        ("1\u202f234,50", FR, "1234.50"),
        ("1\u00a0234,50", FR, "1234.50"),
        ("Fr. 1'234.50", CH, "1234.50"),
        ("1’234.50", CH, "1234.50"),
        ("₹12,34,567.50", IN, "1234567.50"),
        ("Rs.500", IN, "500"),
        ("¥ 19,180万", ZH, "191800000"),
        ("19180万", ZH, "191800000"),
        ("19180万元", ZH, "191800000"),
        ("1.5亿", ZH, "150000000"),
        ("人民币 5000", ZH, "5000"),
        ("１２３４．５", ZH, "1234.5"),
        ("￥5", ZH, "5"),
    ],
)
def test_a_number_is_read_as_it_is_meant(text: str, reading: Reading, expected: str) -> None:
    assert read_decimal(text, reading) == Decimal(expected)


@pytest.mark.abuse("A69")
@pytest.mark.parametrize(
    ("text", "reading", "code"),
    [
        ("1,234.5", NEUTRAL, "number.malformed"),
        ("$5", NEUTRAL, "number.malformed"),
        ("1e5", US, "number.malformed"),
        ("NaN", US, "number.malformed"),
        ("Infinity", NEUTRAL, "number.malformed"),
        ("٣", US, "number.malformed"),
        ("²", US, "number.malformed"),
        ("1_000", US, "number.malformed"),
        ("five", US, "number.malformed"),
        ("5 apples", US, "number.malformed"),
        ("--5", US, "number.malformed"),
        ("-(5)", US, "number.malformed"),
        ("5万万", ZH, "number.malformed"),
        ("$", US, "number.malformed"),
        ("1,5", US, "number.ambiguous"),
        ("12,34", US, "number.ambiguous"),
        ("1.234.50", DE, "number.ambiguous"),
        ("1,234,50", DE, "number.ambiguous"),
        ("1,234.50", DE, "number.ambiguous"),
        ("1.234,5.0", FILE_DE, "number.malformed"),
        ("€5", US, "number.other_currency"),
        ("5 EUR", US, "number.other_currency"),
        ("$5", DE, "number.other_currency"),
        ("¥5", US, "number.other_currency"),
        ("9" * 5000, US, "number.too_long"),
        ("1e" + "9" * 5000, NEUTRAL, "number.too_long"),
    ],
)
def test_what_is_unclear_or_no_number_is_refused(text: str, reading: Reading, code: str) -> None:
    begun = time.process_time()
    with pytest.raises(Rejected) as refusal:
        read_decimal(text, reading, "Amount")
    assert time.process_time() - begun < 0.05
    assert refusal.value.problems[0].code == code
    assert refusal.value.problems[0].path == ("Amount",)
    assert refusal.value.problems[0].hint or code == "number.too_long"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1, "0.1"), (0.1 + 0.2, "0.3"), (5.0, "5"), (1e20, "1" + "0" * 20), (-0.0, "0")],
)
def test_floats_of_spreadsheets_are_what_a_person_sees(value: float, expected: str) -> None:
    assert plain_text(of_float(value)) == expected


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, 1e-300])
def test_floats_beyond_reason_are_refused(value: float) -> None:
    with pytest.raises(Rejected):
        of_float(value)


@pytest.mark.abuse("F36")
@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("9999999999999999.99", ""),
        ("99999999999999999", "number.too_large"),
        ("0.001", "number.too_precise"),
        ("12.500", ""),
        ("0", ""),
        ("100", ""),
    ],
)
def test_digits_that_do_not_fit_are_named(value: str, code: str) -> None:
    problems = check_digits(Decimal(value), 18, 2, "Amount")
    assert [problem.code for problem in problems] == ([code] if code else [])


def test_a_hint_says_how_to_round() -> None:
    assert "0.13" in check_digits(Decimal("0.125"), 18, 2)[0].hint
