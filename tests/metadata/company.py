"""A small company's documents: every kind, and every way in which one names another."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from tests.factories import make_document, make_field, make_object, standard_profiles
from trellis.metadata.definition import Document
from trellis.metadata.deploy.apply import Deployment, deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.kinds.custom_field import CustomField
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.storage import SYSTEM_COLUMNS
from trellis.metadata.storage_types import storage_type
from trellis.metadata.store import SNAPSHOTS
from trellis.platform import clock
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.ids import checksum, new_id
from trellis.platform.people.actor import system_actor

QUEUE_UID = "00G" + "0" * 11 + "1"
QUEUE_UID += checksum(QUEUE_UID)
WHO = system_actor("main", "a test")


def company() -> list[Document]:
    """Accounts, contacts, invoices and their lines, with pages, lists, tabs and translations."""
    return [
        *_value_sets(), *_objects(), *_fields(), *_record_types(), *_pages(), *_navigation(),
        _translations(), *_people(), *_permissions(), *_sharing(), *_reports(),
        *_dashboards(), *standard_profiles(),
    ]  # fmt: skip


def _value_sets() -> list[Document]:
    values = [{"name": "West"}, {"name": "East"}]
    return [make_document("GlobalValueSet", "Regions", values=values)]


def _objects() -> list[Document]:
    return [
        make_object("Account", keyPrefix="001", nameField="Name"),
        make_object("Contact", keyPrefix="003"),
        make_object("Lead", keyPrefix="00Q", nameField=""),
        make_object("Invoice__c"),
        make_object("Line__c", sharingModel="ControlledByParent"),
    ]


def _fields() -> list[Document]:
    region = {"restricted": True, "valueSetName": "Regions"}
    return [
        make_field("Account.Name", required=True),
        make_field("Account.Rating", "Picklist", values=["Hot", "Cold"]),
        make_field("Account.Region__c", "Picklist", valueSet=region),
        make_field("Account.Grade__c", "Picklist", values=["Top", "Low"]),
        make_field(
            "Account.Town__c",
            "Picklist",
            valueSet={
                "restricted": True,
                "values": [{"name": "Lugano"}, {"name": "Como"}],
                "controllingField": "Grade__c",
                "valueSettings": [
                    {"valueName": "Lugano", "controllingFieldValue": ["Top", "Low"]},
                    {"valueName": "Como", "controllingFieldValue": ["Low"]},
                ],
            },
        ),
        make_field("Account.BillingAddress", "Address"),
        make_field("Account.RecordTypeId", "RecordType"),
        make_field("Lead.Status", "Picklist", values=["New", "Done"]),
        make_field("Account.ParentId", "Lookup", to="Account"),
        make_field("Contact.Name", required=True),
        make_field("Contact.AccountId", "Lookup", to="Account"),
        make_field("Invoice__c.Name", "AutoNumber", displayFormat="INV-{0000}"),
        make_field("Invoice__c.Customer__c", "Lookup", to="Account"),
        make_field("Invoice__c.Buyer__c", "Lookup", to=["Contact", "Account"]),
        make_field("Invoice__c.Total__c", "Currency", precision=18, scale=2),
        make_field("Line__c.Name", required=True),
        make_field("Line__c.Invoice__c", "MasterDetail", to="Invoice__c"),
        make_field("Line__c.Code__c", unique=True),
    ]


def _pages() -> list[Document]:
    return [
        make_document(
            "Layout", "Invoice__c-Invoice Layout", object="Invoice__c", default=True,
            sections=[
                {"id": "s1", "label": "Facts", "columns": 2, "cells": [
                    {"id": "c1", "field": "Customer__c", "behavior": "Required", "column": 1},
                    {"id": "c2", "field": "Total__c", "column": 2},
                    {"id": "c3", "blank": True, "column": 2},
                ]},
            ],
            relatedLists=[
                {"id": "Lines", "field": "Line__c.Invoice__c", "columns": ["Name", "Code__c"],
                 "sort": {"field": "Code__c", "descending": True}},
            ],
        ),
        make_document(
            "Layout", "Account-Account Layout", object="Account",
            sections=[{"id": "s1", "label": "A", "cells": [
                {"id": "c1", "field": "Name"}, {"id": "c2", "field": "BillingAddress"},
                {"id": "c3", "field": "Rating"},
            ]}],
            relatedLists=[{"id": "Contacts", "field": "Contact.AccountId", "columns": ["Name"]}],
        ),
        make_document("CompactLayout", "Invoice__c.Head", object="Invoice__c",
                      fields=["Total__c", "Customer__r.Name", "Customer__r.Rating"]),
        make_document("PathAssistant", "Account.Path", object="Account", field="Region__c", steps=[
            {"id": "west", "value": "West", "info": "Call.", "fields": ["Rating", "BillingCity"]},
        ]),
        make_document(
            "ListView", "Invoice__c.Large", object="Invoice__c",
            columns=["Name", "Customer__r.Name", "Customer__r.Parent.Rating", "Total__c"],
            filters=[
                {"id": "1", "field": "Total__c", "operator": "greaterThan", "value": "100"},
                {"id": "2", "field": "Customer__r.Rating", "operator": "equals", "value": "Hot"},
                {"id": "3", "field": "Customer__r.BillingCity", "operator": "equals", "value": "X"},
            ],
            booleanFilter="1 AND (2 OR 3)",
            sort=[{"field": "Total__c", "descending": True}],
        ),
        make_document(
            "ValidationRule", "Invoice__c.Limit", object="Invoice__c", errorDisplayField="Total__c",
            errorConditionFormula="Total__c>10 && Customer__r.Parent.BillingCity = 'Rome'"
            " || Customer__r.BillingCity = '' || PRIORVALUE(Total__c) <> Total__c",
            errorMessage="Too much.",
        ),
        make_document("UniqueCombination", "Account.Once", object="Account",
                      fields=["Name", "ParentId"]),
        make_document("ListView", "Account.All", object="Account", columns=["Name", "Rating"],
                      sort=[{"field": "Name"}], default=True),
    ]  # fmt: skip


def _record_types() -> list[Document]:
    top = [{"name": "Top", "default": True}]
    return [
        make_document("BusinessProcess", "Lead.Short", object="Lead", values=[{"name": "New"}]),
        make_document("CompactLayout", "Account.Head", object="Account", fields=["Name"]),
        make_document(
            "RecordType", "Account.Firm", object="Account", compactLayout="Account.Head",
            picklistValues=[{"picklist": "Grade__c", "values": top},
                            {"picklist": "Town__c", "values": [{"name": "Como"}]}],
        ),
        make_document("RecordType", "Account.Person", object="Account"),
        make_document("RecordType", "Lead.Quick", object="Lead", businessProcess="Lead.Short"),
        make_field("Lead.RecordTypeId", "RecordType"),
        make_document("PathAssistant", "Account.Firms", object="Account", field="Grade__c",
                      recordType="Account.Firm", steps=[]),
    ]  # fmt: skip


def _navigation() -> list[Document]:
    return [
        make_document("CustomTab", "Account", object="Account"),
        make_document("CustomTab", "Invoices", object="Invoice__c"),
        make_document("CustomApplication", "Sales", tabs=["Account", "Invoices"], default=True),
        make_document("KeptComponent", "CustomTab:Invoices", type="CustomTab", fullName="Invoices",
                      place="tabs/Invoices.tab", xml="<CustomTab/>",
                      livesAs={"kind": "CustomTab", "name": "Invoices"}),
    ]  # fmt: skip


def _people() -> list[Document]:
    return [
        make_document("Role", "Chief"),
        make_document("Role", "West", parentRole="Chief", opportunityAccessLevel="Read"),
        make_document("Group", "Partners", members=[{"type": "role", "name": "West"}]),
        make_document(
            "Group", "Everyone", doesIncludeBosses=False,
            members=[{"type": "roleAndSubordinates", "name": "Chief"},
                     {"type": "group", "name": "Partners"}],
        ),
        make_document("Queue", "Support", objects=["Invoice__c"], email="support@example.com",
                      members=[{"type": "group", "name": "Partners"}])
        | {"uid": QUEUE_UID},
    ]  # fmt: skip


def _permissions() -> list[Document]:
    grants: dict[str, Any] = {
        "userPermissions": [{"name": "ExportReport"}],
        "objectPermissions": [{"object": "Invoice__c", "allowRead": True, "allowEdit": True}],
        "fieldPermissions": [
            {"field": "Invoice__c.Total__c", "readable": True},
            {"field": "Account.BillingAddress", "editable": True},
        ],
        "tabVisibilities": [{"tab": "Invoices", "visibility": "DefaultOn"}],
        "applicationVisibilities": [{"application": "Sales", "default": True}],
        "customPermissions": [{"name": "Approve"}],
        "recordTypeVisibilities": [{"recordType": "Account.Firm", "visible": True}],
    }
    return [
        make_document("CustomPermission", "Approve"),
        make_document(
            "Profile", "Seller", **grants, needsSecondFactor=True,
            layoutAssignments=[
                {"layout": "Account-Account Layout"},
                {"layout": "Account-Account Layout", "recordType": "Account.Firm"},
            ],
            loginIpRanges=[{"startAddress": "192.0.2.1", "endAddress": "192.0.2.9"}],
        ),
        make_document("PermissionSet", "Billing", **grants),
        make_document("PermissionSetGroup", "Office", permissionSets=["Billing"], muting=grants),
        make_document(
            "DelegateGroup", "West_desk", roles=["West"], profiles=["Standard"],
            permissionSets=["Plain"], groups=["Partners"], queues=["Support"],
            customObjects=["Invoice__c"],
        ),
        make_document("PermissionSet", "Plain"),
    ]  # fmt: skip


def _sharing() -> list[Document]:
    return [
        make_document(
            "SharingRule", "Invoice__c.West", object="Invoice__c", type="owner", access="Read",
            sharedFrom={"type": "role", "name": "West"},
            sharedTo={"type": "group", "name": "Partners"},
        ),
        make_document(
            "SharingRule", "Account.Hot", object="Account", type="criteria", access="Edit",
            sharedTo={"type": "queue", "name": "Support"}, booleanFilter="1 OR 2",
            accountSettings={"opportunityAccessLevel": "Read"},
            filters=[
                {"id": "1", "field": "Name", "operator": "equals", "value": "Hot"},
                {"id": "2", "field": "Name", "operator": "startsWith", "value": "X"},
            ],
        ),
    ]  # fmt: skip


def _reports() -> list[Document]:
    total = {"field": "Bills$Total__c", "aggregateTypes": ["Sum"]}
    hot = {"id": "1", "field": "Rating", "operator": "equals", "value": "Hot"}
    dear = {"id": "2", "field": "Bills$Total__c", "operator": "greaterThan", "value": "1"}
    return [
        make_document(
            "ReportType",
            "AccountsWithBills",
            object="Account",
            joins=[
                {"name": "Bills", "field": "Invoice__c.Customer__c"},
                {"name": "Lines", "field": "Line__c.Invoice__c", "outer": True},
            ],
            sections=[
                {
                    "id": "s1",
                    "label": "Accounts",
                    "columns": [
                        {"field": "Name", "checkedByDefault": True},
                        {"field": "Bills$Total__c"},
                        {"field": "Parent.Rating"},
                    ],
                }
            ],
        ),
        make_document(
            "ReportFolder",
            "Public",
            shares=[
                {"type": "role", "name": "West"},
                {"type": "allInternalUsers", "level": "Edit"},
            ],
        ),
        make_document(
            "Report",
            "Bills",
            folder="Public",
            reportType="AccountsWithBills",
            format="Summary",
            columns=[{"field": "Name"}, total, {"field": "BillingCity"}, {"field": "Size"}],
            groupingsDown=[
                {"field": "Rating"},
                {"field": "Bills$Customer__r.Region__c"},
                {"field": "Grade__c"},
            ],
            filters=[hot, dear],
            booleanFilter="1 OR 2",
            sort=[{"field": "Name"}],
            roleHierarchyFilter="Chief",
            timeFrameFilter={"field": "CreatedDate", "interval": "THIS_YEAR"},
            buckets=[
                {
                    "name": "Size",
                    "field": "Bills$Total__c",
                    "values": [{"label": "Small", "below": "5"}],
                }
            ],
            crossFilters=[
                {
                    "operation": "without",
                    "relation": "Contact.AccountId",
                    "filters": [
                        {
                            "id": "1",
                            "field": "Account.Rating",
                            "operator": "equals",
                            "value": "Cold",
                        }
                    ],
                }
            ],
        ),
        make_document(
            "Report",
            "People",
            folder="Public",
            reportType="Account$Contact.AccountId?",
            columns=[{"field": "Child$Name"}, {"field": "Child$Account.Rating"}],
        ),
    ]


def _dashboards() -> list[Document]:
    shares = [
        {"type": "roleAndSubordinates", "name": "Chief", "level": "Manage"},
        {"type": "group", "name": "Partners"},
    ]
    chart = {
        "chartType": "columnStacked", "group": "Bills$Customer__r.Region__c",
        "secondGroup": "Grade__c", "measures": ["RowCount", "Bills$Total__c:Sum"],
    }  # fmt: skip
    return [
        make_document("DashboardFolder", "Boards", shares=shares),
        make_document(
            "Dashboard", "Overview", folder="Boards",
            components=[
                {"id": "dear", "report": "Bills", "title": "Bills by region", "chart": chart},
                {"id": "people", "report": "People", "width": 6, "height": 3},
            ],
            filters=[
                {"id": "1", "field": "Account.Grade__c",
                 "choices": [{"operator": "equals", "value": "Top", "label": "Top ones"}]},
                {"id": "2", "field": "Invoice__c.Total__c"},
            ],
        ),
    ]  # fmt: skip


def _translations() -> Document:
    rows = [
        ("CustomObject:Invoice__c", "label", "发票"),
        ("CustomField:Invoice__c.Total__c", "label", "总额"),
        ("Layout:Invoice__c-Invoice Layout", "sections.s1", "事实"),
        ("ListView:Invoice__c.Large", "label", "大额"),
        ("PathAssistant:Account.Path", "steps.west", "打电话。"),
        ("RecordType:Account.Firm", "label", "公司"),
        ("GlobalValueSet:Regions", "values.West", "西"),
        ("CustomTab:Invoices", "label", "发票"),
    ]
    entries = [
        {"id": f"{target}#{attribute}", "target": target, "attribute": attribute, "text": text}
        for target, attribute, text in rows
    ]
    return make_document("Translations", "Invoice__c-zh_CN", language="zh_CN", entries=entries)


# -- an org with it


def put(org_db: OrgDatabase, *documents: Document, remove: tuple[Any, ...] = ()) -> Deployment:
    """Deploys the documents, for the system."""
    return deploy(org_db, WHO, ChangeSet(tuple(documents), remove, "a test"))


def snapshot_of(org_db: OrgDatabase) -> Snapshot:
    return SNAPSHOTS.get(org_db)


def document(org_db: OrgDatabase, uid: str) -> dict[str, Any]:
    """A document as it is now."""
    return dict(snapshot_of(org_db).by_uid[uid].document)  # type: ignore[index]


def documents_of(snapshot: Snapshot) -> dict[str, Document]:
    return {uid: d.document for uid, d in snapshot.by_uid.items()}


# -- rows, written past the record service, which lies above


def add_record(org_db: OrgDatabase, object_name: str, **values: Any) -> str:
    """Adds a record with these values by local name; returns its id."""
    snapshot = snapshot_of(org_db)
    obj = snapshot.object(object_name)
    record_id = new_id(snapshot.storage.prefix(obj.uid))
    now = clock.now()
    main = snapshot.storage.object(obj.uid).table
    rows: dict[str, dict[str, Any]] = {
        main: {
            "owner_id": WHO.user_id, "created_at": now, "created_by": WHO.user_id,
            "modified_at": now, "modified_by": WHO.user_id, "version": 1,
            "is_deleted": values.pop("IsDeleted", False),
        }
    }  # fmt: skip
    for name, value in values.items():
        field = snapshot.field(object_name, name)
        for part, stored in field.field_type.to_columns(value, field).items():
            place = snapshot.storage.of_field(field.uid)[part]
            rows.setdefault(place.table, {})[place.column] = stored
    with org_db.write() as conn:
        for table, row in rows.items():
            made = _table(snapshot, obj.name, table, main)
            conn.execute(sa.insert(made).values(id=record_id, **row))
    return record_id


def value_of(org_db: OrgDatabase, record_id: str, field: CustomField) -> Any:
    """What a record holds in a field."""
    snapshot = snapshot_of(org_db)
    parts: dict[str, Any] = {}
    with org_db.read() as conn:
        for part, place in snapshot.storage.of_field(field.uid).items():
            table = sa.table(
                place.table,
                sa.column("id", storage_type("id")),
                sa.column(place.column, storage_type(place.type)),
            )
            query = sa.select(table.c[place.column]).where(table.c.id == record_id)
            parts[part] = conn.scalar(query)
    return field.field_type.from_columns(parts, field)


def read(org_db: OrgDatabase, record_id: str, name: str) -> Any:
    """What a record holds in the field "Object.Field"."""
    owner, _dot, local = name.rpartition(".")
    return value_of(org_db, record_id, snapshot_of(org_db).field(owner, local))


def _table(snapshot: Snapshot, object_name: str, name: str, main: str) -> sa.TableClause:
    columns = {"id": storage_type("id")}
    if name == main:
        columns |= {key: kind for key, (kind, _needed) in SYSTEM_COLUMNS.items()}
    for field in snapshot.fields(object_name).values():
        for place in snapshot.storage.of_field(field.uid).values():
            if place.table == name:
                columns[place.column] = storage_type(place.type)
    return sa.table(name, *(sa.column(key, kind) for key, kind in columns.items()))
