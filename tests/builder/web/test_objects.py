"""Objects and fields made, changed, deleted and brought back by the forms of Setup."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo_site import Site, problems_of

INVOICE = {
    "label": "Invoice", "plural": "Invoices", "name": "", "name_type": "number",
    "name_label": "Invoice number", "format": "INV-{0000}", "first": "7", "icon": "receipt",
    "tone": "3", "has_tab": "true", "apps": "Sales",
}  # fmt: skip


def new_field(site: Site, object_name: str, **form: Any) -> str:
    """Sends the sheet of a new field, which lands on every layout."""
    layouts = [one.name for one in site.snapshot.of_kind("Layout") if one.object == object_name]
    path = f"/setup/objects/{object_name}/fields/new"
    return site.guest("admin").submit(path, {"layouts": layouts} | form)


def refused(site: Site, path: str, form: dict[str, Any]) -> list[str]:
    """The problems that a form comes back with."""
    answer = site.guest("admin").post(path, form)
    assert answer.status_code == 422, answer.status_code
    return problems_of(answer.text)


def test_an_object_of_a_form_is_whole(either_site: Site) -> None:
    admin, rep = either_site.guest("admin"), either_site.guest("rep")
    admin.submit("/setup/objects/new", INVOICE)
    assert either_site.snapshot.object("Invoice__c").label == "Invoice"
    assert ">Invoices<" in rep.read("/home")  # its tab
    answer = rep.post("/o/Invoice__c/new", {})
    assert answer.status_code in (302, 303)
    assert "INV-0007" in rep.read(answer.location)
    assert "INV-0007" in rep.read("/o/Invoice__c")


def test_every_problem_of_a_new_object_is_said_at_once(site: Site) -> None:
    form = INVOICE | {"label": "", "plural": "", "name": "Has space", "format": "INV"}
    before = site.pictures()
    said = refused(site, "/setup/objects/new", form)
    assert len(said) >= 3, said
    assert site.pictures() == before


@pytest.mark.parametrize("name", ["Account__c__c", "1st__c", "Müll__c", "__c", "x" * 60, "Select"])
def test_a_name_that_is_no_api_name_is_refused_or_made_one(site: Site, name: str) -> None:
    answer = site.guest("admin").post("/setup/objects/new", INVOICE | {"name": name})
    assert answer.status_code in (302, 422)


def test_a_label_in_chinese_needs_a_name_that_is_typed(site: Site) -> None:
    said = refused(site, "/setup/objects/new", INVOICE | {"label": "发票", "plural": "发票"})
    assert said
    site.guest("admin").submit("/setup/objects/new", INVOICE | {"label": "发票", "name": "Bill"})
    assert site.snapshot.object("Bill__c").label == "发票"


def test_a_field_of_each_common_type_is_on_the_form_at_once(either_site: Site) -> None:
    forms: tuple[dict[str, Any], ...] = (
        {"type": "Text", "label": "Region", "length": "80"},
        {"type": "Currency", "label": "Budget", "precision": "18", "scale": "2"},
        {"type": "Picklist", "label": "Size", "values": "Small\nMedium\nLarge", "restricted": "on"},
        {"type": "Checkbox", "label": "Partner"},
        {"type": "Date", "label": "Renewal"},
        {"type": "Lookup", "label": "Sponsor", "referenceTo": "Contact"},
        {"type": "Email", "label": "Billing email"},
        {"type": "LongTextArea", "label": "Terms"},
    )
    for form in forms:
        new_field(either_site, "Account", **form)
    page = either_site.guest("rep").read("/o/Account/new")
    for form in forms:
        assert f'"{form["label"].replace(" ", "_")}__c' in page, form
    sent = {"Name": "Filled", "Budget__c": "12.50", "Size__c": "Large", "Renewal__c": "2026-12-24"}
    answer = either_site.guest("rep").post("/o/Account/new", sent)
    assert answer.status_code in (302, 303), problems_of(answer.text)


def test_problems_of_a_new_field_are_said_at_once(site: Site) -> None:
    path = "/setup/objects/Account/fields/new"
    assert refused(site, path, {"type": "Picklist", "label": "", "values": ""})
    assert refused(site, path, {"type": "Lookup", "label": "Nowhere"})
    assert refused(site, path, {"type": "Text", "label": "Name twice", "name": "Bad name"})
    new_field(site, "Account", type="Text", label="Region")
    assert refused(site, path, {"type": "Text", "label": "Region"})


def test_a_renamed_field_keeps_its_place_and_its_values(either_site: Site) -> None:
    new_field(either_site, "Account", type="Text", label="Region", views="Account.AllAccounts")
    record_id = either_site.records().create("Account", {"Name": "Kept", "Region__c": "Nord"})
    path = "/setup/objects/Account/fields/Region__c"
    either_site.guest("admin").submit(
        path, {"label": "Area", "name": "Area__c", "type": "Text", "length": "80"}
    )
    rep = either_site.guest("rep")
    assert either_site.records().get(record_id, ["Area__c"]).values["Area__c"] == "Nord"
    assert "Nord" in rep.read(f"/r/{record_id}")
    assert "Area" in rep.read("/o/Account?view=AllAccounts")
    assert rep.get("/setup/objects/Account/fields/Region__c").status_code in (403, 404)
    assert either_site.guest("admin").get(path).status_code == 404


def test_a_deleted_field_comes_back_from_the_bin_with_its_values(either_site: Site) -> None:
    new_field(either_site, "Account", type="Text", label="Region")
    record_id = either_site.records().create("Account", {"Name": "Kept", "Region__c": "Nord"})
    uid = either_site.snapshot.field("Account", "Region__c").uid
    admin, rep = either_site.guest("admin"), either_site.guest("rep")
    page = admin.submit("/setup/objects/Account/fields/Region__c/delete")
    assert "Region__c" not in page.split("<main")[1].split("toasts")[0]
    assert "Nord" not in rep.read(f"/r/{record_id}")
    admin.submit("/setup/bin/restore", {"ids": uid})
    assert "Nord" in rep.read(f"/r/{record_id}")


def test_a_standard_field_is_not_deleted_by_its_address(site: Site) -> None:
    answer = site.guest("admin").post("/setup/objects/Account/fields/Name/delete", {})
    assert answer.status_code in (400, 403, 404, 409, 422)
    assert site.snapshot.find_field("Account", "Name")


def test_a_deleted_object_comes_back_with_its_records(either_site: Site) -> None:
    admin = either_site.guest("admin")
    admin.submit("/setup/objects/new", INVOICE)
    either_site.guest("rep").post("/o/Invoice__c/new", {})
    uid = either_site.snapshot.object("Invoice__c").uid
    admin.submit("/setup/objects/Invoice__c/delete")
    assert either_site.guest("rep").get("/o/Invoice__c").status_code == 404
    assert ">Invoices<" not in either_site.guest("rep").read("/home")
    admin.submit("/setup/bin/restore", {"ids": uid})
    assert "INV-0007" in either_site.guest("rep").read("/o/Invoice__c")


def test_values_of_a_field_are_changed_ordered_and_retired(site: Site) -> None:
    new_field(site, "Account", type="Picklist", label="Size", values="S\nM\nL", restricted="on")
    path = "/setup/objects/Account/fields/Size__c"
    form = {
        "value_name": ["L", "M", "S"], "value_label": ["Large", "M", "S"],
        "value_color": ["#aa0000", "#6b7688", "#6b7688"], "value_active": ["L", "M"],
        "value_default": "M", "values": "XL\nXXL",
    }  # fmt: skip
    site.guest("admin").get(path)
    answer = site.guest("admin").post(f"{path}/values", form, follow_redirects=True)
    assert answer.status_code == 200
    values = site.snapshot.values(site.snapshot.field("Account", "Size__c"))
    assert [v.name for v in values] == ["L", "M", "S", "XL", "XXL"]
    assert [v.label for v in values][:1] == ["Large"]
    assert [v.name for v in values if v.default] == ["M"]
    page = site.guest("rep").read("/o/Account/new")
    assert '<option value="XXL"' in page
    assert '<option value="S"' not in page


def test_an_object_is_renamed_and_its_addresses_follow(either_site: Site) -> None:
    admin = either_site.guest("admin")
    admin.submit("/setup/objects/new", INVOICE)
    either_site.guest("rep").post("/o/Invoice__c/new", {})
    form = {"label": "Bill", "plural": "Bills", "name": "Bill__c", "icon": "receipt", "tone": "2"}
    admin.submit("/setup/objects/Invoice__c/details", form)
    assert "INV-0007" in either_site.guest("rep").read("/o/Bill__c")
    assert either_site.guest("rep").get("/o/Invoice__c").status_code == 404


def test_rubbish_in_numbers_of_a_form_is_no_fault_of_the_server(site: Site) -> None:
    admin = site.guest("admin")
    for path, form in (
        ("/setup/objects/new", INVOICE | {"tone": "blue"}),
        ("/setup/objects/new", INVOICE | {"first": "ten", "name": "Other__c"}),
        ("/setup/objects/Account/fields/new", {"type": "Text", "label": "A", "length": "long"}),
        ("/setup/objects/Account/fields/new", {"type": "Nothing", "label": "B"}),
        ("/setup/objects/Account/details", {"label": "A", "plural": "B", "tone": "x"}),
        ("/setup/objects/Account/fields/Rating", {"label": "A", "type": "Nothing"}),
        ("/setup/users?from=-1", {}),
    ):
        answer = admin.post(path, form)
        assert answer.status_code < 500, (path, form)
