"""What the search needs among 600,000 accounts: median CPU and wall milliseconds.

On both databases; by itself:

    python tests/bench/finding.py [--records 600000] [--only sqlite]

The rows and their words are written by the driver, in minutes where `trellis reindex` would take a
quarter of an hour; the words are those that it would keep. What is asked is the palette's answer,
as a browser gets it, and the service's search, by an administrator and by a rep who sees a tenth of
the accounts.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from measure import ROUNDS, once
from pages import InProcess
from run import SECRET, scratch_database
from world import KEY, PASSWORD, USERNAME, World, make_world

from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.platform.config import Config
from trellis.platform.db.values import fold
from trellis.platform.ids import new_id
from trellis.platform.migrations.tables import sys_near_word, sys_word
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import hash_password
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user, set_password
from trellis.runtime.query.search import index_key
from trellis.runtime.query.words import nearby
from trellis.runtime.records.indexing import fields_of, may_be_missed, read, words_in
from trellis.runtime.records.rules import rules_for
from trellis.runtime.search import meant, search
from trellis.runtime.tables import Tables
from trellis.wsgi import create_app

REPS = 10
REP = "rep0@bench.example"
ENDINGS = ("Limited", "Group", "Holding", "GmbH", "Inc", "Partners", "Works", "International")
STARTS = (
    "ba", "ke", "lo", "mi", "ru", "sta", "tre", "vol", "wy", "har", "qui", "or", "pla", "fen",
    "gri", "dal", "cor", "bel", "nor", "sun",
)  # fmt: skip
TAILS = (
    "ston", "rel", "bour", "mark", "den", "view", "light", "ford", "wick", "ley", "nay", "tern",
    "dale", "mere", "gate",
)  # fmt: skip
CITIES = [
    "上海",
    "北京",
    "广州",
    "深圳",
    "杭州",
    "成都",
    "武汉",
    "西安",
    "南京",
    "青岛",
    "大连",
    "苏州",
    "宁波",
    "厦门",
    "长沙",
]
SIGNS = "鲸波云岭海川星河华信安泰瑞丰宏图远景明德同心金桥银杏东方"
TRADES = ["科技", "贸易", "物流", "机械", "电子", "食品", "建设", "咨询", "医药", "能源"]
#: {what is asked: letters}
ASKED = {
    "one word": "harbour",
    "a word of a tenth of all": "limited",
    "four letters": "plam",
    "two letters": "pl",
    "two Chinese characters": "上海",
    "a name in pinyin": "qdjb",
    "two words": "harbour quinay",
    "two frequent words": "group sunlight",
    "misspelled": "hrabour",
    "no hit": "zzyzxqq",
}


def names(count: int) -> Iterator[str]:
    """Names of companies, a fifth of them Chinese; the same ones each time."""
    chance = random.Random(5)
    words = [start + tail for start in STARTS for tail in TAILS]
    for number in range(count):
        if number % 5 == 0:
            signs = "".join(chance.sample(SIGNS, 2))
            yield chance.choice(CITIES) + signs + chance.choice(TRADES) + "有限公司"
        else:
            first, second = chance.sample(words, 2)
            yield f"{first} {second} {chance.choice(ENDINGS)}".title()


def fill(world: World, count: int, owners: list[str]) -> None:
    """Copies of one account under other names, with other owners."""
    first = world.records.create("Account", {"Name": "Pattern", "Industry": "Banking"})
    home = Tables.of(world.snapshot).home("Account")
    parts = home.parts(world.snapshot.field("Account", "Name"))
    with world.org_db.read() as conn:
        pattern = dict(
            conn.execute(sa.select(home.main).where(home.main.c.id == first)).mappings().one()
        )
    prefix = world.snapshot.object("Account").key_prefix
    rows = (
        {
            **pattern, "id": new_id(prefix), "owner_id": owners[number // 5 % len(owners)],
            parts[""].column: name, parts["key"].column: fold(name),
        }
        for number, name in enumerate(names(count))
    )  # fmt: skip
    while some := list(islice(rows, 5000)):
        with world.org_db.write() as conn:
            conn.execute(sa.insert(home.main), some)


def feed(world: World) -> None:
    """The words of all accounts, as `trellis reindex` keeps them, sorted and at once."""
    snapshot = world.snapshot
    home, prefix = (
        Tables.of(snapshot).home("Account"),
        snapshot.storage.prefix(snapshot.object("Account").uid),
    )
    name = snapshot.field("Account", "Name")
    column = home.main.c[home.parts(name)[""].column]
    with world.org_db.read() as conn:
        found = [(row[0], row[1]) for row in conn.execute(sa.select(home.main.c.id, column))]
        kept = read(conn, snapshot, rules_for(snapshot, "Account"), [found[0][0]])[0][1]
    same = [
        (prefix + word, index_key(field, snapshot))
        for field in fields_of(snapshot, "Account")
        if field != name and (value := kept.get(field.local_name)) is not None
        for word in words_in(field, value, is_name=False)
    ]
    key, known = index_key(name, snapshot), dict[str, str]()
    rows = []
    for record_id, text in found:
        words = (known.setdefault(w, prefix + w) for w in words_in(name, text, is_name=True))
        rows += [(term, record_id, key) for term in words]
        rows += [(term, record_id, field) for term, field in same]
    near = {(one, word) for word in known if may_be_missed(word) for one in nearby(word)}
    for table, some in ((sys_word, sorted(rows)), (sys_near_word, sorted(near))):
        with world.org_db.write(seconds=900) as conn:
            _bulk(conn, table, some)


def _bulk(conn: sa.Connection, table: sa.Table, rows: list[tuple[str, ...]]) -> None:
    raw = conn.connection.driver_connection
    conn.execute(sa.delete(table))
    if isinstance(raw, psycopg.Connection):
        with raw.cursor().copy(f"COPY {table.name} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    assert isinstance(raw, sqlite3.Connection)
    raw.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.c))})", rows)


def person(world: World, username: str) -> Actor:
    """A standard user, who can sign in."""
    system = system_actor(KEY, "making the bench")
    draft = UserDraft(username, username, "Rep", "A", profile="Standard", currency="USD")
    with world.org_db.write() as conn:
        user = create_user(conn, draft, system)
        set_password(conn, user.id, hash_password(PASSWORD), system)
        actor = find_actor(conn, KEY, user.id)
    assert actor is not None
    return actor


def keep_private(world: World) -> None:
    """Accounts are their owners' alone."""
    document = dict(world.snapshot.object("Account").document) | {"sharingModel": "Private"}
    deploy(world.org_db, world.actor, ChangeSet(put=(document,), summary="Private accounts"))


