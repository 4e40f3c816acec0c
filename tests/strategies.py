"""Values of chance for property tests: `values_for(field)` makes what a field can hold, or None."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from trellis.metadata.field_types.address import AddressValue
from trellis.metadata.field_types.html_text import clean
from trellis.metadata.field_types.location import LocationValue
from trellis.metadata.kinds.custom_field import CustomField
from trellis.platform.ids import checksum

Values = st.SearchStrategy[Any]
_LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff")
_WORD = st.text("abcXYZ019_%-", min_size=1, max_size=12)


def values_for(field: CustomField) -> Values:
    """None, or a value that the field takes, reads back from its export and shows."""
    return st.none() | _MAKERS[field.value_type](field)


def texts(length: int = 60, extra: str = "") -> Values:
    """A line as parse gives it: with letters of all scripts, signs and emoji, stripped."""
    letters = _LETTERS | st.sampled_from("aAéß%_\\'\";,=@İıſK客户；👩‍💻" + extra)
    return st.text(letters, max_size=length).map(str.strip).filter(bool)


def decimals(precision: int, scale: int) -> Values:
    """Numbers of so many digits, as parse gives them: without trailing zeros."""
    most = 10**precision - 1
    edges = st.sampled_from([most, -most, 0, 1, -1])
    return (edges | st.integers(-most, most)).map(lambda n: _plain(Decimal(n).scaleb(-scale)))


def _plain(value: Decimal) -> Decimal:
    text = format(value, "f")
    bare = text.rstrip("0").rstrip(".") if "." in text else text
    return Decimal(bare if bare not in ("-0", "") else "0")


def _numbers(field: CustomField) -> Values:
    return decimals(field.field_type.precision(field), field.field_type.scale(field))  # type: ignore[attr-defined]


def _words(field: CustomField) -> Values:
    return texts(field.field_type.length(field) // 4)  # type: ignore[attr-defined]


def _lines(field: CustomField) -> Values:
    return texts(60, extra="\n\t").map(str.strip).filter(bool)


def _ids(_field: CustomField) -> Values:
    alphabet = "0123456789ABCXYZabcxyz"
    return st.text(alphabet, min_size=15, max_size=15).map(lambda short: short + checksum(short))


def _moments(_field: CustomField) -> Values:
    earliest = datetime(1, 1, 1, tzinfo=UTC)
    edges = st.sampled_from([earliest, datetime(9999, 12, 31, 23, 59, 59, 999000, UTC)])
    drawn = edges | st.datetimes(timezones=st.just(UTC))
    return drawn.map(lambda m: m.replace(microsecond=m.microsecond // 1000 * 1000))


def _clocks(_field: CustomField) -> Values:
    return st.times().map(lambda t: time(t.hour, t.minute, t.second, t.microsecond // 1000 * 1000))


def _choice(field: CustomField) -> Values:
    return st.sampled_from([v.name for v in field.inline_values])


def _choices(field: CustomField) -> Values:
    names = [v.name for v in field.inline_values]
    chosen = st.sets(st.sampled_from(names), min_size=1)
    return chosen.map(lambda some: tuple(name for name in names if name in some))


def _addresses(_field: CustomField) -> Values:
    part = st.none() | texts(18)
    made = st.builds(AddressValue, part, part, part, part, part)
    return made.filter(lambda address: address != AddressValue())


def _locations(_field: CustomField) -> Values:
    degrees = [st.integers(-n * 10**6, n * 10**6) for n in (90, 180)]
    parts = [one.map(lambda n: _plain(Decimal(n).scaleb(-6))) for one in degrees]
    return st.builds(LocationValue, *parts)


def _html(_field: CustomField) -> Values:
    tag = st.sampled_from(["p", "b", "em", "ul", "script", "img"])
    parts = st.tuples(tag, texts(20)).map(lambda one: f"<{one[0]}>{one[1]}</{one[0]}>")
    return parts.map(clean).map(str.strip).filter(bool).filter(lambda html: clean(html) == html)


_MAKERS: dict[str, Callable[[CustomField], Values]] = {
    **dict.fromkeys(("Number", "Currency", "Percent"), _numbers),
    **dict.fromkeys(("Text", "Name", "AutoNumber", "Phone"), _words),
    **dict.fromkeys(("TextArea", "LongTextArea"), _lines),
    **dict.fromkeys(("Id", "Lookup", "MasterDetail", "Hierarchy"), _ids),
    "EncryptedText": lambda field: _words(field).filter(lambda text: not text.startswith("*")),
    "Checkbox": lambda _field: st.booleans(),
    "Date": lambda _field: st.sampled_from([date.min, date.max]) | st.dates(),
    "DateTime": _moments,
    "Time": _clocks,
    "RecordType": _choice,
    "Picklist": _choice,
    "MultiselectPicklist": _choices,
    "Email": lambda _field: st.builds("{}@{}.example".format, _WORD.map(_solid), _WORD.map(_solid)),
    "Url": lambda _field: _WORD.map("https://example.com/{}".format),
    "Address": _addresses,
    "Location": _locations,
    "Html": _html,
}


def _solid(word: str) -> str:
    return "x" + "".join(char for char in word if char.isalnum()) + "x"
