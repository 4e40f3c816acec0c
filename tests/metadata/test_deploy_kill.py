"""A deployment that is killed at any moment leaves the old version whole, or the new one.

By default a sample is tried, within a minute; TRELLIS_TEST_EVERY_WRITE=1 tries every write and
every statement.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import make_config
from tests.factories import make_field, make_object
from tests.metadata.company import WHO, add_record, company, documents_of, put
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.invariants import check_metadata
from trellis.metadata.overlay import dumped
from trellis.metadata.store import load
from trellis.platform import audit
from trellis.platform.check import check_database
from trellis.platform.db import failpoints
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.orgs import Orgs

BUDGET = 20.0  # seconds for the sampled writes
EVERY = bool(os.environ.get("TRELLIS_TEST_EVERY_WRITE"))
STRIDE = 1 if EVERY else 5  # of the statements
KILLED = 9
POINTS = (
    "deploy.begun", "deploy.after_step:1", "deploy.after_step:2", "deploy.after_step:4",
    "deploy.after_tables", "deploy.after_index", "deploy.after_ddl", "deploy.after_documents",
    "deploy.after_history", "deploy.after_version", "deploy.after_deployment",
    "deploy.after_audit", "db.before_commit", "db.after_commit",
)  # fmt: skip


def six_steps() -> ChangeSet:
    """A table, fields, a conversion, a field deleted, one renamed, and the pages that follow."""
    documents: dict[str, Document] = {d["name"]: d for d in company()}
    rating = {**documents["Account.Rating"], "type": "Text", "length": 20}
    rating.pop("valueSet")
    return ChangeSet(
        (
            make_object("Deal__c"),
            make_field("Deal__c.Name"),
            make_field("Deal__c.Code__c", unique=True),
            rating,
            {**documents["Invoice__c.Total__c"], "name": "Invoice__c.Sum__c"},
            make_field("Account.Extra__c"),
        ),
        ("f-Line__c.Code__c",),  # type: ignore[arg-type]
        "Six steps",
    )


def prepared(org_db: OrgDatabase) -> None:
    """Version 1, with some records whose values the deployment converts."""
    put(org_db, *company())
    for n in range(40):
        add_record(org_db, "Account", Name=f"Firm {n}", Rating="Hot" if n % 2 else "Cold")


def state(org_db: OrgDatabase) -> tuple[int, dict[str, str]]:
    """(version, documents) as they are now."""
    with org_db.read() as conn:
        found = load(conn, org_db.key)
        assert audit.verify(conn) is None
    return found.version, {uid: dumped(d) for uid, d in documents_of(found).items()}


class Versions:
    """What version 1 and version 2 are; any other state is a broken org."""

    def __init__(self, old: dict[str, str], new: dict[str, str]) -> None:
        self.known = {1: old, 2: new}

    def check(self, org_db: OrgDatabase) -> int:
        """The version the org is at, whole."""
        version, documents = state(org_db)
        assert self.known[version] == documents
        assert check_metadata(org_db) == ()
        assert check_database(org_db) == ()
        return version


def in_child(work: Callable[[], None], ready: int | None = None) -> int:
    """Forks a process that does the work once `ready` can be read; returns its id."""
    sys.stdout.flush()
    if (child := os.fork()) != 0:
        return child
    try:
        if ready is not None:
            os.read(ready, 1)
        work()
        os._exit(0)
    except BaseException:  # noqa: BLE001 - the child ends here, whatever happened
        traceback.print_exc()
    os._exit(1)


def deploys(
    orgs_of: Callable[[], Orgs], prepare: Callable[[OrgDatabase], None]
) -> Callable[[], None]:
    """The work of a child: the six steps, on connections of its own."""

    def work() -> None:
        org_db = orgs_of().open("main")
        prepare(org_db)
        deploy(org_db, WHO, six_steps(), deployment_id="0AfKill")

    return work


# -- every write of a SQLite file


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of an org at version 1."""
    directory = tmp_path_factory.mktemp("kill")
    orgs = Orgs(make_config(directory))
    prepared(orgs.create("main", "Main"))
    orgs.dispose()
    return directory


def copied(template: Path, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(template, place))


