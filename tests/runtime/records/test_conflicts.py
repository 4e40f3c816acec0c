"""Two people save the same record."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from tests.factories import make_actor
from tests.runtime.conftest import Crm
from trellis.runtime.records.conflicts import RecordConflict, Seen
from trellis.runtime.records.service import Records

FORM = ("Name", "Rating", "AnnualRevenue", "Phone")


@pytest.fixture
def account(crm: Crm) -> str:
    return crm.make("Account", Name="Acme", Rating="Hot", AnnualRevenue=Decimal("10.50"))


def opened(crm: Crm, account: str) -> tuple[dict[str, object], int, Seen]:
    """What a form shows: values, version and marks, as they come back with the form."""
    record = crm.records.get(account, FORM)
    seen = Seen.parse(str(crm.records.seen(record, FORM)))
    return dict(record.values), record.version, seen


def test_changes_of_different_fields_are_joined(crm: Crm, account: str) -> None:
    mine, version, seen = opened(crm, account)
    crm.records.update(account, {"Rating": "Cold"}, version=version)
    crm.records.update(account, mine | {"Phone": "1"}, version=version, seen=seen)
    record = crm.records.get(account, FORM)
    assert (record["Rating"], record["Phone"], record.version) == ("Cold", "1", 3)


def test_the_same_field_changed_twice_shows_both_values_and_whose_they_are(
    crm: Crm, account: str
) -> None:
    mine, version, seen = opened(crm, account)
    rival = make_actor()
    Records(crm.org_db, rival, crm.snapshot).update(account, {"Rating": "Cold", "Phone": "9"})
    with pytest.raises(RecordConflict) as conflict:
        crm.records.update(account, mine | {"Rating": "Warm"}, version=version, seen=seen)
    assert conflict.value.fields == {"Rating": ("Warm", "Cold")}
    assert conflict.value.by_id == rival.user_id
    assert conflict.value.at is not None
    assert conflict.value.version == 2
    assert conflict.value.status == 409
    assert crm.records.get(account, FORM)["Rating"] == "Cold"


def test_the_same_change_made_twice_is_no_conflict(crm: Crm, account: str) -> None:
    mine, version, seen = opened(crm, account)
    crm.records.update(account, {"Rating": "Cold"})
    crm.records.update(account, mine | {"Rating": "Cold"}, version=version, seen=seen)


def test_without_marks_every_difference_is_a_conflict(crm: Crm, account: str) -> None:
    mine, version, _seen = opened(crm, account)
    crm.records.update(account, {"Rating": "Cold"})
    with pytest.raises(RecordConflict) as conflict:
        crm.records.update(account, mine | {"Phone": "1"}, version=version)
    assert set(conflict.value.fields) == {"Rating", "Phone"}


def test_marks_do_not_tell_the_values(crm: Crm, account: str) -> None:
    record = crm.records.get(account, FORM)
    assert "Acme" not in str(crm.records.seen(record, FORM))


def test_of_two_savers_at_one_moment_one_gets_a_conflict(crm: Crm, account: str) -> None:
    mine, version, seen = opened(crm, account)
    barrier, outcomes = threading.Barrier(8), list[str]()

    def save(text: str) -> None:
        barrier.wait()
        try:
            crm.records.update(account, mine | {"Phone": text}, version=version, seen=seen)
            outcomes.append("saved")
        except RecordConflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["saved"]
    assert crm.records.get(account, FORM).version == 2
