"""A deployment changes tables and documents together, once, and can be taken back."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.factories import (
    administrator,
    make_actor,
    make_document,
    make_field,
    make_object,
    standard_profiles,
)
from tests.metadata.company import (
    WHO,
    add_record,
    company,
    document,
    documents_of,
    put,
    read,
    snapshot_of,
)  # fmt: skip
from trellis.metadata.deploy import bin as rubbish
from trellis.metadata.deploy.apply import deploy, preview
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.log import list_deployments
from trellis.metadata.deploy.revert import revert
from trellis.metadata.invariants import check_metadata
from trellis.metadata.packages.write import canonical_bytes
from trellis.metadata.store import SNAPSHOTS, history_of, load
from trellis.platform import audit, clock
from trellis.platform.db.failpoints import Failpoint, armed
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, Denied, NotFound, Rejected
from trellis.platform.migrations.tables import sys_audit, sys_storage_column

DEAL = make_object("Deal__c")
NAME = make_field("Deal__c.Name")
CODE = make_field("Deal__c.Code__c")


@pytest.fixture
def deals(org_db: OrgDatabase) -> OrgDatabase:
    """An org with one object of two fields."""
    put(org_db, DEAL, NAME, CODE, *standard_profiles())
    return org_db


def bytes_of(org_db: OrgDatabase) -> dict[str, bytes]:
    """{uid: canonical bytes} of all that is live, read afresh."""
    with org_db.read() as conn:
        found = load(conn, org_db.key)
    return {uid: canonical_bytes(d) for uid, d in documents_of(found).items()}


# -- the whole


def test_every_kind_is_deployed_and_nothing_disagrees(org_db: OrgDatabase) -> None:
    done = put(org_db, *company())
    assert done.version == 1
    assert check_metadata(org_db) == ()
    assert bytes_of(org_db) == {d["uid"]: canonical_bytes(d) for d in company()}


def test_the_snapshot_kept_is_the_one_that_would_be_loaded(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    put(org_db, {**company()[1], "label": "Firm"}, remove=("f-Account.Rating",))
    kept = snapshot_of(org_db)
    with org_db.read() as conn:
        read_afresh = load(conn, org_db.key)
    assert documents_of(kept) == documents_of(read_afresh)
    assert (kept.version, kept.storage) == (read_afresh.version, read_afresh.storage)


def test_a_failure_at_any_point_changes_nothing(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    before, version = bytes_of(org_db), snapshot_of(org_db).version
    points = (
        "deploy.begun", "deploy.after_step", "deploy.after_tables", "deploy.after_index",
        "deploy.after_ddl", "deploy.after_documents", "deploy.after_history",
        "deploy.after_version", "deploy.after_deployment", "deploy.after_audit", "db.before_commit",
    )  # fmt: skip
    for point in points:
        with armed(point), pytest.raises(Failpoint):
            put(org_db, DEAL, NAME, CODE, remove=("f-Account.Rating",))
        assert bytes_of(org_db) == before
        assert SNAPSHOTS.get(org_db).version == version
        assert check_metadata(org_db) == ()
    put(org_db, DEAL, NAME, CODE, remove=("f-Account.Rating",))
    assert check_metadata(org_db) == ()


def test_only_an_administrator_may_deploy(org_db: OrgDatabase) -> None:
    with pytest.raises(Denied):
        deploy(org_db, make_actor(), ChangeSet((DEAL, NAME)))
    assert snapshot_of(org_db).version == 0


def test_all_problems_come_at_once_and_nothing_is_done(deals: OrgDatabase) -> None:
    bad = make_field("Deal__c.To__c", "Lookup", to="Nowhere")
    worse = make_document("CustomTab", "X", object="Nothing")
    with pytest.raises(Rejected) as refusal:
        put(deals, bad, worse)
    assert {p.code for p in refusal.value.problems} == {"field.unknown_target", "object.unknown"}
    assert snapshot_of(deals).version == 1


def test_a_deployment_id_works_once(deals: OrgDatabase) -> None:
    change = ChangeSet((make_field("Deal__c.More__c"),), (), "More")
    first = deploy(deals, WHO, change, deployment_id="0AfTwice")
    again = deploy(deals, WHO, change, deployment_id="0AfTwice")
    assert first == again
    assert snapshot_of(deals).version == 2


def test_a_change_set_that_changes_nothing_makes_no_version(deals: OrgDatabase) -> None:
    done = put(deals, document(deals, CODE["uid"]))
    assert (done.id, done.version) == ("", 1)


def test_somebody_elses_change_is_not_overwritten(deals: OrgDatabase) -> None:
    seen = snapshot_of(deals).version
    other = administrator()
    deploy(deals, other, ChangeSet(({**CODE, "label": "Number"},), (), "", seen))
    with pytest.raises(Conflict) as conflict:
        deploy(deals, WHO, ChangeSet(({**CODE, "label": "Key"},), (), "", seen))
    assert "Grace Hopper" in str(conflict.value)
    assert "Deal__c.Code__c" in str(conflict.value)
    deploy(deals, WHO, ChangeSet(({**NAME, "label": "Title"},), (), "", seen))
    deploy(deals, other, ChangeSet(({**CODE, "label": "Key"},), (), "", seen))


def test_the_log_says_who_did_what_and_the_audit_chain_is_whole(deals: OrgDatabase) -> None:
    deploy(deals, administrator(), ChangeSet((make_field("Deal__c.More__c"),), (), "One more"))
    with deals.read() as conn:
        entry, first = list_deployments(conn)
        assert (entry.actor_name, entry.summary, entry.version) == ("Grace Hopper", "One more", 2)
        assert entry.steps[0].risk == "safe"
        assert first.version == 1
        assert audit.verify(conn) is None
        operations = conn.execute(sa.select(sys_audit.c.operation)).scalars().all()
    assert operations.count("metadata.deployed") == 2


def test_two_deployments_at_once_both_happen(deals: OrgDatabase) -> None:
    barrier, failures = threading.Barrier(2), []

    def work(name: str) -> None:
        barrier.wait()
        try:
            put(deals, make_field(f"Deal__c.{name}"))
        except Exception as err:  # noqa: BLE001 - shown by the assertion
            failures.append(err)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("One__c", "Two__c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {"One__c", "Two__c"} <= set(snapshot_of(deals).fields("Deal__c"))
    assert check_metadata(deals) == ()


# -- tables


def test_a_new_field_takes_values_at_once(deals: OrgDatabase) -> None:
    record = add_record(deals, "Deal__c", Name="A")
    put(deals, make_field("Deal__c.Won__c", "Checkbox"), make_field("Deal__c.Note__c"))
    assert read(deals, record, "Deal__c.Won__c") is False
    assert read(deals, record, "Deal__c.Note__c") is None
    other = add_record(deals, "Deal__c", Name="B", Won__c=True, Note__c="x")
    assert read(deals, other, "Deal__c.Won__c") is True


def test_physical_names_are_never_a_users(deals: OrgDatabase) -> None:
    put(
        deals, make_object("Robert__c", label="x'); DROP TABLE t1;--"), make_field("Robert__c.Name")
    )
    with deals.read() as conn:
        names = sa.inspect(conn).get_table_names(schema=deals.schema)
    assert {n for n in names if not n.startswith("sys_")} == {"t1", "t2"}


def test_a_renamed_object_keeps_its_records(deals: OrgDatabase) -> None:
    record = add_record(deals, "Deal__c", Name="A", Code__c="7")
    put(deals, {**DEAL, "name": "Bargain__c"})
    put(deals, {**document(deals, CODE["uid"]), "name": "Bargain__c.Number__c"})
    assert read(deals, record, "Bargain__c.Number__c") == "7"
    assert check_metadata(deals) == ()


def test_a_unique_field_refuses_a_second_live_record(deals: OrgDatabase) -> None:
    put(deals, {**CODE, "unique": True})
    add_record(deals, "Deal__c", Code__c="Same", IsDeleted=True)
    add_record(deals, "Deal__c", Code__c="SAME")
    with pytest.raises(sa.exc.IntegrityError):
        add_record(deals, "Deal__c", Code__c="same")


def test_values_there_are_twice_stand_in_the_way_of_unique(deals: OrgDatabase) -> None:
    add_record(deals, "Deal__c", Code__c="Same")
    add_record(deals, "Deal__c", Code__c="same")
    problems = preview(deals, ChangeSet(({**CODE, "unique": True},))).problems
    with pytest.raises(Rejected) as refusal:
        put(deals, {**CODE, "unique": True})
    assert refusal.value.problems == problems
    assert problems[0].code == "field.doubled_values"
    assert "same" in problems[0].message


def test_eight_hundred_filled_fields_fit_on_both_databases(org_db: OrgDatabase) -> None:
    names = [f"F{n}__c" for n in range(800)]
    put(org_db, DEAL, NAME, *(make_field(f"Deal__c.{name}") for name in names[:400]))
    put(org_db, *(make_field(f"Deal__c.{name}") for name in names[400:]))
    values = {name: f"{name} of twenty-three bytes"[:23] for name in names}
    record = add_record(org_db, "Deal__c", **values)
    for name in (names[0], names[399], names[400], names[799]):
        assert read(org_db, record, f"Deal__c.{name}") == values[name]
    stored = snapshot_of(org_db).storage.object(DEAL["uid"])
    assert stored.slices >= 5
    assert check_metadata(org_db) == ()


def test_a_field_in_a_slice_moves_to_the_main_table_to_become_unique(org_db: OrgDatabase) -> None:
    put(org_db, DEAL, NAME, *(make_field(f"Deal__c.F{n}__c") for n in range(120)))
    last = make_field("Deal__c.Key__c")
    put(org_db, last)
    record = add_record(org_db, "Deal__c", Key__c="one")
    add_record(org_db, "Deal__c", Name="without")
    assert "_" in snapshot_of(org_db).storage.of_field(last["uid"])["key"].table
    put(org_db, {**last, "unique": True})
    assert "_" not in snapshot_of(org_db).storage.of_field(last["uid"])["key"].table
    assert read(org_db, record, "Deal__c.Key__c") == "one"
    assert check_metadata(org_db) == ()


def test_indexes_follow_lists_and_lookups(deals: OrgDatabase) -> None:
    view = make_document("ListView", "Deal__c.V", object="Deal__c", sort=[{"field": "Code__c"}])
    done = put(deals, view)
    assert any("index on Deal__c.Code__c" in step.text for step in done.steps)
    done = put(deals, {**view, "sort": []})
    assert any("Drop the index on Deal__c.Code__c" in step.text for step in done.steps)
    assert check_metadata(deals) == ()


# -- the bin


def test_a_deleted_field_comes_back_with_its_values_and_its_place(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    record = add_record(org_db, "Invoice__c", Name="I-1", Total__c=None)
    account = add_record(org_db, "Account", Name="Acme", Rating="Hot")
    before = bytes_of(org_db)
    put(org_db, remove=("f-Account.Rating",))
    assert "Rating" not in snapshot_of(org_db).fields("Account")
    assert bytes_of(org_db) != before
    rubbish.restore(org_db, WHO, "f-Account.Rating")
    assert read(org_db, account, "Account.Rating") == "Hot"
    assert bytes_of(org_db) == before
    assert record
    assert check_metadata(org_db) == ()


def test_a_deleted_object_comes_back_with_its_records_and_pages(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    record = add_record(org_db, "Line__c", Name="A", Code__c="7")
    before = bytes_of(org_db)
    put(org_db, remove=("o-Line__c", "o-Invoice__c"))
    assert snapshot_of(org_db).find_object("Line__c") is None
    assert check_metadata(org_db) == ()
    rubbish.restore(org_db, WHO, "o-Invoice__c")
    assert snapshot_of(org_db).find_object("Line__c") is None
    rubbish.restore(org_db, WHO, "o-Line__c")
    assert read(org_db, record, "Line__c.Code__c") == "7"
    assert set(bytes_of(org_db)) == set(before)
    assert check_metadata(org_db) == ()


def test_a_field_made_anew_under_an_old_name_has_no_old_values(deals: OrgDatabase) -> None:
    record = add_record(deals, "Deal__c", Code__c="secret")
    put(deals, remove=(CODE["uid"],))
    put(deals, make_field("Deal__c.Code__c", uid="another"))
    assert read(deals, record, "Deal__c.Code__c") is None
    with deals.read() as conn:
        assert len(history_of(conn, "another")) == 1
    with pytest.raises(Rejected, match="already"):
        rubbish.restore(deals, WHO, CODE["uid"])


def test_after_fifteen_days_the_columns_are_emptied_and_used_again(deals: OrgDatabase) -> None:
    record = add_record(deals, "Deal__c", Code__c="secret")
    put(deals, remove=(CODE["uid"],))
    assert rubbish.purge(deals) == 0
    later = clock.now() + timedelta(days=16)
    assert rubbish.purge(deals, later) == 1
    assert rubbish.contents(deals) == ()
    with pytest.raises(NotFound):
        rubbish.restore(deals, WHO, CODE["uid"])
    assert check_metadata(deals) == ()
    with deals.read() as conn:
        before = conn.scalar(sa.select(sa.func.count()).select_from(sys_storage_column))
    put(deals, make_field("Deal__c.New__c"))
    assert read(deals, record, "Deal__c.New__c") is None
    with deals.read() as conn:
        after = conn.scalar(sa.select(sa.func.count()).select_from(sys_storage_column))
    assert after == before
    assert check_metadata(deals) == ()


def test_a_purged_object_leaves_no_table(deals: OrgDatabase) -> None:
    add_record(deals, "Deal__c", Name="A")
    put(deals, remove=(DEAL["uid"],))
    rubbish.purge(deals, clock.now() + timedelta(days=16))
    with deals.read() as conn:
        names = sa.inspect(conn).get_table_names(schema=deals.schema)
    assert all(name.startswith("sys_") for name in names)
    assert check_metadata(deals) == ()


@pytest.mark.parametrize("point", ["bin.after_storage", "bin.after_documents", "bin.after_batch"])
def test_a_purge_that_fails_is_finished_by_the_next(deals: OrgDatabase, point: str) -> None:
    add_record(deals, "Deal__c", Code__c="secret")
    put(deals, remove=(CODE["uid"],))
    later = clock.now() + timedelta(days=16)
    with armed(point), pytest.raises(Failpoint):
        rubbish.purge(deals, later)
    assert check_metadata(deals) == ()
    rubbish.purge(deals, later)
    with deals.read() as conn:
        states = set(conn.execute(sa.select(sys_storage_column.c.state)).scalars())
    assert states == {"live", "retired"}


# -- taking back


def test_every_kind_of_deployment_is_taken_back_to_the_byte(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    record = add_record(org_db, "Account", Name="Acme", Rating="Hot")
    account = document(org_db, "o-Account")
    rating = document(org_db, "f-Account.Rating")
    changes: list[tuple[tuple[Any, ...], tuple[str, ...]]] = [
        ((DEAL, NAME, CODE), ()),
        (({**account, "label": "Firm"},), ()),
        (({**account, "name": "Firm__c"},), ()),
        (({**rating, "name": "Account.Heat__c"},), ()),
        (({**rating, "type": "Text", "length": 3, "valueSet": {}},), ()),
        ((), ("f-Account.Rating",)),
        ((), ("o-Line__c", "o-Invoice__c")),
        (({**account, "label": "Firm"}, make_field("Account.New__c")), ("f-Account.Region__c",)),
    ]
    for documents, removed in changes:
        if documents and "type" in documents[0] and documents[0]["type"] == "Text":
            documents = ({k: v for k, v in documents[0].items() if k != "valueSet"},)
        before = bytes_of(org_db)
        done = put(org_db, *documents, remove=removed)
        assert bytes_of(org_db) != before
        assert check_metadata(org_db) == ()
        revert(org_db, WHO, done.id)
        assert bytes_of(org_db) == before
        assert check_metadata(org_db) == ()
        assert read(org_db, record, "Account.Rating") == "Hot"


def test_the_inverse_a_deployment_returns_undoes_it(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    before = bytes_of(org_db)
    done = put(org_db, DEAL, NAME, remove=("f-Account.Rating",))
    deploy(org_db, WHO, done.inverse)
    assert bytes_of(org_db) == before


def test_taking_back_keeps_what_was_changed_since(org_db: OrgDatabase) -> None:
    put(org_db, *company())
    layout = document(org_db, "d-ListView-Account.All")
    done = put(org_db, {**layout, "columns": ["Name", "Rating", "Region__c"]})
    put(org_db, {**document(org_db, layout["uid"]), "label": "Everyone", "columns":
                 ["Name", "Rating", "Region__c", "CreatedDate"]})  # fmt: skip
    revert(org_db, WHO, done.id)
    now = document(org_db, layout["uid"])
    assert (now["label"], now["columns"]) == ("Everyone", ["Name", "Rating", "CreatedDate"])


def test_a_deployment_is_taken_back_once(deals: OrgDatabase) -> None:
    done = put(deals, make_field("Deal__c.More__c"))
    taken = revert(deals, WHO, done.id)
    with pytest.raises(Rejected, match="already"):
        revert(deals, WHO, done.id)
    revert(deals, WHO, taken.id)
    assert "More__c" in snapshot_of(deals).fields("Deal__c")
    with pytest.raises(NotFound):
        revert(deals, WHO, "0AfNothing")


def test_a_component_that_is_gone_cannot_be_changed_back(deals: OrgDatabase) -> None:
    done = put(deals, {**CODE, "label": "Number"})
    put(deals, remove=(CODE["uid"],))
    with pytest.raises(Conflict, match="Code__c"):
        revert(deals, WHO, done.id)


# -- preview


def test_a_preview_says_what_would_be_done_and_does_nothing(deals: OrgDatabase) -> None:
    add_record(deals, "Deal__c", Code__c="seven")
    number = make_field("Deal__c.Code__c", "Number", precision=9, scale=0)
    shown = preview(deals, ChangeSet((number,)))
    assert shown.problems == ()
    assert next(step.risk.value for step in shown.steps) == "loses data"
    loss = shown.losses["Deal__c.Code__c"]
    assert (loss.total, loss.lost, loss.samples) == (1, 1, (("seven", ""),))
    assert snapshot_of(deals).version == 1


@pytest.mark.parametrize("risk", ["safe", "careful", "loses data"])
def test_every_step_describes_itself(org_db: OrgDatabase, risk: str) -> None:
    put(org_db, *company())
    rating = make_field("Account.Rating", "Text", length=5)
    steps = preview(
        org_db, ChangeSet((DEAL, NAME, rating), ("f-Account.Region__c", "o-Line__c"))
    ).steps
    assert all(step.describe().endswith(".") for step in steps)
    assert risk in {step.risk.value for step in steps}


def test_the_columns_a_conversion_left_are_emptied_and_used_again(deals: OrgDatabase) -> None:
    add_record(deals, "Deal__c", Code__c="seven")
    number = make_field("Deal__c.Code__c", "Number", precision=9, scale=0)
    done = put(deals, number)
    rubbish.purge(deals, clock.now() + timedelta(days=16))
    with deals.read() as conn:
        states = conn.execute(sa.select(sys_storage_column.c.state)).scalars().all()
    assert sorted(states) == ["live"] * 3 + ["retired"] * 2
    revert(deals, WHO, done.id)
    assert check_metadata(deals) == ()


def test_adding_a_field_looks_at_no_record(deals: OrgDatabase) -> None:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    put(deals, make_field("Deal__c.First__c"))
    sa.event.listen(deals._engine, "before_cursor_execute", note)
    put(deals, make_field("Deal__c.Second__c"))
    sa.event.remove(deals._engine, "before_cursor_execute", note)
    touching = [s for s in seen if " t1" in s or ".t1" in s]
    assert all("ALTER TABLE" in s and "ADD COLUMN" in s for s in touching)
    assert len(seen) < 35


def test_a_deployment_behind_a_long_reader_waits_and_then_happens(deals: OrgDatabase) -> None:
    add_record(deals, "Deal__c", Code__c="x")
    record = add_record(deals, "Deal__c", Code__c="y")
    failures: list[Exception] = []

    def work() -> None:
        try:
            put(deals, make_field("Deal__c.Late__c"))
        except Exception as err:  # noqa: BLE001 - shown by the assertion
            failures.append(err)

    with deals.read() as conn:
        conn.execute(sa.select(sa.func.count()).select_from(sa.table("t1")))
        deployment = threading.Thread(target=work)
        deployment.start()
        must_wait = deals.dialect == "postgresql"
        deployment.join(0.5 if must_wait else 30)
        assert deployment.is_alive() == must_wait
    deployment.join(30)
    assert failures == []
    assert read(deals, record, "Deal__c.Late__c") is None