@pytest.fixture(scope="module")
def versions(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    place = copied(template, tmp_path_factory.mktemp("done") / "data")
    orgs = Orgs(make_config(place))
    org_db = orgs.open("main")
    _one, old = state(org_db)
    deploy(org_db, WHO, six_steps())
    found = Versions(old, state(org_db)[1])
    assert found.check(org_db) == 2
    orgs.dispose()
    return found


def traced(place: Path, *options: str) -> tuple[int, str]:
    """(how the child ended, what strace wrote) of the six steps under strace."""
    ready, go = os.pipe()
    child = in_child(deploys(lambda: Orgs(make_config(place)), lambda _db: None), ready)
    command = ["strace", "-f", "-p", str(child), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr is not None
        first = strace.stderr.readline()
        assert "attached" in first, first
        os.write(go, b"x")
        _pid, status = os.waitpid(child, 0)
        written = strace.stderr.read()
    os.close(ready)
    os.close(go)
    return status, written


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.timeout(3600 if EVERY else 180)
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_killed_at_a_write_the_file_holds_the_old_or_the_new_version(
    call: str, template: Path, versions: Versions, tmp_path: Path
) -> None:
    place = tmp_path / "data"
    status, written = traced(copied(template, place), "-e", f"trace={call}")
    assert status == 0
    count = len(re.findall(rf"\b{call}\(", written))
    assert count > (20 if call == "pwrite64" else 0)
    ends: list[int] = []
    tried: list[int] = []
    for n in _chosen(count, BUDGET * (0.85 if call == "pwrite64" else 0.15)):
        kill = f"inject={call}:signal=KILL:when={n}"
        status, _text = traced(copied(template, place), "-e", f"trace={call}", "-e", kill)
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
        orgs = Orgs(make_config(place))
        ends.append(versions.check(orgs.open("main")))
        orgs.dispose()
        tried.append(n)
    print(f"{call}: {len(tried)} of {count} points, {ends.count(1)} old, {ends.count(2)} new")  # noqa: T201
    assert tried


def _chosen(count: int, seconds: float) -> Iterator[int]:
    """The points to try: all of them, or the last, the first and ever more between, for a while."""
    if EVERY:
        yield from range(1, count + 1)
        return
    end = time.monotonic() + seconds
    order = sorted(range(1, count + 1), key=lambda n: (n not in (1, count), n * 7919 % count))
    for n in order:
        if time.monotonic() > end:
            return
        yield n


# -- every named point, on both databases


def _exit_at(point: str) -> None:
    name, _colon, nth = point.partition(":")
    failpoints._SEEN.clear()
    failpoints._FATAL = (name, int(nth or 1))


@pytest.mark.slow
def test_killed_at_a_named_point_the_org_is_at_the_old_or_the_new_version(
    orgs: Orgs, versions: Versions
) -> None:
    prepared(orgs.create("main", "Main"))
    config = orgs.config
    for point in POINTS:
        status = _ended(deploys(lambda: Orgs(config), lambda _db, p=point: _exit_at(p)))
        assert os.WEXITSTATUS(status) == KILLED, point
        expected = 2 if point == "db.after_commit" else 1
        assert _settled(orgs, versions) == expected, point
    org_db = orgs.open("main")
    again = deploy(org_db, WHO, six_steps(), deployment_id="0AfKill")
    assert (again.version, versions.check(org_db)) == (2, 2)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_after_any_statement_the_org_is_at_the_old_or_the_new_version(
    orgs: Orgs, versions: Versions
) -> None:
    prepared(orgs.create("main", "Main"))
    config = orgs.config
    n = 1
    while True:
        n += STRIDE
        status = _ended(deploys(lambda: Orgs(config), lambda db, last=n: _exit_after(db, last)))
        if os.WEXITSTATUS(status) == 0:
            break  # there are no more statements
        assert os.WEXITSTATUS(status) == KILLED
        assert _settled(orgs, versions) == 1, n
    assert n > 40
    assert _settled(orgs, versions) == 2


def _ended(work: Callable[[], None]) -> int:
    _pid, status = os.waitpid(in_child(work), 0)
    return status


def _exit_after(org_db: OrgDatabase, last: int) -> None:
    """Ends the process right after the n-th statement of the deployment was sent and answered."""
    seen = 0

    def count(*_call: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == last:
            os._exit(KILLED)

    sa.event.listen(org_db._engine, "after_cursor_execute", count)


def _settled(orgs: Orgs, versions: Versions) -> int:
    """The version once the server has noticed that its client is gone."""
    org_db = orgs.open("main")
    with org_db.write() as conn:
        org_db.lock(conn, "deploy")
    return versions.check(org_db)
