"""Any sequence of changes keeps the org whole, and can be taken back to where it began."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_document, make_field, make_object
from tests.metadata.company import WHO, add_record, company, documents_of, put, snapshot_of
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy, find_deployment
from trellis.metadata.deploy.bin import restore
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.log import list_deployments
from trellis.metadata.deploy.revert import revert
from trellis.metadata.invariants import check_metadata
from trellis.metadata.overlay import dumped
from trellis.metadata.store import binned
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, Rejected

TYPES = st.sampled_from(["Text", "Number", "Currency", "Checkbox", "Date", "LongTextArea", "Email"])
NAMES = st.sampled_from(["A__c", "B__c", "C__c", "D__c"])
OWNERS = st.sampled_from(["Account", "Contact", "Invoice__c", "Line__c", "New__c", "Other__c"])
FIELDS = st.builds(lambda o, n, t, u: (o, n, t, u), OWNERS, NAMES, TYPES, st.integers(0, 3))
STEPS = st.one_of(
    st.tuples(st.just("field"), st.lists(FIELDS, min_size=1, max_size=3)),
    st.tuples(st.just("object"), st.sampled_from(["New__c", "Other__c"])),
    st.tuples(st.just("remove"), st.integers(0, 60)),
    st.tuples(st.just("rename"), st.tuples(st.integers(0, 60), NAMES)),
    st.tuples(st.just("view"), st.tuples(OWNERS, NAMES)),
    st.tuples(st.just("restore"), st.integers(0, 9)),
    st.tuples(st.just("revert"), st.integers(0, 9)),
)


def _field(owner: str, name: str, type_name: str, number: int) -> Document:
    options: dict[str, Any] = {"unique": True} if number == 3 and type_name == "Text" else {}
    return make_field(f"{owner}.{name}", type_name, uid=f"x{owner}{name}{number}", **options)


def _change(org_db: OrgDatabase, kind: str, said: Any) -> ChangeSet:
    snapshot = snapshot_of(org_db)
    every = sorted(snapshot.by_uid)
    match kind:
        case "field":
            return ChangeSet(tuple(_field(*one) for one in said))
        case "object":
            return ChangeSet((make_object(said), make_field(f"{said}.Name")))
        case "remove":
            return ChangeSet((), (every[said % len(every)],))
        case "rename":
            document = dict(snapshot.by_uid[every[said[0] % len(every)]].document)
            owner, dot, _local = document["name"].rpartition(".")
            return ChangeSet(({**document, "name": f"{owner}.{said[1]}" if dot else said[1]},))
        case _:
            owner, name = said
            sort = [{"field": name}]
            view = make_document("ListView", f"{owner}.V", object=owner, sort=sort, columns=[name])
            return ChangeSet((view,))


def _do(org_db: OrgDatabase, kind: str, said: Any, done: list[str]) -> str:
    if kind == "restore":
        with org_db.read() as conn:
            lying = binned(conn)
        return restore(org_db, WHO, lying[said % len(lying)].uid).id if lying else ""
    if kind == "revert":
        return revert(org_db, WHO, done[said % len(done)]).id if done else ""
    return deploy(org_db, WHO, _change(org_db, kind, said)).id


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(
    max_examples=200 if os.environ.get("TRELLIS_TEST_EVERY_WRITE") else 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(STEPS, min_size=1, max_size=8))
def test_any_changes_keep_the_org_whole_and_can_be_undone(
    org_db: OrgDatabase, steps: list[tuple[str, Any]]
) -> None:
    if snapshot_of(org_db).version == 0:
        put(org_db, *company())
        for n in range(3):
            add_record(org_db, "Account", Name=f"Firm {n}")
    before = {uid: dumped(d) for uid, d in documents_of(snapshot_of(org_db)).items()}
    done: list[str] = []
    for kind, said in steps:
        try:
            if made := _do(org_db, kind, said, done):
                done.append(made)
        except (Rejected, Conflict):
            pass  # nothing was done
        assert check_metadata(org_db) == ()
    _undo(org_db, len(done))
    assert {uid: dumped(d) for uid, d in documents_of(snapshot_of(org_db)).items()} == before
    assert check_metadata(org_db) == ()


def _undo(org_db: OrgDatabase, count: int) -> None:
    """Applies the inverses of the last deployments, latest first."""
    with org_db.read() as conn:
        entries = list_deployments(conn, count) if count else []
        inverses = [find_deployment(conn, entry.id) for entry in entries]
    for deployment in inverses:
        assert deployment is not None
        inverse = deployment.inverse
        deploy(org_db, WHO, ChangeSet(inverse.put, inverse.remove, reverts=deployment.id))