def both(work: Callable[[], Any], seconds: float) -> tuple[float, float]:
    """(CPU, wall) milliseconds of the median call: the medians of the rounds' medians."""
    work()
    rounds = [_round(work, seconds / ROUNDS) for _n in range(ROUNDS)]
    cpu, wall = zip(*rounds, strict=True)
    return statistics.median(cpu), statistics.median(wall)


def _round(work: Callable[[], Any], seconds: float) -> tuple[float, float]:
    cpu: list[float] = []
    wall: list[float] = []
    end = time.perf_counter() + seconds
    while len(wall) < 3 or time.perf_counter() < end:
        spent, begun = time.process_time(), time.perf_counter()
        work()
        wall.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - spent)
    return statistics.median(cpu) * 1000, statistics.median(wall) * 1000


@dataclass
class Finding:
    """The searches on one database."""

    world: World
    database: str
    environ: Mapping[str, str]
    seconds: float
    figures: dict[str, list[float]]

    def note(self, name: str, *values: float) -> None:
        self.figures[f"{self.database} {name}"] = [round(value, 2) for value in values]
        shown = "".join(f"{value:>10,.2f}" for value in values)
        print(f"{self.database:<11} {name:<48}{shown}", flush=True)

    def load(self, count: int) -> Actor:
        reps = [person(self.world, f"rep{n}@bench.example") for n in range(REPS)]
        keep_private(self.world)
        took, _none = once(lambda: fill(self.world, count, [rep.user_id for rep in reps]))
        self.note("rows written: s", took)
        took, _none = once(lambda: feed(self.world))
        self.note("words written: s", took)
        if self.database == "postgresql":
            with self.world.org_db.write() as conn:
                conn.execute(sa.text("ANALYZE"))
        return reps[0]

    def service(self, who: str, actor: Actor) -> None:
        world, snapshot = self.world, self.world.snapshot
        for name, text in ASKED.items():

            def found(text: str = text) -> Any:
                with world.org_db.read() as conn:
                    return search(conn, actor, snapshot, text) or meant(conn, text)

            self.note(f"service, {who}: {name}", *both(found, self.seconds))

    def palette(self, who: str, username: str) -> None:
        browser = InProcess(create_app(self.environ))
        browser.sign_in(username, PASSWORD)
        for name, text in ASKED.items():
            address = f"/palette?q={quote(text)}"
            self.note(
                f"palette, {who}: {name}", *both(lambda a=address: browser.get(a), self.seconds)
            )


def measure(config: Config, database: str, options: argparse.Namespace) -> dict[str, list[float]]:
    environ = {
        "TRELLIS_DATA_DIR": str(config.data_dir), "TRELLIS_SECRET_KEY": SECRET,
        "TRELLIS_ORG": KEY, "TRELLIS_DEBUG": "true", "TRELLIS_WORKER": "false",
    }  # fmt: skip
    if config.database_url:
        environ["TRELLIS_DATABASE_URL"] = config.database_url
    world = make_world(config, 0)
    finding = Finding(world, database, environ, options.seconds, {})
    rep = finding.load(options.records)
    finding.service("admin", world.actor)
    finding.service("rep", rep)
    finding.palette("admin", USERNAME)
    finding.palette("rep", REP)
    world.orgs.dispose()
    return finding.figures


def configs(home: Path, only: str | None) -> Iterable[tuple[str, Config]]:
    """The databases one after the other; each is there while it is measured."""
    base = Config(data_dir=home / "sqlite", secret_key=SECRET, debug=True, org=KEY)
    for name in ("sqlite", "postgresql"):
        if only in (None, name):
            (home / name).mkdir(parents=True)
            config = replace(base, data_dir=home / name)
            if name == "sqlite":
                yield name, config
                continue
            with scratch_database() as url:
                if url:
                    yield name, replace(config, database_url=url)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=600_000)
    parser.add_argument("--seconds", type=float, default=1.5, help="for each measurement")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database alone")
    parser.add_argument("--out", type=Path, default=Path("finding.json"))
    return parser.parse_args()


def main() -> int:
    options = parsed()
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as home:
        for name, config in configs(Path(home), options.only):
            figures |= measure(config, name, options)
    options.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
