"""The rights of an actor are asked wherever a query or a save names a field or reaches a record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.factories import deployed, make_actor, make_document
from tests.runtime.conftest import Crm
from trellis.metadata.predicates import Condition
from trellis.platform.errors import Denied, NotFound, Rejected
from trellis.runtime.access import permissions
from trellis.runtime.query import run
from trellis.runtime.query.request import Aggregate, Order, Query, Rows
from trellis.runtime.records import history
from trellis.runtime.records.lookups import search_lookup
from trellis.runtime.records.service import Records
from trellis.runtime.search import search
from trellis.runtime.tables import Tables

pytestmark = pytest.mark.abuse("A07", "A08", "A12", "A13", "A14", "A15", "A16")

RATING = Condition("Rating", "equals", ("Hot",))


def forget(crm: Crm) -> None:
    """Statements are kept by fingerprint, which no test can change by patching."""
    Tables.of(crm.snapshot).frames.clear()


@pytest.fixture
def blind(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Crm:
    """A CRM whose actor may not read Account.Rating, Account.Phone and Contact.AccountId."""
    account = crm.make("Account", Name="Acme", Rating="Hot", Phone="555")
    crm.make("Contact", Name="Ada", AccountId=account)
    crm.records.update(account, {"Rating": "Cold"})
    hidden = {"Account.Rating", "Account.Phone", "Contact.AccountId"}
    readable: Callable[..., bool] = lambda _a, field, _s: field.name not in hidden  # noqa: E731
    monkeypatch.setattr(permissions, "readable", readable)
    forget(crm)
    return crm


QUERIES = [
    Query("Account", ("Rating",)),
    Query("Account", where=RATING),
    Query("Account", order=(Order("Rating"),)),
    Query("Account", group_by=("Rating",)),
    Query("Account", aggregates=(Aggregate("count", "Rating", "n"),)),
    Query("Contact", ("Account.Name",)),
    Query("Contact", where=Condition("Account.Rating", "isBlank")),
]


def test_a_hidden_field_is_refused_as_one_that_does_not_exist(
    blind: Crm, subtests: pytest.Subtests
) -> None:
    for query in QUERIES:
        with subtests.test(query=query):
            refused(blind, query)


def refused(blind: Crm, query: Query) -> None:
    with blind.org_db.read() as conn, pytest.raises(Rejected) as refusal:
        run.run(conn, blind.actor, query, blind.snapshot)
    (problem,) = refusal.value.problems
    assert problem.code == "field.unknown"
    assert "Rating" not in problem.hint


def test_a_hidden_field_is_neither_searched_nor_told_in_history(blind: Crm) -> None:
    with blind.org_db.read() as conn:
        assert not search(conn, blind.actor, blind.snapshot, "555")
        assert search(conn, blind.actor, blind.snapshot, "acme")
        (hit,) = search(conn, blind.actor, blind.snapshot, "acme")
        assert not history.read(conn, blind.actor, blind.snapshot, hit.id)


def test_a_hidden_field_can_neither_be_set_nor_copied(blind: Crm) -> None:
    with pytest.raises(Rejected) as refusal:
        blind.make("Account", Name="a", Rating="Hot")
    assert refusal.value.problems[0].code == "field.unknown"
    account = blind.make("Account", Name="a")
    assert "Rating" not in blind.records.clone_values(account)


@pytest.fixture
def narrow(crm: Crm) -> tuple[Crm, dict[str, str]]:
    """A CRM whose actor sees only accounts that are hot; all belong to somebody else."""
    ids = {"hot": crm.make("Account", Name="hot", Rating="Hot", Code="h")}
    ids["child"] = crm.make("Account", Name="child", Rating="Hot", ParentId=ids["hot"])
    ids["cold"] = crm.make("Account", Name="cold", Rating="Cold", Code="c")
    ids["contact"] = crm.make("Contact", Name="Ada", AccountId=ids["cold"])
    ids["visible"] = crm.make("Contact", Name="Bob", AccountId=ids["child"])
    ids["binned"] = crm.make("Account", Name="binned", Rating="Cold")
    crm.records.delete((ids["binned"],))
    account = dict(crm.snapshot.object("Account").document) | {"sharingModel": "Private"}
    hot = make_document(
        "SharingRule", "Account.Hot", object="Account", type="criteria", access="Edit",
        sharedTo={"type": "allInternalUsers"},
        filters=[{"id": "1", "field": "Rating", "operator": "equals", "value": "Hot"}],
    )  # fmt: skip
    snapshot, actor = deployed(crm.org_db, account, hot), make_actor()
    return Crm(crm.org_db, snapshot, actor, Records(crm.org_db, actor, snapshot)), ids


def test_invisible_records_are_in_no_list_count_group_or_search(
    narrow: tuple[Crm, dict[str, str]],
) -> None:
    crm, _ids = narrow
    with crm.org_db.read() as conn:
        query = Query("Account", ("Name",), order=(Order("Name"),))
        page = run.run(conn, crm.actor, query, crm.snapshot)
        assert [record["Name"] for record in page.records] == ["child", "hot"]
        assert run.count(conn, crm.actor, query, crm.snapshot) == 2
        groups = Query("Account", aggregates=(Aggregate("count", "", "n"),), rows=Rows.ALL)
        assert run.run(conn, crm.actor, groups, crm.snapshot).records[0]["n"] == 2
        assert not search(conn, crm.actor, crm.snapshot, "cold")
        lookup = crm.snapshot.field("Contact", "AccountId")
        hits = search_lookup(conn, crm.actor, crm.snapshot, lookup, "c")
        assert [hit.title for hit in hits] == ["child"]


def test_an_invisible_parent_reads_as_blank_and_has_no_title(
    narrow: tuple[Crm, dict[str, str]],
) -> None:
    crm, ids = narrow
    assert crm.records.get(ids["contact"], ("Account.Name",))["Account.Name"] is None
    assert crm.records.get(ids["visible"], ("Account.Name",))["Account.Name"] == "child"
    with crm.org_db.read() as conn:
        titles = run.find_titles(conn, crm.actor, crm.snapshot, (ids["cold"], ids["hot"]))
    assert titles == {ids["hot"]: "hot"}


def test_an_invisible_record_is_not_there_for_any_deed(
    narrow: tuple[Crm, dict[str, str]],
) -> None:
    crm, ids = narrow
    for deed in (
        lambda: crm.records.get(ids["cold"], ("Name",)),
        lambda: crm.records.update(ids["cold"], {"Name": "x"}),
        lambda: crm.records.delete((ids["cold"],)),
        lambda: crm.records.clone_values(ids["cold"]),
        lambda: crm.records.undelete((ids["binned"],)),
        lambda: crm.records.purge((ids["binned"],)),
    ):
        with pytest.raises(NotFound):
            deed()


def test_a_lookup_cannot_be_pointed_at_an_invisible_record(
    narrow: tuple[Crm, dict[str, str]],
) -> None:
    crm, ids = narrow
    with pytest.raises(Rejected) as refusal:
        crm.make("Contact", Name="c", AccountId=ids["cold"])
    assert refusal.value.problems[0].code == "lookup.not_found"


def test_a_value_of_an_invisible_record_is_taken_all_the_same(
    narrow: tuple[Crm, dict[str, str]],
) -> None:
    crm, _ids = narrow
    with pytest.raises(Rejected) as refusal:
        crm.make("Account", Name="x", Rating="Hot", Code="c")
    assert refusal.value.problems[0].code == "field.not_unique"


def test_who_sees_nothing_finds_nothing(narrow: tuple[Crm, dict[str, str]]) -> None:
    crm, ids = narrow
    actor = make_actor("MinimumAccess")
    with crm.org_db.read() as conn, pytest.raises(Denied):
        run.run(conn, actor, Query("Account"), crm.snapshot)
    with pytest.raises(Denied):
        Records(crm.org_db, actor, crm.snapshot).get(ids["hot"], ("Name",))


def test_words_of_a_hidden_field_find_nothing(blind: Crm) -> None:
    with blind.org_db.read() as conn:
        assert [hit.title for hit in search(conn, blind.actor, blind.snapshot, "acme")] == ["Acme"]
        assert search(conn, blind.actor, blind.snapshot, "555") == ()


def test_words_find_visible_records_alone(narrow: tuple[Crm, dict[str, str]]) -> None:
    crm, _ids = narrow
    with crm.org_db.read() as conn:
        assert search(conn, crm.actor, crm.snapshot, "cold") == ()
        found = search(conn, crm.actor, crm.snapshot, "child")
    assert [hit.title for hit in found] == ["child"]


def test_a_refused_deletion_names_no_record_that_is_not_to_be_seen(crm: Crm) -> None:
    account = crm.make("Account", Name="hub", Rating="Hot")
    crm.make("Opportunity", Name="Secret deal", AccountId=account)
    hidden = dict(crm.snapshot.object("Opportunity").document) | {"sharingModel": "Private"}
    snapshot, actor = deployed(crm.org_db, hidden), make_actor()
    open_to_all = dict(snapshot.object("Account").document) | {"sharingModel": "FullAccess"}
    snapshot = deployed(crm.org_db, open_to_all)
    with pytest.raises(Rejected) as refusal:
        Records(crm.org_db, actor, snapshot).delete([account])
    (problem,) = refusal.value.problems
    assert "Secret" not in str(problem)
    assert "may not see" in problem.message
    with pytest.raises(Rejected, match="Secret deal"):
        Records(crm.org_db, crm.actor, snapshot).delete([account])
