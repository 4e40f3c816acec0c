"""What people keep of lists: theirs alone, following renames, never in anybody's way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import Site
from trellis.metadata.definition import Uid
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.kinds.list_view import ListView
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.migrations.tables import sys_view
from trellis.runtime.lists import kept
from trellis.runtime.lists.kept import Kept, Settings, kept_of
from trellis.runtime.lists.opening import open_list
from trellis.runtime.lists.state import ListState

DOCUMENT: dict[str, Any] = {
    "kind": "ListView", "label": "Mine", "columns": ["Name", "Account.Industry", "Budget__c"],
    "filters": [
        {"id": "1", "field": "StageName", "operator": "notEqual", "value": "Closed Won"},
        {"id": "2", "field": "Budget__c", "operator": "greaterThan", "value": "5"},
    ],
    "booleanFilter": "1 OR 2", "scope": "Everything",
    "sort": [{"field": "Budget__c", "descending": True}],
    "mode": "board", "groupBy": "Region__c", "measure": "Budget__c",
}  # fmt: skip


@pytest.fixture
def site(either_site: Site) -> Site:
    """Opportunities with a budget and a region."""
    either_site.put_live(
        field("Budget__c", "Number", precision=10, scale=0),
        field("Region__c", "Picklist", valueSet={"values": [{"name": "East"}, {"name": "West"}]}),
    )
    return either_site


def field(name: str, type_name: str, **options: Any) -> dict[str, Any]:
    return {
        "kind": "CustomField", "uid": f"t-{name[0]}", "name": f"Opportunity.{name}",
        "label": name[:-3], "type": type_name, **options,
    }  # fmt: skip


def of(site: Site, who: str = "rep") -> Kept:
    with site.db.read() as conn:
        return kept_of(conn, site.actor(who), site.snapshot, site.snapshot.object("Opportunity"))


def save(site: Site, key: str = "my-one", who: str = "rep", **changes: Any) -> ListView:
    obj = site.snapshot.object("Opportunity")
    with site.db.write() as conn:
        return kept.save_own(
            conn, site.actor(who), site.snapshot, obj, key, {**DOCUMENT, **changes}
        )


def keep(site: Site, key: str, settings: Settings) -> None:
    obj = site.snapshot.object("Opportunity")
    with site.db.write() as conn:
        kept.keep_settings(conn, site.actor("rep"), site.snapshot, obj, key, settings)


def test_a_view_of_ones_own_is_seen_by_nobody_else_and_changes_no_metadata(site: Site) -> None:
    before = site.snapshot.version
    save(site)
    assert [view.label for view in of(site).views] == ["Mine"]
    assert of(site, "admin").views == ()
    assert site.snapshot.version == before
    (view,) = of(site).views
    assert (view.group_by, view.measure, view.mode) == ("Region__c", "Budget__c", "board")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"columns": ["Nope"]}, "field.unknown"),
        ({"label": " "}, "view.label"),
        ({"booleanFilter": "1 AND 2 OR 1"}, "logic.mixed"),
        ({"groupBy": "Description"}, "field.not_groupable"),
        ({"measure": "Name"}, "field.not_aggregated"),
        ({"dateField": "Name"}, "field.no_date"),
        ({"surprise": 1}, "schema.unknown_key"),
    ],
)
def test_a_view_of_ones_own_is_checked_like_any_other(
    site: Site, changes: Mapping[str, Any], code: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        save(site, **changes)
    assert code in [problem.code for problem in refusal.value.problems]
    assert of(site).views == ()


def test_two_views_of_one_name_are_refused_but_one_may_be_saved_again(site: Site) -> None:
    save(site)
    with pytest.raises(Rejected):
        save(site, "my-two")
    assert save(site, columns=["Name"]).columns == ("Name",)
    assert save(site, "my-two", "admin").label == "Mine"


def test_a_renamed_field_is_followed_and_a_deleted_one_left_out_with_a_notice(site: Site) -> None:
    save(site)
    keep(site, "my-one", Settings(("Budget__c", "Name"), {"Budget__c": 90}, {"Budget__c": "avg"}))
    site.put_live(field("Cost__c", "Number", precision=10, scale=0) | {"uid": "t-B"})
    (view,) = of(site).views
    assert view.columns == ("Name", "Account.Industry", "Cost__c")
    assert [row.field for row in view.filters] == ["StageName", "Cost__c"]
    assert (view.measure, view.sort[0].field) == ("Cost__c", "Cost__c")
    settings = of(site).settings["my-one"]
    assert (settings.columns, settings.widths) == (("Cost__c", "Name"), {"Cost__c": 90})
    assert settings.totals == {"Cost__c": "avg"}
    assert of(site).lessened == frozenset()
    remove(site, "t-B", "t-R")
    (view,) = of(site).views
    assert (view.columns, view.measure, view.group_by) == (("Name", "Account.Industry"), "", "")
    assert ([row.field for row in view.filters], view.boolean_filter) == (["StageName"], "")
    assert of(site).settings["my-one"].columns == ("Name",)
    with site.db.read() as conn:
        opened = open_list(
            conn, site.actor("rep"), site.snapshot, site.snapshot.object("Opportunity"),
            ListState("my-one"),
        )  # fmt: skip
    assert len(opened.listing.notices) == 1


def remove(site: Site, *uids: str) -> None:
    deploy(site.db, site.actor(), ChangeSet((), tuple(map(Uid, uids)), "Gone"))


def test_a_field_that_comes_back_from_the_bin_is_in_the_view_again(site: Site) -> None:
    save(site)
    remove(site, "t-B")
    assert "Budget__c" not in of(site).views[0].columns
    site.put_live(field("Budget__c", "Number", precision=10, scale=0))
    assert "Budget__c" in of(site).views[0].columns


def test_a_field_of_another_type_loses_what_it_can_no_longer_do(site: Site) -> None:
    save(site)
    site.put_live(field("Budget__c", "Text", length=80))
    (view,) = of(site).views
    assert view.measure == ""
    assert "Budget__c" in view.columns
    assert of(site).lessened == {"my-one"}


def test_a_deleted_view_can_be_restored_until_it_is_purged(site: Site) -> None:
    save(site)
    obj = site.snapshot.object("Opportunity")
    with site.db.write() as conn:
        kept.delete_own(conn, site.actor("rep"), obj, "my-one")
    assert of(site).views == ()
    with site.db.write() as conn, pytest.raises(NotFound):
        kept.restore_own(conn, site.actor("admin"), obj, "my-one")
    with site.db.write() as conn:
        kept.restore_own(conn, site.actor("rep"), obj, "my-one")
        kept.delete_own(conn, site.actor("rep"), obj, "my-one")
    with site.db.write() as conn:
        assert kept.purge_views(conn) == 0
    with time_machine.travel(datetime.now(UTC) + timedelta(days=16)), site.db.write() as conn:
        assert kept.purge_views(conn) == 1


def test_one_view_is_pinned_at_a_time_and_opens_first(site: Site) -> None:
    save(site)
    actor, obj = site.actor("rep"), site.snapshot.object("Opportunity")
    for key in ("my-one", "recently-viewed", ""):
        with site.db.write() as conn:
            kept.pin(conn, actor, site.snapshot, obj, key)
        with site.db.read() as conn:
            opened = open_list(conn, actor, site.snapshot, obj, ListState())
        assert opened.listing.view.local_name == (key or "AllOpenOpportunities")
    with site.db.read() as conn:
        pinned = conn.scalar(sa.select(sa.func.count()).where(sys_view.c.is_pinned))
    assert pinned == 0


def test_widths_are_held_within_bounds_and_unknown_fields_refused(site: Site) -> None:
    keep(site, "std.view", Settings(widths={"Name": 5, "StageName": 9000}))
    assert of(site).settings["std.view"].widths == {"Name": 48, "StageName": 800}
    with pytest.raises(Rejected):
        keep(site, "std.view", Settings(widths={"Nope": 80}))
    with pytest.raises(Rejected):
        keep(site, "std.view", Settings(totals={"Amount": "median"}))
    keep(site, "std.view", Settings())
    assert "std.view" not in of(site).settings
