"""Real files of address books and spreadsheets, checked against what this file reads by itself.

Nothing here uses the code under test to know what a cell means: each column has its own few lines.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.runtime.transfer.conftest import Company

REFUSED = object()
Expect = Callable[[Any], Any]  # a cell -> the value that must be stored, or REFUSED


def words(cell: Any) -> Any:
    return str(cell or "").strip() or None


def email(cell: Any) -> Any:
    found = words(cell)
    good = found is None or re.fullmatch(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+", found)
    return found if good else REFUSED


def us_day(cell: Any) -> Any:
    """M/D/YYYY; Outlook writes 0/0/00 for no birthday."""
    if not cell or cell == "0/0/00":
        return None
    month, day, year = map(int, cell.split("/"))
    return date(year, month, day)


def iso_day(cell: Any) -> Any:
    return date.fromisoformat(cell) if cell else None


def german_day(cell: Any) -> Any:
    day, month, year = map(int, cell.split("."))
    return date(year, month, day)


def german_money(cell: Any) -> Any:
    whole, cents = cell.split(",")
    return Decimal(whole.replace(".", "")) + Decimal(cents) / 100


def chinese_money(cell: Any) -> Any:
    number = Decimal(cell.rstrip("万").replace(",", ""))
    return number * 10_000 if cell.endswith("万") else number


def whole(cell: Any) -> Any:
    return Decimal(int(cell)) if cell else None


def first_phone(cell: Any) -> Any:
    return cell.split(":::")[0].strip() or None


def second_phone(cell: Any) -> Any:
    return cell.split(":::")[1].strip() if ":::" in cell else None


def first_names(cell: Any) -> Any:
    return " ".join(cell.split()[:-1]) or None


def last_name(cell: Any) -> Any:
    return cell.split()[-1]


def sheet_amount(cell: Any) -> Any:
    if cell is None:
        return None
    if isinstance(cell, str):
        found = re.fullmatch(r"\$(\d{1,3}(?:,\d{3})*)", cell)
        return Decimal(found[1].replace(",", "")) if found else REFUSED
    return Decimal(repr(cell))


def sheet_day(cell: Any) -> Any:
    """A date of the sheet, or month/day/year as its plain ones show; there is no 31.02."""
    if isinstance(cell, datetime):
        return cell.date()
    return REFUSED if cell == "31.02.2026" else us_day(cell)


def sheet_percent(cell: Any) -> Any:
    """Whole percents, as the field keeps them."""
    number = Decimal(str(cell).rstrip("%"))
    return number if number == int(number) else REFUSED


def stage(cell: Any) -> Any:
    return {"closed won": "Closed Won", "Verhandlung": REFUSED}.get(cell, cell)


def industry(cell: Any) -> Any:
    """The Chinese labels of our values mean those values; others stay as they were written."""
    return {"金融": "Finance", "零售": "Retail", "教育": "Education"}.get(cell, words(cell))


@dataclass(frozen=True)
class Case:
    """A file, the object it goes to, and what becomes of each heading."""

    file: str
    object: str
    encoding: str
    columns: Mapping[tuple[str, str], Expect]  # {(heading, path of the field): expectation}
    said: Mapping[str, str]
    delimiter: str = ","

    def rows(self, home: Path) -> Iterator[tuple[int, dict[str, Any]]]:
        """(row number, cells by heading)."""
        if self.file.endswith(".xlsx"):
            sheet = openpyxl.load_workbook(home / self.file).worksheets[0]
            table = [list(row) for row in sheet.iter_rows(values_only=True)]
        else:
            with (home / self.file).open(encoding=self.encoding, newline="") as file:
                table = list(csv.reader(file, delimiter=self.delimiter))
        for number, cells in enumerate(table[1:], 2):
            yield number, dict(zip(table[0], cells, strict=True))


OUTLOOK: Mapping[tuple[str, str], Expect] = {
    ("First Name", "FirstName"): words,
    ("Last Name", "LastName"): words,
    ("Job Title", "Title"): words,
    ("Business Phone", "Phone"): words,
    ("Mobile Phone", "MobilePhone"): words,
    ("E-mail Address", "Email"): email,
    ("Notes", "Description"): words,
}
GOOGLE: Mapping[tuple[str, str], Expect] = {
    ("First Name", "FirstName"): words,
    ("Last Name", "LastName"): words,
    ("Organization Title", "Title"): words,
    ("Phone 1 - Value", "Phone"): first_phone,
    ("E-mail 1 - Value", "Email"): email,
    ("Notes", "Description"): words,
}
ACT: Mapping[tuple[str, str], Expect] = {
    ("Contact", "FirstName"): first_names,
    ("Contact", "LastName"): last_name,
    ("Phone", "Phone"): words,
    ("Mobile Phone", "MobilePhone"): words,
    ("Title", "Title"): words,
    ("Last Results", "Description"): words,
    ("E-mail Address", "Email"): email,
}
GERMAN: Mapping[tuple[str, str], Expect] = {
    ("Vorname", "FirstName"): words,
    ("Nachname", "LastName"): words,
    ("Firma", "Company"): words,
    ("Telefon", "Phone"): words,
    ("E-Mail", "Email"): email,
    ("Mitarbeiter", "NumberOfEmployees"): whole,
    ("Quelle", "LeadSource"): words,
}
CHINESE: Mapping[tuple[str, str], Expect] = {
    ("行业", "Industry"): industry,
    ("年收入", "AnnualRevenue"): chinese_money,
    ("员工数", "NumberOfEmployees"): whole,
    ("负责人", "Owner.Name"): words,
}


def address(street: str, city: str, state: str, code: str, country: str, prefix: str) -> Any:
    headings = {
        street: "Street", city: "City", state: "State", code: "PostalCode", country: "Country",
    }  # fmt: skip
    return {(heading, f"{prefix}{part}"): words for heading, part in headings.items()}


def outlook_address(prefix: str) -> Any:
    return address(
        "Business Street", "Business City", "Business State", "Business Postal Code",
        "Business Country/Region", prefix,
    )  # fmt: skip


def google_address(prefix: str) -> Any:
    names = ("Street", "City", "Region", "Postal Code", "Country")
    return address(*(f"Address 1 - {name}" for name in names), prefix)


def act_address(prefix: str) -> Any:
    return address("Address 1", "City", "State", "Zip", "Country", prefix)


CASES = (
    Case("outlook-contacts.csv", "Contact", "utf-8-sig", {
        **OUTLOOK, **outlook_address("Mailing"),
        ("Company", "Account.Name"): words, ("Birthday", "Birthdate"): us_day,
    }, {}),
    Case("outlook-contacts.csv", "Lead", "utf-8-sig", {
        **OUTLOOK, **outlook_address(""), ("Company", "Company"): words,
        ("Web Page", "Website"): words,
    }, {}),
    Case("google-contacts.csv", "Contact", "utf-8", {
        **GOOGLE, **google_address("Mailing"),
        ("Organization Name", "Account.Name"): words, ("Birthday", "Birthdate"): iso_day,
        ("Phone 1 - Value", "OtherPhone"): second_phone,
    }, {}),
    Case("google-contacts.csv", "Lead", "utf-8", {
        **GOOGLE, **google_address(""), ("Organization Name", "Company"): words,
        ("Phone 1 - Value", "MobilePhone"): second_phone, ("Website 1 - Value", "Website"): words,
    }, {}),
    Case("act-contacts.csv", "Contact", "cp1252", {
        **ACT, **act_address("Mailing"), ("Company", "Account.Name"): words,
        ("Record Manager", "Owner.Name"): words,
    }, {}),
    Case("act-contacts.csv", "Lead", "cp1252", {
        **ACT, **act_address(""), ("Company", "Company"): words,
        ("Record Manager", "Owner.Name"): words, ("Web Site", "Website"): words,
    }, {}),
    Case("leads-semicolon-latin1.csv", "Lead", "latin-1", {
        **GERMAN, ("Umsatz", "Umsatz__c"): german_money, ("Datum", "Datum__c"): german_day,
    }, {"Umsatz": "Umsatz__c"}, ";"),
    Case("客户-gb18030.csv", "Lead", "gb18030", {
        **CHINESE, ("公司名称", "Company"): words, ("联系人", "Name"): words,
        ("职位", "Title"): words, ("手机", "MobilePhone"): words, ("邮箱", "Email"): email,
        ("省份", "State"): words, ("城市", "City"): words, ("地址", "Street"): words,
    }, {}),
    Case("客户-gb18030.csv", "Account", "gb18030", {
        **CHINESE, ("公司名称", "Name"): words, ("手机", "Phone"): words,
        ("省份", "BillingState"): words, ("城市", "BillingCity"): words,
        ("地址", "BillingStreet"): words,
    }, {}),
    Case("opportunities.xlsx", "Opportunity", "", {
        ("Opportunity Name", "Name"): words, ("Account Name", "Account.Name"): words,
        ("Stage", "StageName"): stage, ("Amount", "Amount"): sheet_amount,
        ("Close Date", "CloseDate"): sheet_day, ("Probability (%)", "Probability"): sheet_percent,
        ("Lead Source", "LeadSource"): words, ("Owner", "Owner.Name"): words,
        ("Next Step", "NextStep"): words,
    }, {}),
)  # fmt: skip


@pytest.fixture
def crm(company: Company) -> Company:
    """The company with two fields that the German file needs."""
    company.add_field("Lead.Umsatz__c", "Currency", precision=18, scale=2)
    company.add_field("Lead.Datum__c", "Date")
    return company


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}-{case.object}")
def test_every_row_is_kept_as_it_was_meant_or_refused_with_a_reason(
    case: Case, crm: Company, shared_imports: Path
) -> None:
    imported = crm.load(shared_imports / case.file, case.object, dict(case.said))
    result = imported.result
    expected = {n: _expected(case, row, crm.users) for n, row in case.rows(shared_imports)}
    assert result.read == len(expected)
    assert result.read == result.created + result.failed
    stored = crm.stored(case.object, *(path for _heading, path in case.columns))
    assert imported.ids.keys() == {n for n, (_values, bad) in expected.items() if not bad}
    for number, record_id in imported.ids.items():
        values = dict(stored[record_id])
        for path, value in expected[number][0].items():
            if path == "Account.Name":  # one account for all ways of writing its name
                assert values[path].casefold() == value.casefold(), (number, path)
            else:
                assert values[path] == value, (number, path)
    _check_error_file(case, shared_imports, imported.error_path, expected)


def _expected(
    case: Case, row: Mapping[str, Any], users: Mapping[str, str]
) -> tuple[dict[str, Any], set[str]]:
    """({path: value}, headings of the cells that must be refused)."""
    values: dict[str, Any] = {}
    bad: set[str] = set()
    for (heading, path), expect in case.columns.items():
        value = expect(row[heading])
        if path == "Owner.Name" and value not in users:
            value = REFUSED
        if value is REFUSED:
            bad.add(heading)
        values[path] = value
    return values, bad


def _check_error_file(
    case: Case, home: Path, path: Path, expected: Mapping[int, tuple[dict[str, Any], set[str]]]
) -> None:
    """One line for each refused row: number, every column that is wrong, a reason, its cells."""
    refused = {number: bad for number, (_values, bad) in expected.items() if bad}
    if not refused:
        assert not path.exists()
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    originals = dict(case.rows(home))
    assert [int(line["Row"]) for line in lines] == sorted(refused)
    for line in lines:
        number = int(line["Row"])
        assert set(line["Column"].split("; ")) == refused[number]
        assert line["Reason"]
        for heading, cell in originals[number].items():
            if isinstance(cell, str) and not cell.startswith(("=", "+", "-", "@")):
                assert line[heading] == cell, (number, heading)


def test_amounts_with_cents_are_kept_to_the_cent(crm: Company, shared_imports: Path) -> None:
    loaded = crm.load(shared_imports / "leads-semicolon-latin1.csv", "Lead")
    assert (loaded.result.created, loaded.result.failed) == (582, 42)
    stored = crm.stored("Lead", "AnnualRevenue")[loaded.ids[2]]
    assert stored["AnnualRevenue"] == Decimal("7382438.50")


def test_formulas_stay_text(crm: Company, shared_imports: Path) -> None:
    imported = crm.load(shared_imports / "outlook-contacts.csv", "Contact")
    stored = crm.stored("Contact", "Description")
    formulas = [
        stored[i]["Description"]
        for i in imported.ids.values()
        if (stored[i]["Description"] or "").startswith("=")
    ]
    assert len(formulas) > 50
    assert set(formulas) == {'=HYPERLINK("http://example.com")'}


def test_a_corrected_error_file_can_be_imported_as_it_is(
    crm: Company, shared_imports: Path
) -> None:
    first = crm.load(shared_imports / "google-contacts.csv", "Contact")
    text = first.error_path.read_text("utf-8-sig")
    for bad in ("a b@example.com", "A B@EXAMPLE.COM", "n/a", "john.doe@,"):
        text = text.replace(f",{bad.rstrip(',')},", ",right@example.com,")
    corrected = shared_imports / "corrected.csv"
    corrected.write_text(text, "utf-8-sig", newline="")
    second = crm.load(corrected, "Contact")
    assert (second.result.read, second.result.failed) == (first.result.failed, 0)
    stored = crm.stored("Contact", "Email", "Phone")
    assert {stored[i]["Email"] for i in second.ids.values()} == {"right@example.com"}
    assert not any((stored[i]["Phone"] or "").startswith("'") for i in second.ids.values())
