"""Objects that are no tables: the org, profiles, roles, groups, record types, to read by query."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.demo_site import Site
from tests.factories import make_document
from trellis.platform.migrations.tables import sys_user

from .programs import Program, blind, codes

pytestmark = pytest.mark.abuse("A57")


def found(program: Program, text: str) -> list[dict[str, object]]:
    """The rows of a query without their attributes."""
    rows = program.get(f"query?q={text.replace(' ', '+')}")["records"]
    return [{name: row[name] for name in row if name != "attributes"} for row in rows]


def test_a_command_line_learns_of_the_org_as_it_signs_in(admin: Program) -> None:
    text = (
        "SELECT Name, InstanceName, IsSandbox, TrialExpirationDate, NamespacePrefix,"
        " OrganizationType FROM Organization"
    )
    (row,) = found(admin, text)
    assert (row["IsSandbox"], row["TrialExpirationDate"]) == (False, None)
    answer = admin.get("query?q=SELECT+Id,Name+FROM+Organization")["records"][0]
    assert answer["attributes"]["type"] == "Organization"
    again = admin.get(answer["attributes"]["url"])
    assert (again["Id"], again["Name"]) == (answer["Id"], row["Name"])
    assert admin.token.startswith(answer["Id"][:15])
    assert admin.get(f"sobjects/organization/{answer['Id']}?fields=name")["Name"] == row["Name"]
    admin.get("sobjects/Organization/00D000000000001AAA", 404)
    assert codes(admin.get(f"sobjects/Organization/{answer['Id']}?fields=x", 400)) == [
        "INVALID_FIELD"
    ]
    columns = admin.get("query?columns=true&q=SELECT+Id,IsSandbox+FROM+Organization")
    assert (columns["entityName"], columns["keyPrefix"]) == ("Organization", "00D")
    assert [one["booleanType"] for one in columns["columnMetadata"]] == [False, True]


def test_conditions_orders_and_counts(site: Site, admin: Program) -> None:
    site.put_live(
        make_document("Role", "Zz_top"),
        make_document("Role", "Zz_below", parentRole="Zz_top"),
        make_document("Group", "Zz_group"),
        make_document("RecordType", "Account.Zz_shop", object="Account"),
    )
    top, below = found(
        admin,
        "SELECT DeveloperName, Id, ParentRoleId FROM UserRole WHERE DeveloperName LIKE 'zz%25'"
        " ORDER BY DeveloperName DESC",
    )
    assert (below["ParentRoleId"], top["DeveloperName"]) == (top["Id"], "Zz_top")
    short = str(top["Id"])[:15]
    for condition, number in (
        (f"Id = '{short}'", 1),
        (f"ParentRoleId IN ('{short}', null) AND DeveloperName = 'Zz_below'", 1),
        (f"NOT (Id = '{short}') AND DeveloperName LIKE 'Zz%25'", 1),
        ("Name = 'Zz_top' OR Name = 'zz_BELOW'", 2),
    ):
        answer = admin.get(f"query?q=SELECT+COUNT()+FROM+UserRole+r+WHERE+{condition}")
        assert (answer["totalSize"], answer["records"]) == (number, []), condition
    group = found(admin, "SELECT g.Type FROM Group g WHERE Name = 'Zz_group'")
    assert group == [{"Type": "Regular"}]
    (kind,) = found(
        admin,
        "SELECT Name, SobjectType, Description FROM RecordType WHERE IsActive = true AND"
        " SobjectType = 'Account' LIMIT 1",
    )
    assert kind == {"Name": "Account.Zz_shop", "SobjectType": "Account", "Description": None}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SELECT Nope FROM Profile", "INVALID_FIELD"),
        ("SELECT Id FROM Profile WHERE Name > 5", "INVALID_FIELD"),
        ("SELECT Id FROM Profile WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Profile WHERE Id IN (SELECT Id FROM Profile)", "MALFORMED_QUERY"),
        ("SELECT Id, (SELECT Id FROM Users) FROM Profile", "MALFORMED_QUERY"),
        ("SELECT Name, COUNT(Id) FROM Profile GROUP BY Name", "MALFORMED_QUERY"),
        ("SELECT Owner.Name FROM Group", "INVALID_FIELD"),
        ("SELECT Id FROM Organization ORDER BY Id OFFSET 2001", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Profile)", "INVALID_TYPE"),
    ],
)
def test_what_is_not_understood_is_refused(admin: Program, text: str, code: str) -> None:
    assert codes(admin.get(f"query?q={text.replace(' ', '+')}", 400)) == [code]


def test_each_sees_of_them_what_the_pages_show(site: Site, admin: Program) -> None:
    site.put_live(
        make_document("RecordType", "Contact.Zz_known", object="Contact"),
        make_document("RecordType", "Account.Zz_open", object="Account"),
    )
    program = blind(site)
    assert found(program, "SELECT Name FROM Profile") == [{"Name": "Blind"}]
    assert {"Name": "Standard User"} in found(admin, "SELECT Name FROM Profile")
    (standard,) = found(admin, "SELECT Id FROM Profile WHERE Name = 'Standard User'")
    program.get(f"sobjects/Profile/{standard['Id']}", 404)
    text = "SELECT DeveloperName FROM RecordType WHERE DeveloperName LIKE 'Zz%25'"
    assert len(found(program, text)) == 2
    narrow = {"uid": "narrow", "name": "Narrow", "label": "Narrow", "protected": False}
    profile = dict(site.snapshot.get("Profile", "Blind").document) | narrow
    site.put_live(profile | {"objectPermissions": [{"object": "Account", "allowRead": True}]})
    program = Program(site, replace(site.actor("rep"), profile="narrow"))
    with site.db.write() as conn:
        conn.execute(
            sa.update(sys_user)
            .where(sys_user.c.id == site.actor("rep").user_id)
            .values(profile="narrow")
        )
    assert found(program, text) == [{"DeveloperName": "Zz_open"}]
    for name in ("Profile", "Group", "Organization"):
        assert program.ask(f"sobjects/{name}", "POST", {"Name": "x"}).status_code == 404


def test_a_record_says_its_record_type_and_a_person_their_profile(
    site: Site, admin: Program
) -> None:
    site.put_live(make_document("RecordType", "Account.Zz_shop", object="Account"))
    (kind,) = found(admin, "SELECT Id FROM RecordType WHERE DeveloperName = 'Zz_shop'")
    made = admin.make("Account", Name="Shop", RecordTypeId=kind["Id"])
    text = f"SELECT+RecordType.Name,RecordType.Id+FROM+Account+WHERE+Id='{made}'"
    (row,) = admin.get(f"query?q={text}")["records"]
    assert row["RecordType"]["attributes"]["type"] == "RecordType"
    assert row["RecordType"]["Id"] == kind["Id"]
    (person, *_rest) = admin.get("query?q=SELECT+Profile.Name+FROM+User")["records"]
    assert person["Profile"]["Name"]
