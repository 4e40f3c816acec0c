"""Contacts as Google Contacts exports them."""

from __future__ import annotations

from .base import PRESETS, Preset

_PERSON = {
    "Name Prefix": "Salutation",
    "First Name": "FirstName",
    "Middle Name": "MiddleName",
    "Last Name": "LastName",
    "Name Suffix": "Suffix",
    "Organization Title": "Title",
    "Notes": "Description",
    "E-mail 1 - Value": "Email",
    "Phone 1 - Value": "Phone",
    "Phone 2 - Value": "MobilePhone",
}

PRESETS.register(
    Preset(
        name="google",
        label="Google Contacts",
        telling=("Organization Name", "E-mail 1 - Value", "Phone 1 - Value"),
        separator=":::",
        rest={"Phone 1 - Value": ("OtherPhone", "MobilePhone")},
        objects={
            "Contact": _PERSON
            | {
                "Organization Name": "Account.Name",
                "Organization Department": "Department",
                "Birthday": "Birthdate",
                "Address 1 - Street": "MailingStreet",
                "Address 1 - City": "MailingCity",
                "Address 1 - Region": "MailingState",
                "Address 1 - Postal Code": "MailingPostalCode",
                "Address 1 - Country": "MailingCountry",
            },
            "Lead": _PERSON
            | {
                "Organization Name": "Company",
                "Website 1 - Value": "Website",
                "Address 1 - Street": "Street",
                "Address 1 - City": "City",
                "Address 1 - Region": "State",
                "Address 1 - Postal Code": "PostalCode",
                "Address 1 - Country": "Country",
            },
        },
    )
)
