"""Creating, reading and changing records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.runtime.conftest import Crm


def test_a_record_is_read_as_it_was_saved(crm: Crm) -> None:
    account = crm.make(
        "Account", Name="Acme", Rating="Hot", AnnualRevenue=Decimal("99999999999999.99"),
        Active=True, Since=date(2020, 2, 29),
    )  # fmt: skip
    record = crm.records.get(
        account, ("Name", "Rating", "AnnualRevenue", "Active", "Since", "OwnerId", "Phone")
    )
    assert record.values == {
        "Name": "Acme", "Rating": "Hot", "AnnualRevenue": Decimal("99999999999999.99"),
        "Active": True, "Since": date(2020, 2, 29), "OwnerId": crm.actor.user_id, "Phone": None,
    }  # fmt: skip
    assert record.version == 1
