"""The rows that everything is measured on: an org with accounts and opportunities, and raw access.

The raw statements run on the very tables of the org, by the drivers themselves.
"""

from __future__ import annotations

import csv
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import hash_password
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user, set_password
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables
from trellis.runtime.transfer.importing import ImportResult, ImportRun
from trellis.runtime.transfer.mapping import suggest
from trellis.runtime.transfer.source import open_source
from trellis.seeds.install import install_standard

KEY, USERNAME, PASSWORD = "bench", "rep@bench.example", "quiet harbour lantern"
STAGES = (
    "Prospecting", "Qualification", "Needs Analysis", "Value Proposition",
    "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost",
)  # fmt: skip
SHOWN = ("Name", "StageName", "Amount", "CloseDate", "AccountId")
STAGE = "Negotiation/Review"
HEADINGS = ("Account Name", "Phone", "Industry", "Annual Revenue", "Employees", "Billing City")
_CHUNK = 1000


@dataclass
class World:
    """An org with its rows."""

    orgs: Orgs
    org_db: OrgDatabase
    actor: Actor
    accounts: int
    file: Path  # the accounts as CSV
    ids: list[str]  # of opportunities

    @property
    def snapshot(self) -> Snapshot:
        return SNAPSHOTS.get(self.org_db)

    @property
    def records(self) -> Records:
        return Records(self.org_db, self.actor, self.snapshot)


def make_world(config: Config, accounts: int) -> World:
    """A fresh org with the standard CRM and one user, and the file of accounts."""
    orgs = Orgs(config)
    org_db = orgs.create(KEY, "Bench")
    install_standard(org_db)
    draft = UserDraft(USERNAME, USERNAME, "Lovelace", "Ada", profile="Admin", currency="USD")
    with org_db.write() as conn:
        system = system_actor(KEY, "making the bench")
        user = create_user(conn, draft, system)
        set_password(conn, user.id, hash_password(PASSWORD), system)
        actor = find_actor(conn, KEY, user.id)
    assert actor is not None
    file = config.data_dir / "accounts.csv"
    _write_accounts(file, accounts)
    return World(orgs, org_db, actor, accounts, file, [])


def _write_accounts(file: Path, count: int) -> None:
    chance = random.Random(7)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADINGS)
        for number in range(count):
            industry = chance.choice(("Banking", "Retail", "Energy", "Education"))
            phone = f"+49 30 {chance.randrange(10**6, 10**7)}"
            city = f"City {chance.randrange(500)}"
            revenue, people = chance.randrange(10**5, 10**9), chance.randrange(1, 50_000)
            writer.writerow((f"Account {number}", phone, industry, revenue, people, city))


def import_accounts(world: World) -> ImportResult:
    """The file through the ordinary route, rules on."""
    source = open_source(world.file)
    said = {"Employees": "NumberOfEmployees"}
    mapping = suggest(source.headings, "Account", world.snapshot, said)
    return ImportRun(world.org_db, world.actor, world.snapshot, source, mapping).run()


def fill_opportunities(world: World, count: int) -> None:
    """Opportunities through the record service."""
    chance = random.Random(11)
    accounts = account_ids(world)
    begin = date(2026, 1, 1)
    for start in range(0, count, _CHUNK):
        rows = [
            {
                "Name": f"Deal {number}", "AccountId": chance.choice(accounts),
                "StageName": chance.choice(STAGES),
                "Amount": Decimal(chance.randrange(100, 10**8)) / 100,
                "CloseDate": begin + timedelta(chance.randrange(730)),
            }
            for number in range(start, min(start + _CHUNK, count))
        ]  # fmt: skip
        outcomes = world.records.create_many("Opportunity", rows)
        world.ids += [outcome.id for outcome in outcomes]
    if not all(world.ids):
        raise SystemExit("the bench's own rows were refused")


def account_ids(world: World) -> list[str]:
    """The ids of all accounts."""
    table = Tables.of(world.snapshot).home("Account").main
    with world.org_db.read() as conn:
        return list(conn.execute(sa.select(table.c.id)).scalars())


