"""List views: columns, filters with logic, scope, order, and what the address adds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.factories import deployed, make_actor, make_document
from tests.runtime.conftest import Crm, crm_documents
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.snapshot import Snapshot
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.people.actor import Actor
from trellis.runtime.access import permissions
from trellis.runtime.lists.listing import listing
from trellis.runtime.lists.state import ListState, read_state
from trellis.runtime.lists.views import views_of
from trellis.runtime.query import run
from trellis.runtime.records.service import Records

VIEW = make_document(
    "ListView", "Account.Hot", object="Account", label="Hot ones", rank=1,
    columns=["Name", "ParentId", "Parent.Rating", "AnnualRevenue"],
    filters=[
        {"id": "1", "field": "Rating", "operator": "equals", "value": "Hot, Warm"},
        {"id": "2", "field": "AnnualRevenue", "operator": "greaterThan", "value": "5"},
        {"id": "3", "field": "Name", "operator": "contains", "value": "vip"},
    ],
    booleanFilter="1 AND (2 OR 3)",
    sort=[{"field": "ParentId", "descending": True}],
)  # fmt: skip
MINE = make_document("ListView", "Account.Mine", object="Account", scope="Mine", rank=2)


@pytest.fixture
def crm(org_db: object) -> Crm:
    snapshot = deployed(org_db, *crm_documents(), VIEW, MINE)  # type: ignore[arg-type]
    actor = make_actor()
    return Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))  # type: ignore[arg-type]


def names(crm: Crm, state: ListState) -> list[str]:
    found = listing(crm.snapshot, crm.actor, "Account", state)
    with crm.org_db.read() as conn:
        page = run.run(conn, crm.actor, found.query, crm.snapshot)
    return [record.values.get("Name", record.id) for record in page.records]


@pytest.fixture
def filled(crm: Crm) -> Crm:
    parent = crm.make("Account", Name="Parent", Rating="Cold")
    other = crm.make("Account", Name="A parent", Rating="Cold")
    crm.make("Account", Name="big", Rating="Hot", AnnualRevenue=Decimal(9), ParentId=other)
    crm.make("Account", Name="small vip", Rating="Warm", ParentId=parent)
    crm.make("Account", Name="small", Rating="Hot", AnnualRevenue=Decimal(1))
    crm.make("Account", Name="cold vip", Rating="Cold", AnnualRevenue=Decimal(99))
    return crm


def test_a_view_filters_by_its_logic_and_sorts_lookups_by_name(filled: Crm) -> None:
    assert names(filled, ListState("Hot")) == ["small vip", "big"]


def test_columns_know_their_label_their_name_behind_and_what_sorts_them(filled: Crm) -> None:
    columns = listing(filled.snapshot, filled.actor, "Account", ListState("hot")).columns
    assert [(c.label, c.paths, c.sort, c.is_title) for c in columns] == [
        ("Name", ("Name",), "Name", True),
        ("ParentId", ("ParentId", "Parent.Name"), "Parent.Name", False),
        ("ParentId: Rating", ("Parent.Rating",), "Parent.Rating", False),
        ("AnnualRevenue", ("AnnualRevenue",), "AnnualRevenue", False),
    ]


def test_the_address_narrows_and_sorts(filled: Crm) -> None:
    state = read_state({"view": ["Hot"], "sort": ["-Name"], "filter": ["Name:startsWith:small"]})
    assert names(filled, state) == ["small vip"]
    state = read_state({"view": ["Hot"], "q": ["BIG"]})
    assert names(filled, state) == ["big"]


def test_a_state_comes_back_from_its_own_parameters() -> None:
    given = {
        "view": ["Hot"], "q": ["a b"], "sort": ["-Name"], "limit": ["20"],
        "filter": ["Name:contains:a:b", "Rating:isBlank"],
    }  # fmt: skip
    state = read_state(given)
    again: dict[str, list[str]] = {}
    for name, text in state.parameters():
        again.setdefault(name, []).append(text)
    assert read_state(again) == state
    assert state.filters[0].value == "a:b"
    assert state.filters[1].value is None


@pytest.mark.parametrize(
    "parameters",
    [
        {"filter": ["Name"]},
        {"filter": [":equals:x"]},
        {"filter": ["Name:"]},
        {"limit": ["0"]},
        {"limit": ["999999999999"]},
        {"limit": ["٣"]},
        {"filter": ["Name:equals:x"] * 21},
    ],
)
def test_an_address_that_is_not_understood_is_refused(parameters: dict[str, list[str]]) -> None:
    with pytest.raises(Rejected):
        read_state(parameters)


def test_filters_and_orders_that_do_not_exist_are_refused(crm: Crm) -> None:
    for parameters in (
        {"filter": ["Nope:equals:x"]},
        {"filter": ["Name:resembles:x"]},
        {"sort": ["Nope"]},
        {"sort": ["Owner.Nope"]},
    ):
        with pytest.raises(Rejected):
            names(crm, read_state(parameters))


def test_mine_shows_ones_own(filled: Crm) -> None:
    assert len(names(filled, ListState("Mine"))) == 6
    other = make_actor()
    found = listing(filled.snapshot, other, "Account", ListState("Mine"))
    with filled.org_db.read() as conn:
        assert not run.run(conn, other, found.query, filled.snapshot).records


def test_an_object_without_views_has_a_plain_one(crm: Crm) -> None:
    (view,) = views_of(crm.snapshot, "Contact")
    assert view.columns[0] == "Name"
    crm.make("Contact", Name="Ada")
    found = listing(crm.snapshot, crm.actor, "Contact")
    with crm.org_db.read() as conn:
        assert len(run.run(conn, crm.actor, found.query, crm.snapshot).records) == 1
    with pytest.raises(NotFound):
        listing(crm.snapshot, crm.actor, "Contact", ListState("Nope"))


def test_fields_one_may_not_read_are_left_out_of_views_and_refused_in_addresses(
    filled: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def readable(_actor: Actor, field: CustomField, _snapshot: Snapshot) -> bool:
        return field.local_name not in ("AnnualRevenue", "Rating")

    monkeypatch.setattr(permissions, "readable", readable)
    found = listing(filled.snapshot, filled.actor, "Account", ListState("Hot"))
    assert [c.path for c in found.columns] == ["Name", "ParentId"]
    assert len(found.notices) == 1
    for parameters in ({"filter": ["Rating:equals:Hot"]}, {"sort": ["-AnnualRevenue"]}):
        with pytest.raises(Rejected) as refusal:
            names(filled, read_state(parameters))
        assert refusal.value.problems[0].code == "field.unknown"
