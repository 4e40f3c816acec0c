"""What single types promise beyond the contract: masks, links, compounds, numbers that count up."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
import wtforms
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from tests.metadata.field_types.samples import make_field
from trellis.metadata.field_types.address import AddressValue
from trellis.metadata.field_types.auto_number import number_text
from trellis.metadata.field_types.base import NEUTRAL, Reading, reading_of
from trellis.metadata.field_types.html_text import clean, plain
from trellis.metadata.field_types.location import LocationValue
from trellis.metadata.field_types.picklist import OPEN, THREE
from trellis.metadata.field_types.url import href
from trellis.metadata.kinds import KINDS
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.storage_types import storage_type
from trellis.platform.errors import Rejected
from trellis.platform.i18n import Localization, use_locale

ZH = Localization("zh_CN", "zh_CN", "Asia/Shanghai", "CNY")
DE = Localization("en", "de_DE", "Europe/Berlin", "EUR")


def codes(field: CustomField, snapshot: Snapshot | None = None) -> list[str]:
    """The codes of the problems that the type finds in the field's own options."""
    found = field.field_type.check_definition(field, snapshot or Snapshot("main", 1, ()))
    return [problem.code for problem in found]


# -- numbers


def test_amounts_are_shown_as_the_reader_writes_them() -> None:
    field = make_field("Currency")
    assert field.field_type.display(Decimal("1234.5"), field) == "$1,234.50"
    with use_locale(DE):
        assert field.field_type.display(Decimal("1234.5"), field) == "1.234,50\xa0€"
        assert field.field_type.form_text(Decimal("1234.5"), field) == "1234,5"
    with use_locale(ZH):
        assert field.field_type.display(Decimal("1234.5"), field) == "¥1,234.50"


def test_a_percentage_is_the_number_before_the_sign() -> None:
    field = make_field("Percent", precision=5, scale=1)
    reading = reading_of(Localization())
    assert field.field_type.parse("12.5 %", field, reading) == Decimal("12.5")
    assert field.field_type.display(Decimal("12.5"), field) == "12.5%"
    assert field.field_type.cell(Decimal("12.5"), field) == Decimal("12.5")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"precision": 18, "scale": 2}, []),
        ({"precision": 19}, ["field.option"]),
        ({"precision": 3, "scale": 4}, ["field.option"]),
        ({"precision": 0}, ["field.option"]),
    ],
)
def test_digits_of_a_number_field_are_checked(options: dict[str, int], expected: list[str]) -> None:
    assert codes(make_field("Number", **options)) == expected


def test_spreadsheet_numbers_are_read_from_what_people_see() -> None:
    amount, text = make_field("Currency"), make_field("Text")
    assert amount.field_type.accept(0.1 + 0.2, amount) == Decimal("0.3")
    assert text.field_type.accept(13800138000.0, text) == "13800138000"
    with pytest.raises(Rejected):
        amount.field_type.accept(True, amount)
    with pytest.raises(Rejected):
        amount.field_type.accept(float("nan"), amount)


# -- choices


def test_a_value_set_and_its_labels_come_with_the_reading() -> None:
    field = make_field("Picklist", valueSet={"valueSetName": "Rating", "restricted": True})
    rating = KINDS.get("GlobalValueSet").parse(
        {
            "kind": "GlobalValueSet",
            "uid": "g",
            "name": "Rating",
            "values": THREE["valueSet"]["values"],
        }
    )
    snapshot = Snapshot("main", 1, (rating, field))
    reading = NEUTRAL.for_field(field, snapshot)
    assert field.field_type.parse("very hot", field, reading) == "Hot"
    assert field.field_type.display_in("Hot", field, snapshot) == "Very hot"
    with pytest.raises(Rejected) as refusal:
        field.field_type.parse("Warmm", field, reading)
    assert "Warm" in refusal.value.problems[0].hint


