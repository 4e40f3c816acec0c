"""Eight hundred fields on one object, all of them filled."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from tests.factories import deployed, make_document, make_field, make_object, nobody
from trellis.metadata.predicates import Condition
from trellis.platform.db.scope import OrgDatabase
from trellis.runtime.lists.listing import listing
from trellis.runtime.query import run
from trellis.runtime.query.request import Order, Query
from trellis.runtime.records.service import Records
from trellis.runtime.transfer.export import write_csv, write_xlsx

COUNT = 800
NAMES = tuple(f"F{number:03}" for number in range(COUNT))


@pytest.mark.timeout(300)
def test_eight_hundred_filled_fields_are_saved_listed_searched_and_exported(
    org_db: OrgDatabase,
) -> None:
    view = make_document("ListView", "Wide.All", object="Wide", columns=["Name", *NAMES[:49]])
    snapshot = deployed(
        org_db, make_object("User", keyPrefix="005", storage="people"), make_field("User.Name"),
        make_object("Wide"), make_field("Wide.Name"), view,
        *(make_field(f"Wide.{name}", length=80) for name in NAMES),
    )  # fmt: skip
    actor = nobody()
    records = Records(org_db, actor, snapshot)
    # 23 bytes is what takes the most room in a row of PostgreSQL
    values = {name: f"{name}-{'x' * 18}" for name in NAMES}
    first = records.create("Wide", {"Name": "a", **values})
    made = records.create_many("Wide", [{"Name": str(i), **values} for i in range(4)])
    assert all(outcome.id for outcome in made)

    record = records.get(first, ("Name", *NAMES))
    assert record.values == {"Name": "a", **values}
    changed = {name: value.upper() for name, value in values.items()}
    assert records.update(first, changed) == 2
    assert records.get(first, NAMES).values == changed
    assert records.update(first, {NAMES[-1]: None}) == 3

    with org_db.read() as conn:
        query = Query(
            "Wide", ("Name",), Condition(NAMES[-1], "startsWith", ("f799",)),
            (Order(NAMES[400], descending=True),), limit=3,
        )  # fmt: skip
        page = run.run(conn, actor, query, snapshot)
        assert (len(page.records), page.more) == (3, True)
        everything = Query("Wide", ("Name", *NAMES), search="F030-XXXX")
        assert len(run.run(conn, actor, everything, snapshot).records) == 5

        found = listing(snapshot, actor, "Wide")
        raw = b"".join(write_csv(conn, actor, snapshot, found))
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
        assert [len(row) for row in rows] == [50] * 6
        stream = io.BytesIO()
        assert write_xlsx(conn, actor, snapshot, found, stream) == 5
    sheet = openpyxl.load_workbook(stream, read_only=True).worksheets[0]
    assert sheet.max_row == 6

    batch = records.delete((first,))
    assert records.undelete(batch=batch) == (first,)
    assert records.purge(_deleted(records, made[0].id)) == 1


def _deleted(records: Records, record_id: str) -> tuple[str, ...]:
    records.delete((record_id,))
    return (record_id,)
