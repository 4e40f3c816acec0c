from __future__ import annotations

import csv
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.runtime.transfer.conftest import Company
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Problem, Rejected
from trellis.platform.people.actor import system_actor
from trellis.runtime.records.service import Records
from trellis.runtime.transfer import importing
from trellis.runtime.transfer.conventions import Said
from trellis.runtime.transfer.readers import HowToRead
from trellis.seeds.install import install_standard

CsvFile = Callable[..., Path]


def lines(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_parents_are_made_once_and_only_for_rows_that_are_saved(
    csv_file: CsvFile, company: Company
) -> None:
    path = csv_file(
        "Last Name,Account Name,Email\n"
        "A,Acme,\nB, ACME ,\nC,Broken,no address\n,Nameless,\nD,Beta,\n"
    )
    imported = company.load(path, "Contact")
    assert (imported.result.created, imported.result.failed) == (3, 2)
    assert imported.result.parents_created == 2
    names = {values["Name"] for values in company.stored("Account", "Name").values()}
    assert names == {"Acme", "Beta"}
    contacts = company.stored("Contact", "Account.Name")
    assert [contacts[imported.ids[n]]["Account.Name"] for n in (2, 3, 6)] == [
        "Acme", "Acme", "Beta",
    ]  # fmt: skip


def test_a_parent_that_is_missing_or_doubled_is_a_reason(
    csv_file: CsvFile, company: Company
) -> None:
    records = Records(company.org_db, company.actor, SNAPSHOTS.get(company.org_db))
    one = records.create("Account", {"Name": "Twin"})
    records.create("Account", {"Name": "twin"})
    path = csv_file(f"Last Name,Account Name\nA,Nobody\nB,TWIN\nC,{one}\n")
    imported = company.load(path, "Contact", create_parents=False)
    assert [(e.row, e.column, e.code) for e in imported.result.errors] == [
        (2, "Account Name", "import.unknown_parent"),
        (3, "Account Name", "import.ambiguous_parent"),
    ]
    assert imported.ids.keys() == {4}


def test_owners_are_found_by_name_user_name_or_email(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Name,Owner\nA,mei lin\nB,person2@example.com\nC,梅琳\nD,nobody@example.com\n")
    imported = company.load(path, "Account")
    stored = company.stored("Account", "Owner.Name")
    assert [stored[imported.ids[n]]["Owner.Name"] for n in (2, 3, 4)] == [
        "Mei Lin", "Priya Nair", "梅琳",
    ]  # fmt: skip
    assert [(e.row, e.code) for e in imported.result.errors] == [(5, "import.unknown_parent")]


def test_a_dry_run_says_the_same_and_keeps_nothing(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Last Name,Account Name,Email\nA,Acme,\nB,Acme,wrong\n,Acme,\nD,Beta,d@x.org\n")
    tried = company.load(path, "Contact", dry_run=True)
    assert company.stored("Contact", "Name") == company.stored("Account", "Name") == {}
    done = company.load(path, "Contact")
    assert tried.result.errors == done.result.errors
    assert (tried.result.created, tried.result.failed) == (2, 2)
    assert (done.result.created, done.result.failed) == (2, 2)


def test_only_the_first_rows_may_be_asked_for(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Name\n" + "".join(f"A{n}\n" for n in range(20)))
    assert company.load(path, "Account", first=3).result.read == 3


def test_a_text_may_be_said_to_mean_nothing(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Last Name,Email\nA,n/a\nB,b@example.com\n")
    assert company.load(path, "Contact").result.failed == 1
    imported = company.load(path, "Contact", reading=HowToRead(blanks=("n/a",)))
    assert imported.result.failed == 0
    assert company.stored("Contact", "Email")[imported.ids[2]]["Email"] is None


def test_dates_that_nothing_tells_apart_are_refused_until_their_order_is_said(
    csv_file: CsvFile, company: Company
) -> None:
    path = csv_file("Last Name,Birthdate\nA,03/04/2026\n")
    assert [e.code for e in company.load(path, "Contact").result.errors] == ["date.ambiguous"]
    imported = company.load(path, "Contact", reading=HowToRead(Said(day_first=True)))
    stored = company.stored("Contact", "Birthdate")
    assert stored[imported.ids[2]]["Birthdate"] == date(2026, 4, 3)


def test_a_number_that_could_be_two_is_refused_until_its_mark_is_said(
    csv_file: CsvFile, company: Company
) -> None:
    company.add_field("Account.Weight__c", "Number", precision=18, scale=3)
    path = csv_file("Name,Weight__c\nA,1.234\n")
    assert [e.code for e in company.load(path, "Account").result.errors] == ["number.ambiguous"]
    imported = company.load(path, "Account", reading=HowToRead(Said(decimal_comma=True)))
    stored = company.stored("Account", "Weight__c")
    assert stored[imported.ids[2]]["Weight__c"] == Decimal(1234)


def test_an_amount_in_another_currency_is_refused(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Name,Annual Revenue\nA,€ 100\nB,$ 100\n")
    imported = company.load(path, "Account")
    assert [(e.row, e.code) for e in imported.result.errors] == [(2, "number.other_currency")]


def test_a_file_in_the_words_of_another_language_means_the_same_values(
    csv_file: CsvFile, company: Company
) -> None:
    path = csv_file("Name,Industry\nA,金融\nB,banking\nC,Falconry\n")
    imported = company.load(path, "Account")
    stored = company.stored("Account", "Industry")
    assert [stored[imported.ids[n]]["Industry"] for n in (2, 3, 4)] == [
        "Finance", "Banking", "Falconry",
    ]  # fmt: skip


def test_the_error_file_guards_formulas_and_gives_them_back(
    csv_file: CsvFile, company: Company
) -> None:
    path = csv_file('Last Name,Email,Description\nA,wrong,"=HYPERLINK(""x"")"\n')
    first = company.load(path, "Contact")
    assert lines(first.error_path)[0]["Description"] == '\'=HYPERLINK("x")'
    fixed = csv_file(first.error_path.read_text("utf-8-sig").replace("wrong", "a@b.org"), "b.csv")
    second = company.load(fixed, "Contact")
    stored = company.stored("Contact", "Description")
    assert stored[second.ids[2]]["Description"] == '=HYPERLINK("x")'


BAD: tuple[tuple[str, str], ...] = (  # (column, cell)
    ("Last Name", ""), ("Last Name", "x" * 81), ("Last Name", "bell\x07"), ("Email", "a b@x.org"),
    ("Email", "nobody"), ("Birthdate", "31.02.2026"), ("Birthdate", "soon"),
    ("Owner", "Nobody At All"), ("Phone", "9" * 41), ("Title", "t" * 129),
    ("HasOptedOutOfEmail", "perhaps"), ("Description", "d" * 32_001),
)  # fmt: skip


def test_of_many_rows_exactly_the_bad_ones_are_refused_at_their_columns(
    tmp_path: Path, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three in a hundred are bad, in twelve ways, over several chunks."""
    monkeypatch.setattr(importing, "CHUNK", 150)
    chance = random.Random(41)
    headings = ["Last Name", "Email", "Birthdate", "Owner", "Phone", "Title",
                "HasOptedOutOfEmail", "Description"]  # fmt: skip
    expected: dict[int, str] = {}
    path = tmp_path / "many.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, headings)
        writer.writeheader()
        for number in range(2, 1002):
            row = {
                "Last Name": f"Person {number}", "Email": f"p{number}@example.com",
                "Birthdate": "15.09.1980", "Owner": "Mei Lin", "Phone": "123", "Title": "Boss",
                "HasOptedOutOfEmail": "yes", "Description": "two\nlines",
            }  # fmt: skip
            if chance.random() < 0.03:
                column, cell = BAD[len(expected) % len(BAD)]
                row[column] = cell
                expected[number] = column
            writer.writerow(row)
    imported = company.load(path, "Contact")
    assert len(expected) > len(BAD)
    assert (imported.result.read, imported.result.failed) == (1000, len(expected))
    found = {int(line["Row"]): line["Column"] for line in lines(imported.error_path)}
    assert {n: c.replace("LastName", "Last Name") for n, c in found.items()} == expected
    assert len(company.stored("Contact", "Name")) == 1000 - len(expected)


def test_a_chunk_that_fails_leaves_the_chunks_before_it(
    csv_file: CsvFile, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 10)
    path = csv_file("Name\n" + "".join(f"A{n}\n" for n in range(30)))
    real, calls = Records.create_many, []

    def failing(self: Records, name: str, rows: object) -> object:
        calls.append(name)
        if len(calls) == 3:
            raise RuntimeError("the power went out")
        return real(self, name, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(Records, "create_many", failing)
    with pytest.raises(RuntimeError):
        company.load(path, "Account")
    assert len(company.stored("Account", "Name")) == 20


def test_a_row_that_loses_a_race_is_refused_alone(
    csv_file: CsvFile, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Records.create_many

    def racing(self: Records, name: str, rows: list[dict[str, object]]) -> object:
        if any(row["Name"] == "A7" for row in rows):
            raise Rejected(Problem("record.race", (), "Somebody else saved the same value."))
        return real(self, name, rows)

    monkeypatch.setattr(Records, "create_many", racing)
    path = csv_file("Name\n" + "".join(f"A{n}\n" for n in range(20)))
    imported = company.load(path, "Account")
    assert [(e.row, e.code) for e in imported.result.errors] == [(9, "record.race")]
    assert (imported.result.created, imported.result.failed) == (19, 1)


def test_files_are_imported_on_both_databases(org_db: OrgDatabase, csv_file: CsvFile) -> None:
    install_standard(org_db)
    actor = replace(system_actor(org_db.key, "a test"), currency="USD")
    company = Company(org_db, actor)
    rows = "".join(f"Person {n},Account {n % 70},p{n}@example.com\n" for n in range(300))
    imported = company.load(csv_file(f"Last Name,Account Name,Email\n{rows}X,Y,wrong\n"), "Contact")
    assert (imported.result.created, imported.result.failed) == (300, 1)
    assert imported.result.parents_created == 70
    stored = company.stored("Contact", "Name", "Account.Name")
    assert stored[imported.ids[102]] == {"Name": "Person 100", "Account.Name": "Account 30"}
