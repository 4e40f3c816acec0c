"""`make bench`: what Trellis needs for its work, beside raw statements and a bare Flask page.

All in one run on the same rows and machine; prints a table and writes bench.json. It compares and
never judges, so it never fails a build.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform as machine
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask
import psycopg
import sqlalchemy as sa
from measure import once, p50
from million import measure_million
from million_world import KEY as MILLION
from million_world import make_million
from pages import HELLO, SERVER, Browser, InProcess, OverLoopback, served
from world import (
    KEY,
    PASSWORD,
    SHOWN,
    STAGE,
    USERNAME,
    World,
    add_field,
    add_formulas,
    fill_opportunities,
    import_accounts,
    insert_below,
    make_world,
    raw_access,
    watched_object,
)

from trellis.metadata.kinds.list_view import Filter
from trellis.metadata.predicates import Condition
from trellis.platform.config import Config
from trellis.runtime.lists.state import ListState
from trellis.runtime.query import run as query
from trellis.runtime.query.request import Order, Query
from trellis.runtime.search import search
from trellis.wsgi import create_app

POSTGRESQL = "postgresql://postgres@127.0.0.1:5432/postgres"
SECRET = "0123456789abcdef" * 4
INSERTS, TURN = 10_000, 1000
KINDS = ("alone", "and a roll-up")
_FILTER = Filter("1", "StageName", "equals", (STAGE,))


@dataclass
class Report:
    """Figures by database and operation, and what they are compared with."""

    started: str
    machine: str
    rows: dict[str, int]
    figures: dict[str, dict[str, float]] = field(default_factory=dict)  # {database: {name: value}}

    def note(self, database: str, name: str, value: float) -> None:
        self.figures.setdefault(database, {})[name] = value
        print(f"  {database:<11} {name:<34} {value:>12,.3f}", flush=True)


@dataclass
class Bench:
    """The measurements on one database."""

    report: Report
    database: str
    world: World
    seconds: float

    def note(self, name: str, value: float) -> None:
        self.report.note(self.database, name, value)

    def time(self, name: str, work: Callable[[], Any]) -> None:
        self.note(name, p50(work, self.seconds))

    def load(self, count: int) -> None:
        spent = time.process_time()
        took, result = once(lambda: import_accounts(self.world))
        if result.created != self.world.accounts:
            raise SystemExit(f"only {result.created} accounts were imported")
        self.note("import: rows/s", result.read / took)
        self.note("import: rows per CPU second", result.read / (time.process_time() - spent))
        took, _none = once(lambda: fill_opportunities(self.world, count))
        self.note("create_many: rows/s", count / took)
        if self.database == "postgresql":
            with self.world.org_db.write() as conn:
                conn.execute(sa.text("ANALYZE"))

    def raw(self) -> None:
        with raw_access(self.world) as raw:
            for name in ("list", "read", "create", "update", "search"):
                self.time(f"raw {name}: ms", getattr(raw, name))
            took, count = once(raw.import_file)
            self.note("raw import: rows/s", count / took)
            numbers = itertools.count()
            self.note("raw add field: s", p50(lambda: raw.add_column(next(numbers)), 0, 3) / 1000)

    def services(self) -> None:
        world, snapshot, records = self.world, self.world.snapshot, self.world.records
        listed = Query(
            "Opportunity", SHOWN, Condition("StageName", "equals", (STAGE,)),
            (Order("Amount", descending=True),), limit=50,
        )  # fmt: skip
        numbers = itertools.count(1)

        def listing() -> Any:
            with world.org_db.read() as conn:
                return query.run(conn, world.actor, listed, snapshot)

        def found() -> Any:
            with world.org_db.read() as conn:
                return search(conn, world.actor, snapshot, "deal 1999")

        values = {
            "Name": "New deal", "StageName": STAGE, "Amount": Decimal("1234.56"),
            "CloseDate": "", "AccountId": None,
        } | {"CloseDate": records.get(world.ids[0], ("CloseDate",))["CloseDate"]}  # fmt: skip
        self.time("service list: ms", listing)
        self.time("service read: ms", lambda: records.get(world.ids[77], SHOWN))
        self.time("service create: ms", lambda: records.create("Opportunity", values))
        self.time(
            "service update: ms",
            lambda: records.update(world.ids[79], {"Amount": Decimal(next(numbers))}),
        )
        self.time("service search: ms", found)

    def formulas(self) -> None:
        """A list in the order of one formula and filtered by another, beside plain fields."""
        add_formulas(self.world)
        pairs = {"formula": ("Sorted__c", "Halved__c", "250000"),
                 "plain": ("Plain__c", "Second__c", "500000")}  # fmt: skip
        for kind, (order, tested, least) in pairs.items():
            listed = Query(
                "Opportunity", ("Name", order), Condition(tested, "greaterThan", (least,)),
                (Order(order, descending=True),), limit=50,
            )  # fmt: skip
            self.time(f"service list by {kind}: ms", partial(self._listed, listed))
        figures = self.report.figures[self.database]
        ratio = figures["service list by formula: ms"] / figures["service list by plain: ms"]
        self.note("list by formula: times plain", ratio)

    def _listed(self, listed: Query) -> Any:
        world = self.world
        with world.org_db.read() as conn:
            return query.run(conn, world.actor, listed, world.snapshot)

    def pages(self, kind: str, browser: Browser) -> None:
        world = self.world
        browser.sign_in(USERNAME, PASSWORD)
        state = ListState(
            sort=(Order("Amount", descending=True),),
            filters=(_FILTER,),
        )
        address = "/o/Opportunity?" + urlencode(state.parameters())
        read, edit = f"/r/{world.ids[77]}", f"/r/{world.ids[80]}/edit"
        self._check(browser, address, "Deal ")
        self.time(f"{kind} list: ms", lambda: browser.get(address))
        self.time(f"{kind} record: ms", lambda: browser.get(read))
        self.time(f"{kind} form: ms", lambda: browser.get(edit))
        self.time(f"{kind} search: ms", lambda: browser.get("/search?q=deal+1999"))
        numbers = itertools.count(1)
        form = browser.form("/o/Opportunity/new") | {
            "Name": "From a page", "StageName": STAGE, "Amount": "12.5", "CloseDate": "2026-12-24",
        }  # fmt: skip
        form = {name: text for name, text in form.items() if name != "once"}
        self._posts(f"{kind} create: ms", browser, "/o/Opportunity/new", lambda: form)
        changed = {k: v for k, v in browser.form(edit).items() if k not in ("version", "seen")}
        self._posts(
            f"{kind} update: ms", browser, edit, lambda: changed | {"Amount": str(next(numbers))}
        )

    def _posts(
        self, name: str, browser: Browser, path: str, form: Callable[[], Mapping[str, str]]
    ) -> None:
        def post() -> None:
            answer = browser.post(path, form())
            if answer.status not in (302, 303):
                raise RuntimeError(f"{path} answered {answer.status}")

        self.time(name, post)

    def _check(self, browser: Browser, path: str, text: str) -> None:
        answer = browser.get(path)
        if answer.status != 200 or answer.text.count(text) < 50:
            raise RuntimeError(f"{path} answered {answer.status} without its 50 rows")

    def rolled_up(self) -> None:
        """Ten thousand inserts with five validation rules, without and with a roll-up, in turns."""
        names = {kind: watched_object(self.world, rolled_up=kind != "alone") for kind in KINDS}
        spent = dict.fromkeys(KINDS, 0.0)
        for turn in range(-1, INSERTS // TURN):
            for kind, name in names.items():
                took, _none = once(partial(insert_below, self.world, name, TURN))
                spent[kind] += took if turn >= 0 else 0  # the first turn warms both
        for kind in KINDS:
            self.note(f"rules {kind}: rows/s", INSERTS / spent[kind])

    def fields(self) -> None:
        numbers = itertools.count()
        took = p50(lambda: add_field(self.world, next(numbers)), 0, 3) / 1000
        self.note("add field: s", took)


def measure(report: Report, database: str, config: Config, options: argparse.Namespace) -> None:
    """Everything on one database; what fails is told and left out."""
    bench = Bench(report, database, make_world(config, options.accounts), options.seconds)
    bench.load(options.records)
    environ = {
        "TRELLIS_DATA_DIR": str(config.data_dir), "TRELLIS_DATABASE_URL": config.database_url or "",
        "TRELLIS_SECRET_KEY": SECRET, "TRELLIS_ORG": KEY, "TRELLIS_WORKER": "0",
    }  # fmt: skip
    steps: tuple[Callable[[], Any], ...] = (
        bench.raw,
        bench.services,
        bench.formulas,
        lambda: bench.pages("page", InProcess(create_app(environ))),
        lambda: _over_loopback(bench, environ),
        bench.fields,
        bench.rolled_up,
    )
    for step in steps:
        with told():
            step()
    bench.world.orgs.delete(KEY)
    bench.world.orgs.dispose()


def measure_rights(
    report: Report, database: str, config: Config, options: argparse.Namespace
) -> None:
    """What four people see of a million rows; see `million.py`."""
    config = replace(config, org=MILLION)
    world = make_million(config, options.million)
    measure_million(
        world, lambda name, value: report.note(database, name, value), plans=options.plans
    )
    world.orgs.delete(MILLION)
    world.orgs.dispose()


def _over_loopback(bench: Bench, environ: Mapping[str, str]) -> None:
    """Over HTTP; how long the server took to its first answer, and its memory after the work."""
    with served(SERVER, environ) as server:
        bench.note("cold start: s", server.started)
        bench.pages("http", OverLoopback(server.port))
        bench.note("memory: MiB", server.memory)


def hello(report: Report, seconds: float) -> None:
    """The bare Flask page: the floor that every page stands on."""
    app = flask.Flask("hello")
    app.add_url_rule("/", "hello", lambda: "hello")
    browser = InProcess(app)
    report.note("hello", "page: ms", p50(lambda: browser.get("/"), seconds))
    with served(HELLO) as server:
        over = OverLoopback(server.port)
        report.note("hello", "http: ms", p50(lambda: over.get("/"), seconds))
        report.note("hello", "cold start: s", server.started)
        report.note("hello", "memory: MiB", server.memory)


@contextmanager
def told() -> Iterator[None]:
    """A measurement that fails leaves a gap in the table, not a broken build."""
    try:
        yield
    except Exception:  # noqa: BLE001
        traceback.print_exc()


@contextmanager
def scratch_database() -> Iterator[str | None]:
    """A database of our own; None where no server is."""
    server = os.environ.get("TRELLIS_TEST_POSTGRESQL", POSTGRESQL)
    name = f"trellis_bench_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    except psycopg.OperationalError as error:
        print(f"No PostgreSQL: {error}")
        yield None
        return
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as conn:
            conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


# -- the table -----------------------------------------------------------------------------------

OPERATIONS = ("list", "read", "create", "update", "search")
_PAGE = {"read": "record"}


def table(report: Report) -> str:
    """p50 in milliseconds, and how many times the raw statement or the bare page that is."""
    lines = [
        "operation        | raw ms | service ms (x raw) | page ms (x hello) | http ms (x hello)"
    ]
    bare = report.figures.get("hello", {})
    for database, found in report.figures.items():
        if database == "hello":
            continue
        lines += ["", f"{database}:"]
        for name in OPERATIONS:
            raw = found.get(f"raw {name}: ms")
            page = _PAGE.get(name, name)
            cells = (
                f"{raw:.3f}" if raw else "-",
                _ratio(found.get(f"service {name}: ms"), raw),
                _ratio(found.get(f"page {page}: ms"), bare.get("page: ms")),
                _ratio(found.get(f"http {page}: ms"), bare.get("http: ms")),
            )
            lines.append(f"{name:<16} | {cells[0]:>6} | {cells[1]:>18} | " + " | ".join(
                f"{cell:>17}" for cell in cells[2:]
            ))  # fmt: skip
        lines += _others(found, bare)
    return "\n".join(lines)


def _others(found: Mapping[str, float], bare: Mapping[str, float]) -> list[str]:
    pairs = (
        ("HTML form ms", found.get("page form: ms"), bare.get("page: ms")),
        ("import rows/s", found.get("import: rows/s"), found.get("raw import: rows/s")),
        ("add a field s", found.get("add field: s"), found.get("raw add field: s")),
        (
            "rules, roll-up r/s",
            found.get("rules and a roll-up: rows/s"),
            found.get("rules alone: rows/s"),
        ),
        ("cold start s", found.get("cold start: s"), bare.get("cold start: s")),
        ("memory MiB", found.get("memory: MiB"), bare.get("memory: MiB")),
    )
    return [f"{name:<16} | {_ratio(value, base)}" for name, value, base in pairs]


def _ratio(value: float | None, base: float | None) -> str:
    if value is None:
        return "-"
    shown = f"{value:,.0f}" if value >= 1000 else f"{value:.3f}" if value < 10 else f"{value:.1f}"
    return f"{shown} (x{value / base:.2f})" if base else shown


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=200_000, help="opportunities")
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each measurement")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database alone")
    parser.add_argument(
        "--million", type=int, nargs="?", const=1_000_000, metavar="ROWS",
        help="measure what four people see of a million opportunities, and nothing else",
    )  # fmt: skip
    parser.add_argument("--plans", action="store_true", help="tell the plans of --million")
    parser.add_argument("--out", type=Path, default=Path("bench.json"))
    return parser.parse_args()


def main() -> int:
    options = parsed()
    report = Report(
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        f"{machine.machine()}, {os.cpu_count()} cores, Python {machine.python_version()}",
        {"accounts": options.accounts, "opportunities": options.million or options.records},
    )
    work = measure_rights if options.million else measure
    if not options.million:
        with told():
            hello(report, options.seconds)
    with tempfile.TemporaryDirectory() as home:
        base = {"secret_key": SECRET, "debug": True, "org": KEY}
        if options.only != "postgresql":
            directory = Path(home) / "sqlite"
            directory.mkdir()
            with told():
                work(report, "sqlite", Config(data_dir=directory, **base), options)
        if options.only != "sqlite":
            directory = Path(home) / "postgresql"
            directory.mkdir()
            with told(), scratch_database() as url:
                if url:
                    config = Config(data_dir=directory, database_url=url, **base)
                    work(report, "postgresql", config, options)
    options.out.write_text(json.dumps(asdict(report), indent=2) + "\n")
    shown = "" if options.million else f"\n{table(report)}\n\n"
    print(f"{shown}Written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
