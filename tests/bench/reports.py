"""Reports over a million opportunities, beside the statements one would write by hand.

`python tests/bench/reports.py [--records N] [--only sqlite]`: rows are made by the database itself;
each figure is a median. A user whose tenth of the rows is theirs sees no others.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from measure import once, p50
from run import scratch_database

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.factories import deployed, make_actor, make_field, make_object
from tests.runtime.reports.conftest import make_report
from trellis.metadata.snapshot import Snapshot
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import checksum
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor
from trellis.runtime.reports.export import write_rows_csv
from trellis.runtime.reports.planning import plan_report
from trellis.runtime.reports.running import run_report
from trellis.runtime.tables import Tables

STAGES = tuple(f"Stage {n}" for n in range(10))
OWNERS = 10


def user_id(number: int) -> str:
    short = f"005{number + 1:012d}"
    return short + checksum(short)


def documents() -> list[Any]:
    return [
        make_object("User", keyPrefix="005", storage="people"), make_field("User.Name"),
        make_object("Opportunity", keyPrefix="006", sharingModel="Private"),
        make_field("Opportunity.Name", required=True),
        make_field("Opportunity.Amount", "Currency", precision=18, scale=2),
        make_field("Opportunity.CloseDate", "Date"),
        make_field("Opportunity.StageName", "Picklist", values=list(STAGES)),
        make_field("Opportunity.Region", "Picklist", values=["N", "E", "S", "W"]),
    ]  # fmt: skip


class Rows:
    """The table of opportunities, and the names of its columns."""

    def __init__(self, snapshot: Snapshot, schema: str) -> None:
        self.home = Tables.of(snapshot).home("Opportunity")
        self.snapshot = snapshot
        self.table = f"{schema}.{self.home.main.name}" if schema else self.home.main.name

    def column(self, name: str, part: str = "") -> str:
        return self.home.parts(self.snapshot.field("Opportunity", name))[part].column

    def fill(self, conn: sa.Connection, count: int) -> None:
        """So many rows, made by the database."""
        is_pg = conn.dialect.name == "postgresql"
        pad = "lpad(n::text, 15, '0')" if is_pg else "printf('%015d', n)"
        day = ("DATE '2024-01-01' + (n * 7919 % 1095)::int" if is_pg
               else "date('2024-01-01', '+' || (n * 7919 % 1095) || ' days')")  # fmt: skip
        amount = "(n * 104729 % 9000000) / 100.0" if is_pg else "n * 104729 % 9000000"
        stage = "'Stage ' || (n * 31 % 10)"
        region = "substr('NESW', (n % 4)::int + 1, 1)" if is_pg else "substr('NESW', n % 4 + 1, 1)"
        owner = " ".join(f"WHEN {n} THEN '{user_id(n)}'" for n in range(OWNERS))
        at = "TIMESTAMPTZ '2026-01-01'" if is_pg else "'2026-01-01 00:00:00.000'"
        values = {
            "id": f"'006' || {pad}", "owner_id": f"CASE n * 13 % 10 {owner} END",
            "created_at": at, "created_by": "'x'", "modified_at": at, "modified_by": "'x'",
            "version": "1", "is_deleted": "false" if is_pg else "0",
            self.column("Name"): "'Deal ' || n", self.column("Name", "key"): "'deal ' || n",
            self.column("Amount"): amount, self.column("CloseDate"): day,
            self.column("StageName"): stage, self.column("StageName", "key"): f"lower({stage})",
            self.column("Region"): region, self.column("Region", "key"): f"lower({region})",
        }  # fmt: skip
        series = (f"generate_series(1::bigint, {count}) AS s(n)" if is_pg else
                  "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
                  f"WHERE n < {count}) SELECT n FROM s)")  # fmt: skip
        names, parts = ", ".join(values), ", ".join(values.values())
        conn.execute(sa.text(f"INSERT INTO {self.table} ({names}) SELECT {parts} FROM {series}"))

    def by_hand(self, keys: tuple[str, ...], owner: str) -> str:
        """The statement that one would write by hand: finest groups, sum and number."""
        where = f" AND owner_id = '{owner}'" if owner else ""
        by = ", ".join(keys)
        is_deleted = "NOT is_deleted" if "." in self.table else "is_deleted = 0"
        return (f"SELECT {by}, count(*), sum({self.column('Amount')}) FROM {self.table} "
                f"WHERE {is_deleted}{where} GROUP BY {by}")  # fmt: skip


MONTH = {"field": "CloseDate", "dateGranularity": "Month"}
YEAR = {"field": "CloseDate", "dateGranularity": "Year"}
CASES: dict[str, dict[str, Any]] = {
    "stage and month": {"down": ["StageName", MONTH]},
    "3 levels": {"down": ["Region", "StageName", MONTH]},
    "matrix": {"down": ["StageName"], "across": [YEAR]},
}


def measure(org_db: OrgDatabase, count: int, seconds: float) -> None:
    snapshot = deployed(org_db, *documents())
    rows = Rows(snapshot, org_db.schema or "")
    took, _none = once(lambda: org_db.transact(lambda conn: rows.fill(conn, count)))
    print(f"  {count:,} rows in {took:.1f} s", flush=True)
    with org_db.write() as conn:
        conn.exec_driver_sql("ANALYZE")
    is_pg = bool(org_db.schema)
    day = rows.column("CloseDate")
    month = f"date_trunc('month', {day})::date" if is_pg else f"substr({day}, 1, 7)"
    year = f"date_trunc('year', {day})::date" if is_pg else f"substr({day}, 1, 4)"
    stage, region = rows.column("StageName"), rows.column("Region")
    hands = {"stage and month": (stage, month), "3 levels": (region, stage, month),
             "matrix": (stage, year)}  # fmt: skip
    actors = {"admin": make_actor("Admin"), "a tenth": make_actor(user_id=user_id(3))}
    for name, shape in CASES.items():
        report = make_report("Opportunity", columns=["Amount:Sum"], **shape)
        for who, actor in actors.items():
            owner = "" if who == "admin" else actor.user_id
            _compare(org_db, f"{name}, {who}", rows.by_hand(hands[name], owner),
                     _runner(org_db, actor, snapshot, report), seconds)  # fmt: skip
    _export(org_db, actors["admin"], snapshot)


def _runner(
    org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, report: Any
) -> Callable[[], Any]:
    def run() -> Any:
        with org_db.read() as conn:
            return run_report(conn, actor, snapshot, report)

    return run


def _compare(
    org_db: OrgDatabase, name: str, statement: str, run: Callable[[], Any], seconds: float
) -> None:
    def by_hand() -> Any:
        with org_db.read() as conn:
            return conn.exec_driver_sql(statement).all()

    raw, ours = p50(by_hand, seconds, 3), p50(run, seconds, 3)
    print(
        f"  {name:<26} by hand {raw:>8.0f} ms  report {ours:>8.0f} ms  x {ours / raw:.2f}",
        flush=True,
    )


def _export(org_db: OrgDatabase, actor: Actor, snapshot: Snapshot) -> None:
    columns = ["Name", "StageName", "Amount", "CloseDate", "OwnerId"]
    plan = plan_report(make_report("Opportunity", columns=columns), actor, snapshot)

    def write() -> int:
        with org_db.read() as conn:
            return sum(len(part) for part in write_rows_csv(conn, actor, snapshot, plan))

    took, size = once(write)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  export of all rows: {took:.1f} s, {size / 1e6:.0f} MB, at most {most:.0f} MB of memory"
    )


@contextmanager
def org_on(url: str | None, directory: Path) -> Iterator[OrgDatabase]:
    config = Config(
        data_dir=directory, database_url=url, secret_key="0123456789abcdef" * 4, debug=True
    )
    orgs = Orgs(config)
    yield orgs.create("main", "Bench")
    orgs.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    for database in ("sqlite", "postgresql"):
        if options.only not in (None, database):
            continue
        print(database)
        with tempfile.TemporaryDirectory() as directory:
            if database == "sqlite":
                with org_on(None, Path(directory)) as org_db:
                    measure(org_db, options.records, options.seconds)
                continue
            with scratch_database() as url:
                if url is None:
                    continue
                with org_on(url, Path(directory)) as org_db:
                    measure(org_db, options.records, options.seconds)


if __name__ == "__main__":
    main()
