"""Account teams: who works on an account beside its owner, and what its members get by that.

Members are records of an ordinary object, a detail of accounts. Each says how much a member gets on
the account and on its opportunities, cases and contacts; people above a member get the same. Only
who has all of an account decides on its team.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ..tables import Home, Tables
from ..unindexed import unindexed
from . import people, permissions
from .branch import Scene
from .levels import BY_NAME, Level
from .people import ACTOR, Ids

OF = "Account"  # the object that has teams
TEAM, ACCOUNT, MEMBER, ROLE = "AccountTeamMember", "AccountId", "UserId", "TeamMemberRole"
#: {object: the field of a member that says how much they get on its records}
LEVEL_FIELDS: Mapping[str, str] = {
    OF: "AccountAccessLevel",
    "Opportunity": "OpportunityAccessLevel",
    "Case": "CaseAccessLevel",
    "Contact": "ContactAccessLevel",
}


@dataclass(frozen=True, slots=True)
class _Team:
    """The columns of the members, as aliases of one statement."""

    home: Home
    tables: Mapping[str, FromClause]  # {name of a table: its alias}

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Team | None:
        """None in an org without the object."""
        if snapshot.find("CustomObject", TEAM) is None:
            return None
        home = Tables.of(snapshot).home(TEAM)
        return cls(home, {one.name: one.alias() for one in (home.main, *home.slices)})

    def column(self, field: CustomField) -> sa.ColumnElement[str]:
        place = self.home.parts(field)[""]
        return self.tables[self.home.table(place).name].c[place.column]

    def members(
        self, columns: Iterable[sa.ColumnElement[Any]], *where: people.Clause
    ) -> sa.Select[Any]:
        """Of live members; slices join the main table only where a column is theirs."""
        main = self.tables[self.home.main.name]
        found = sa.select(*columns).where(main.c.is_deleted == sa.false(), *where)
        joined = set(found.get_final_froms()) - {main}
        return found.where(*(one.c.id == main.c.id for one in joined))


def is_team_of(field: CustomField) -> bool:
    """Says whether the field is what makes its records members of an account."""
    return field.object_name == TEAM and field.local_name == ACCOUNT


def teamed(scene: Scene, meant: CustomObject, level: Level) -> Ids | None:
    """Ids of accounts whose team gives the actor at least the level on their records of `meant`.

    None where no team can.
    """
    snapshot, team = scene.snapshot, _Team.of(scene.snapshot)
    names = (ACCOUNT, MEMBER, LEVEL_FIELDS.get(meant.name, ""))
    account, member, given = (snapshot.find_field(TEAM, name) for name in names)
    if team is None or account is None or member is None or given is None:
        return None
    levels = [name for name, one in BY_NAME.items() if one >= level]
    who = team.column(member)
    return team.members(
        (team.column(account),),
        _reaches(unindexed(who) if scene.is_test else who, scene),
        team.column(given).in_(levels),
    )


def _reaches(member: sa.ColumnElement[str], scene: Scene) -> people.Clause:
    """True of the actor, and of people below them."""
    accounts = scene.snapshot.find("CustomObject", OF)
    if accounts is None or not accounts.uses_hierarchies or not scene.standing.below:
        return member == ACTOR
    return member.in_(sa.union_all(sa.select(ACTOR), people.subordinates()))


def members_of(
    conn: sa.Connection, snapshot: Snapshot, accounts: Sequence[str]
) -> list[tuple[str, str, str]]:
    """(id, account, person) of the live members of those accounts, whoever asks."""
    team = _Team.of(snapshot)
    account, member = (snapshot.find_field(TEAM, name) for name in (ACCOUNT, MEMBER))
    if team is None or account is None or member is None:
        return []
    main, of = team.tables[team.home.main.name], team.column(account)
    asked = team.members((main.c.id, of, team.column(member)), of.in_(accounts))
    return [(row[0], row[1], row[2]) for row in conn.execute(asked)]


def counted_members(snapshot: Snapshot, account_id: str) -> sa.ScalarSelect[int] | None:
    """How many are in the team of the account."""
    team, account = _Team.of(snapshot), snapshot.find_field(TEAM, ACCOUNT)
    if team is None or account is None:
        return None
    return team.members((sa.func.count(),), team.column(account) == account_id).scalar_subquery()


def reaching(conn: sa.Connection, scene: Scene, account_id: str) -> tuple[str, ...]:
    """The ids of the members of the account by whom it comes to the actor of the scene."""
    snapshot, team = scene.snapshot, _Team.of(scene.snapshot)
    account, member = (snapshot.find_field(TEAM, name) for name in (ACCOUNT, MEMBER))
    if team is None or account is None or member is None:
        return ()
    main = team.tables[team.home.main.name]
    found = team.members(
        (main.c.id,), team.column(account) == account_id, _reaches(team.column(member), scene)
    )
    values = dict(permissions.parameters(scene.actor, snapshot))
    return tuple(conn.scalars(found.order_by(main.c.created_at, main.c.id), values))
