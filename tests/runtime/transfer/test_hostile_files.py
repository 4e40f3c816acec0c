"""Files made to harm: the reader stays alive and small, and says what is wrong and where."""

from __future__ import annotations

import codecs
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter

from tests.runtime.transfer.conftest import Company
from trellis.platform.errors import Rejected
from trellis.runtime.transfer import workbook
from trellis.runtime.transfer.source import open_source

CsvFile = Callable[..., Path]
MEBIBYTE = 1024 * 1024


@contextmanager
def held_in_bounds(seconds: float = 10, most: int = 100 * MEBIBYTE) -> Iterator[None]:
    """The block takes no longer, and this process takes no more memory for it, than this."""
    begun = time.monotonic()
    tracemalloc.start()
    try:
        yield
        _size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert time.monotonic() - begun < seconds
    assert peak < most


def read(path: Path) -> list[tuple[int, tuple[object, ...]]]:
    return [(row.number, row.cells) for row in open_source(path).rows()]


def refusal(path: Path) -> tuple[str, tuple[object, ...]]:
    """(code, path) of what reading the file to its end says."""
    with held_in_bounds(), pytest.raises(Rejected) as refused:
        read(path)
    problem = refused.value.problems[0]
    assert problem.message
    return problem.code, problem.path


# -- CSV -----------------------------------------------------------------------------------------


def test_an_open_quote_is_refused_at_its_row(csv_file: CsvFile) -> None:
    path = csv_file('Name,Phone\nAcme,1\nBeta,"2\nGamma,3\n')
    assert refusal(path) == ("import.csv", (3,))


def test_an_open_quote_in_a_large_file_stops_at_the_limit_of_a_cell(csv_file: CsvFile) -> None:
    path = csv_file('Name,Phone\nAcme,"' + "x,1\n" * 3_000_000)
    assert refusal(path) == ("import.csv", (2,))


def test_a_cell_beyond_the_limit_is_refused_at_its_row(csv_file: CsvFile) -> None:
    path = csv_file("Name,Phone\nAcme,1\n" + "x" * 131_073 + ",2\n")
    assert refusal(path) == ("import.csv", (3,))


def test_a_file_of_one_endless_line_is_not_taken_in_whole(csv_file: CsvFile) -> None:
    path = csv_file(b"Name,Phone\n" + b"a," * 50_000_000)
    assert refusal(path)[0] == "import.csv"


def test_ten_thousand_headings_are_refused(csv_file: CsvFile) -> None:
    path = csv_file(",".join(f"H{i}" for i in range(10_000)) + "\n1\n")
    assert refusal(path) == ("import.too_many_columns", (1,))


def test_a_row_that_is_wider_than_the_headings_is_refused_alone(
    csv_file: CsvFile, company: Company
) -> None:
    path = csv_file("Name,Phone\nAcme,1\nBeta,2,3\nGamma,4,\n")
    imported = company.load(path, "Account")
    assert (imported.result.created, imported.result.failed) == (2, 1)
    assert [(e.row, e.code) for e in imported.result.errors] == [(3, "import.too_many_cells")]


def test_a_nul_refuses_its_row_alone(csv_file: CsvFile, company: Company) -> None:
    path = csv_file("Name,Phone\nAc\x00me,1\nBeta,2\n")
    imported = company.load(path, "Account")
    assert [(e.row, e.column, e.code) for e in imported.result.errors] == [
        (2, "Name", "text.control")
    ]
    assert imported.ids.keys() == {3}


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE),
     ("utf-16-be", codecs.BOM_UTF16_BE), ("utf-16-le", b""), ("utf-16-be", b""),
     ("cp1252", b"")],
)  # fmt: skip
def test_the_encoding_is_found_out(csv_file: CsvFile, encoding: str, mark: bytes) -> None:
    rows = "".join(f"Müller & Söhne {n},Straße {n},Größe – “groß”\r\n" for n in range(20))
    path = csv_file(mark + f"Name,Street,City\r\n{rows}".encode(encoding))
    opened = open_source(path)
    assert opened.headings == ("Name", "Street", "City")
    assert [row.cells for row in opened.rows()][19] == (
        "Müller & Söhne 19", "Straße 19", "Größe – “groß”",
    )  # fmt: skip


