"""Contacts as Microsoft Outlook exports them."""

from __future__ import annotations

from .base import PRESETS, Preset

_PERSON = {
    "Title": "Salutation",
    "First Name": "FirstName",
    "Middle Name": "MiddleName",
    "Last Name": "LastName",
    "Suffix": "Suffix",
    "Department": "Department",
    "Job Title": "Title",
    "Business Fax": "Fax",
    "Business Phone": "Phone",
    "Home Phone": "HomePhone",
    "Mobile Phone": "MobilePhone",
    "Other Phone": "OtherPhone",
    "Assistant's Name": "AssistantName",
    "Assistant's Phone": "AssistantPhone",
    "E-mail Address": "Email",
    "Birthday": "Birthdate",
    "Notes": "Description",
}

PRESETS.register(
    Preset(
        name="outlook",
        label="Outlook",
        telling=("First Name", "Last Name", "Company", "Business Street", "E-mail Display Name"),
        blanks=frozenset({"0/0/00"}),  # a date that was never entered
        objects={
            "Contact": _PERSON
            | {
                "Company": "Account.Name",
                "Business Street": "MailingStreet",
                "Business City": "MailingCity",
                "Business State": "MailingState",
                "Business Postal Code": "MailingPostalCode",
                "Business Country/Region": "MailingCountry",
                "Other Street": "OtherStreet",
                "Other City": "OtherCity",
                "Other State": "OtherState",
                "Other Postal Code": "OtherPostalCode",
                "Other Country/Region": "OtherCountry",
            },
            "Lead": {k: v for k, v in _PERSON.items() if k not in ("Birthday", "Home Phone")}
            | {
                "Company": "Company",
                "Business Street": "Street",
                "Business City": "City",
                "Business State": "State",
                "Business Postal Code": "PostalCode",
                "Business Country/Region": "Country",
                "Web Page": "Website",
            },
        },
    )
)
