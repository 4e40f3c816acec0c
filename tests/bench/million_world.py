"""A million opportunities of 10,000 people: written into the org's own tables in bulk.

The record service would take hours, and what is measured here is reading. A world that is there
already is taken as it is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import psycopg
import sqlalchemy as sa

from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import checksum
from trellis.platform.migrations.tables import sys_share, sys_user
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user
from trellis.runtime.tables import Home, Tables
from trellis.seeds.install import install_standard

KEY = "million"
USERS = 10_000
WIDTH = 10  # roles below each role; three levels below the top
OF_THE_REP = 1000  # rows of the one who sees one in a thousand
SOURCES, RARE = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List"), "Other"
STAGES = ("Prospecting", "Qualification", "Negotiation/Review", "Closed Won", "Closed Lost")
AT = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = ("admin", "director", "rep", "guest")


@dataclass(frozen=True)
class Million:
    """The org, and the four who read it."""

    orgs: Orgs
    org_db: OrgDatabase
    people: dict[str, Actor]

    @property
    def snapshot(self) -> Snapshot:
        return SNAPSHOTS.get(self.org_db)


def id_of(prefix: str, number: int) -> str:
    short = f"{prefix}{number + 1:012d}"
    return short + checksum(short)


def make_million(config: Config, records: int) -> Million:
    """The world of that size, made if it is not there."""
    orgs = Orgs(config)
    if KEY not in orgs.list():
        _make(orgs.create(KEY, "Million"), config, records)
    org_db = orgs.open(KEY)
    with org_db.read() as conn:
        ids = dict(conn.execute(sa.select(sys_user.c.username, sys_user.c.id)).tuples().all())
        people = {name: find_actor(conn, KEY, ids[f"{name}@million.example"]) for name in PEOPLE}
    return Million(orgs, org_db, {name: one for name, one in people.items() if one})


def _make(org_db: OrgDatabase, config: Config, records: int) -> None:
    install_standard(org_db)
    deploy(org_db, system_actor(KEY, "making the bench"), ChangeSet(put=tuple(_documents(org_db))))
    snapshot = SNAPSHOTS.get(org_db)
    users = _people(org_db, snapshot)
    writer = _Writer(org_db, config)
    chance = random.Random(17)
    accounts = records // 10
    owners = [users[n % len(users)] for n in range(accounts)]
    writer.fill(Tables.of(snapshot).home("Account"), _accounts(owners))
    writer.fill(
        Tables.of(snapshot).home("Opportunity"), _opportunities(records, users, accounts, chance)
    )
    writer.insert(sys_share, _shares(snapshot, records, users, chance))
    writer.close()


def _documents(org_db: OrgDatabase) -> Iterator[dict[str, Any]]:
    """Roles four deep, private records, and the one rule that reaches somebody with nothing."""
    snapshot = SNAPSHOTS.get(org_db)
    for name in ("Account", "Opportunity"):
        yield {**snapshot.object(name).document, "sharingModel": "Private"}
    for name, parent in _roles():
        above = {"parentRole": parent} if parent else {}
        yield {"kind": "Role", "uid": f"b.{name}", "name": name, "label": name, **above}
    yield {"kind": "Role", "uid": "b.Desk", "name": "Desk", "label": "Desk"}
    yield {
        "kind": "SharingRule", "uid": "b.rule", "name": "Opportunity.Rare", "label": "Rare",
        "object": "Opportunity", "type": "criteria", "access": "Read",
        "sharedTo": {"type": "role", "name": "Desk"},
        "filters": [{"id": "f", "field": "LeadSource", "operator": "equals", "value": RARE}],
    }  # fmt: skip


def _roles() -> Iterator[tuple[str, str]]:
    """(name, parent), level by level."""
    level = ["R"]
    yield "R", ""
    for _depth in range(3):
        below = [(f"{above}_{n}", above) for above in level for n in range(WIDTH)]
        yield from below
        level = [name for name, _above in below]


def _people(org_db: OrgDatabase, snapshot: Snapshot) -> list[str]:
    """The ids of all who own records: everybody in the tree; the four readers apart."""
    roles = [snapshot.get("Role", name) for name, _parent in _roles()]
    seats = {"director": "R_0", "rep": "R_1_1_1", "guest": "Desk"}
    ids = {}
    with org_db.write() as conn:
        system = system_actor(KEY, "making the bench")
        for name in PEOPLE:
            draft = UserDraft(
                f"{name}@million.example", f"{name}@million.example", name, "B",
                profile="Admin" if name == "admin" else "Standard", currency="USD",
                role=snapshot.get("Role", seats[name]).uid if name in seats else "",
            )  # fmt: skip
            ids[name] = create_user(conn, draft, system).id
        model = dict(
            conn.execute(sa.select(sys_user).where(sys_user.c.id == ids["rep"])).mappings().one()
        )
        rest = [
            model | {
                "id": id_of("005", 10**7 + n), "role": roles[n % len(roles)].uid,
                "username": f"u{n}@m.example", "username_key": f"u{n}@m.example",
                "name": f"U {n}", "name_key": f"u {n}", "last_name": f"U {n}",
            }
            for n in range(USERS - len(PEOPLE))
        ]  # fmt: skip
        conn.execute(sys_user.insert(), rest)
    return [ids["rep"], *(row["id"] for row in rest)]


def _accounts(owners: Sequence[str]) -> Iterator[dict[str, Any]]:
    for n, owner in enumerate(owners):
        yield {"id": id_of("001", n), "owner_id": owner, "Name": f"Account {n}"}


def _opportunities(
    count: int, users: Sequence[str], accounts: int, chance: random.Random
) -> Iterator[dict[str, Any]]:
    """Nine in ten are of an account of their owner; the rep has one in a thousand."""
    per_user, each = max(accounts // len(users), 1), max(count // OF_THE_REP, 1)
    begin = date(2026, 1, 1)
    for n in range(count):
        who = 0 if n % each == 0 else chance.randrange(1, len(users))
        account = who + len(users) * chance.randrange(per_user)
        if chance.random() < 0.1 or account >= accounts:
            account = chance.randrange(accounts)
        yield {
            "id": id_of("006", n), "owner_id": users[who], "Name": f"Deal {n}",
            "AccountId": id_of("001", account), "StageName": chance.choice(STAGES),
            "LeadSource": RARE if n % 500 == 7 else chance.choice(SOURCES),
            "Amount": Decimal(chance.randrange(100, 10**8)) / 100,
            "CloseDate": begin + timedelta(chance.randrange(730)),
        }  # fmt: skip


def _shares(
    snapshot: Snapshot, records: int, users: Sequence[str], chance: random.Random
) -> list[dict[str, Any]]:
    """Records that people shared by hand: one in ten."""
    uid = snapshot.object("Opportunity").uid
    return [
        {
            "record_id": id_of("006", n), "object_uid": uid, "grantee": chance.choice(users),
            "cause": "Manual", "level": 1 + n % 2, "note": None, "at": AT, "by_id": users[0],
        }
        for n in range(0, records, 10)
    ]  # fmt: skip


class _Writer:
    """Bulk writing by the driver, without indexes; they are made anew afterwards."""

    def __init__(self, org_db: OrgDatabase, config: Config) -> None:
        self.org_db, self.config = org_db, config

    def fill(self, home: Home, rows: Iterator[dict[str, Any]]) -> None:
        fields = home.places
        names = {c.name: c for c in home.main.c}

        def flat() -> Iterator[dict[str, Any]]:
            for row in rows:
                found = {c: v for c, v in row.items() if c in names}
                for name, value in row.items():
                    for part, place in fields.get(name, {}).items() if name not in names else ():
                        found[place.column] = value.lower() if part == "key" else value
                yield found

        usual = {
            "created_at": AT, "modified_at": AT, "created_by": "", "modified_by": "",
            "version": 1, "is_deleted": False,
        }  # fmt: skip
        usual = {name: value for name, value in usual.items() if name in names}
        self._load(home.main, flat(), usual)

    def insert(self, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
        self._load(table, iter(rows), {})

    def _load(self, table: sa.Table, rows: Iterator[dict[str, Any]], usual: dict[str, Any]) -> None:
        first = next(rows)
        columns = [c for c in table.c if c.name in first or c.name in usual]
        with self.org_db.write(seconds=600) as conn:
            raw = conn.connection.driver_connection
            readers = [
                c.type.dialect_impl(conn.dialect).bind_processor(conn.dialect) for c in columns
            ]
            fixed = {
                c.name: (read(usual[c.name]) if read else usual[c.name])
                for c, read in zip(columns, readers, strict=True) if c.name in usual
            }  # fmt: skip
            plan = [(c.name, read) for c, read in zip(columns, readers, strict=True)]

            def tuples() -> Iterator[tuple[Any, ...]]:
                for one in chain((first,), rows):
                    yield tuple(
                        fixed[name] if name in fixed else read(one[name]) if read else one[name]
                        for name, read in plan
                    )

            names = ", ".join(c.name for c in columns)
            made = self._drop_indexes(conn, table.name)
            if isinstance(raw, psycopg.Connection):
                with raw.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                    for one in tuples():
                        copy.write_row(one)
            else:
                marks = ", ".join("?" * len(columns))
                assert raw is not None
                raw.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", tuples())
            for statement in made:
                conn.exec_driver_sql(statement)

    @staticmethod
    def _drop_indexes(conn: sa.Connection, table: str) -> list[str]:
        if conn.dialect.name == "sqlite":
            found = conn.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                f"AND tbl_name = '{table}'"
            ).all()
        else:
            found = conn.exec_driver_sql(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
                f"WHERE indrelid = '{table}'::regclass AND NOT indisprimary"
            ).all()
        for name, _statement in found:
            conn.exec_driver_sql(f"DROP INDEX {name}")
        return [statement for _name, statement in found]

    def close(self) -> None:
        """Statistics for the planners, as a nightly job keeps them."""
        with self.org_db.write(seconds=600) as conn:
            conn.exec_driver_sql("ANALYZE")
