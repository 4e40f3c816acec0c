"""Deploys a change set: rebase, check all, plan, then tables and documents in ONE transaction.

Refuses (Denied) whoever is no administrator, (Rejected) what would leave the org with a problem,
(Conflict) what somebody else has changed meanwhile. Running a deployment id again does nothing and
returns what the first run returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from ...platform.db.failpoints import failpoint
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Conflict, Denied, Problem, Rejected, require
from ...platform.events import publish_after_commit
from ...platform.i18n import _
from ...platform.ids import new_id
from ...platform.migrations.tables import (
    sys_deployment,
    sys_document,
    sys_document_history,
    sys_version,
)
from ...platform.people.actor import Actor
from ..definition import Document
from ..delegation import may_shape
from ..kinds import KINDS
from ..kinds.profile import OWN_KEYS
from ..reach import REACHING, write_reach
from ..rights import rights_of
from ..snapshot import Snapshot
from ..store import BINNED, LOCK, SNAPSHOTS, Stamp
from . import convert, holders, obstacles
from .change_set import NOTHING, ChangeSet
from .diff import NO_CHANGES, Change, Diff
from .draft import drafted
from .plan import Plan, planned
from .record import Entry, Shipped, StepShown, write_documents, write_version
from .site import Site
from .steps import ConvertField, Step

DEPLOYMENT_PREFIX = "0Af"
# A table that waits to be altered keeps all others waiting behind it: give up soon, try again.
_PATIENCE = sa.text("SET LOCAL lock_timeout = '2s'")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment that was made: its version, what it did, and what takes it back."""

    id: str  # "" when there was nothing to do
    version: int
    summary: str = ""
    steps: tuple[StepShown, ...] = ()
    inverse: ChangeSet = NOTHING


Also = Callable[[sa.Connection, str], None]
Told = Callable[[str, int, int], None]  # hears of each step: its sentence, its number, of how many


def tell_nobody(_step: str, _number: int, _of: int) -> None:
    """For whoever does not watch."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """Published after the commit."""

    org: str
    version: int
    deployment_id: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a deployment would do, without doing it."""

    problems: tuple[Problem, ...]
    diff: Diff = NO_CHANGES
    steps: tuple[Step, ...] = ()
    losses: Mapping[str, convert.Loss] = field(default_factory=dict)  # {field name: …}
    snapshot: Snapshot | None = None  # the org as it would be


def preview(org_db: OrgDatabase, change_set: ChangeSet) -> Preview:
    """Problems, difference, steps and lost values of a change set; writes nothing."""
    with org_db.read() as conn:
        old = SNAPSHOTS.at(conn, org_db)
        draft = drafted(old, change_set)
        if draft.problems:
            return Preview(draft.problems, draft.diff, snapshot=draft.snapshot)
        plan = planned(
            draft.diff, old, draft.snapshot, _binned(conn, draft.diff), change_set.becomes
        )
        problems = (
            *obstacles.problems(conn, old, draft.snapshot, plan),
            *holders.problems(conn, old, draft.diff, change_set.becomes),
        )
        losses = _losses(conn, old, draft.snapshot, plan)
        return Preview(problems, draft.diff, plan.steps, losses, draft.snapshot)


def _losses(
    conn: sa.Connection, old: Snapshot, new: Snapshot, plan: Plan
) -> Mapping[str, convert.Loss]:
    found = {}
    for step in plan.tables:
        if type(step) is ConvertField:
            conversion = convert.Conversion(step.before, step.after, new)
            columns = convert.live_columns(old, step.before)
            found[step.after.name] = convert.counted(conversion, columns, conn)
    return found


def deploy(
    org_db: OrgDatabase,
    actor: Actor,
    change_set: ChangeSet,
    *,
    deployment_id: str | None = None,
    shipped: Mapping[str, Shipped] | None = None,
    also: Also | None = None,
    told: Told = tell_nobody,
) -> Deployment:
    """Makes the change; raises Rejected with every problem, Conflict or Denied, or does all.

    `shipped` are the packages' own versions of documents ({uid: …}); `also` is done in the same
    transaction, with the deployment's id, even where no document changes. `told` hears of each
    step before it is done.
    """
    wanted = deployment_id or new_id(DEPLOYMENT_PREFIX)

    def work(conn: sa.Connection) -> tuple[Deployment, Snapshot | None]:
        return _deployed(conn, org_db, actor, change_set, wanted, shipped, also, told)

    deployment, snapshot = org_db.transact(work)
    if snapshot is not None:
        SNAPSHOTS.keep(org_db, Stamp(deployment.version, deployment.id), snapshot)
    return deployment


def _deployed(
    conn: sa.Connection,
    org_db: OrgDatabase,
    actor: Actor,
    change_set: ChangeSet,
    deployment_id: str,
    shipped: Mapping[str, Shipped] | None,
    also: Also | None,
    told: Told,
) -> tuple[Deployment, Snapshot | None]:
    org_db.lock(conn, LOCK)
    if org_db.dialect == "postgresql":
        conn.execute(_PATIENCE)
    if (done := find_deployment(conn, deployment_id)) is not None:
        return done, None
    old = SNAPSHOTS.at(conn, org_db)
    _refuse_conflicts(conn, actor, change_set, old)
    draft = drafted(old, change_set)
    _refuse_powerless(actor, old, draft.diff)
    require((*draft.problems, *_protected(actor, draft.diff)))
    if not draft.diff.changes and not shipped and also is None:
        return Deployment("", old.version), None
    plan = planned(draft.diff, old, draft.snapshot, _binned(conn, draft.diff), change_set.becomes)
    require(obstacles.problems(conn, old, draft.snapshot, plan))
    require(holders.problems(conn, old, draft.diff, change_set.becomes))
    failpoint("deploy.begun")
    site = _built(conn, old, draft.snapshot, plan, deployment_id, told)
    steps = tuple(StepShown(step.describe(), step.risk.value) for step in plan.steps)
    version = old.version + 1
    entry = Entry(deployment_id, old.version, version, actor, change_set, draft.diff, steps)
    write_documents(conn, entry, shipped)
    write_version(conn, entry)
    if also is not None:
        also(conn, deployment_id)
    if any(change.kind in REACHING for change in draft.diff.changes):
        write_reach(conn, draft.snapshot)
    if change_set.reverts:
        d = sys_deployment
        conn.execute(
            sa.update(d).where(d.c.id == change_set.reverts).values(reverted_by=deployment_id)
        )
    publish_after_commit(conn, Deployed(org_db.key, version, deployment_id))
    inverse = draft.diff.inverse(change_set.summary)
    done = Deployment(deployment_id, version, change_set.summary, steps, inverse)
    snapshot = draft.snapshot.with_changes(version=version, storage=site.storage)
    return done, snapshot