def test_a_retired_value_may_stay_but_not_come() -> None:
    field = make_field("Picklist", **THREE)
    several = make_field("MultiselectPicklist", **THREE)
    check = field.field_type.check_change
    assert check("Cold", "Cold", field, NEUTRAL) == ()
    assert [p.code for p in check("Cold", "Hot", field, NEUTRAL)] == ["picklist.inactive"]
    assert check("Hot", "Cold", field, NEUTRAL) == ()
    among = several.field_type.check_change
    assert among(("Hot", "Cold"), ("Cold",), several, NEUTRAL) == ()
    assert among(("Hot", "Cold"), ("Hot",), several, NEUTRAL)


def test_a_form_offers_active_values_and_what_is_there() -> None:
    field = make_field("Picklist", **THREE)
    form = type("F", (wtforms.Form,), {"value": field.field_type.form_field(field)})
    html = str(form(data={"value": "Cold"})["value"]())
    assert 'value="Hot"' in html
    assert '<option selected value="Cold">' in html
    assert "Cold" not in str(form(data={"value": "Hot"})["value"]())


def test_values_with_semicolons_cannot_be_chosen_together() -> None:
    field = make_field("MultiselectPicklist", valueSet={"values": [{"name": "a;b"}]})
    assert codes(field, Snapshot("main", 1, (field,))) == ["picklist.semicolon"]
    opened = make_field("MultiselectPicklist", **OPEN)
    assert opened.field_type.parse("a;b", opened) == ("a", "b")


def test_a_checkbox_that_a_browser_leaves_out_is_off() -> None:
    field = make_field("Checkbox")
    form = type("F", (wtforms.Form,), {"value": field.field_type.form_field(field)})
    assert form(MultiDict({"other": "x"}))["value"].data == "false"
    assert form(MultiDict({"value": "true"}))["value"].data == "true"
    assert "checked" in str(form(data={"value": "true"})["value"]())
    assert "checked" not in str(form(data={"value": "false"})["value"]())


@pytest.mark.parametrize(
    ("word", "value"), [("Yes", True), ("是", True), ("否", False), ("x", True)]
)
def test_people_say_yes_in_many_ways(word: str, value: bool) -> None:
    field = make_field("Checkbox")
    assert field.field_type.parse(word, field, Reading(human=True)) is value
    with pytest.raises(Rejected):
        field.field_type.parse(word, field, NEUTRAL)


# -- links and markup


@pytest.mark.abuse("A30")
@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>', '<a href=" jav&#x09;ascript:alert(1)">x</a>',
        "<iframe src='//example.com'></iframe>", "<style>@import 'x'</style>", "<base href='//x'>",
        '<p style="background:url(//x)">y</p>', "<form action='//x'><input></form>",
        '<a href="data:text/html,<script>1</script>">x</a>', "<math><mi//xlink:href='data:x'>",
        "<meta http-equiv=refresh content='0;url=//x'>", "<!--[if IE]><script>1</script>-->",
    ],
)  # fmt: skip
def test_markup_that_acts_is_taken_out(html: str) -> None:
    safe = clean(html)
    lower = safe.lower()
    active = (
        "<script onerror onload javascript: <iframe <style style= <base <form <input data: <svg"
    )
    for word in [*active.split(), "<math", "<meta", "<img"]:
        assert word not in lower
    assert clean(safe) == safe


@pytest.mark.abuse("A30")
@given(st.text("<>\"'=/ abpsx&;#:\n", max_size=60))
def test_cleaning_again_changes_nothing(html: str) -> None:
    assert clean(clean(html)) == clean(html)


def test_rich_text_is_markup_and_is_searched_as_words() -> None:
    field = make_field("Html")
    shown = field.field_type.display(
        '<p onclick="x()">A &amp; <b>B</b></p><script>1</script>', field
    )
    assert isinstance(shown, Markup)
    assert shown == "<p>A &amp; <b>B</b></p>"
    assert plain("<p>A &amp; <b>B</b></p><p>C</p>") == "A & B C"
    assert field.field_type.to_columns("<p>ÄPFEL</p>", field)["key"] == "äpfel"


@pytest.mark.abuse("A31")
def test_only_safe_links_become_links() -> None:
    assert href("https://example.com/a") == "https://example.com/a"
    assert href("javascript:alert(1)") == ""
    assert href("https://example.com/ onclick=x") == ""


# -- secrets