def test_chinese_in_its_own_encoding_is_found_out(csv_file: CsvFile) -> None:
    rows = "".join(f"第{n}号贸易有限公司,上海市,李玉英\r\n" for n in range(30))
    opened = open_source(csv_file(f"公司名称,城市,联系人\r\n{rows}".encode("gb18030")))
    assert next(opened.rows()).cells == ("第0号贸易有限公司", "上海市", "李玉英")


def test_an_encoding_that_was_said_and_is_not_true_is_refused(csv_file: CsvFile) -> None:
    path = csv_file("Name\nAcme\nMüller\n".encode("cp1252"))
    with pytest.raises(Rejected) as refused:
        list(open_source(path, encoding="utf-8").rows())
    assert refused.value.problems[0].code == "import.encoding"
    with pytest.raises(Rejected) as refused:
        open_source(path, encoding="klingon")
    assert refused.value.problems[0].code == "import.unknown_encoding"


def test_bare_returns_end_lines(csv_file: CsvFile) -> None:
    assert read(csv_file("Name,Phone\rAcme,1\rBeta,2\r")) == [
        (2, ("Acme", "1")), (3, ("Beta", "2")),
    ]  # fmt: skip


def test_rows_are_counted_as_a_spreadsheet_counts_them(csv_file: CsvFile) -> None:
    path = csv_file('Name,Notes\nAcme,"two\nlines"\n\nBeta,x\n')
    assert read(path) == [(2, ("Acme", "two\nlines")), (4, ("Beta", "x"))]


def test_of_two_columns_of_one_heading_the_first_is_taken(
    csv_file: CsvFile, company: Company
) -> None:
    imported = company.load(csv_file("Name,Phone,Phone\nAcme,1,2\n"), "Account")
    assert imported.mapping.left_out == ("Phone",)
    assert company.stored("Account", "Phone")[imported.ids[2]]["Phone"] == "1"


@pytest.mark.parametrize("content", [b"", b"\n\n", b",,\n1,2,3\n"])
def test_a_file_without_headings_is_refused(csv_file: CsvFile, content: bytes) -> None:
    assert refusal(csv_file(content))[0] == "import.no_headings"


def test_what_cannot_be_read_to_its_end_saves_nothing(csv_file: CsvFile, company: Company) -> None:
    rows = "".join(f"Account {n},{n}\n" for n in range(5_000))
    with pytest.raises(Rejected):
        company.load(csv_file(f'Name,Phone\n{rows}"open,1\n'), "Account")
    assert company.stored("Account", "Name") == {}


# -- workbooks -----------------------------------------------------------------------------------


