"""The audit trail by HTTP: filters, the chain, the file; and only for administrators."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa

from tests.demo_site import Site
from trellis.platform import audit
from trellis.platform.migrations.tables import sys_audit

PAGE, FILE = "/setup/audit", "/setup/audit.csv"


def rows_of(site: Site, query: str = "") -> list[dict[str, str]]:
    text = site.guest("admin").read(f"{FILE}?{query}").removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def note(site: Site, who: str, operation: str, name: str) -> None:
    with site.db.write() as conn:
        audit.record(conn, site.actor(who), operation, audit.Subject("thing", "x", name), None, {})


def test_entries_are_found_by_person_operation_and_day(either_site: Site) -> None:
    site, rep = either_site, either_site.actor("rep").user_id
    note(site, "rep", "thing.done", "First")
    note(site, "admin", "thing.done", "Second")
    note(site, "rep", "thing.undone", "Third")
    found = {
        query: [row["subject"] for row in rows_of(site, query) if row["kind"] == "thing"]
        for query in (f"person={rep}", "operation=thing.done", f"person={rep}&operation=thing.done",
                      "first=2100-01-01", "last=2000-01-01")
    }  # fmt: skip
    assert list(found.values()) == [["Third", "First"], ["Second", "First"], ["First"], [], []]
    page = site.guest("admin").read(f"{PAGE}?person={rep}")
    assert "Third" in page
    assert "Second" not in page


def test_pages_and_the_file_hold_every_entry_once(site: Site) -> None:
    for n in range(60):
        note(site, "rep", "thing.done", f"Thing {n}")
    numbers = [int(row["number"]) for row in rows_of(site)]
    assert numbers == list(range(len(numbers), 0, -1))
    page = site.guest("admin").read(f"{PAGE}?operation=thing.done")
    assert "Thing 59" in page
    assert "Thing 9<" not in page
    before = numbers[49]
    assert "Thing 9<" in site.guest("admin").read(f"{PAGE}?operation=thing.done&before={before}")


def test_a_log_that_was_changed_is_told(either_site: Site) -> None:
    site = either_site
    note(site, "rep", "thing.done", "Honest")
    assert "The log is whole" in site.guest("admin").read(PAGE)
    with site.db.write() as conn:
        last = conn.scalar(sa.select(sa.func.max(sys_audit.c.id)))
        row = sys_audit.c.id == last
        conn.execute(sa.update(sys_audit).where(row).values(subject_name="Forged"))
    assert "The log was tampered with" in site.guest("admin").read(PAGE)


def test_texts_in_the_file_are_no_formulas(site: Site) -> None:
    note(site, "rep", "thing.done", '=HYPERLINK("http://evil.example")')
    assert rows_of(site)[0]["subject"].startswith("'=")


def test_a_day_that_is_none_is_refused_in_words(site: Site) -> None:
    answer = site.guest("admin").get(f"{PAGE}?first=yesterday")
    assert answer.status_code == 422
    assert "2026-03-31" in answer.text
    assert site.guest("admin").get(f"{FILE}?first=yesterday").status_code == 400


def test_nobody_else_reads_the_log(site: Site) -> None:
    for path in (PAGE, FILE):
        assert site.guest("rep").get(path).status_code == 403
