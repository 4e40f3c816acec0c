"""Snapshots come from one small statement, and follow whatever was deployed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from tests.factories import make_field, make_object
from tests.metadata.company import WHO, company, documents_of, put, snapshot_of
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.log import list_deployments
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import (
    SnapshotCache,
    changes_of,
    current_version,
    document_at,
    history_of,
    hold_version,
    load,
)  # fmt: skip
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.orgs import Orgs


@contextmanager
def statements(org_db: OrgDatabase) -> Iterator[list[str]]:
    """The SELECTs that are sent within the block."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    sa.event.listen(org_db._engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(org_db._engine, "before_cursor_execute", note)


def same_as_loaded(snapshot: Snapshot, org_db: OrgDatabase) -> bool:
    with org_db.read() as conn:
        fresh = load(conn, org_db.key)
    return (
        documents_of(snapshot) == documents_of(fresh)
        and snapshot.storage == fresh.storage
        and snapshot.version == fresh.version
    )


def test_an_org_without_documents_has_version_nought(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        assert current_version(conn) == 0
    assert snapshot_of(org_db).objects() == ()


def test_a_request_costs_one_select(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    snapshot = snapshot_of(org_db)
    with statements(org_db) as seen:
        assert snapshot_of(org_db) is snapshot
    assert len(seen) == 1


def test_another_process_catches_up_with_what_changed_alone(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    other = SnapshotCache()
    old = other.get(org_db)
    put(org_db, make_field("Account.New__c"), remove=("f-Account.Rating",))
    put(org_db, {**company()[1], "name": "Firm__c"})
    new = other.get(org_db)
    assert same_as_loaded(new, org_db)
    untouched = "d-CustomTab-Invoices"
    assert new.by_uid[untouched] is old.by_uid[untouched]  # type: ignore[index]
    assert "Rating" in old.fields("Account")


def test_an_org_made_anew_under_the_same_key_is_not_the_old_one(orgs: Orgs) -> None:
    cache = SnapshotCache()
    first = orgs.create("main", "Main")
    put(first, make_object("Old__c"), make_field("Old__c.Name"))
    assert cache.get(first).find_object("Old__c")
    orgs.delete("main")
    second = orgs.create("main", "Main")
    put(second, make_object("New__c"), make_field("New__c.Name"))
    assert cache.get(second).find_object("Old__c") is None
    if second.dialect == "postgresql":  # the first handle reaches the same schema
        assert cache.get(first).find_object("Old__c") is None


def test_the_history_of_a_document_has_each_of_its_versions(org_db: OrgDatabase) -> None:
    field = make_field("Deal__c.Name")
    put(org_db, make_object("Deal__c"), field)
    put(org_db, {**field, "label": "Title"})
    put(org_db, {**field, "label": "Heading"})
    with org_db.read() as conn:
        labels = [c.after["label"] for c in history_of(conn, field["uid"]) if c.after]
        assert labels == ["Name", "Title", "Heading"]
        assert document_at(conn, field["uid"], 2) == {**field, "label": "Title"}
        assert document_at(conn, field["uid"], 0) is None
        (change,) = changes_of(conn, 3)
        assert (change.name, change.before) == ("Deal__c.Name", {**field, "label": "Title"})


def test_the_change_log_comes_in_pages(org_db: OrgDatabase) -> None:
    put(org_db, make_object("Deal__c"), make_field("Deal__c.Name"))
    for n in range(4):
        change = ChangeSet((make_field(f"Deal__c.F{n}__c"),), (), f"Field {n}")
        deploy(org_db, WHO, change)
    with org_db.read() as conn:
        page = list_deployments(conn, 2)
        assert [entry.summary for entry in page] == ["Field 3", "Field 2"]
        rest = list_deployments(conn, 9, page[-1].version)
    assert [entry.summary for entry in rest] == ["Field 1", "Field 0", "a test"]


def test_a_version_that_is_held_does_not_change_before_the_transaction_ends(
    org_db: OrgDatabase,
) -> None:
    put(org_db, make_object("Deal__c"), make_field("Deal__c.Name"))
    deployment = threading.Thread(target=put, args=(org_db, make_field("Deal__c.Late__c")))
    with org_db.write() as conn:
        assert hold_version(conn, org_db) == 1
        deployment.start()
        deployment.join(0.5)
        assert hold_version(conn, org_db) == 1
        assert deployment.is_alive()
    deployment.join(30)
    assert snapshot_of(org_db).version == 2


def test_two_who_write_records_do_not_wait_for_each_other(orgs: Orgs) -> None:
    org_db = orgs.create("main", "Main")
    if org_db.dialect == "sqlite":
        return  # one writer at a time is SQLite's nature
    with org_db.write() as one, ThreadPoolExecutor(1) as pool:
        hold_version(one, org_db)

        def other() -> int:
            with org_db.write() as conn:
                return hold_version(conn, org_db)

        assert pool.submit(other).result(5) == 0