def add_field(world: World, number: int) -> None:
    """A deployment that adds one field to opportunities."""
    document = {
        "kind": "CustomField", "uid": f"bench.{number}", "name": f"Opportunity.Bench{number}__c",
        "label": f"Bench {number}", "type": "Text", "length": 80,
    }  # fmt: skip
    deploy(world.org_db, world.actor, ChangeSet(put=(document,), summary="A field"))


def watched_object(world: World, *, rolled_up: bool) -> str:
    """An object below accounts with five validation rules, and with or without a roll-up."""
    name = "Watched__c" if rolled_up else "Free__c"
    field = {"kind": "CustomField", "label": "A field"}
    money = {"type": "Currency", "precision": 18, "scale": 2}
    documents: list[dict[str, Any]] = [
        {"kind": "CustomObject", "uid": name, "name": name, "label": name, "pluralLabel": name},
        {**field, "uid": f"{name}.n", "name": f"{name}.Name", "type": "Text", "length": 80},
        {**field, "uid": f"{name}.m", "name": f"{name}.Amount__c", **money},
        {**field, "uid": f"{name}.a", "name": f"{name}.Account__c", "type": "Lookup",
         "referenceTo": ["Account"], "deleteConstraint": "SetNull"},
    ]  # fmt: skip
    documents += (
        {"kind": "ValidationRule", "uid": f"{name}.r{n}", "name": f"{name}.Rule{n}",
         "label": f"Rule {n}", "object": name, "active": True, "errorMessage": "No.",
         "errorConditionFormula": f"AND(Amount__c < -{n}, LEN(Name) > {n})"}
        for n in range(5)
    )  # fmt: skip
    if rolled_up:
        documents.append(
            {**field, "uid": "bench.total", "name": "Account.BenchTotal__c", "type": "Summary",
             "summaryOperation": "sum", "summaryForeignKey": f"{name}.Account__c",
             "summarizedField": f"{name}.Amount__c"}
        )  # fmt: skip
    deploy(world.org_db, world.actor, ChangeSet(tuple(documents), (), "An object"))
    return name


def insert_below(world: World, object_name: str, count: int) -> None:
    """So many records below a hundred accounts, a thousand in each save."""
    accounts = account_ids(world)[:100]
    for start in range(0, count, _CHUNK):
        rows = [
            {"Name": f"n{n}", "Amount__c": Decimal(n), "Account__c": accounts[n % len(accounts)]}
            for n in range(start, min(start + _CHUNK, count))
        ]
        if any(one.problems for one in world.records.create_many(object_name, rows)):
            raise SystemExit("the bench's own rows were refused")


def add_formulas(world: World) -> None:
    """Two formula fields, and two plain ones that keep what opportunities come to."""
    fields = {
        "Sorted": {"formula": "Amount * 0.7 + 100"},
        "Halved": {"formula": "IF(Amount > 500000, Amount / 2, 0)"},
        "Plain": {},
        "Second": {},
    }
    put = tuple(
        {
            "kind": "CustomField", "uid": f"bench.{name}", "name": f"Opportunity.{name}__c",
            "label": name, "type": "Currency", "precision": 18, "scale": 2, **more,
        }
        for name, more in fields.items()
    )  # fmt: skip
    deploy(world.org_db, world.actor, ChangeSet(put=put, summary="Formulas"))
    home = Tables.of(world.snapshot).home("Opportunity")
    amount, plain, second = (
        home.parts(_field(world, name))[""] for name in ("Amount", "Plain__c", "Second__c")
    )
    kept = {plain.column: home.main.c[amount.column], second.column: home.main.c[amount.column]}
    with world.org_db.write(seconds=600) as conn:
        conn.execute(sa.update(home.main).values(kept))


# -- raw -----------------------------------------------------------------------------------------


