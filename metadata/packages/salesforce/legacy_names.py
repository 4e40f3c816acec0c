"""What lists and pages of Salesforce call fields, and our paths for them.

Fields of custom objects go by their API names but for a few; those of standard objects by tokens
such as `OPPORTUNITY.CLOSE_DATE` and `CORE.USERS.ALIAS`. Most say the API name in capitals; the
tables have the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ....platform.errors import Rejected
from ...kinds.custom_field import CustomField
from ...names import CUSTOM
from ...snapshot import Snapshot, relation_name

#: the first parts of tokens by object
OBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "ACCOUNT": "Account", "CONTACT": "Contact", "LEAD": "Lead", "OPPORTUNITY": "Opportunity",
        "CAMPAIGN": "Campaign", "CASES": "Case", "CASE": "Case", "TASK": "Task", "EVENT": "Event",
        "ACTIVITY": "Task", "PRODUCT2": "Product2", "PRODUCT": "Product2", "CM": "CampaignMember",
        "PRICEBOOK2": "Pricebook2", "PRICEBOOKENTRY": "PricebookEntry",
        "OPPORTUNITYLINEITEM": "OpportunityLineItem", "USERS": "User", "USER": "User",
    }
)  # fmt: skip
#: tokens that mean the same of every object
EVERYWHERE: Mapping[str, str] = MappingProxyType(
    {
        "NAME": "Name", "FULL_NAME": "Name", "OBJECT_ID": "Id", "CREATED_DATE": "CreatedDate",
        "CREATEDBY_USER": "CreatedById", "CREATEDBY_USER.ALIAS": "CreatedById",
        "LAST_UPDATE": "LastModifiedDate", "UPDATEDBY_USER": "LastModifiedById",
        "UPDATEDBY_USER.ALIAS": "LastModifiedById", "CORE.USERS.ALIAS": "OwnerId",
        "CORE.USERS.FULL_NAME": "OwnerId", "CORE.USERS.FIRST_NAME": "Owner.FirstName",
        "CORE.USERS.LAST_NAME": "Owner.LastName", "OWNER.ALIAS": "OwnerId", "OWNER": "OwnerId",
        "OWNER_NAME": "OwnerId", "SALES.ACCOUNT.NAME": "Account.Name", "RECORDTYPE": "RecordTypeId",
        "CREATED_BY": "CreatedById", "LAST_UPDATE_BY": "LastModifiedById",
    }
)  # fmt: skip
#: last parts of tokens that are no API name in capitals, by object
TAILS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "": {"RECORDTYPE": "RecordTypeId", "LAST_UPDATE": "LastModifiedDate", "PHONE1": "Phone",
             "PHONE2": "Fax", "PHONE3": "MobilePhone", "PHONE4": "HomePhone", "URL": "Website",
             "EMPLOYEES": "NumberOfEmployees", "SALES": "AnnualRevenue", "SOURCE": "LeadSource",
             "ACTIVE": "IsActive", "PRIVATE": "IsPrivate", "UNREAD": "IsUnreadByOwner",
             "STAGE": "StageName", "NUM": "CaseNumber", "CASE_NUMBER": "CaseNumber",
             "CONVERTED": "IsConverted", "CLOSED": "IsClosed", "WON": "IsWon",
             "DUE_DATE": "ActivityDate", "WHO_NAME": "WhoId", "WHAT_NAME": "WhatId",
             "CELL": "MobilePhone", "FULL_NAME": "Name", "STATE": "State", "ACC_NAME": "Name",
             "CNTC_FIRST_NAME": "FirstName", "RESPONDED": "HasResponded"},
        "Account": {"ADDRESS1_STREET": "BillingStreet", "ADDRESS1_CITY": "BillingCity",
                    "ADDRESS1_STATE": "BillingState", "ADDRESS1_ZIP": "BillingPostalCode",
                    "ADDRESS1_COUNTRY": "BillingCountry", "ADDRESS2_CITY": "ShippingCity",
                    "ADDRESS2_STATE": "ShippingState", "ADDRESS2_STREET": "ShippingStreet",
                    "ADDRESS2_ZIP": "ShippingPostalCode", "ADDRESS2_COUNTRY": "ShippingCountry",
                    "PARENT_NAME": "Parent.Name"},
        "Contact": {"ADDRESS2_STREET": "MailingStreet", "ADDRESS2_CITY": "MailingCity",
                    "ADDRESS2_STATE": "MailingState", "ADDRESS2_ZIP": "MailingPostalCode",
                    "ADDRESS2_COUNTRY": "MailingCountry", "ADDRESS1_CITY": "OtherCity",
                    "ADDRESS1_STATE": "OtherState", "REPORTS_TO": "ReportsToId",
                    "BIRTHDATE": "Birthdate"},
        "Lead": {"STREET": "Street", "CITY": "City", "COMPANY": "Company"},
        "Campaign": {"CAMPAIGN_TYPE": "Type", "CAMPAIGN_NAME": "Name"},
        "Opportunity": {"CLOSE_MONTH": "CloseDate", "PRIMARY_CAMPAIGN_SOURCE": "CampaignId"},
    }
)  # fmt: skip


def path_of(token: str, object_name: str, snapshot: Snapshot) -> str:
    """The field path that a token means in lists of the object; the token itself if none does."""
    if _leads_somewhere(token, object_name, snapshot):
        field = None if "." in token else snapshot.find_field(object_name, token)
        return token if field is None else field.local_name
    if found := EVERYWHERE.get(token):
        return found if _leads_somewhere(found, object_name, snapshot) else _named(
            token, object_name, snapshot)  # fmt: skip
    head, dot, tail = token.partition(".")
    if not dot:
        return _local(token, object_name, snapshot) or token
    owner = OBJECTS.get(head.upper(), "")
    if owner == object_name:
        return _local(tail, object_name, snapshot) or token
    relation = _relation(owner or head, object_name, snapshot)
    if relation is None or not relation.reference_to:
        return token
    local = _local(tail, relation.reference_to[0], snapshot)
    return f"{relation_name(relation)}.{local}" if local else token


def token_of(path: str, object_name: str) -> str:
    """What lists of the object call a field; its API name where that has no other."""
    found = next((token for token, known in EVERYWHERE.items() if known == path), None)
    if found is not None and (object_name.endswith(CUSTOM) or "." in path or path != "Name"):
        return found
    if path.endswith(CUSTOM) or object_name.endswith(CUSTOM):
        return path
    head = next((head for head, owner in OBJECTS.items() if owner == object_name), object_name)
    owner, dot, local = path.rpartition(".")
    tails = {**TAILS[""], **TAILS.get(owner or object_name, {})}
    tail = next((token for token, known in tails.items() if known == local), None)
    return f"{(owner if dot else head).upper()}.{tail or _capitals(local)}"


def _relation(head: str, object_name: str, snapshot: Snapshot) -> CustomField | None:
    """The lookup that a token begins with: by its relation, its API name or what it leads to."""
    if (found := snapshot.find_relation(object_name, head)) is not None:
        return found
    fields = snapshot.fields(object_name).values()
    return next(
        (f for f in fields if f.reference_to and head in (f.local_name, *f.reference_to)), None
    )


def _named(token: str, object_name: str, snapshot: Snapshot) -> str:
    """What names a record of the object, where its field is not called Name."""
    obj = snapshot.find_object(object_name)
    is_name = EVERYWHERE[token] == "Name" and obj is not None and obj.name_field
    return obj.name_field if is_name and obj is not None else EVERYWHERE[token]


def _local(tail: str, object_name: str, snapshot: Snapshot) -> str:
    fields = snapshot.fields(object_name)
    for name in (TAILS.get(object_name, {}).get(tail), TAILS[""].get(tail), EVERYWHERE.get(tail)):
        if name and (name in fields or "." in name):
            return name
    wanted = _folded(tail)
    return next((n for n in fields if wanted in (_folded(n), _folded(n.removesuffix("Id")))), "")


def _folded(name: str) -> str:
    return name.replace("_", "").casefold()


def _capitals(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removesuffix("Id") or name).upper()


def _leads_somewhere(path: str, object_name: str, snapshot: Snapshot) -> bool:
    try:
        snapshot.resolve(object_name, path)
    except Rejected:
        return False
    return True