def _refuse_powerless(actor: Actor, old: Snapshot, changes: Diff) -> None:
    """Raises Denied unless the actor may change each kind that the difference touches."""
    rights = rights_of(actor, old)
    theirs = [change for change in changes.changes if not _is_delegated(actor, old, change)]
    if changes.changes and not theirs:
        return
    needed = {KINDS.get(change.kind).permission for change in theirs}
    if not all(map(rights.holds, needed or {"CustomizeApplication"})):
        raise Denied(_("Only an administrator may change the metadata."))


def _is_delegated(actor: Actor, old: Snapshot, change: Change) -> bool:
    """Says whether the actor may make the change as a delegate; none removes anything."""
    if change.after is None:
        return False
    sides = (change.before, change.after)
    return all(may_shape(actor, side, old) for side in sides if side is not None)


def _protected(actor: Actor, changes: Diff) -> Iterator[Problem]:
    """A problem for each shipped profile that a person would change or remove."""
    for change in () if actor.is_system else changes.changes:
        if getattr(change.before, "protected", False) and not _is_own(change):
            name = change.definition.label
            message = _("%(name)s is shipped as it is and cannot be changed.", name=name)
            yield Problem("profile.protected", (change.kind, change.definition.name), message,
                          _("Clone it, and give the clone to your people."))  # fmt: skip


def _is_own(change: Change) -> bool:
    """Says whether a change of a shipped profile touches only what each org says by itself."""
    if change.before is None or change.after is None:
        return False
    before, after = dict(change.before.document), dict(change.after.document)
    for key in OWN_KEYS:
        before.pop(key, None)
        after.pop(key, None)
    return before == after


def _built(
    conn: sa.Connection, old: Snapshot, new: Snapshot, plan: Plan, deployment_id: str, told: Told
) -> Site:
    """The tables as the plan wants them."""
    site = Site(conn, old, new, deployment_id)
    count = len(plan.tables) + len(plan.indexes)
    for n, step in enumerate(plan.tables):
        told(step.describe(), n, count)
        step.apply(site)
        failpoint("deploy.after_step")
    site.finish_tables()
    failpoint("deploy.after_tables")
    for n, step in enumerate(plan.indexes, len(plan.tables)):
        told(step.describe(), n, count)
        step.apply(site)
        failpoint("deploy.after_index")
    failpoint("deploy.after_ddl")
    return site


def find_deployment(conn: sa.Connection, deployment_id: str) -> Deployment | None:
    """The deployment of that id as it was made; None when there was none."""
    d = sys_deployment
    row = conn.execute(sa.select(d).where(d.c.id == deployment_id)).one_or_none()
    if row is None:
        return None
    steps = tuple(StepShown(step["text"], step["risk"]) for step in row.plan)
    inverse = ChangeSet.from_json(row.inverse)
    return Deployment(row.id, row.version_after, row.summary, steps, inverse)


def _binned(conn: sa.Connection, diff: Diff) -> frozenset[str]:
    """Which of the added components lie in the bin."""
    added = [definition.uid for definition in diff.added]
    d, found = sys_document.c, set()
    for start in range(0, len(added), 500):
        chunk = added[start : start + 500]
        query = sa.select(d.uid).where(d.state == BINNED, d.uid.in_(chunk))
        found |= set(conn.execute(query).scalars())
    return frozenset(found)


def _refuse_conflicts(
    conn: sa.Connection, actor: Actor, change_set: ChangeSet, old: Snapshot
) -> None:
    """Raises Conflict when somebody else has changed a named component since the author looked."""
    if change_set.based_on is None or change_set.based_on >= old.version:
        return
    h, v = sys_document_history.c, sys_version.c
    query = (
        sa.select(h.kind, h.name, v.actor_name)
        .join_from(sys_document_history, sys_version, h.version == v.version)
        .where(
            h.version > change_set.based_on,
            h.uid.in_(sorted(change_set.uids)),
            v.actor_id != actor.user_id,
        )
        .order_by(h.id.desc())
        .limit(1)
    )
    if (rival := conn.execute(query).one_or_none()) is not None:
        raise Conflict(
            _(
                "%(person)s has changed %(name)s in the meantime.",
                person=rival.actor_name,
                name=rival.name,
            )
        )


def documents_of(snapshot: Snapshot) -> tuple[Document, ...]:
    """Every document of the snapshot, in deploy order."""
    return tuple(d.document for d in snapshot.by_uid.values())


__all__ = [
    "ChangeSet", "Deployed", "Deployment", "Preview", "Rejected", "Told", "deploy",
    "find_deployment", "preview", "tell_nobody",
]  # fmt: skip
