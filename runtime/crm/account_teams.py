"""Who comes into the team of an account: active people, each once, with no more than the giver has.

That only who has all of the account decides on its team is a matter of access (`access/teams`).
Refused besides: givers who may not edit accounts, and levels on the account's opportunities, cases
or contacts that the giver does not have by this account or by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.migrations.tables import sys_user
from ..access import permissions
from ..access.implicit import giving
from ..access.levels import BY_NAME, Level
from ..access.permissions import Operation
from ..access.teams import ACCOUNT, LEVEL_FIELDS, MEMBER, OF, TEAM, members_of
from ..query.binding import scene_of
from ..query.held import held
from ..records.companions import Companion, accompany
from ..records.draft import Draft
from ..records.steps import Save
from ..tables import Tables

CHUNK = 500
#: {id of an account: {field of a level: the most that the giver may give}}
_Most = Mapping[str, Mapping[str, Level]]
_RIGHTS = ((Level.EDIT, Operation.EDIT), (Level.READ, Operation.READ))


def _check(save: Save) -> None:
    asked = [draft for draft in save.drafts if not draft.problems and _changes(draft)]
    if not asked or not {ACCOUNT, MEMBER} <= save.rules.fields.keys():
        return
    ids = sorted({str(one) for draft in asked if (one := draft.effective(ACCOUNT))})
    for start in range(0, len(ids), CHUNK):
        # of an account that is not theirs nothing is told: the check of masters refuses it
        theirs = held(save.conn, save.actor, save.snapshot, OF, ids[start : start + CHUNK],
                      Level.FULL)  # fmt: skip
        chunk = sorted(theirs)
        some = [draft for draft in asked if draft.effective(ACCOUNT) in theirs]
        if not some:
            continue
        if not save.is_trial:
            _lock(save, chunk)
        _refuse_unfit(save, some)
        _refuse_twice(save, some, chunk)
        if not save.actor.is_system:
            _refuse_too_much(save, some, _most(save, chunk))


def _changes(draft: Draft) -> bool:
    return bool(draft.values.keys() & {ACCOUNT, MEMBER, *LEVEL_FIELDS.values()})


def _lock(save: Save, ids: list[str]) -> None:
    """Holds the accounts, so that two who add the same person at once wait for each other."""
    main = Tables.of(save.snapshot).home(OF).main
    held = sa.select(main.c.id).where(main.c.id.in_(ids)).order_by(main.c.id)
    save.conn.execute(held.with_for_update())


def _refuse_unfit(save: Save, drafts: list[Draft]) -> None:
    ids = {str(draft.values[MEMBER]) for draft in drafts if draft.values.get(MEMBER)}
    u = sys_user.c
    gone = sa.select(u.id).where(u.id.in_(sorted(ids)), u.is_active.is_(sa.false()))
    inactive = set(save.conn.scalars(gone)) if ids else set()
    for draft in drafts:
        if draft.values.get(MEMBER) in inactive:
            message = _("Only active users can be in a team.")
            draft.problems.append(Problem("team.inactive", (MEMBER,), message))


def _refuse_twice(save: Save, drafts: list[Draft], accounts: list[str]) -> None:
    """Somebody is in a team once; the level of the one row is what counts."""
    known = {
        (account, member): record_id
        for record_id, account, member in members_of(save.conn, save.snapshot, accounts)
    }
    for draft in drafts:
        if not draft.values.keys() & {ACCOUNT, MEMBER}:
            continue
        key = str(draft.effective(ACCOUNT)), str(draft.effective(MEMBER))
        if known.setdefault(key, draft.id) != draft.id:
            message = _("This person is in the team already.")
            hint = _("Change what they may do, or their role, where they stand.")
            draft.problems.append(Problem("team.twice", (MEMBER,), message, hint))


def _refuse_too_much(save: Save, drafts: list[Draft], most: _Most) -> None:
    may_edit = permissions.may(save.actor, Operation.EDIT, save.snapshot.object(OF), save.snapshot)
    for draft in drafts:
        if not may_edit:
            message = _("Only who may edit the account decides on its team.")
            draft.problems.append(Problem("team.not_yours", (ACCOUNT,), message))
            continue
        for name, most_here in most.get(str(draft.effective(ACCOUNT)), {}).items():
            is_asked = name in draft.values or draft.values.keys() & {ACCOUNT, MEMBER}
            wanted = BY_NAME.get(str(draft.effective(name)), Level.NONE)
            if is_asked and wanted > most_here:
                message = _("You cannot give more than you have yourself on this account.")
                hint = _("Choose less, or ask somebody above you.")
                draft.problems.append(Problem("team.too_much", (name,), message, hint))


def _most(save: Save, accounts: list[str]) -> _Most:
    """What the giver has on what belongs to each account, asked in one statement."""
    table = Tables.of(save.snapshot).home(OF).main.alias()
    tests = list(_tests(save, table))
    flags = [sa.case((clause, 1), else_=0) for _field, _level, clause in tests]
    asked = sa.select(table.c.id, *flags).where(table.c.id.in_(accounts))
    values = dict(permissions.parameters(save.actor, save.snapshot))
    found: dict[str, dict[str, Level]] = {}
    for row in save.conn.execute(asked, values):
        given = found[row[0]] = dict.fromkeys((field for field, *_more in tests), Level.NONE)
        for (field, level, _clause), flag in zip(tests, row[1:], strict=True):
            if flag:
                given[field] = max(given[field], level)
    return found


def _tests(save: Save, table: sa.FromClause) -> Iterator[tuple[str, Level, sa.ColumnElement[bool]]]:
    """(field of a level, level, where the giver has it) for each object below accounts."""
    scene = scene_of(save.actor, save.snapshot, is_test=True)
    for name, field in LEVEL_FIELDS.items():
        child = save.snapshot.find("CustomObject", name)
        if name == OF or not isinstance(child, CustomObject):
            continue
        for level, operation in _RIGHTS:
            has_right = permissions.may(save.actor, operation, child, save.snapshot)
            yield field, level, giving(scene, child, table, level) if has_right else sa.false()


MEMBERS = Companion(TEAM, (ACCOUNT, MEMBER, *LEVEL_FIELDS.values()), before=_check)


def bring() -> None:
    """Has this asked of every save of team members."""
    accompany(MEMBERS)
