"""A dashboard loses what a deleted component was for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import make_snapshot
from tests.metadata.company import company
from trellis.metadata.checks import check
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.deploy.draft import drafted
from trellis.metadata.snapshot import Snapshot

GROUP = "Bills$Customer__r.Region__c"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return make_snapshot(*company())


def without(snapshot: Snapshot, kind: str, name: str) -> Any:
    """The dashboard's document once the component is gone; everything left is sound."""
    gone = snapshot.find(kind, name)
    assert gone is not None
    draft = drafted(snapshot, ChangeSet((), (gone.uid,)))
    assert draft.problems == () == check(draft.snapshot)
    left = draft.snapshot.find("Dashboard", "Overview")
    assert left is not None
    return left.document


def test_a_tile_goes_with_its_report(snapshot: Snapshot) -> None:
    left = without(snapshot, "Report", "Bills")
    assert [tile["id"] for tile in left["components"]] == ["people"]
    assert len(left["filters"]) == 2


def test_a_tiles_own_chart_goes_with_its_group(snapshot: Snapshot) -> None:
    dear, people = without(snapshot, "CustomField", "Account.Region__c")["components"]
    assert "chart" not in dear
    assert (dear["report"], people["report"]) == ("Bills", "People")


def test_a_second_group_goes_alone_and_a_filter_with_its_field(snapshot: Snapshot) -> None:
    left = without(snapshot, "CustomField", "Account.Grade__c")
    chart = left["components"][0]["chart"]
    assert chart["group"] == GROUP
    assert "secondGroup" not in chart
    assert [row["field"] for row in left["filters"]] == ["Invoice__c.Total__c"]
