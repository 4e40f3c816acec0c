"""A renamed field is followed by lookup filters, conditions of layouts and defaults."""

from __future__ import annotations

from tests.factories import deployed, make_document, make_field, make_object
from trellis.platform.db.scope import OrgDatabase

ROWS = [
    {"field": "Person__c.Level__c", "operation": "equals", "value": "x"},
    {"field": "Name", "operation": "equals", "valueField": "$Source.Firm__r.Code__c"},
    {"field": "Name", "operation": "equals", "valueField": "$User.Team__c"},
]
WHEN = {"filters": [{"field": "Firm__r.Code__c", "operator": "equals", "value": "1"}]}


def test_what_names_a_field_follows_its_new_name(org_db: OrgDatabase) -> None:
    cell = {
        "id": "c",
        "field": "Name",
        "visibleWhen": WHEN,
        "requiredWhen": {"formula": "Sum__c > 1"},
    }
    deployed(
        org_db,
        make_object("User", keyPrefix="005", storage="people"),
        make_field("User.Name"),
        make_field("User.Team__c"),
        make_object("Firm__c"),
        make_field("Firm__c.Name"),
        make_field("Firm__c.Code__c"),
        make_object("Person__c"),
        make_field("Person__c.Name"),
        make_field("Person__c.Level__c"),
        make_object("Deal__c"),
        make_field("Deal__c.Name"),
        make_field("Deal__c.Sum__c", "Number", precision=8, scale=0),
        make_field("Deal__c.Team__c", defaultValue="$User.Team__c"),
        make_field("Deal__c.Firm__c", "Lookup", to="Firm__c"),
        make_field("Deal__c.Who__c", "Lookup", to="Person__c", lookupFilter={"filterItems": ROWS}),
        make_document(
            "Layout", "Deal__c-L", object="Deal__c", sections=[{"id": "s", "cells": [cell]}]
        ),
    )
    snapshot = deployed(
        org_db,
        make_field("Firm__c.Number__c", uid="f-Firm__c.Code__c"),
        make_field("Person__c.Rank__c", uid="f-Person__c.Level__c"),
        make_field("User.Crew__c", uid="f-User.Team__c"),
        make_field("Deal__c.Total__c", "Number", uid="f-Deal__c.Sum__c", precision=8, scale=0),
    )
    items = snapshot.field("Deal__c", "Who__c").document["lookupFilter"]["filterItems"]
    assert [items[0]["field"], items[1]["valueField"], items[2]["valueField"]] == [
        "Person__c.Rank__c", "$Source.Firm__r.Number__c", "$User.Crew__c",
    ]  # fmt: skip
    assert snapshot.field("Deal__c", "Team__c").default == "$User.Crew__c"
    found = snapshot.get("Layout", "Deal__c-L").document["sections"][0]["cells"][0]
    assert found["visibleWhen"]["filters"][0]["field"] == "Firm__r.Number__c"
    assert found["requiredWhen"]["formula"] == "Total__c > 1"
