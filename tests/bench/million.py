"""`make bench ARGS=--million`: the first 50 of a million rows, and their number, as four people.

Ours is what the service says to the database, beside the best statement that a person would write
for that very user on the same tables: of several, the one that is quickest. Both go over the same
connection, by turns. SQLite is measured by the time of the process, PostgreSQL by what EXPLAIN
ANALYZE says, so that other work of the machine counts little.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from million_world import PEOPLE, RARE, Million

from trellis.metadata.predicates import ALWAYS
from trellis.platform.db.faults import TookTooLong
from trellis.platform.people.actor import Actor
from trellis.runtime.query import run as query
from trellis.runtime.query.request import Order, Query
from trellis.runtime.tables import Tables

SHOWN = ("Name", "StageName", "Amount", "CloseDate", "AccountId")
LISTED = Query("Opportunity", SHOWN, ALWAYS, (Order("Amount", descending=True),), limit=50)
ROUNDS = 7
PATIENCE = 4  # seconds for a statement by hand
Statement = tuple[str, Any]  # text and values, as the driver takes them

_BELOW = (
    "SELECT u.id FROM sys_role_reach r JOIN sys_user u ON u.role = r.below "
    "WHERE r.above = '{role}' AND r.below <> '{role}'"
)
_ALSO_BELOW = (
    " UNION ALL SELECT below FROM sys_role_reach WHERE above = '{role}' UNION ALL "
    f"SELECT 'S:' || below FROM sys_role_reach WHERE above = '{{role}}' UNION ALL {_BELOW}"
)
_SEEN = (
    f"SELECT '{{me}}' AS id UNION ALL {_BELOW}",
    "SELECT '{me}' UNION ALL SELECT '{role}' UNION ALL SELECT 'S:' || above FROM sys_role_reach "
    f"WHERE below = '{{role}}'{_ALSO_BELOW}",
)
_SHARED = "SELECT record_id FROM sys_share WHERE object_uid = '{uid}' AND grantee IN ({grantees})"


@dataclass(frozen=True)
class Hand:
    """Statements by hand over the columns as they are stored, for one reader."""

    names: Mapping[str, str]
    person: str
    false: str

    def lists(self) -> Iterator[str]:
        """Ways to the first rows."""
        shown = "SELECT {columns} FROM {table} o WHERE o.is_deleted = {false}"
        last = "AND o.{amount} IS NOT NULL ORDER BY o.{amount} DESC, o.id DESC LIMIT 50"
        sorting = last.replace("BY o.{amount}", "BY o.{amount} + 0")
        if self.person == "admin":
            yield self._filled(f"{shown} {last}")
            return
        joined, rows = " OR ".join(self._sources()), " OR ".join(self._rows())
        yield self._filled(f"{shown} AND ({joined}) {last}")
        yield self._filled(f"{shown} AND ({joined}) {sorting}")
        yield self._filled(f"{shown} AND ({rows}) {last}")
        for end in (last, sorting):
            ids = " UNION ALL ".join(
                f"SELECT id FROM (SELECT o.id FROM {{table}} o WHERE o.is_deleted = {{false}} "
                f"AND {one} {end}) AS x{n}"
                for n, one in enumerate(self._sources())
            )
            yield self._filled(f"{shown} AND o.id IN ({ids}) {sorting}")

    def counts(self) -> Iterator[str]:
        """Ways to the number."""
        counted = "SELECT count(*) FROM {table} o WHERE o.is_deleted = {false}"
        if self.person == "admin":
            yield self._filled(counted)
            return
        joined = " OR ".join(self._sources())
        yield self._filled(f"{counted} AND ({joined})")
        parts = " UNION ".join(
            f"SELECT o.id FROM {{table}} o WHERE o.is_deleted = {{false}} AND {one}"
            for one in self._sources()
        )
        yield self._filled(f"SELECT count(*) FROM ({parts}) AS found")
        apart, before = [], ""
        for one in self._sources():
            apart.append(f"({counted} AND {one}{before})")
            before += f" AND ({one}) IS NOT TRUE"
        yield self._filled("SELECT " + " + ".join(apart))

    def _sources(self) -> list[str]:
        found = [
            "o.owner_id IN ({people})",
            "o.{account} IN (SELECT id FROM {accounts} WHERE owner_id IN ({people}))",
            "o.id IN ({shared})",
        ]
        return [*found, "o.{source} = '{rare}'"] if self.person == "guest" else found

    def _rows(self) -> list[str]:
        """The same, asked of each row."""
        below = (
            "(SELECT 1 FROM sys_user u JOIN sys_role_reach r ON r.below = u.role WHERE u.id = {0} "
            "AND r.above = '{{role}}' AND r.below <> '{{role}}' OFFSET 0)"
        )
        return [
            "o.owner_id = '{me}'",
            f"EXISTS {below.format('o.owner_id')}",
            "EXISTS (SELECT 1 FROM {accounts} a WHERE a.id = o.{account} AND (a.owner_id = '{me}' "
            f"OR EXISTS {below.format('a.owner_id')}) OFFSET 0)",
            "EXISTS (SELECT 1 FROM sys_share s WHERE s.record_id = o.id "
            "AND s.object_uid = '{uid}' AND s.grantee || '' IN ({grantees}) OFFSET 0)",
            *self._sources()[3:],
        ]

    def _filled(self, text: str) -> str:
        people, grantees = _SEEN
        if self.person in ("rep", "guest"):  # nobody is below them, which a person would know
            people, grantees = "SELECT '{me}' AS id", grantees.removesuffix(_ALSO_BELOW)
        names = {**self.names, "false": self.false, "rare": RARE.lower()}
        if self.false == "0":
            text = text.replace(" OFFSET 0)", " LIMIT -1 OFFSET 0)")
        names |= {"people": people.format(**names), "grantees": grantees.format(**names)}
        names["shared"] = _SHARED.format(**names)
        return text.format(**names)


def hand(world: Million, person: str) -> Hand:
    """What a person who knows the tables would write for one of the four."""
    home, snapshot = Tables.of(world.snapshot).home("Opportunity"), world.snapshot
    place = home.places
    columns = [f"o.{place[name][''].column}" for name in SHOWN]
    actor = world.people[person]
    names = {
        "table": home.main.name, "accounts": Tables.of(snapshot).home("Account").main.name,
        "amount": place["Amount"][""].column, "account": place["AccountId"][""].column,
        "source": place["LeadSource"]["key"].column, "uid": snapshot.object("Opportunity").uid,
        "columns": ", ".join(["o.id", "o.version", *columns]), "me": actor.user_id,
        "role": actor.role,
    }  # fmt: skip
    return Hand(names, person, "0" if world.org_db.dialect == "sqlite" else "false")


def ours(world: Million, actor: Actor, work: Callable[[sa.Connection], Any]) -> list[Statement]:
    """The statements that the service's work is, the first time's questions left out."""
    said: list[Statement] = []

    def hear(_conn: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        said.append((text, values))

    with world.org_db.read(seconds=120) as conn:
        work(conn)
        sa.event.listen(conn, "before_cursor_execute", hear)
        work(conn)
        sa.event.remove(conn, "before_cursor_execute", hear)
    return said


def spent(conn: sa.Connection, statements: list[Statement]) -> float:
    """Milliseconds of the statements together, once."""
    if conn.dialect.name == "sqlite":
        begun = time.process_time()
        for text, values in statements:
            conn.exec_driver_sql(text, values).all()
        return (time.process_time() - begun) * 1000
    total = 0.0
    for text, values in statements:
        lines = conn.exec_driver_sql("EXPLAIN (ANALYZE, TIMING OFF) " + text, values).scalars()
        total += float(next(x for x in lines if x.startswith("Execution")).split()[2])
    return total


def plan(conn: sa.Connection, statement: Statement) -> str:
    """How the database goes about a statement."""
    is_sqlite = conn.dialect.name == "sqlite"
    rows = conn.exec_driver_sql(
        ("EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN ") + statement[0], statement[1]
    )
    return "\n".join(str(row[-1]) for row in rows)


def quickest(world: Million, rows: list[Any], texts: Iterator[str]) -> Statement:
    """Of the statements by hand the quickest; one that finds other rows ends the bench."""
    tried: list[tuple[float, str]] = []
    for text in texts:
        try:
            with world.org_db.read(seconds=PATIENCE) as conn:
                found = [row[0] for row in conn.exec_driver_sql(text, ())]
                took = min(spent(conn, [(text, ())]) for _again in range(2))
        except TookTooLong:
            continue
        if found != rows:
            raise SystemExit(f"a statement by hand finds other rows: {text}")
        tried.append((took, text))
    return min(tried)[1], ()


def compared(conn: sa.Connection, mine: list[Statement], best: Statement) -> tuple[float, float]:
    """Medians of turns: ours, the one by hand."""
    pairs = [(spent(conn, mine), spent(conn, [best])) for _round in range(ROUNDS)]
    first, second = (statistics.median(side) for side in zip(*pairs, strict=True))
    return first, second


def measure_million(
    world: Million, note: Callable[[str, float], None], *, plans: bool = False
) -> None:
    """Notes figures and ratios of the four; tells plans when asked."""
    snapshot = world.snapshot
    for person in PEOPLE:
        actor, by_hand = world.people[person], hand(world, person)
        works: dict[str, tuple[Callable[[sa.Connection], Any], Iterator[str]]] = {
            "list": (
                lambda conn, a=actor: query.run(conn, a, LISTED, snapshot), by_hand.lists()
            ),
            "count": (
                lambda conn, a=actor: query.count(conn, a, LISTED, snapshot),
                by_hand.counts(),
            ),
        }  # fmt: skip
        for name, (work, texts) in works.items():
            mine = ours(world, actor, work)
            with world.org_db.read(seconds=60) as conn:
                rows = [row[0] for one in mine for row in conn.exec_driver_sql(*one)]
            best = quickest(world, rows[: LISTED.limit], texts)
            with world.org_db.read(seconds=60) as conn:
                took, raw = compared(conn, mine, best)
                note(f"million {name} {person}: ms", took)
                note(f"million {name} {person} by hand: ms", raw)
                note(f"million {name} {person}: x", took / raw)
                note(f"million {name} {person} service: CPU ms", _cpu(lambda w=work: w(conn)))
                if plans:
                    for title, one in (("ours", mine[0]), ("by hand", best)):
                        print(f"-- {title}\n{one[0]}\n{plan(conn, one)}")


def _cpu(work: Callable[[], Any]) -> float:
    """Milliseconds of this process, the database's own not among them unless it is in it."""
    spans = []
    for _round in range(ROUNDS):
        begun = time.process_time()
        work()
        spans.append((time.process_time() - begun) * 1000)
    return statistics.median(spans)
