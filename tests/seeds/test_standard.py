"""The standard package: its files, its checks, and what every object of it must bring along."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from trellis.metadata import checks
from trellis.metadata.definition import Document
from trellis.metadata.packages.write import canonical_bytes, file_of
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.seeds.install import install_standard

ROOT = Path(__file__).resolve().parents[2]
OBJECTS = (
    "Account", "AccountTeamMember", "Attachment", "Campaign", "CampaignMember", "Case", "Contact",
    "Event", "EventRelation", "Lead", "Note", "Opportunity", "OpportunityContactRole",
    "OpportunityLineItem", "Pricebook2",
    "PricebookEntry", "Product2", "Task", "User",
)  # fmt: skip
#: Fields that no page shows: parts of a name that is shown whole, and a mark of the system's own.
UNSHOWN = {"User.FirstName", "User.LastName", "Lead.IsUnreadByOwner"}
SYSTEM_SECTION = {"CreatedById", "CreatedDate", "LastModifiedById", "LastModifiedDate"}


def test_every_file_holds_the_canonical_bytes_of_the_document_its_place_names(
    standard: Path, documents: tuple[Document, ...]
) -> None:
    files = {
        path.relative_to(standard).as_posix() for path in standard.rglob("*") if path.is_file()
    }
    assert files == {file_of(document) for document in documents} | {"package.json"}
    assert not [
        file_of(document)
        for document in documents
        if (standard / file_of(document)).read_bytes() != canonical_bytes(document)
    ]


def test_the_manifest_says_name_version_and_format(standard: Path) -> None:
    manifest = json.loads((standard / "package.json").read_text("utf-8"))
    assert (manifest["name"], manifest["format"]) == ("standard", 1)
    assert manifest["version"].count(".") == 2


def test_every_document_fits_its_kind(documents: tuple[Document, ...]) -> None:
    assert not [problem for document in documents for problem in checks.check_document(document)]


def test_every_reference_resolves_and_no_check_complains(snapshot: Snapshot) -> None:
    assert checks.check(snapshot) == ()


def test_no_uid_is_there_twice_and_each_says_where_it_comes_from(
    documents: tuple[Document, ...],
) -> None:
    uids = Counter(document["uid"] for document in documents)
    assert not [uid for uid, count in uids.items() if count > 1]
    assert not [uid for uid in uids if not uid.startswith("std.")]


def test_objects_and_fields_keep_the_uid_of_their_name(documents: tuple[Document, ...]) -> None:
    """A rename in a later version keeps the uid: then it is listed here."""
    named = [d for d in documents if d["kind"] in ("CustomObject", "CustomField")]
    assert not [d["name"] for d in named if d["uid"] != f"std.{d['name']}"]


def test_the_package_brings_the_objects_of_a_crm(snapshot: Snapshot) -> None:
    assert tuple(o.name for o in snapshot.objects()) == OBJECTS


def test_key_prefixes_are_those_that_existing_clients_know(snapshot: Snapshot) -> None:
    assert {o.name: o.key_prefix for o in snapshot.objects()} == {
        "Account": "001", "AccountTeamMember": "01M", "Attachment": "00P",
        "Campaign": "701", "CampaignMember": "00v",
        "Case": "500", "Contact": "003", "Event": "00U", "EventRelation": "0RE",
        "Lead": "00Q", "Note": "002",
        "Opportunity": "006", "OpportunityContactRole": "00K", "OpportunityLineItem": "00k",
        "Pricebook2": "01s", "PricebookEntry": "01u", "Product2": "01t", "Task": "00T",
        "User": "005",
    }  # fmt: skip


def of_object(snapshot: Snapshot, kind: str, name: str) -> list[Any]:
    return [d for d in snapshot.of_kind(kind) if d.object == name]


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_one_default_layout_and_highlights(snapshot: Snapshot, name: str) -> None:
    assert [layout.default for layout in of_object(snapshot, "Layout", name)] == [True]
    (compact,) = of_object(snapshot, "CompactLayout", name)
    assert compact.default
    assert 3 <= len(compact.fields) <= 7
    assert snapshot.object(name).name_field not in compact.fields


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_three_list_views_or_more_and_one_to_begin_with(
    snapshot: Snapshot, name: str
) -> None:
    views = of_object(snapshot, "ListView", name)
    assert len(views) >= 3
    assert [view.default for view in views].count(True) == 1
    assert len({view.rank for view in views}) == len(views)
    assert all(view.columns and view.sort for view in views)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_layout_shows_every_field_once_and_the_stamps_read_only(
    snapshot: Snapshot, name: str
) -> None:
    (layout,) = of_object(snapshot, "Layout", name)
    cells = {cell.field: cell for cell in layout.cells()}
    fields = snapshot.fields(name).values()
    own = {f.local_name for f in fields if not f.is_system and not f.component_of}
    unshown = {f for f in own if f"{name}.{f}" in UNSHOWN}
    assert own - unshown <= set(cells)
    assert set(cells) >= SYSTEM_SECTION
    assert all(cells[field].is_readonly for field in SYSTEM_SECTION)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_layout_asks_for_what_the_object_requires(snapshot: Snapshot, name: str) -> None:
    (layout,) = of_object(snapshot, "Layout", name)
    cells = {cell.field: cell for cell in layout.cells()}
    required = {
        f.local_name
        for f in snapshot.fields(name).values()
        if not f.is_system and not f.component_of and (f.required or f.type == "MasterDetail")
    }
    if snapshot.object(name).storage != "people":
        assert all(cells[field].is_required for field in required)


def test_related_lists_lead_from_a_record_to_what_belongs_to_it(snapshot: Snapshot) -> None:
    found = {
        layout.object: [related.field for related in layout.related_lists]
        for layout in snapshot.of_kind("Layout")
    }
    assert found["Account"][:3] == ["Contact.AccountId", "Opportunity.AccountId", "Case.AccountId"]
    assert "Account.ParentId" in found["Account"]
    assert found["Opportunity"][:2] == [
        "OpportunityContactRole.OpportunityId",
        "OpportunityLineItem.OpportunityId",
    ]
    shown_by_timelines = {"Task.WhatId", "Task.WhoId", "Event.WhatId", "Event.WhoId"}
    assert not shown_by_timelines & {one for related in found.values() for one in related}
    assert found["Campaign"][0] == "CampaignMember.CampaignId"
    assert {"OpportunityContactRole.ContactId", "Case.ContactId"} <= set(found["Contact"])


def test_parents_call_each_kind_of_child_by_one_name(snapshot: Snapshot) -> None:
    names = Counter(
        (target, f.child_relationship)
        for o in snapshot.objects()
        for f in snapshot.fields(o.name).values()
        if f.child_relationship
        for target in f.reference_to
    )
    doubled = [name for name, count in names.items() if count > 1]
    # as in Salesforce: an account or contact has Tasks, whichever of the two lookups leads there
    assert not doubled


def test_every_icon_is_one_that_is_shipped(snapshot: Snapshot) -> None:
    shipped = set((ROOT / "platform/web/frontend/icons.txt").read_text("utf-8").split())
    used = {o.icon for o in snapshot.objects()}
    used |= {app.icon for app in snapshot.of_kind("CustomApplication")}
    assert not used - shipped


def test_the_apps_are_sales_service_and_marketing(snapshot: Snapshot) -> None:
    apps = sorted(snapshot.of_kind("CustomApplication"), key=lambda app: app.rank)
    assert [app.name for app in apps] == ["Sales", "Service", "Marketing"]
    assert [app.default for app in apps] == [True, False, False]


def values_of(snapshot: Snapshot, name: str) -> dict[str, Any]:
    return {value.name: value for value in snapshot.get("StandardValueSet", name).values}


def test_stages_know_their_probability_and_how_they_end(snapshot: Snapshot) -> None:
    stages = values_of(snapshot, "OpportunityStage")
    closed = {name for name, stage in stages.items() if stage.attributes.get("closed")}
    assert closed == {"Closed Won", "Closed Lost"}
    assert [n for n, stage in stages.items() if stage.attributes.get("won")] == ["Closed Won"]
    chances = [stage.attributes["probability"] for stage in stages.values()]
    assert chances[:-1] == sorted(chances[:-1])
    assert (stages["Closed Won"].attributes["probability"], chances[-1]) == (100, 0)
    categories = {stage.attributes["forecastCategory"] for stage in stages.values()}
    assert categories == {"Pipeline", "BestCase", "Forecast", "Closed", "Omitted"}


@pytest.mark.parametrize(
    ("name", "attribute", "marked"),
    [
        ("LeadStatus", "converted", {"Closed - Converted"}),
        ("CaseStatus", "closed", {"Closed"}),
        ("TaskStatus", "closed", {"Completed"}),
        ("TaskPriority", "highPriority", {"High"}),
        ("CasePriority", "highPriority", {"High"}),
    ],
)
def test_a_value_set_marks_the_values_that_mean_more(
    snapshot: Snapshot, name: str, attribute: str, marked: set[str]
) -> None:
    values = values_of(snapshot, name)
    assert {n for n, value in values.items() if value.attributes.get(attribute)} == marked


@pytest.mark.parametrize(
    "name",
    [
        "AccountRating", "AccountType", "CampaignStatus", "CasePriority", "CaseStatus",
        "ForecastCategoryName", "LeadStatus", "OpportunityStage", "TaskPriority", "TaskStatus",
    ],
)  # fmt: skip
def test_states_have_a_colour_each(snapshot: Snapshot, name: str) -> None:
    assert all(value.color for value in values_of(snapshot, name).values())


def test_installing_twice_changes_nothing_the_second_time(org_db: OrgDatabase) -> None:
    first = install_standard(org_db)
    again = install_standard(org_db)
    assert first.version == again.version
    assert again.id == ""
    assert tuple(o.name for o in SNAPSHOTS.get(org_db).objects()) == OBJECTS
