"""Headings that people write in German and Chinese spreadsheets of leads, accounts and contacts."""

from __future__ import annotations

from .base import PRESETS, Preset

PRESETS.register(
    Preset(
        name="german",
        label="Deutsch",
        telling=("Nachname", "Firma"),
        objects={
            "Lead": {
                "Anrede": "Salutation",
                "Vorname": "FirstName",
                "Nachname": "LastName",
                "Firma": "Company",
                "Telefon": "Phone",
                "Mobil": "MobilePhone",
                "E-Mail": "Email",
                "Umsatz": "AnnualRevenue",
                "Mitarbeiter": "NumberOfEmployees",
                "Quelle": "LeadSource",
                "Branche": "Industry",
                "Straße": "Street",
                "Ort": "City",
                "PLZ": "PostalCode",
                "Land": "Country",
                "Besitzer": "Owner.Name",
            },
            "Contact": {
                "Anrede": "Salutation",
                "Vorname": "FirstName",
                "Nachname": "LastName",
                "Firma": "Account.Name",
                "Telefon": "Phone",
                "Mobil": "MobilePhone",
                "E-Mail": "Email",
                "Quelle": "LeadSource",
                "Besitzer": "Owner.Name",
            },
        },
    )
)

PRESETS.register(
    Preset(
        name="chinese",
        label="中文",
        telling=("公司名称", "联系人"),
        objects={
            "Lead": {
                "公司名称": "Company",
                "联系人": "Name",
                "职位": "Title",
                "手机": "MobilePhone",
                "电话": "Phone",
                "邮箱": "Email",
                "省份": "State",
                "城市": "City",
                "地址": "Street",
                "行业": "Industry",
                "年收入": "AnnualRevenue",
                "员工数": "NumberOfEmployees",
                "负责人": "Owner.Name",
            },
            "Contact": {
                "公司名称": "Account.Name",
                "联系人": "Name",
                "职位": "Title",
                "手机": "MobilePhone",
                "电话": "Phone",
                "邮箱": "Email",
                "省份": "MailingState",
                "城市": "MailingCity",
                "地址": "MailingStreet",
                "负责人": "Owner.Name",
            },
            "Account": {
                "公司名称": "Name",
                "电话": "Phone",
                "手机": "Phone",
                "省份": "BillingState",
                "城市": "BillingCity",
                "地址": "BillingStreet",
                "行业": "Industry",
                "年收入": "AnnualRevenue",
                "员工数": "NumberOfEmployees",
                "负责人": "Owner.Name",
            },
        },
    )
)
