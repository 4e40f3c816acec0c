"""A small CRM on a fresh org, for tests of queries and records."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.factories import (
    administrator,
    deployed,
    make_field,
    make_object,
)
from trellis.metadata.definition import Document
from trellis.metadata.snapshot import Snapshot
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.people.actor import Actor
from trellis.runtime.records.service import Records


@dataclass(frozen=True)
class Crm:
    """An org with its snapshot, an administrator and their records."""

    org_db: OrgDatabase
    snapshot: Snapshot
    actor: Actor
    records: Records

    def make(self, object_name: str, **values: object) -> str:
        return self.records.create(object_name, values)


def crm_documents() -> list[Document]:
    """User, Account, Contact, Opportunity, a quote with lines, a task for several objects."""
    return [
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_field("User.Username"),
        make_field("User.IsActive", "Checkbox"),
        make_object("Account", keyPrefix="001", enableHistory=True),
        make_field("Account.Name", required=True, trackHistory=True),
        make_field("Account.Rating", "Picklist", values=["Hot", "Warm", "Cold"], trackHistory=True),
        make_field("Account.AnnualRevenue", "Currency", precision=18, scale=2, trackHistory=True),
        make_field("Account.Employees", "Number", precision=8, scale=0),
        make_field("Account.Phone", "Phone"),
        make_field("Account.Active", "Checkbox"),
        make_field("Account.Since", "Date"),
        make_field("Account.Code", unique=True, externalId=True, length=40),
        make_field("Account.Tag", unique=True, caseSensitive=True, length=40),
        make_field("Account.ParentId", "Lookup", to="Account"),
        make_object("Contact", keyPrefix="003"),
        make_field("Contact.Name", required=True),
        make_field("Contact.Email", "Email"),
        make_field("Contact.AccountId", "Lookup", to="Account", childRelationshipName="Contacts"),
        make_object("Opportunity", keyPrefix="006"),
        make_field("Opportunity.Name", required=True),
        make_field("Opportunity.Amount", "Currency", precision=18, scale=2),
        make_field("Opportunity.CloseDate", "Date"),
        make_field("Opportunity.StageName", "Picklist", values=["Prospecting", "Closed Won"]),
        make_field("Opportunity.AccountId", "Lookup", to="Account", deleteConstraint="Restrict"),
        make_object("Quote__c", nameField="Name"),
        make_field("Quote__c.Name", "AutoNumber", displayFormat="Q-{0000}"),
        make_field("Quote__c.Account__c", "Lookup", to="Account", deleteConstraint="Cascade"),
        make_object("Line__c", sharingModel="ControlledByParent"),
        make_field("Line__c.Name", required=True),
        make_field("Line__c.Quote__c", "MasterDetail", to="Quote__c"),
        make_field("Line__c.Price__c", "Currency", precision=18, scale=2),
        make_object("Task", keyPrefix="00T", nameField="Subject"),
        make_field("Task.Subject", required=True),
        make_field("Task.WhatId", "Lookup", to=["Account", "Opportunity"]),
    ]


@pytest.fixture
def crm(org_db: OrgDatabase) -> Crm:
    """The small CRM, empty, on SQLite and on PostgreSQL."""
    snapshot = deployed(org_db, *crm_documents())
    actor = administrator()
    return Crm(org_db, snapshot, actor, Records(org_db, actor, snapshot))
