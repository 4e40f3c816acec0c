"""Components are called after their compound, in every language."""

from __future__ import annotations

import pytest

from tests.factories import make_document, make_field, make_object, make_snapshot
from trellis.platform.i18n import in_language, use_locale

SNAPSHOT = make_snapshot(
    make_object("Site__c", label="Site"),
    make_field("Site__c.Delivery__c", "Address", label="Delivery address"),
    make_field("Site__c.Home__c", "Address", label="Address"),
    make_field("Site__c.Dock__c", "Address", label="Dock"),
    make_field("Site__c.Spot__c", "Location", label="Spot"),
    make_document(
        "Translations",
        "Site__c-zh_CN",
        language="zh_CN",
        entries=[
            {
                "id": f"CustomField:Site__c.{name}#label",
                "target": f"CustomField:Site__c.{name}",
                "attribute": "label",
                "text": text,
            }
            for name, text in (
                ("Delivery__c", "送货地址"),
                ("Home__c", "地址"),
                ("Dock__c", "码头"),
                ("Spot__c", "停靠点"),
            )
        ],
    ),
)


@pytest.mark.parametrize(
    ("component", "english", "chinese"),
    [
        ("Delivery__City__s", "Delivery city", "送货城市"),
        ("Home__PostalCode__s", "Postal code", "邮政编码"),
        ("Dock__City__s", "Dock (City)", "码头（城市）"),
        ("Spot__Latitude__s", "Spot (Latitude)", "停靠点（纬度）"),
    ],
)
def test_a_component_is_called_after_its_compound(
    component: str, english: str, chinese: str
) -> None:
    field = SNAPSHOT.field("Site__c", component)
    assert SNAPSHOT.label(field) == english
    with use_locale(in_language("zh_CN")):
        assert SNAPSHOT.label(field) == chinese
