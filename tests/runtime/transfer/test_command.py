from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import make_config
from tests.runtime.transfer.conftest import Company
from trellis.platform.cli import build_cli
from trellis.platform.feature import Feature
from trellis.runtime.transfer.command import import_command

CsvFile = Callable[..., Path]
Run = Callable[..., Result]


@pytest.fixture
def run(company: Company, tmp_path: Path) -> Run:
    """`trellis import …` on the company's org."""
    cli = build_cli((Feature("import", commands=(import_command,)),), {})

    def invoke(*words: object) -> Result:
        arguments = ["import", *map(str, words), "--org", "main"]
        return CliRunner().invoke(cli, arguments, obj=make_config(tmp_path / "data"))

    return invoke


def test_it_prints_the_mapping_the_conventions_and_the_counts(
    run: Run, csv_file: CsvFile, company: Company
) -> None:
    path = csv_file("Vorname;Nachname;Firma;Umsatz;Datum\nAda;Lovelace;Acme;7.382,00;15.09.2026\n")
    result = run(path, "--object", "Lead")
    assert result.exit_code == 0, result.output
    assert "Umsatz -> AnnualRevenue  (1.234,5)" in result.output
    assert "Left out: Datum" in result.output
    assert "1 rows read: 1 created, 0 refused." in result.output
    assert len(company.stored("Lead", "Name")) == 1


def test_refused_rows_end_with_one_and_say_where_they_are(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("Last Name,Email\nA,wrong\nB,b@example.com\n")
    result = run(path, "--object", "Contact", "--errors", path.with_name("bad.csv"))
    assert result.exit_code == 1
    assert "Row 2, Email: 'wrong' is not an email address." in result.output
    assert path.with_name("bad.csv").exists()


def test_it_names_the_option_that_decides_what_it_did_not_guess(
    run: Run, csv_file: CsvFile
) -> None:
    path = csv_file("Name,Annual Revenue\nAcme,12.505\n")
    refused = run(path, "--object", "Account")
    assert refused.exit_code == 1
    assert "You can decide this for the whole file: --round" in refused.output
    assert run(path, "--object", "Account", "--round").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--object", "Contct"), "Contact"),
        (("--object", "Contact", "--map", "Emial=Email"), "Email"),
        (("--object", "Contact", "--map", "Email"), "HEADING=FIELD"),
        (("--object", "Contact", "--preset", "outlok"), "outlook"),
        (("--object", "Contact", "--as", "nobody"), "There is no active user 'nobody'."),
        (("--object", "Contact", "--encoding", "klingon"), "klingon"),
    ],
)
def test_a_request_that_cannot_be_ends_with_two(
    run: Run, csv_file: CsvFile, words: tuple[str, ...], said: str
) -> None:
    result = run(csv_file("Last Name,Email\nA,a@example.com\n"), *words)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_read_ends_with_two(run: Run, csv_file: CsvFile) -> None:
    result = run(csv_file('Last Name\n"A\n'), "--object", "Contact")
    assert result.exit_code == 2
    assert "The file cannot be read from row 2 on" in result.output
    assert "quotation mark" in result.output


def test_the_user_who_imports_owns_the_records(
    run: Run, csv_file: CsvFile, company: Company
) -> None:
    result = run(csv_file("Name\nAcme\n"), "--object", "Account", "--as", "person1@example.com")
    assert result.exit_code == 0, result.output
    owners = [values["Owner.Name"] for values in company.stored("Account", "Owner.Name").values()]
    assert owners == ["Mei Lin"]


def test_a_dry_run_and_the_marks_of_a_file_can_be_said(
    run: Run, csv_file: CsvFile, company: Company
) -> None:
    path = csv_file("Name\tWhat\nAcme\t1.234\n")
    result = run(
        path, "--object", "Account", "--map", "What=AnnualRevenue", "--delimiter", "tab",
        "--decimal-comma", "--dry-run", "--first", "1",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1 would be created" in result.output
    assert company.stored("Account", "Name") == {}
