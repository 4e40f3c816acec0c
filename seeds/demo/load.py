"""Makes the demo org: documents, company profile, people, records, each through its own service.

An org that was begun and not finished is known by a setting, so that it can be made anew; an org
that somebody else made under the same key is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from pathlib import Path

import sqlalchemy as sa

from trellis.metadata.packages.install import install_documents
from trellis.metadata.packages.read import read_package
from trellis.metadata.rollups import rollups_at
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.company import Company, save_company
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Problem, require
from trellis.platform.org_settings import read_setting, save_setting
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import hash_password
from trellis.platform.people.users import UserDraft, create_user, set_password
from trellis.runtime.records.draft import read_draft
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables

from ..install import install_standard
from .generate import ORDER, make_world
from .world import Person, Row, World, company, people

METADATA = Path(__file__).parent / "metadata"  # the company's roles
ROLE = "demo.role."  # before the name of a role, in its uid
_SETTING = "demo.state"
_AT_ONCE = 500


class State(Enum):
    """What there is under the demo's key."""

    ABSENT = "absent"
    BEGUN = "begun"  # by us, and not finished
    READY = "ready"
    FOREIGN = "foreign"  # somebody's own org


@dataclass(slots=True)
class Loader:
    """Writes the rows of a world into an org and remembers their ids."""

    org_db: OrgDatabase
    actor: Actor
    snapshot: Snapshot
    world: World
    ids: dict[str, str] = field(default_factory=dict)  # {key of a row or person: record id}

    def load(self) -> int:
        """Writes every row; returns how many there are."""
        for name in ORDER:
            waiting: Sequence[Row] = self.world.of(name)
            while waiting:
                ready = [row for row in waiting if self._is_ready(row)]
                waiting = [row for row in waiting if not self._is_ready(row)]
                for start in range(0, len(ready), _AT_ONCE):
                    self._write(name, ready[start : start + _AT_ONCE])
        for name in ORDER:
            if rollups_at(self.snapshot, name):  # the records below have stamped these anew
                self._backdate(name, self.world.of(name))
        return sum(map(len, self.world.rows.values()))

    def _is_ready(self, row: Row) -> bool:
        return all(key in self.ids for key in row.refs.values())

    def _write(self, name: str, rows: Sequence[Row]) -> None:
        values = [self._values(name, row) for row in rows]
        records = Records(self.org_db, self.actor, self.snapshot)
        outcomes = records.create_many(name, values)
        require(_placed(name, rows, [outcome.problems for outcome in outcomes]))
        self.ids |= {row.key: done.id for row, done in zip(rows, outcomes, strict=True)}
        self._backdate(name, rows)

    def _values(self, name: str, row: Row) -> Mapping[str, object]:
        """The row as values of its fields; its owner and lookups as ids."""
        values, problems = read_draft(self.snapshot, name, row.values)
        require(_placed(name, [row], [problems]))
        values |= {lookup: self.ids[key] for lookup, key in row.refs.items()}
        if row.owner:
            values["OwnerId"] = self.ids[row.owner]
        return values

    def _backdate(self, name: str, rows: Sequence[Row]) -> None:
        """A company that was at work for two years did not make all its records today."""
        table = Tables.of(self.snapshot).home(name).main
        stamped = sa.update(table).where(table.c.id == sa.bindparam("record")).values(
            created_at=sa.bindparam("begun"),
            created_by=sa.bindparam("person"),
            modified_at=sa.bindparam("changed"),
            modified_by=sa.bindparam("person"),
        )  # fmt: skip
        marks = [
            {
                "record": self.ids[row.key],
                "begun": row.created,
                "changed": row.changed,
                "person": self.ids[self._maker(row)],
            }
            for row in rows
        ]
        with self.org_db.write() as conn:
            conn.execute(stamped, marks)

    def _maker(self, row: Row) -> str:
        """The key of whoever made the row: its owner, or the owner of what it belongs to."""
        while not row.owner:
            row = self.world.by_key[next(iter(row.refs.values()))]
        return row.owner


def _placed(
    name: str, rows: Sequence[Row], problems: Sequence[Sequence[Problem]]
) -> Iterator[Problem]:
    for row, found in zip(rows, problems, strict=True):
        for problem in found:
            path = (name, row.key, *problem.path)
            yield Problem(problem.code, path, problem.message, problem.hint)


def state_of(orgs: Orgs, key: str) -> State:
    """What there is under the key."""
    if key not in orgs.list():
        return State.ABSENT
    with orgs.open(key).read() as conn:
        found = read_setting(conn, _SETTING)
    return State(found) if found else State.FOREIGN


def make_demo(orgs: Orgs, key: str, password: str, today: date) -> int:
    """Creates the org with everything in it; returns the number of records.

    Raises Conflict when there is an org of that key.
    """
    profile = Company(**company())
    org_db = orgs.create(key, profile.name)
    _mark(org_db, State.BEGUN)
    actor = system_actor(key, "making the demo company", profile.localization)
    install_standard(org_db, actor)
    install_documents(org_db, actor, read_package(METADATA), origin="demo")
    with org_db.write() as conn:
        save_company(conn, profile)
    ids = _make_people(org_db, actor, password, profile.currency)
    world = make_world(today)
    count = Loader(org_db, actor, SNAPSHOTS.get(org_db), world, ids).load()
    _mark(org_db, State.READY)
    return count


def _mark(org_db: OrgDatabase, state: State) -> None:
    with org_db.write() as conn:
        save_setting(conn, _SETTING, state.value)


def _make_people(org_db: OrgDatabase, actor: Actor, password: str, currency: str) -> dict[str, str]:
    """{key: id} of everybody at the company; all have the same password."""
    password_hash = hash_password(password)
    ids: dict[str, str] = {}
    with org_db.write() as conn:
        for person in people():
            drawn = _draft_of(person, ids.get(person.manager, ""), currency)
            ids[person.key] = create_user(conn, drawn, actor).id
            set_password(conn, ids[person.key], password_hash, actor)
    return ids


def _draft_of(person: Person, manager_id: str, currency: str) -> UserDraft:
    return UserDraft(
        username=person.username,
        email=person.username,
        first_name=person.first_name,
        last_name=person.last_name,
        alias=person.alias,
        title=person.title,
        department=person.department,
        profile=person.profile,
        role=person.role and ROLE + person.role.replace(" ", "_"),
        manager_id=manager_id,
        language=person.language,
        locale=person.locale,
        time_zone=person.time_zone,
        currency=currency,
    )
