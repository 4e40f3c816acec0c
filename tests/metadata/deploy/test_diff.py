"""Differences of snapshots as values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_snapshot
from tests.metadata.company import company, documents_of
from trellis.metadata.definition import Document
from trellis.metadata.deploy.diff import apply_diff, diff
from trellis.metadata.snapshot import Snapshot

DOCUMENTS = company()


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Some of the company's documents, some of them changed."""
    chosen: list[Document] = []
    for document in DOCUMENTS:
        version = draw(st.sampled_from([None, "", "changed", "again"]))
        if version is not None:
            chosen.append({**document, "description": version} if version else document)
    return make_snapshot(*chosen)


@given(snapshots(), snapshots())
def test_the_difference_applied_to_the_old_gives_the_new(old: Snapshot, new: Snapshot) -> None:
    assert documents_of(apply_diff(diff(old, new), old)) == documents_of(new)


@given(snapshots())
def test_a_snapshot_does_not_differ_from_itself(snapshot: Snapshot) -> None:
    assert diff(snapshot, make_snapshot(*documents_of(snapshot).values())).changes == ()


@given(snapshots(), snapshots())
def test_the_inverse_names_every_component_that_differs(old: Snapshot, new: Snapshot) -> None:
    changes = diff(old, new)
    inverse = changes.inverse()
    back = new.with_changes(
        [old.by_uid[document["uid"]] for document in inverse.put], inverse.remove
    )
    assert documents_of(back) == documents_of(old)


def test_dependents_go_first_and_come_last() -> None:
    everything, nothing = make_snapshot(*DOCUMENTS), make_snapshot()
    kinds: list[Any] = [change.kind for change in diff(nothing, everything).changes]
    assert kinds.index("CustomObject") < kinds.index("CustomField") < kinds.index("Layout")
    gone = [change.kind for change in diff(everything, nothing).changes]
    assert gone.index("Translations") < gone.index("Layout") < gone.index("CustomObject")