@pytest.mark.parametrize(
    ("options", "value", "expected"),
    [
        ({}, "4111 1111 1111 1234", "********"),
        ({"maskType": "lastFour"}, "4111111111111234", "************1234"),
        ({"maskType": "ssn", "maskChar": "X"}, "123-45-6789", "XXXXXXX6789"),
        ({"maskType": "lastFour"}, "1234", "********"),
        ({"maskType": "lastFour"}, "12345678", "****5678"),
    ],
)
def test_a_secret_is_shown_as_its_mask(options: dict[str, str], value: str, expected: str) -> None:
    field = make_field("EncryptedText", **options)
    kind = field.field_type
    assert (
        kind.display(value, field)
        == kind.export(value, field)
        == kind.json(value, field)
        == expected
    )
    assert kind.read_form(expected, value, field, NEUTRAL) == value
    with pytest.raises(Rejected) as refusal:
        kind.parse(expected, field)
    assert refusal.value.problems[0].code == "encrypted.masked"


def test_a_secret_is_kept_sealed_for_its_own_field() -> None:
    field = make_field("EncryptedText")
    stored = field.field_type.to_columns("4111", field)
    assert "4111" not in stored[""]
    assert field.field_type.from_columns(stored, field) == "4111"


# -- compounds


def test_components_are_named_as_the_compound_is() -> None:
    standard = make_field("Address", "Account.BillingAddress")
    plain_one = make_field("Address", "Lead.Address")
    custom = make_field("Address", "Thing__c.Site__c", label="Site")
    names = [
        [c.local_name for c in f.field_type.components(f)] for f in (standard, plain_one, custom)
    ]
    assert names[0][:2] == ["BillingStreet", "BillingCity"]
    assert names[1] == ["Street", "City", "State", "PostalCode", "Country"]
    assert names[2][0] == "Site__Street__s"
    assert custom.field_type.components(custom)[1].label == "Site (City)"
    place = make_field("Location", "Thing__c.Spot__c")
    latitude, longitude = place.field_type.components(place)
    assert (latitude.local_name, longitude.local_name) == (
        "Spot__Latitude__s",
        "Spot__Longitude__s",
    )
    assert latitude.component_of == "Spot__c"


@pytest.mark.parametrize("type_name", ["Address", "Location"])
def test_a_compound_comes_apart_and_together(type_name: str) -> None:
    field = make_field(type_name, "Thing__c.Place__c")
    kind = field.field_type
    for example in kind.examples:
        parts = kind.decompose(field, example.value)
        assert set(parts) == {c.local_name for c in kind.components(field)}
        assert kind.compose(field, parts) == example.value


def test_an_address_is_shown_as_an_envelope_shows_it() -> None:
    field = make_field("Address")
    western = AddressValue("1 High St", "Leeds", None, "LS1", "UK")
    chinese = AddressValue("建国路 1 号", "北京市", "北京", "100022", "中国")
    assert field.field_type.display(western, field) == "1 High St\nLeeds, LS1\nUK"
    assert field.field_type.display(chinese, field) == "中国北京北京市\n建国路 1 号\n100022"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"FirstName": "Mei", "LastName": "Lin", "Salutation": "Ms."}, "Mei Lin"),
        ({"FirstName": "磊", "LastName": "陶"}, "陶磊"),
        ({"LastName": "Wood"}, "Wood"),
        ({"FirstName": "Mei", "LastName": "陶"}, "Mei 陶"),
        ({}, None),
    ],
)
def test_a_name_is_made_of_its_parts(parts: dict[str, str], expected: str | None) -> None:
    field = make_field("Name", "Contact.Name")
    assert field.field_type.compose(field, parts) == expected


def test_the_parts_of_a_name_are_chosen_by_options() -> None:
    full = make_field("Name", "Contact.Name", middleName=True, suffix=True)
    user = make_field("Name", "User.Name", salutation=False)
    names = [[c.local_name for c in f.field_type.components(f)] for f in (full, user)]
    assert names[0] == ["Salutation", "FirstName", "MiddleName", "LastName", "Suffix"]
    assert names[1] == ["FirstName", "LastName"]
    assert full.field_type.decompose(full, "Mary Ann Wood") == {
        "FirstName": "Mary Ann", "LastName": "Wood",
    }  # fmt: skip


