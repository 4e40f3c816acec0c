from __future__ import annotations

import pytest

from tests.runtime.transfer.conftest import Company
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.errors import Rejected
from trellis.runtime.transfer.mapping import ImportMapping, suggest
from trellis.runtime.transfer.presets import PRESETS


def mapped(mapping: ImportMapping) -> dict[str, str]:
    return {column.heading: column.path for column in mapping.columns}


def test_headings_are_names_or_labels_in_any_language(company: Company) -> None:
    headings = ("Opportunity Name", "客户名称", "stage_name", "Amount", "Owner", "Nonsense")
    mapping = suggest(headings, "Opportunity", SNAPSHOTS.get(company.org_db))
    found = mapped(mapping)
    assert found["Opportunity Name"] == "Name"
    assert found["stage_name"] == "StageName"
    assert found["Owner"] == "Owner.Name"
    assert "Nonsense" in mapping.left_out


def test_what_is_said_goes_before_presets_and_labels(company: Company) -> None:
    headings = ("Nachname", "Firma", "Telefon", "Mobil")
    said = {"Telefon": "Fax", "Mobil": ""}
    mapping = suggest(headings, "Lead", SNAPSHOTS.get(company.org_db), said)
    assert mapping.preset is not None
    assert mapping.preset.name == "german"
    assert mapped(mapping) == {"Nachname": "LastName", "Firma": "Company", "Telefon": "Fax"}
    assert mapping.left_out == ("Mobil",)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"Nmae": "Name"}, "import.unknown_heading"),
        ({"Name": "Nmae"}, "field.unknown"),
        ({"Name": "Ownr.Name"}, "field.unknown_relationship"),
        ({"Name": "CreatedDate"}, "import.read_only"),
        ({"Name": "Owner.Manager.Name"}, "import.path"),
        ({"Name": "BillingAddress"}, "import.compound"),
        ({"Name": "Phone", "Phone": "Phone"}, "import.mapped_twice"),
        ({"Name": "", "Phone": ""}, "import.nothing_mapped"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(
    company: Company, said: dict[str, str], code: str
) -> None:
    with pytest.raises(Rejected) as refused:
        suggest(("Name", "Phone"), "Account", SNAPSHOTS.get(company.org_db), said)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_every_field_that_a_preset_names_is_there_or_is_a_switched_off_part_of_a_name(
    company: Company,
) -> None:
    snapshot = SNAPSHOTS.get(company.org_db)
    for preset in PRESETS:
        for object_name, targets in preset.objects.items():
            headings = tuple(dict.fromkeys((*preset.telling, *targets)))
            mapping = suggest(headings, object_name, snapshot, preset=preset.name)
            lost = {
                path for heading, path in targets.items() if path and heading in mapping.left_out
            }
            kept = {column.path for column in mapping.columns}
            assert lost - kept <= {"MiddleName", "Suffix"}, (preset.name, object_name)