class Raw:
    """The same work by plain statements over the driver's own connection."""

    def __init__(self, world: World, connection: Any, schema: str) -> None:
        self._connection, self._mark = connection, "%s" if schema else "?"
        home = Tables.of(world.snapshot).home("Opportunity")
        self._table = home.main.name
        self._columns = {name: home.parts(_field(world, name))[""].column for name in SHOWN}
        self._world = world
        self._flag = "false" if schema else "0"
        names = self.rows("SELECT * FROM " + self._table + " LIMIT 0", (), heads=True)
        self._all = [str(name) for name in names]
        self._amount = 0

    def rows(self, statement: str, values: Sequence[Any], *, heads: bool = False) -> list[Any]:
        cursor = self._connection.cursor()
        cursor.execute(statement.replace("?", self._mark), values)
        return [d[0] for d in cursor.description] if heads else cursor.fetchall()

    def list(self) -> list[Any]:
        c = self._columns
        names = ", ".join(c.values())
        return self.rows(
            f"SELECT id, {names} FROM {self._table} WHERE {c['StageName']} = ? "
            f"AND is_deleted = {self._flag} ORDER BY {c['Amount']} DESC, id DESC LIMIT 50",
            (STAGE,),
        )

    def read(self) -> list[Any]:
        return self.rows(f"SELECT * FROM {self._table} WHERE id = ?", (self._world.ids[77],))

    def create(self) -> None:
        """A copy of a row under an id that sorts last."""
        self._amount += 1
        copied = ", ".join(name for name in self._all if name != "id")
        self._write(
            f"INSERT INTO {self._table} (id, {copied}) SELECT ?, {copied} FROM {self._table} "
            "WHERE id = ?",
            (f"006zzzzz{self._amount:010d}", self._world.ids[5]),
        )

    def update(self) -> None:
        self._amount += 1
        self._write(
            f"UPDATE {self._table} SET {self._columns['Amount']} = ?, version = version + 1 "
            "WHERE id = ?",
            (self._amount, self._world.ids[78]),
        )

    def search(self) -> list[Any]:
        name = Tables.of(self._world.snapshot).home("Opportunity")
        key = name.parts(_field(self._world, "Name"))["key"].column
        return self.rows(
            f"SELECT id FROM {self._table} WHERE {key} LIKE ? LIMIT 25", ("%deal 1999%",)
        )

    def add_column(self, number: int) -> None:
        self._write(f"ALTER TABLE {self._table} ADD COLUMN bench_{number} TEXT", ())

    def import_file(self) -> int:
        """The file's rows by one statement in one transaction, without rules, keys or indexes."""
        with self._world.file.open(newline="") as file:
            reader = csv.reader(file)
            heads = ", ".join(f"c{n} TEXT" for n, _heading in enumerate(next(reader)))
            rows = list(reader)
        self._write("DROP TABLE IF EXISTS raw_rows", ())
        self._write(f"CREATE TABLE raw_rows ({heads})", ())
        marks = ", ".join([self._mark] * len(HEADINGS))
        cursor = self._connection.cursor()
        cursor.execute("BEGIN")
        cursor.executemany(f"INSERT INTO raw_rows VALUES ({marks})", rows)
        cursor.execute("COMMIT")
        return len(rows)

    def _write(self, statement: str, values: Sequence[Any]) -> None:
        cursor = self._connection.cursor()
        cursor.execute("BEGIN")
        cursor.execute(statement.replace("?", self._mark), values)
        cursor.execute("COMMIT")


def _field(world: World, name: str) -> Any:
    return world.snapshot.field("Opportunity", name)


@contextmanager
def raw_access(world: World) -> Iterator[Raw]:
    """A connection of the driver to the org's tables, as durable as ours."""
    url = world.orgs.config.database_url
    if url:
        with world.org_db.read() as conn:
            schema = str(conn.exec_driver_sql("SELECT current_schema()").scalar())
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'SET search_path TO "{schema}"')
            yield Raw(world, connection, schema)
        return
    file = world.orgs.config.data_dir / "orgs" / f"{KEY}.sqlite3"
    with world.org_db.read() as conn:
        synchronous = conn.exec_driver_sql("PRAGMA synchronous").scalar()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    try:
        yield Raw(world, connection, "")
    finally:
        connection.close()
