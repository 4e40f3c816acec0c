"""The report on unused fields in Setup: sorted, as CSV, with the way to delete."""

from __future__ import annotations

import csv
import io

from tests.demo_site import Site

PAGE = "/setup/field-usage"


def test_the_report_shows_how_far_fields_are_filled_and_leads_to_deletion(site: Site) -> None:
    admin = site.guest()
    admin.submit("/setup/objects/Account/fields/new", {"type": "Text", "label": "Never used"})
    page = admin.read(f"{PAGE}?object=Account&since=2000-01-01")
    assert "/setup/objects/Account/fields/Never_used__c/delete" in page
    assert "/setup/objects/Account/fields/Name/delete" not in page
    assert page.index("Never_used__c") < page.index("/fields/Name")
    down = admin.read(f"{PAGE}?object=Account&since=2000-01-01&down=1")
    assert down.index("Never_used__c") > down.index('/fields/Name"')


def test_the_same_comes_as_a_file(site: Site) -> None:
    answer = site.guest().get(f"{PAGE}.csv?object=Account&since=2000-01-01")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="fields-Account.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    name = next(row for row in rows if row["field"] == "Account.Name")
    assert name["percent"] == name["percent since"] == "100"
    assert name["records"] == name["filled"] != "0"
    assert name["seen by"] == "*"


def test_what_the_address_says_wrong_is_put_right_or_not_found(site: Site) -> None:
    admin = site.guest()
    assert admin.get(f"{PAGE}?object=Account&since=soon&sort=x").status_code == 200
    assert admin.get(f"{PAGE}?object=Account&since=0001-01-01").status_code == 200
    assert admin.get(f"{PAGE}?object=Nothing").status_code == 404
    assert site.guest("rep").get(PAGE).status_code == 403
    assert site.guest("rep").get(f"{PAGE}.csv").status_code == 403
