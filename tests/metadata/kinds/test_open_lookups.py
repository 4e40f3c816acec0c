"""A lookup can be open: to every object that has a feature, those that come later included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.factories import deployed, make_document, make_field, make_object, nobody
from trellis.metadata.checks import check
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Rejected
from trellis.runtime.invariants import check_records
from trellis.runtime.records.service import Records


def open_to(name: str, *but: str, **more: Any) -> Document:
    every = {"with": "enableActivities", "except": list(but)}
    return make_field(name, "Lookup", referenceToEvery=every, **more)


def active(name: str, **more: Any) -> list[Document]:
    return [make_object(name, enableActivities=True, **more), make_field(f"{name}.Name")]


def documents() -> list[Document]:
    return [
        make_object("User", keyPrefix="005", storage="people"), make_field("User.Name"),
        *active("Site__c"), *active("Account"), *active("Contact"),
        make_object("Quiet__c"), make_field("Quiet__c.Name"),
        make_object("Task", nameField="Subject"), make_field("Task.Subject"),
        open_to("Task.WhatId", "Contact", deleteConstraint="Cascade"),
        make_document(
            "Layout", "Site__c-Site", object="Site__c", default=True, sections=[],
            relatedLists=[{"id": "T", "field": "Task.WhatId", "columns": ["Subject"]}],
        ),
    ]  # fmt: skip


@pytest.fixture
def snapshot(org_db: OrgDatabase) -> Snapshot:
    return deployed(org_db, *documents())


def targets(snapshot: Snapshot) -> tuple[str, ...]:
    return snapshot.field("Task", "WhatId").reference_to


def put(org_db: OrgDatabase, *docs: Document, remove: tuple[Any, ...] = ()) -> Snapshot:
    deploy(org_db, nobody(), ChangeSet(docs, remove, "A test"))
    return SNAPSHOTS.get(org_db)


def test_its_targets_are_the_objects_with_the_feature_shipped_ones_first(
    snapshot: Snapshot,
) -> None:
    assert targets(snapshot) == ("Account", "Site__c")
    assert [f.name for f in snapshot.children("Site__c")] == ["Task.WhatId"]
    assert not snapshot.children("Contact")
    assert check(snapshot) == ()


def test_an_object_made_later_is_a_target_at_once(org_db: OrgDatabase, snapshot: Snapshot) -> None:
    now = put(org_db, *active("Project__c"))
    records = Records(org_db, nobody(), now)
    project = records.create("Project__c", {"Name": "Bridge"})
    task = records.create("Task", {"Subject": "Call", "WhatId": project})
    quiet = records.create("Quiet__c", {"Name": "Nobody acts on it"})
    with pytest.raises(Rejected, match="not a record of"):
        records.create("Task", {"Subject": "Call", "WhatId": quiet})
    batch = records.delete([project])
    assert set(records.undelete(batch=batch)) == {project, task}


def test_an_object_leaves_only_when_nothing_points_at_its_records(
    org_db: OrgDatabase, snapshot: Snapshot
) -> None:
    records = Records(org_db, nobody(), snapshot)
    site = records.create("Site__c", {"Name": "North"})
    task = records.create("Task", {"Subject": "Visit", "WhatId": site})
    shut = [replace_flag(active("Site__c")[0]), without_related_lists()]
    with pytest.raises(Rejected) as refusal:
        put(org_db, *shut)
    assert [problem.code for problem in refusal.value.problems] == ["object.pointed_at"]
    records.update(task, {"WhatId": None})
    assert targets(put(org_db, *shut)) == ("Account",)


def replace_flag(document: Document) -> Document:
    return {**document, "enableActivities": False}


def without_related_lists() -> Document:
    (layout,) = [d for d in documents() if d["kind"] == "Layout"]
    return {**layout, "relatedLists": []}


def test_records_of_an_object_in_the_bin_sleep_with_it(
    org_db: OrgDatabase, snapshot: Snapshot
) -> None:
    records = Records(org_db, nobody(), snapshot)
    site = records.create("Site__c", {"Name": "North"})
    task = records.create("Task", {"Subject": "Visit", "WhatId": site})
    now = put(org_db, remove=(snapshot.object("Site__c").uid,))
    assert targets(now) == ("Account",)
    records = replace(records, snapshot=now)
    assert records.get(task, ["WhatId"])["WhatId"] == site
    records.update(task, {"Subject": "Visit again"})
    assert check_records(org_db) == ()


def test_what_it_leaves_out_is_renamed_and_removed_with_the_object(
    org_db: OrgDatabase, snapshot: Snapshot
) -> None:
    uid = snapshot.object("Contact").uid
    now = put(org_db, {**active("Contact")[0], "name": "Person__c"})
    assert now.field("Task", "WhatId").every.but == ("Person__c",)  # type: ignore[union-attr]
    assert targets(now) == ("Account", "Site__c")
    now = put(org_db, remove=(uid,))
    assert now.field("Task", "WhatId").every.but == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (open_to("Task.OtherId", "Ghost"), "field.unknown_target"),
        ({**open_to("Task.OtherId"), "referenceTo": ["Account"]}, "field.open_and_closed"),
        ({**open_to("Task.OtherId"), "type": "MasterDetail"}, "field.targets"),
    ],
)
def test_an_open_lookup_that_makes_no_sense_is_refused(
    org_db: OrgDatabase, snapshot: Snapshot, document: Document, code: str
) -> None:
    document = {k: v for k, v in document.items() if k != "deleteConstraint"}
    with pytest.raises(Rejected) as refusal:
        put(org_db, document)
    assert code in [problem.code for problem in refusal.value.problems]
