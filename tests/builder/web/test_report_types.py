"""Report types by HTTP: joined, given fields, offered, kept while reports are of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo_site import Site
from trellis.metadata.kinds.report_type import ReportType

PAGE = "/setup/report-types"
BASE = {
    "label": "People of accounts", "object": "Account",
    "join": ["Contact.AccountId", "", ""], "outer": ["outer", "inner", "inner"],
}  # fmt: skip


def made(site: Site) -> ReportType:
    found: ReportType = site.snapshot.of_kind("ReportType")[0]
    return found


def save(site: Site, **more: Any) -> None:
    site.guest().submit(f"{PAGE}/{made(site).uid}", {**BASE, **more})


@pytest.fixture
def typed(site: Site) -> Site:
    site.guest().submit(f"{PAGE}/new", BASE)
    return site


def test_a_type_joins_objects_and_the_report_builder_offers_it(typed: Site) -> None:
    join = made(typed).joins[0]
    assert (join.name, join.field, join.outer) == ("Contact", "Contact.AccountId", True)
    rep = typed.guest("rep")
    assert "People of accounts" in rep.read("/reports/new")
    assert "Contact$Email" in rep.read(f"/reports/new?type={made(typed).name}")
    assert "Accounts › Contacts" in typed.guest().read(PAGE)


def test_sections_say_which_fields_are_offered(typed: Site) -> None:
    save(typed, section=["s1", "s2"], **{
        "heading-s1": "Usual", "columns-s1": ["Contact$Email"], "chosen-s1": ["Name"],
        "heading-s2": "", "columns-s2": ["Phone"],
    })  # fmt: skip
    (section,) = made(typed).sections
    assert (section.label, section.columns, section.chosen) == (
        "Usual", ("Contact$Email", "Name"), ("Name",),
    )  # fmt: skip
    page = typed.guest("rep").read(f"/reports/new?type={made(typed).name}")
    assert "Contact$Email" in page
    assert '"path": "Phone"' not in page


def test_a_join_that_goes_takes_its_fields_along(typed: Site) -> None:
    section = {"section": ["s1"], "heading-s1": "Usual", "columns-s1": ["Name", "Contact$Email"]}
    save(typed, **section)
    save(typed, **{**section, "join": ["", "", ""]})
    assert made(typed).joins == ()
    assert made(typed).sections[0].columns == ("Name",)


def test_what_cannot_be_joined_is_refused(typed: Site) -> None:
    uid = made(typed).uid
    wrong = {**BASE, "join": ["Contact.AccountId", "Opportunity.AccountId"],
             "outer": ["outer", "inner"]}  # fmt: skip
    refused = typed.guest().post(f"{PAGE}/{uid}", wrong)
    assert refused.status_code == 422
    assert "no lookup to Contact" in refused.get_data(as_text=True)
    assert typed.guest().post(f"{PAGE}/new", {"label": "X", "object": ""}).status_code == 422
    assert typed.guest().post(f"{PAGE}/new", BASE).status_code == 422


def test_a_type_with_reports_is_kept(typed: Site) -> None:
    uid = made(typed).uid
    typed.put_live({
        "kind": "Report", "uid": "r-1", "name": "OfType", "label": "Of this type",
        "folder": "StandardReports", "reportType": made(typed).name,
        "columns": [{"field": "Contact$Email"}],
    })  # fmt: skip
    assert "Of this type" in typed.guest().read(f"{PAGE}/{uid}")
    typed.guest().post(f"{PAGE}/{uid}/delete")
    assert typed.snapshot.find_uid(uid) is not None
    typed.guest().post("/reports/OfType/delete")
    typed.guest().post(f"{PAGE}/{uid}/delete")
    assert typed.snapshot.find_uid(uid) is None
    assert typed.guest("rep").get(PAGE).status_code == 403
