"""Contacts as ACT! exports them: one column for the whole name."""

from __future__ import annotations

from .base import PRESETS, Preset

_PERSON = {
    "Contact": "Name",
    "Phone": "Phone",
    "Fax": "Fax",
    "Mobile Phone": "MobilePhone",
    "Salutation": "",
    "Title": "Title",
    "Last Results": "Description",
    "E-mail Address": "Email",
    "Record Manager": "Owner.Name",
}

PRESETS.register(
    Preset(
        name="act",
        label="ACT!",
        telling=("Company", "Contact", "ID/Status", "Record Manager"),
        objects={
            "Contact": _PERSON
            | {
                "Company": "Account.Name",
                "Home Phone": "HomePhone",
                "Assistant": "AssistantName",
                "Department": "Department",
                "Address 1": "MailingStreet",
                "City": "MailingCity",
                "State": "MailingState",
                "Zip": "MailingPostalCode",
                "Country": "MailingCountry",
            },
            "Lead": _PERSON
            | {
                "Company": "Company",
                "Address 1": "Street",
                "City": "City",
                "State": "State",
                "Zip": "PostalCode",
                "Country": "Country",
                "Web Site": "Website",
            },
        },
    )
)
