from __future__ import annotations

import pytest

from trellis.metadata.field_types.base import Reading
from trellis.runtime.transfer.conventions import Evidence, Said, is_unclear, which_day


def evidence(*texts: str) -> Evidence:
    found = Evidence()
    for text in texts:
        found.see(text)
    return found


@pytest.mark.parametrize(
    ("texts", "decimal"),
    [
        (("7.382.438,50", "988.381,50"), ","),
        (("1.234.567",), ","),  # two points group thousands
        (("12,5",), ","),
        (("1'234,5",), ","),
        (("$429,161", "8990.64"), "."),
        (("45,596,790",), "."),
        (("19180万", "713"), "."),
        (("TBD", "n/a", ""), "."),
    ],
)
def test_the_decimal_mark_is_found_in_the_column(texts: tuple[str, ...], decimal: str) -> None:
    reading = evidence(*texts).reading(Reading())
    assert reading.decimal == decimal
    assert reading.group != decimal


def test_what_the_person_says_counts_more_than_what_is_found() -> None:
    found = evidence("1.234,50")
    assert found.reading(Reading(), Said(decimal_comma=False)).decimal == "."
    assert found.day_readings(Reading(), Said(day_first=True))["/"].day_first is True


@pytest.mark.parametrize(
    ("texts", "mark", "day_first"),
    [
        (("03/04/2026", "02/18/2026"), "/", False),
        (("03/04/2026", "18/02/2026"), "/", True),
        (("03/04/2026",), "/", None),  # nothing told
        (("02/18/2026", "18/02/2026"), "/", None),  # both, so neither
        (("03.04.2026",), ".", True),  # with points the day is first
        (("31.02.2026", "02/18/2026"), ".", True),
        (("31.02.2026", "02/18/2026"), "/", False),
        (("12.31.2026",), ".", False),
    ],
)
def test_the_order_of_dates_is_found_for_each_mark(
    texts: tuple[str, ...], mark: str, day_first: bool | None
) -> None:
    assert evidence(*texts).day_readings(Reading())[mark].day_first is day_first


def test_what_was_found_can_be_shown() -> None:
    assert evidence("7.382,50").found() == ("1.234,5",)
    assert evidence("02/18/2026", "31.01.2026").found() == ("12/31/2026", "31.12.2026")
    assert evidence("abc", "03/04/2026").found() == ()


def test_a_number_with_one_mark_before_three_digits_is_unclear_by_itself() -> None:
    assert is_unclear("1.234")
    assert is_unclear("€ 12,345")
    assert not is_unclear("1.23")
    assert not is_unclear("1.234.567")


def test_only_dates_with_the_year_last_have_an_order_to_find() -> None:
    assert which_day("15.09.2026") == "."
    assert which_day("9/15/26") == "/"
    assert which_day("2026-09-15") == ""
    assert which_day("15.09/2026") == ""
