"""Contacts as Microsoft Outlook exports them."""

from __future__ import annotations

from .base import PRESETS, Preset

_PERSON = {
    "Title": "Salutation",
    "First Name": "FirstName",
    "Middle Name": "MiddleName",
    "Last Name": "LastName",
    "Suffix": "Suffix",
    "Job Title": "Title",
    "Business Fax": "Fax",
    "Business Phone": "Phone",
    "Mobile Phone": "MobilePhone",
    "E-mail Address": "Email",
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
                "Department": "Department",
                "Home Phone": "HomePhone",
                "Other Phone": "OtherPhone",
                "Assistant's Name": "AssistantName",
                "Assistant's Phone": "AssistantPhone",
                "Birthday": "Birthdate",
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
            "Lead": _PERSON
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
