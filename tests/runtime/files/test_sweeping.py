"""The end of files: with their record, after their days, when nothing names their bytes."""

from __future__ import annotations

import io
import os
from datetime import timedelta

import pytest
import time_machine

from tests.runtime.conftest import Crm
from trellis.platform import clock
from trellis.platform.attachments import list_files, named_hashes
from trellis.platform.check import check_org
from trellis.platform.files import FileStore
from trellis.platform.jobs import queue
from trellis.platform.jobs.worker import Worker
from trellis.platform.orgs import Orgs
from trellis.runtime.files.service import Files
from trellis.runtime.files.sweeping import SWEEP, checks, work


@pytest.fixture
def files(crm: Crm, orgs: Orgs) -> Files:
    store = FileStore(orgs.config.data_dir, crm.org_db.key, 1000)
    return Files(crm.org_db, crm.actor, crm.snapshot, store)


def attach(files: Files, record_id: str, content: bytes, name: str = "a.txt") -> str:
    (made,) = files.add(record_id, [(name, files.keep(io.BytesIO(content)))])
    return made.id


def age(orgs: Orgs) -> None:
    """Makes all bytes two days old."""
    for path in (orgs.config.data_dir / "files").rglob("*"):
        if path.is_file():
            os.utime(path, (clock.now().timestamp() - 2 * 86400,) * 2)


def sweep(crm: Crm, orgs: Orgs) -> None:
    with crm.org_db.write() as conn:
        queue.enqueue(conn, SWEEP, {}, actor_id=crm.actor.user_id)
    assert Worker(orgs, work(orgs.config), actor_id=crm.actor.user_id).run_next(crm.org_db)


def test_bytes_that_nothing_names_go_when_they_are_a_day_old(
    crm: Crm, orgs: Orgs, files: Files
) -> None:
    attach(files, crm.make("Account", Name="A"), b"named")
    named = set(files.store.hashes())
    files.keep(io.BytesIO(b"not yet named"))
    sweep(crm, orgs)
    assert len(set(files.store.hashes())) == 2
    age(orgs)
    sweep(crm, orgs)
    assert set(files.store.hashes()) == named


def test_files_go_with_their_record_and_shared_bytes_stay(
    crm: Crm, orgs: Orgs, files: Files
) -> None:
    gone, stays = crm.make("Account", Name="A"), crm.make("Account", Name="B")
    attach(files, gone, b"shared")
    attach(files, gone, b"alone", "b.txt")
    attach(files, stays, b"shared")
    crm.records.delete([gone])
    with crm.org_db.read() as conn:
        assert len(list_files(conn, gone)) == 2  # until the record is ended, it can come back
    crm.records.purge([gone])
    age(orgs)
    sweep(crm, orgs)
    with crm.org_db.read() as conn:
        assert list_files(conn, gone) == ()
        assert set(files.store.hashes()) == named_hashes(conn)
    assert len(set(files.store.hashes())) == 1


def test_a_deleted_file_goes_after_its_days(crm: Crm, orgs: Orgs, files: Files) -> None:
    record_id = crm.make("Account", Name="A")
    files.delete(attach(files, record_id, b"old"))
    sweep(crm, orgs)
    assert list(files.store.hashes())
    with time_machine.travel(clock.now() + timedelta(days=16), tick=False):
        sweep(crm, orgs)
    with crm.org_db.read() as conn:
        assert list_files(conn, record_id, deleted=True) == ()
    assert not list(files.store.hashes())


def test_a_version_without_its_bytes_is_found(crm: Crm, orgs: Orgs, files: Files) -> None:
    attach(files, crm.make("Account", Name="A"), b"lost")
    assert check_org(crm.org_db, checks(orgs.config)) == ()
    (sha256,) = files.store.hashes()
    files.store.remove(sha256, clock.now() + timedelta(days=1))
    (problem,) = check_org(crm.org_db, checks(orgs.config))
    assert (problem.code, problem.path) == ("files.missing", ("check_files", sha256))
