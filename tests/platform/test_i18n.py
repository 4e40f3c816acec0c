from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from trellis.platform import i18n
from trellis.platform.i18n import Localization, _, lazy, ngettext, use_locale

CHINESE = Localization("zh_CN", "zh_CN", "Asia/Shanghai", "CNY")
GERMAN = Localization("en", "de_DE", "Europe/Berlin", "EUR")
MOMENT = datetime(2026, 11, 23, 18, 5, 7, tzinfo=UTC)

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

#: runtime/web/lists.py:10
msgid "Owner of %(name)s"
msgstr "%(name)s的所有人"

#: platform/web/static/js/toast.js:4
msgid "Undo"
msgstr "撤销"

msgid "%(n)s record"
msgid_plural "%(n)s records"
msgstr[0] "%(n)s 条记录"

#, fuzzy
msgid "Doubtful"
msgstr "猜测"

msgid "Left open"
msgstr ""

msgid "Lost %(what)s"
msgstr "丢失"
"""


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "zh_CN.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(i18n, "_CATALOGUES", tmp_path)
    i18n._catalogue.cache_clear()
    yield
    i18n._catalogue.cache_clear()


def test_a_message_is_given_in_the_language_of_the_reader() -> None:
    assert _("Owner of %(name)s", name="Acme") == "Owner of Acme"
    with use_locale(CHINESE):
        assert _("Owner of %(name)s", name="Acme") == "Acme的所有人"
    assert _("Undo") == "Undo"


def test_a_message_without_translation_or_with_a_doubtful_one_stays_english() -> None:
    with use_locale(CHINESE):
        assert [_(m) for m in ("Doubtful", "Left open", "Unheard")] == [
            "Doubtful",
            "Left open",
            "Unheard",
        ]


def test_a_translation_that_lost_a_placeholder_is_not_used() -> None:
    with use_locale(CHINESE):
        assert _("Lost %(what)s", what="it") == "Lost it"


def test_a_percent_sign_needs_no_escape_in_a_message_without_parameters() -> None:
    assert _("100% sure") == "100% sure"


def test_plural_forms_follow_the_language_and_numbers_the_locale() -> None:
    assert ngettext("%(n)s record", "%(n)s records", 1) == "1 record"
    assert ngettext("%(n)s record", "%(n)s records", 1200) == "1,200 records"
    with use_locale(CHINESE):
        assert ngettext("%(n)s record", "%(n)s records", 1) == "1 条记录"


def test_a_lazy_text_is_translated_when_it_is_read() -> None:
    label = lazy("Undo")
    assert f"{label}!" == "Undo!"
    with use_locale(CHINESE):
        assert str(label) == "撤销"
        assert label + "!" == "撤销!"
        assert "<" + label == "<撤销"
        assert label.replace("撤", "x") == "x销"
    assert label == "Undo"
    assert {label: 1} == {lazy("Undo"): 1}


def test_a_lazy_text_never_slips_into_json_untranslated() -> None:
    with pytest.raises(TypeError):
        json.dumps(lazy("Undo"))


def test_scripts_get_only_their_own_messages() -> None:
    assert i18n.script_messages("zh_CN") == {"Undo": "撤销"}
    assert i18n.script_messages("en") == {}
    assert i18n.script_messages("../../etc/passwd") == {}


@pytest.mark.parametrize(
    ("who", "number", "money", "share"),
    [
        (Localization(), "99,999,999,999,999.99", "-$1,234.50", "12.5%"),
        (CHINESE, "99,999,999,999,999.99", "-¥1,234.50", "12.5%"),
        (GERMAN, "99.999.999.999.999,99", "-1.234,50\N{NO-BREAK SPACE}€", "12,5\N{NBSP}%"),
    ],
)
def test_numbers_are_exact_and_follow_the_locale(
    who: Localization, number: str, money: str, share: str
) -> None:
    with use_locale(who):
        assert i18n.format_number(Decimal("99999999999999.99")) == number
        assert i18n.format_currency(Decimal("-1234.5")) == money
        assert i18n.format_percent(Decimal("0.125")) == share


def test_a_scale_fixes_the_decimals_and_rounds_half_up() -> None:
    assert i18n.format_number(Decimal("0.5"), 0) == "1"
    assert i18n.format_number(Decimal("2.5"), 0) == "3"
    assert i18n.format_number(Decimal("-2.345"), 2) == "-2.35"
    assert i18n.format_number(7, 2) == "7.00"
    assert i18n.format_percent(Decimal("0.12345"), 1) == "12.3%"
    assert i18n.format_currency(Decimal("1.005"), "USD") == "$1.01"
    assert i18n.format_currency(Decimal("1.5"), "JPY") == "¥2"
    assert i18n.format_currency(Decimal("1.5"), "USD", 4) == "$1.5000"


def test_a_moment_is_shown_in_the_zone_of_the_reader_and_a_day_is_not_moved() -> None:
    with use_locale(CHINESE):
        assert i18n.format_date(MOMENT) == "2026年11月24日"
        assert i18n.format_date(date(2026, 11, 23)) == "2026年11月23日"
        assert i18n.format_datetime(MOMENT, "short") == "2026/11/24 02:05"
        assert i18n.format_time(time(9, 5)) == "09:05"
        assert i18n.format_time(MOMENT) == "02:05"
    with use_locale(GERMAN):
        assert i18n.format_datetime(MOMENT) == "23.11.2026, 19:05"


def test_a_naive_moment_is_a_bug() -> None:
    with pytest.raises(ValueError, match="zone"):
        i18n.format_datetime(MOMENT.replace(tzinfo=None))


def test_words_follow_the_language_also_for_units_spans_and_lists() -> None:
    assert i18n.format_ago(MOMENT - timedelta(hours=3), MOMENT) == "3 hours ago"
    assert i18n.format_bytes(1536) == "1.5 kB"
    assert i18n.format_list(["a", lazy("b"), "c"]) == "a, b, and c"
    with use_locale(CHINESE):
        assert i18n.format_ago(MOMENT - timedelta(days=3), MOMENT) == "3天前"
        assert i18n.unit_name("byte") == "字节"
        assert i18n.currency_name("USD") == "美元"
        assert i18n.format_list(["a", "b"]) == "a和b"


@pytest.mark.parametrize("code", i18n.LOCALES)
def test_every_offered_locale_formats_every_kind_of_value(code: str) -> None:
    with use_locale(Localization("en", code, "UTC", "EUR")):
        assert i18n.is_locale(code)
        assert i18n.locale_name(code)
        for style in ("short", "medium", "long", "full"):
            assert i18n.format_datetime(MOMENT, style)
        assert i18n.format_currency(Decimal("1.5"), scale=3)


def test_every_offered_time_zone_is_known() -> None:
    assert {"UTC", "Asia/Shanghai", "Europe/Berlin"} <= set(i18n.time_zones())
    assert not i18n.is_locale("xx_YY")
    assert not i18n.is_locale("../etc")
