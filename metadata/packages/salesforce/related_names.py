"""What layouts of Salesforce call related lists, and the lookups of ours that they follow.

Lists of custom lookups go by object and field; those of standard ones have names such as
`RelatedContactList`, which mean another lookup on the page of another object.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ...snapshot import Snapshot

#: what every record page shows by itself
BY_THE_PAGE = frozenset(
    {
        "RelatedActivityList", "RelatedHistoryList", "RelatedEntityHistoryList", "RelatedFileList",
        "RelatedAttachmentList", "RelatedNoteList", "RelatedContentNoteList",
        "RelatedCommentsList", "RelatedNoteAndAttachmentList",
    }
)  # fmt: skip
#: {list: lookups, of which the one to the page's object is meant}
LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "RelatedContactList": ("Contact.AccountId", "Contact.ReportsToId"),
        "RelatedOpportunityList": ("Opportunity.AccountId", "Opportunity.CampaignId"),
        "RelatedCaseList": ("Case.AccountId", "Case.ContactId", "Case.ParentId"),
        "RelatedContactRoleList": (
            "OpportunityContactRole.OpportunityId", "OpportunityContactRole.ContactId",
        ),
        "RelatedOpportunityContactRoleList": ("OpportunityContactRole.ContactId",),
        "RelatedCampaignMemberList": ("CampaignMember.CampaignId",),
        "RelatedCampaignList": ("CampaignMember.ContactId", "CampaignMember.LeadId"),
        "RelatedCampaignHierarchyList": ("Campaign.ParentId",),
        "RelatedLineItemList": ("OpportunityLineItem.OpportunityId",),
        "RelatedAccountChildList": ("Account.ParentId",),
        "RelatedProductList": ("PricebookEntry.Pricebook2Id",),
        "RelatedPricebookEntryList": ("PricebookEntry.Product2Id",),
        "RelatedStandardPriceList": ("PricebookEntry.Product2Id",),
        "RelatedAccountSalesTeamList": ("AccountTeamMember.AccountId",),
    }
)  # fmt: skip


def field_of(name: str, owner: str, snapshot: Snapshot) -> str:
    """The lookup that a list on pages of `owner` follows; "" for none that is here."""
    child, dot, local = name.partition(".")
    ways = (name, f"{child}.{local}Id") if dot else LISTS.get(name, ())
    return next((way for way in ways if _leads_to(way, owner, snapshot)), "")


def list_name_of(field: str, owner: str) -> str:
    """What layouts of `owner` call the list of a lookup."""
    found = (name for name, ways in LISTS.items() if field in ways)
    return next(found, field)


def _leads_to(way: str, owner: str, snapshot: Snapshot) -> bool:
    child, _dot, local = way.partition(".")
    field = snapshot.find_field(child, local) if snapshot.find_object(child) else None
    return field is not None and owner in field.reference_to
