"""What comes with accounts without a word: the account of what one has, the children of one's own.

Whoever has a contact, opportunity or case by ownership, rule or share may read its account. Owners
of an account, and those above, have on its children what the owner's role says; rules and teams of
the account may say so, too. Only these objects of the standard CRM behave so.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.sql.expression import FromClause

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.role import CHILD_LEVELS
from ...metadata.snapshot import Snapshot
from ..tables import Tables
from . import people, teams
from .branch import Branch, Reason, Scene
from .direct import direct, ruled, shared_ids
from .levels import BY_NAME, Level
from .people import Clause

ACCOUNT, LOOKUP = "Account", "AccountId"


def _lookup(child: CustomObject, snapshot: Snapshot) -> CustomField | None:
    """The child's lookup to its account, if the child is one of those meant here."""
    if child.name not in CHILD_LEVELS or child.sharing_model == "ControlledByParent":
        return None
    field = snapshot.find_field(child.name, LOOKUP)
    return field if field is not None and field.reference_to == (ACCOUNT,) else None


def _key(field: CustomField, alias: FromClause, snapshot: Snapshot) -> sa.ColumnElement[str]:
    home = Tables.of(snapshot).home(field.object_name)
    return alias.c[home.parts(field)[""].column]


# -- from a child to its account


def to_account(scene: Scene, obj: CustomObject, alias: FromClause) -> Iterator[Branch]:
    """Accounts of records that the actor has for the records' own sake."""
    if obj.name != ACCOUNT:
        return
    for name in CHILD_LEVELS:
        child = scene.snapshot.find("CustomObject", name)
        field = _lookup(child, scene.snapshot) if child else None
        if child is not None and field is not None:
            ids = _accounts_of(scene, child, field)
            yield Branch(Reason.CHILD, Level.READ, scene.among(alias.c.id, ids))


def _accounts_of(scene: Scene, child: CustomObject, field: CustomField) -> people.Ids:
    table = Tables.of(scene.snapshot).home(child.name).main.alias()
    key = _key(field, table, scene.snapshot)
    theirs = sa.or_(*(one.clause for one in direct(scene, child, table) if not one.is_covered))
    return sa.select(key).where(table.c.is_deleted == sa.false(), key.is_not(None), theirs)


# -- from an account to its children


def to_children(
    scene: Scene, obj: CustomObject, alias: FromClause, level: Level
) -> Iterator[Branch]:
    """Records of accounts whose owner, rule or team gives at least the level on them."""
    field = _lookup(obj, scene.snapshot)
    account = scene.snapshot.find("CustomObject", ACCOUNT) if field else None
    if field is None or account is None:
        return
    key = _key(field, alias, scene.snapshot)
    for given in (Level.EDIT, Level.READ):
        if given >= level:
            for reason, ids, uid in _accounts_giving(scene, account, obj, given):
                among = scene.among(key, ids)
                yield Branch(reason, given, among, uid, is_covered=given > level)


def _accounts_giving(
    scene: Scene, account: CustomObject, child: CustomObject, level: Level
) -> Iterator[tuple[Reason, people.Ids, str]]:
    """(why, ids of accounts, uid of the rule that says so or "")."""
    yield Reason.ACCOUNT, _owned_accounts(scene, account, child, level), ""
    for rule, audience in scene.standing.rules.get(account.name, ()):
        if BY_NAME[rule.account_levels.get(child.name, "None")] >= level:
            table = Tables.of(scene.snapshot).home(account.name).main.alias()
            found = ruled(scene, account, table, rule, audience)
            yield Reason.ACCOUNT, sa.select(table.c.id).where(found), rule.uid
    yield Reason.ACCOUNT, shared_ids(scene, account, child, level), ""
    if (teamed := teams.teamed(scene, child, level)) is not None:
        yield Reason.TEAM, teamed, ""


def giving(scene: Scene, child: CustomObject, accounts: FromClause, level: Level) -> Clause:
    """True of the accounts that give the actor at least the level on their records of `child`.

    Where the account itself decides on the child, whoever has all of it has that, too.
    """
    account = scene.snapshot.find("CustomObject", ACCOUNT)
    if scene.level_of_all(child) >= level or _lookup(child, scene.snapshot) is None:
        return sa.true()
    if account is None:
        return sa.false()
    given = _accounts_giving(scene, account, child, level)
    return sa.or_(*(scene.among(accounts.c.id, ids) for _reason, ids, _uid in given))


def _owned_accounts(
    scene: Scene, account: CustomObject, child: CustomObject, level: Level
) -> people.Ids:
    """Accounts of the actor, and of those below, whose owner's role gives the level."""
    levels = [name for name, given in BY_NAME.items() if given >= level]
    table = Tables.of(scene.snapshot).home(account.name).main.alias()
    has_below = account.uses_hierarchies and bool(scene.standing.below)
    owners = people.owners_with_level(scene.snapshot, child.name, levels, has_below=has_below)
    return sa.select(table.c.id).where(scene.among(table.c.owner_id, *owners))