def sheet_with(path: Path, cells: dict[tuple[int, int], object]) -> Path:
    """A workbook with the headings Name and Phone and these cells."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    sheet = book.add_worksheet("Data")
    for (row, column), value in {(0, 0): "Name", (0, 1): "Phone", **cells}.items():
        sheet.write(row, column, value)
    book.close()
    return path


def rewritten(path: Path, member: str, change: Callable[[bytes], bytes]) -> Path:
    """The workbook with one member of its archive changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = change(members.get(member, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = sheet_with(tmp_path / "bomb.xlsx", {(1, 0): "Acme"})
    bomb = b"<x>" + b"A" * (450 * MEBIBYTE // 3)
    path = rewritten(path, "xl/sharedStrings.xml", lambda _old: bomb)
    assert refusal(path) == ("import.workbook_size", ("bomb.xlsx",))


def test_an_archive_that_lies_about_its_size_harms_only_the_child(tmp_path: Path) -> None:
    path = sheet_with(tmp_path / "lie.xlsx", {(1, 0): "Acme"})
    path = rewritten(path, "xl/sharedStrings.xml", lambda _old: b"A" * 200 * MEBIBYTE)
    data = path.read_bytes()
    real = (200 * MEBIBYTE).to_bytes(4, "little")
    path.write_bytes(data.replace(real, (1000).to_bytes(4, "little")))
    assert refusal(path)[0] == "import.workbook"


def test_a_cell_far_out_is_refused_by_its_column_or_read_by_its_row(tmp_path: Path) -> None:
    wide = sheet_with(tmp_path / "wide.xlsx", {(1, 16_383): "far"})
    assert refusal(wide) == ("import.workbook_limit", ("wide.xlsx",))
    deep = sheet_with(tmp_path / "deep.xlsx", {(1_048_575, 0): "last"})
    with held_in_bounds():
        assert read(deep) == [(1_048_576, ("last",))]


def test_a_size_that_the_sheet_only_claims_is_not_believed(tmp_path: Path) -> None:
    path = sheet_with(tmp_path / "claim.xlsx", {(1, 0): "Acme"})
    claimed = rewritten(
        path, "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'),
    )  # fmt: skip
    with held_in_bounds():
        assert read(claimed) == [(2, ("Acme",))]


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(10)
)


@pytest.mark.parametrize(
    "doctype",
    [b"<!DOCTYPE x [" + LAUGHS + b"]>", b'<!DOCTYPE x [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>'],
    ids=["laughs", "external"],
)
def test_entities_are_not_expanded(tmp_path: Path, doctype: bytes) -> None:
    path = sheet_with(tmp_path / "entities.xlsx", {(1, 0): "Acme"})
    with zipfile.ZipFile(path) as archive:
        old = archive.read("xl/sharedStrings.xml")
    head, rest = old.split(b"?>", 1)
    path = rewritten(
        path, "xl/sharedStrings.xml",
        lambda _old: head + b"?>" + doctype + rest.replace(b"Acme", b"&l9;"),
    )  # fmt: skip
    assert refusal(path) == ("import.workbook", ("entities.xlsx",))


def test_a_child_that_needs_too_much_memory_ends_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MAX_RATIO", 10**9)
    path = sheet_with(tmp_path / "memory.xlsx", {(1, 0): "Acme"})
    strings = io.BytesIO()
    strings.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
    for _ in range(3):
        strings.write(b"<si><t>" + b"A" * 120 * MEBIBYTE + b"</t></si>")
    strings.write(b"</sst>")
    path = rewritten(path, "xl/sharedStrings.xml", lambda _old: strings.getvalue())
    strings.close()
    code, _path = refusal(path)
    assert code in ("import.workbook", "import.workbook_limit")


def test_a_text_longer_than_a_cell_may_be_is_refused(tmp_path: Path) -> None:
    path = sheet_with(tmp_path / "long.xlsx", {(1, 0): "Acme"})
    path = rewritten(path, "xl/sharedStrings.xml", lambda xml: xml.replace(b"Acme", b"A" * 131_073))
    assert refusal(path) == ("import.workbook_limit", ("long.xlsx",))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.xlsx", b"<html>no</html>", "import.no_workbook"),
        ("zip.csv", b"PK\x03\x04garbage", "import.no_workbook"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "import.old_workbook"),
    ],
)
def test_what_is_no_workbook_is_refused(
    csv_file: CsvFile, name: str, content: bytes, code: str
) -> None:
    assert refusal(csv_file(content, name))[0] == code


def test_numbers_dates_and_formulas_of_a_workbook_keep_what_they_are(
    tmp_path: Path, company: Company
) -> None:
    path = tmp_path / "typed.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for column, heading in enumerate(("Name", "Phone", "AnnualRevenue", "Description")):
        sheet.write_string(0, column, heading)
    sheet.write_number(1, 0, 13800138000)
    sheet.write_number(1, 1, 49301234567)
    sheet.write_number(1, 2, 123456789012)
    sheet.write_formula(1, 3, "=1+1")
    book.close()
    imported = company.load(path, "Account")
    stored = company.stored("Account", "Name", "Phone", "AnnualRevenue", "Description")
    assert stored[imported.ids[2]] == {
        "Name": "13800138000", "Phone": "49301234567", "AnnualRevenue": 123456789012,
        "Description": "=1+1",
    }  # fmt: skip
