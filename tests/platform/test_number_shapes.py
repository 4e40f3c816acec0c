from __future__ import annotations

from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform import i18n
from trellis.platform.i18n import LOCALES, Localization, use_locale
from trellis.platform.number_shapes import Shape, learn

AMOUNTS = st.decimals(-(10**15), 10**15, allow_nan=False, places=5)


@given(st.sampled_from(LOCALES), st.integers(0, 5), AMOUNTS)
def test_a_number_is_written_as_babel_writes_it(locale: str, scale: int, value: Decimal) -> None:
    with use_locale(Localization(locale=locale)):
        rounded = i18n._rounded(value, scale)
        assert i18n.format_number(value, scale) == i18n._decimal(
            Locale.parse(locale), scale, rounded
        )


@given(
    st.sampled_from(LOCALES),
    st.sampled_from(("USD", "EUR", "CNY", "JPY", "CHF", "XAF", "KWD")),
    st.integers(0, 4),
    AMOUNTS,
)
def test_an_amount_is_written_as_babel_writes_it(
    locale: str, code: str, scale: int, value: Decimal
) -> None:
    with use_locale(Localization(locale=locale)):
        wanted = i18n._amount(Locale.parse(locale), code, scale, i18n._rounded(value, scale))
        assert i18n.format_currency(value, code, scale) == wanted


@given(st.sampled_from(LOCALES), st.integers(0, 4), st.decimals(-1000, 1000, places=7))
def test_a_share_is_written_as_babel_writes_it(locale: str, scale: int, share: Decimal) -> None:
    with use_locale(Localization(locale=locale)):
        wanted = i18n._percent(Locale.parse(locale), scale, i18n._rounded(share, scale + 2))
        assert i18n.format_percent(share, scale) == wanted


@pytest.mark.parametrize(
    ("locale", "has_shape"), [("en_US", True), ("de_DE", True), ("zh_CN", True), ("en_IN", False)]
)
def test_only_a_locale_that_groups_by_threes_has_a_shape(locale: str, has_shape: bool) -> None:
    assert (i18n._decimal_shape(locale, 2) is not None) is has_shape


def test_what_is_no_number_has_no_shape() -> None:
    assert learn(lambda _value: "many", 2) is None


def test_a_shape_writes_the_sign_where_the_locale_puts_it() -> None:
    shape = Shape(2, "€ ", "", "€ -", "", ".", ",")
    assert shape.write(Decimal("-1234.5")) == "€ -1.234,50"
    assert shape.write(Decimal("0.05")) == "€ 0,05"