def test_half_a_place_is_a_problem() -> None:
    field = make_field("Location", "Thing__c.Spot__c")
    half = field.field_type.compose(field, {"Spot__Latitude__s": Decimal(1)})
    assert half == LocationValue(Decimal(1), None)
    assert [p.code for p in field.field_type.check(half, field)] == ["location.half"]


def test_a_component_keeps_its_range() -> None:
    field = make_field("Location", "Thing__c.Spot__c")
    latitude = field.field_type.components(field)[0]
    assert latitude.field_type.columns(latitude)[0].type == "exact(9,6)"
    assert storage_type("exact(9,6)") is storage_type("exact(9,6)")
    with pytest.raises(Rejected):
        latitude.field_type.parse("90.1", latitude)


def test_degrees_are_shown_when_the_field_says_so() -> None:
    field = make_field("Location", displayLocationInDecimal=False)
    value = field.field_type.parse("48.2082, -16.3738", field)
    assert field.field_type.display(value, field) == "48°12'30\"N 16°22'26\"W"


# -- numbers that count up, links between records


@pytest.mark.parametrize(
    ("form", "number", "expected"),
    [
        ("INV-{0000}", 7, "INV-0007"),
        ("INV-{0000}", 12345, "INV-12345"),
        ("{YYYY}{MM}-{000}", 7, "202603-007"),
        ("", 1, "0001"),
    ],
)
def test_the_next_number_has_its_format(form: str, number: int, expected: str) -> None:
    field = make_field("AutoNumber", displayFormat=form)
    assert number_text(field, number, date(2026, 3, 2)) == expected


@pytest.mark.parametrize("form", ["INV", "{0}{0}", "{00", "{ABC}{0}", "}{0}"])
def test_a_format_without_one_counter_is_refused(form: str) -> None:
    assert codes(make_field("AutoNumber", displayFormat=form)) == ["autonumber.format"]


@pytest.mark.parametrize(
    ("type_name", "options", "expected"),
    [
        ("Lookup", {"referenceTo": ["Account"]}, []),
        ("Lookup", {"referenceTo": []}, ["field.no_target"]),
        ("Lookup", {"required": True, "deleteConstraint": "SetNull"}, ["lookup.required_set_null"]),
        ("MasterDetail", {"referenceTo": ["A", "B"]}, ["field.targets"]),
        ("Hierarchy", {"referenceTo": ["Account"]}, ["hierarchy.target"]),
        ("Hierarchy", {}, []),
    ],
)
def test_targets_of_references_are_checked(
    type_name: str, options: dict[str, Any], expected: list[str]
) -> None:
    assert codes(make_field(type_name, **options)) == expected


def test_an_id_of_fifteen_characters_is_completed() -> None:
    field = make_field("Lookup")
    assert field.field_type.accept("001000000000001", field) == "001000000000001AAA"
    assert field.field_type.accept("001000000000001aaa", field) == "001000000000001AAA"


# -- days and moments


def test_spreadsheet_dates_are_taken_as_they_are() -> None:
    day, moment = make_field("Date"), make_field("DateTime")
    midnight = datetime.fromisoformat("2026-11-23T00:00")
    assert day.field_type.accept(midnight, day) == date(2026, 11, 23)
    with pytest.raises(Rejected):
        day.field_type.accept(midnight.replace(hour=5), day)
    shanghai = Reading(time_zone="Asia/Shanghai")
    found = moment.field_type.accept(midnight, moment, shanghai)
    assert found == datetime.fromisoformat("2026-11-22T16:00+00:00")


def test_moments_at_the_edge_of_time_can_be_shown() -> None:
    field = make_field("DateTime")
    last = datetime.fromisoformat("9999-12-31T23:00:00+00:00")
    with use_locale(ZH):
        assert field.field_type.display(last, field) == "9999-12-31T23:00:00.000Z"
        assert field.field_type.cell(last, field).year == 9999
        assert field.field_type.form_text(last, field)
