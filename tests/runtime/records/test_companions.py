"""Companions go along with every save of their object, whoever saves and by whatever way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

import pytest

from tests.runtime.conftest import Crm
from trellis.platform.errors import Problem, Rejected
from trellis.runtime.access import permissions
from trellis.runtime.records import companions
from trellis.runtime.records.companions import Companion, accompany
from trellis.runtime.records.draft import Draft
from trellis.runtime.records.steps import Save
from trellis.runtime.tables import Tables

Seen = list[tuple[str, object, object]]  # (id, rating before, rating after)


@pytest.fixture
def seen() -> Iterator[Seen]:
    """What a companion saw that rates accounts of 500 people as hot and refuses Acme."""
    found: Seen = []

    def before(save: Save) -> None:
        for draft in save.drafts:
            if draft.effective("Employees") == 500:
                draft.values["Rating"] = "Hot"
            if draft.effective("Name") == "Acme":
                draft.problems.append(Problem("test.acme", ("Name",), "Not Acme."))

    def after(_save: Save, drafts: Sequence[Draft]) -> None:
        found.extend((d.id, d.old.get("Rating"), d.effective("Rating")) for d in drafts)

    fields = ("Name", "Employees", "Rating", "Gone__c")
    known = accompany(Companion("Account", fields, before, after))
    assert accompany(known) is known
    yield found
    companions._BY_OBJECT["Account"].remove(known)


def test_it_sets_values_and_sees_what_was_and_is(crm: Crm, seen: Seen) -> None:
    account = crm.make("Account", Name="Big", Employees=Decimal(500))
    assert crm.records.get(account, ["Rating"])["Rating"] == "Hot"
    crm.records.update(account, {"Employees": Decimal(3), "Rating": "Cold"})
    crm.records.update(account, {"Phone": "555"})  # looks at fields that nobody gave
    assert seen == [(account, None, "Hot"), (account, "Hot", "Cold"), (account, "Cold", "Cold")]


def test_what_it_refuses_is_not_saved(crm: Crm, seen: Seen) -> None:
    with pytest.raises(Rejected, match="Not Acme"):
        crm.make("Account", Name="Acme")
    first, second = crm.records.create_many("Account", [{"Name": "Acme"}, {"Name": "Best"}])
    assert [p.code for p in first.problems] == ["test.acme"]
    assert [record_id for record_id, *_rest in seen] == [second.id]


def test_it_looks_at_fields_that_the_actor_may_not_read(
    crm: Crm, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = crm.make("Account", Name="Big", Rating="Warm")
    readable: Callable[..., bool] = lambda who, field, _s: (  # noqa: E731
        who.is_system or field.name != "Account.Rating"
    )
    monkeypatch.setattr(permissions, "readable", readable)
    Tables.of(crm.snapshot).frames.clear()
    crm.records.update(account, {"Phone": "555"})
    assert seen[-1] == (account, "Warm", "Warm")
