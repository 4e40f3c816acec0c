"""CSV and XLSX files of lists."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import ANY

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import deployed, make_document, make_field, nobody
from tests.runtime.conftest import Crm, crm_documents
from trellis.runtime.lists.listing import listing
from trellis.runtime.lists.state import ListState
from trellis.runtime.records.service import Records
from trellis.runtime.transfer.export import Headings, write_csv, write_xlsx
from trellis.runtime.transfer.guard import freed, guarded

VIEW = make_document(
    "ListView", "Account.All", object="Account", label="All",
    columns=["Name", "Rating", "AnnualRevenue", "Active", "Since", "ParentId", "Notes"],
    sort=[{"field": "AnnualRevenue"}],
)  # fmt: skip


@pytest.fixture
def crm(org_db: Any) -> Crm:
    notes = make_field("Account.Notes", "LongTextArea", length=131072)
    snapshot = deployed(org_db, *crm_documents(), notes, VIEW)
    actor = nobody()
    return Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))


def read_csv(crm: Crm, headings: Headings = Headings.LABELS) -> list[list[str]]:
    found = listing(crm.snapshot, crm.actor, "Account", ListState("All"))
    with crm.org_db.read() as conn:
        raw = b"".join(write_csv(conn, crm.actor, crm.snapshot, found, headings))
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def read_xlsx(crm: Crm) -> Any:
    found, stream = listing(crm.snapshot, crm.actor, "Account", ListState("All")), io.BytesIO()
    with crm.org_db.read() as conn:
        write_xlsx(conn, crm.actor, crm.snapshot, found, stream)
    return openpyxl.load_workbook(stream)


def test_a_csv_file_holds_every_record_as_text(crm: Crm) -> None:
    parent = crm.make("Account", Name="父公司", AnnualRevenue=Decimal(-5))
    crm.make(
        "Account", Name='=cmd|"x"', Rating="Hot", AnnualRevenue=Decimal("99999999999999.99"),
        Active=True, Since=date(2026, 3, 2), ParentId=parent, Notes="a,b\n\"c\"",
    )  # fmt: skip
    assert read_csv(crm) == [
        ["Name", "Rating", "AnnualRevenue", "Active", "Since", "ParentId", "Notes"],
        ["父公司", "", "-5", "false", "", "", ""],
        ['\'=cmd|"x"', "Hot", "99999999999999.99", "true", "2026-03-02", "父公司", 'a,b\n"c"'],
    ]
    names = read_csv(crm, Headings.NAMES)
    assert names[0][0] == "Id"
    assert "Parent.Name" in names[0]
    assert names[1][0] == parent


def test_an_xlsx_file_types_its_cells_and_runs_no_formula(crm: Crm) -> None:
    crm.make("Account", Name="=1+1", AnnualRevenue=Decimal("1.50"), Since=date(2026, 3, 2))
    crm.make("Account", Name="http://x", AnnualRevenue=Decimal("99999999999999.99"), Active=True)
    sheet = read_xlsx(crm).worksheets[0]
    first, second = list(sheet.iter_rows(min_row=2))
    assert [cell.value for cell in first[:5]] == ["=1+1", None, 1.5, False, ANY]
    assert str(first[4].value) == "2026-03-02 00:00:00"
    assert first[4].is_date
    assert first[0].data_type == "s"
    assert second[0].hyperlink is None
    assert second[2].value == "99999999999999.99"  # a double would lose a cent


def test_a_text_too_long_for_a_cell_is_cut_and_noted(crm: Crm) -> None:
    crm.make("Account", Name="a", Notes="😀" * 20000)
    book = read_xlsx(crm)
    assert len(book.worksheets[0]["G2"].value) == 16383
    assert [cell.value for cell in book["Notes"][2]][1:] == ["Notes", "20000"]


def test_thousands_of_records_stream_in_pieces(crm: Crm) -> None:
    crm.records.create_many("Account", [{"Name": f"n{i}"} for i in range(1200)])
    assert len(read_csv(crm)) == 1201


@given(st.text(alphabet="=+-@'\t\ra1 ", max_size=6))
def test_a_guarded_text_is_no_formula_and_comes_back(text: str) -> None:
    safe = guarded(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert freed(safe) == text
