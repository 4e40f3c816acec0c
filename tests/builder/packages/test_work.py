"""Packages in the background: whole or not at all, once, told in words, whatever fails."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.factories import deployed, make_document, make_field, make_object
from tests.metadata.packages.test_proofs import picture
from tests.metadata.test_deploy_kill import POINTS, in_child
from tests.runtime.conftest import crm_documents
from trellis.builder.feature import FEATURE
from trellis.metadata.invariants import check_metadata
from trellis.metadata.packages import runs
from trellis.metadata.packages.archive import zip_of
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package
from trellis.metadata.packages.runs import Asked, Deed, Run, State
from trellis.metadata.packages.write import files_of
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.check import check_database
from trellis.platform.db import failpoints
from trellis.platform.db.failpoints import armed
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_deployment, sys_job, sys_package_run
from trellis.platform.orgs import Orgs
from trellis.platform.people import users
from trellis.platform.people.actor import ADMIN, SYSTEM_USER_ID, Actor
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import count

#: after those of a deployment: between the change and the records, and around the end of the job
LATER = ("packages.after_change", "jobs.before_done", "jobs.after_done")


def trips(version: str = "1.0.0", *more: dict[str, object]) -> Package:
    """An object, a lookup with its index, a list, and three sample records."""
    documents = (
        make_object("Trip__c"), make_field("Trip__c.Name", required=True),
        make_field("Trip__c.Account__c", "Lookup", to="Account"),
        make_field("Account.Trips__c", "Number"), make_field("Contact.Trips__c", "Number"),
        make_field("Quote__c.Trips__c", "Number"), make_field("Line__c.Trips__c", "Number"),
        make_document("ListView", "Trip__c.All", object="Trip__c", columns=["Name"]), *more,
    )  # fmt: skip
    samples = {"samples/Trip__c.csv": b"key:,Name\n1,Up\n2,Down\n3,Round\n"}
    return Package(Manifest("trips", version, "Trips"), documents, samples=samples)


def prepared(org_db: OrgDatabase) -> Actor:
    """The small CRM with its administrator."""
    deployed(org_db, *crm_documents())
    draft = UserDraft("boss@x.example", "boss@x.example", "Boss", profile=ADMIN)
    with org_db.write() as conn:
        boss = users.create_user(conn, draft, _system(org_db))
        found = find_actor(conn, org_db.key, boss.id)
    assert found is not None
    return found


def _system(org_db: OrgDatabase) -> Actor:
    with org_db.read() as conn:
        found = find_actor(conn, org_db.key, SYSTEM_USER_ID, "a test")
    assert found is not None
    return found


def asked(org_db: OrgDatabase, actor: Actor, package: Package, run_id: str = "") -> str:
    choice = {"access": True, "samples": True}
    version = SNAPSHOTS.get(org_db).version
    wanted = Asked(
        Deed.INSTALL, package.manifest.name, package.manifest.title, package.manifest.version,
        zip_of(files_of(package)), choice, version,
    )  # fmt: skip
    with org_db.write() as conn:
        return runs.begin(conn, actor, wanted, run_id)


def ask(org_db: OrgDatabase, actor: Actor, deed: Deed) -> str:
    with org_db.write() as conn:
        return runs.begin(conn, actor, Asked(deed, "trips", "Trips"))


def work(orgs: Orgs, org_db: OrgDatabase) -> None:
    """Runs what waits; nothing is scheduled."""
    worker = Worker(orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID)
    while worker.run_next(org_db):
        pass


def at_once(org_db: OrgDatabase) -> None:
    """The pause before the next try is over, and the lease of a dead worker."""
    with org_db.write() as conn:
        j = sys_job.c
        rows = conn.execute(sa.select(j.id, j.created_at).where(j.kind == runs.KIND)).all()
        for row in rows:
            mine = sa.update(sys_job).where(j.id == row.id)
            conn.execute(mine.where(j.state == "queued").values(run_at=row.created_at))
            conn.execute(mine.where(j.state == "leased").values(leased_until=row.created_at))


def look(org_db: OrgDatabase, run_id: str) -> Run:
    with org_db.read() as conn:
        return runs.get(conn, run_id)


def trips_in(org_db: OrgDatabase, actor: Actor) -> int:
    snapshot = SNAPSHOTS.get(org_db)
    if snapshot.find_object("Trip__c") is None:
        return 0
    with org_db.read() as conn:
        return count(conn, actor, Query("Trip__c"), snapshot)


def deployments(org_db: OrgDatabase) -> int:
    with org_db.read() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(sys_deployment)) or 0


def test_a_package_goes_in_up_back_and_out(org_db: OrgDatabase, orgs: Orgs) -> None:
    boss = prepared(org_db)
    before = picture(org_db)
    first = asked(org_db, boss, trips())
    assert look(org_db, first).state == State.WAITING
    assert asked(org_db, boss, trips()) == first, "one thing at a time for each package"
    work(orgs, org_db)
    done = look(org_db, first)
    assert (done.state, done.share, done.results[0][1]) == (State.DONE, 100, "ok")
    assert trips_in(org_db, boss) == 3
    installed = picture(org_db)
    work(orgs, org_db)
    asked(org_db, boss, trips("1.1.0", make_field("Trip__c.Miles__c", "Number")))
    work(orgs, org_db)
    assert trips_in(org_db, boss) == 3, "samples come once"
    assert look(org_db, ask(org_db, boss, Deed.TAKE_BACK)).state == State.WAITING
    work(orgs, org_db)
    assert picture(org_db) == installed
    ask(org_db, boss, Deed.REMOVE)
    work(orgs, org_db)
    assert picture(org_db) == before
    with org_db.read() as conn:
        assert conn.scalars(sa.select(sys_package_run.c.content)).all() == [None] * 4


def test_a_refusal_says_why_and_what_to_do(org_db: OrgDatabase, orgs: Orgs) -> None:
    boss = prepared(org_db)
    needs = Package(Manifest("trips", dependencies={"boats": "2.0"}), trips().documents)
    run_id, before = asked(org_db, boss, needs), picture(org_db)
    work(orgs, org_db)
    refused = look(org_db, run_id)
    assert (refused.state, picture(org_db)) == (State.FAILED, before)
    assert "It needs the package boats 2.0. Install that first." in refused.problems[0]
    asked(org_db, boss, trips(), run_id)
    deployed(org_db, make_field("Account.Meanwhile__c"))
    work(orgs, org_db)
    assert "has changed since you looked" in look(org_db, run_id).problems[0]
    asked(org_db, boss, trips(), run_id)
    with org_db.write() as conn:
        assert runs.cancel(conn, run_id)
    work(orgs, org_db)
    assert look(org_db, run_id).state == State.CANCELLED
    asked(org_db, boss, trips(), run_id)
    with org_db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET is_active = false"))
    work(orgs, org_db)
    assert "may not work here" in look(org_db, run_id).problems[0]
    assert trips_in(org_db, boss) == 0


def test_a_failure_at_any_step_leaves_the_org_unchanged_and_the_next_try_does_it_once(
    org_db: OrgDatabase, orgs: Orgs
) -> None:
    boss = prepared(org_db)
    before = picture(org_db)
    run_id = asked(org_db, boss, trips(), "0AfFailing")
    points = {point.partition(":")[0] for point in POINTS} - {"db.before_commit", "db.after_commit"}
    for point in sorted(points):
        with armed(point):
            work(orgs, org_db)
        assert picture(org_db) == before, point
        assert look(org_db, run_id).is_under_way
        with org_db.write() as conn:  # its tries would be used up
            conn.execute(sa.update(sys_job).values(attempts=0))
        at_once(org_db)
    for point in ("packages.after_change", "jobs.before_done"):
        with armed(point):
            work(orgs, org_db)
        assert trips_in(org_db, boss) == 0, "no record of them without all"
        at_once(org_db)
    work(orgs, org_db)
    assert look(org_db, run_id).state == State.DONE
    assert (trips_in(org_db, boss), deployments(org_db)) == (3, 2)
    assert check_metadata(org_db) == ()


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_killed_at_any_step_the_org_is_whole_and_the_next_worker_does_it_once(orgs: Orgs) -> None:
    org_db = orgs.create("main", "Main")
    boss = prepared(org_db)
    before, config = picture(org_db), orgs.config
    run_id = asked(org_db, boss, trips(), "0AfKilled")

    def works(point: str) -> Callable[[], None]:
        def dies() -> None:
            own = Orgs(config)
            name, _colon, nth = point.partition(":")
            failpoints._SEEN.clear()
            failpoints._FATAL = (name, int(nth or 1))
            work(own, own.open("main"))

        return dies

    for point in (*(one for one in POINTS if one.startswith("deploy.")), *LATER):
        _pid, status = os.waitpid(in_child(works(point)), 0)
        assert os.WEXITSTATUS(status) == 9, point
        with org_db.write() as conn:  # the server has noticed that its client is gone
            org_db.lock(conn, "deploy")
            conn.execute(sa.update(sys_job).values(attempts=0))
        if point.startswith("deploy."):
            assert picture(org_db) == before, point
        assert trips_in(org_db, boss) == (3 if point == "jobs.after_done" else 0), point
        assert (check_metadata(org_db), check_database(org_db)) == ((), ())
        at_once(org_db)
    work(orgs, org_db)
    assert look(org_db, run_id).state == State.DONE
    assert (trips_in(org_db, boss), deployments(org_db)) == (3, 2)
