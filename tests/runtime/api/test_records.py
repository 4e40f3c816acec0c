"""Records by REST: made, read, changed, deleted, by id and by external id; on both databases."""

from __future__ import annotations

from email.utils import format_datetime
from typing import Any

from tests.demo_site import Site
from tests.factories import make_field
from trellis.platform import clock

from .programs import ROOT, Program, codes


def test_a_record_from_its_making_to_its_end(either_site: Site) -> None:
    program = Program(either_site, either_site.actor())
    either_site.put_live(
        make_field("Account.Ext__c", length=40, externalId=True, unique=True),
        make_field("Account.Seen__c", "DateTime"),
        make_field("Account.Opens__c", "Time"),
        make_field("Account.Days__c", "MultiselectPicklist", values=["Mon", "Tue"]),
        make_field("Account.Score__c", "Number", precision=8, scale=2),
    )
    values = {
        "name": "Ärger & Co", "BILLINGCITY": "Graz", "NumberOfEmployees": 7, "Score__c": 1.5,
        "Seen__c": "2026-01-31T10:30:00.000+0100", "Opens__c": "08:15:00.000Z",
        "Days__c": "Mon;Tue", "Website": "", "Ext__c": "A/1", "attributes": {"type": "Account"},
    }  # fmt: skip
    made = program.ask("sobjects/account/", "POST", values)
    assert made.status_code == 201
    record_id = made.json["id"]
    assert made.json == {"id": record_id, "success": True, "errors": []}
    home = f"{ROOT}/sobjects/Account/{record_id}"
    assert made.headers["Location"] == home
    found = program.get(home)
    assert found["attributes"] == {"type": "Account", "url": home}
    assert found["BillingAddress"]["city"] == found["BillingCity"] == "Graz"
    kept = {name: found[name] for name in ("Name", "NumberOfEmployees", "Score__c", "Seen__c")}
    assert kept == {
        "Name": "Ärger & Co", "NumberOfEmployees": 7, "Score__c": 1.5,
        "Seen__c": "2026-01-31T09:30:00.000+0000",
    }  # fmt: skip
    assert (found["Opens__c"], found["Days__c"]) == ("08:15:00.000Z", "Mon;Tue")
    assert (found["Website"], found["IsDeleted"], len(found["OwnerId"])) == (None, False, 18)
    short = program.get(f"sobjects/ACCOUNT/{record_id[:15]}/?fields=name,ext__c")
    assert short == {
        "attributes": found["attributes"], "Name": "Ärger & Co", "Ext__c": "A/1", "Id": record_id,
    }  # fmt: skip
    program.patch(home, {"Name": "Ease", "BillingCity": None})
    assert program.get("sobjects/Account/Ext__c/A/1?fields=Name,BillingCity") == {
        "attributes": found["attributes"], "Name": "Ease", "BillingCity": None, "Id": record_id,
    }  # fmt: skip
    program.delete(home)
    for method in ("GET", "DELETE"):
        answer = program.ask(home, method)
        assert (answer.status_code, codes(answer.json)) == (404, ["ENTITY_IS_DELETED"])
    span = "start=2026-01-01T00:00:00Z&end=2100-01-01T00:00:00Z"
    assert codes(program.get(f"sobjects/Account/deleted?{span}", 400)) == [
        "INVALID_REPLICATION_DATE"
    ]
    start = clock.now().strftime("%Y-%m-%dT00:00:00Z")
    gone = program.get(f"sobjects/Account/deleted?start={start}&end=2100-01-01T00:00:00Z")
    assert [one["id"] for one in gone["deletedRecords"]] == [record_id]
    other = program.make("Account", Name="Other")
    saved = program.get(f"sobjects/Account/updated?start={start}&end=2100-01-01T00:00:00Z")
    assert other in saved["ids"]
    assert record_id not in saved["ids"]


def test_upsert_makes_changes_and_tells_of_several(either_site: Site) -> None:
    program = Program(either_site, either_site.actor())
    either_site.put_live(make_field("Account.Ext__c", length=40, externalId=True))
    made = program.patch("sobjects/Account/Ext__c/x1", {"Name": "One"}, 201)
    assert (made["success"], made["created"]) == (True, True)
    again = program.patch("sobjects/Account/ext__c/X1", {"Name": "Two", "Ext__c": "other"}, 200)
    assert (again["id"], again["created"]) == (made["id"], False)
    assert program.get("sobjects/Account/Ext__c/x1?fields=Name")["Name"] == "Two"
    child = program.make("Contact", LastName="Kid", Account={"Ext__c": "x1"})
    assert program.get(f"sobjects/Contact/{child}?fields=AccountId")["AccountId"] == made["id"]
    wrong = program.post("sobjects/Contact", {"LastName": "K", "Account": {"Ext__c": "no"}}, 400)
    assert wrong[0]["fields"] == ["AccountId"]
    twin = program.make("Account", Name="Twin", Ext__c="x1")
    urls = {f"{ROOT}/sobjects/Account/{one}" for one in (made["id"], twin)}
    for method in ("GET", "PATCH", "DELETE"):
        answer = program.ask(
            "sobjects/Account/Ext__c/x1", method, {} if method == "PATCH" else None
        )
        assert (answer.status_code, set(answer.json)) == (300, urls)
    program.delete(f"sobjects/Account/{twin}")
    program.delete("sobjects/Account/Ext__c/x1")
    assert codes(program.get("sobjects/Account/Ext__c/x1", 404)) == ["NOT_FOUND"]
    assert codes(program.patch("sobjects/Account/Name/x", {}, 404)) == ["NOT_FOUND"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"Site": "x"}, "REQUIRED_FIELD_MISSING"),
    ({"Name": "x", "Nope": 1}, "INVALID_FIELD"),
    ({"Name": "x", "Id": "001000000000001AAA"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ({"Name": "x", "CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ({"Name": "x", "BillingAddress": {"city": "x"}}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ({"Name": "x" * 300}, "STRING_TOO_LONG"),
    ({"Name": 5}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ({"Name": ["x"]}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ({"Name": "x", "AnnualRevenue": True}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ({"Name": "x", "AnnualRevenue": "much"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ({"Name": "x", "NumberOfEmployees": 1.9}, "NUMBER_OUTSIDE_VALID_RANGE"),
    ({"Name": "x", "NumberOfEmployees": "١٢"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
    ({"Name": "x", "Size__c": "Nonsense"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ({"Name": "x", "ParentId": "zz"}, "MALFORMED_ID"),
    ({"Name": "x", "ParentId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
    ({"Name": "x", "Website": "no address at all"}, "FIELD_INTEGRITY_EXCEPTION"),
]  # fmt: skip


def test_what_is_wrong_is_said_in_the_known_codes(admin: Program, site: Site) -> None:
    site.put_live(make_field("Account.Size__c", "Picklist", values=["Big", "Small"]))
    found = [codes(admin.post("sobjects/Account", values, 400)) for values, _code in WRONG]
    assert found == [[code] for _values, code in WRONG]


def test_rules_unique_values_and_deletions_have_their_codes(admin: Program, site: Site) -> None:
    site.put_live(
        make_field("Account.Code__c", length=20, unique=True),
        {"kind": "ValidationRule", "uid": "r", "name": "Account.NoX", "label": "No X",
         "object": "Account", "active": True, "errorConditionFormula": 'Name = "X"',
         "errorMessage": "No X.", "errorDisplayField": "Name"},
    )  # fmt: skip
    refused = admin.post("sobjects/Account", {"Name": "X"}, 400)
    assert codes(refused) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert refused[0]["message"] == "No X."
    admin.make("Account", Name="A", Code__c="1")
    twice = admin.post("sobjects/Account", {"Name": "B", "Code__c": "1"}, 400)
    assert codes(twice) == ["DUPLICATE_VALUE"]
    parent = admin.make("Account", Name="P")
    contact = admin.make("Contact", LastName="C", AccountId=parent)
    admin.make("Case", ContactId=contact, Subject="S", Status="New", Origin="Web")
    assert codes(admin.delete(f"sobjects/Contact/{contact}", 400)) == ["DELETE_FAILED"]


def test_a_post_with_a_key_is_done_once(admin: Program) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = admin.post("sobjects/Account", {"Name": "Once"}, 201, headers=key)
    again = admin.ask("sobjects/Account", "POST", {"Name": "Once"}, headers=key)
    assert (again.status_code, again.json) == (201, first)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert codes(admin.post("sobjects/Account", {"Name": "Two"}, 422, headers=key)) == [
        "INVALID_REQUEST"
    ]
    bad = {"Idempotency-Key": "k-2"}
    admin.post("sobjects/Account", {}, 400, headers=bad)
    admin.post("sobjects/Account", {"Name": "Three"}, 201, headers=bad)


def test_nothing_is_sent_of_what_did_not_change_since(admin: Program) -> None:
    record = admin.make("Account", Name="Still")
    later = {"If-Modified-Since": format_datetime(clock.now(), usegmt=True)}
    assert admin.ask(f"sobjects/Account/{record}", headers=later).status_code == 304
    earlier = {"If-Modified-Since": "Fri, 31 Jul 2015 10:00:00 GMT"}
    assert admin.ask(f"sobjects/Account/{record}", headers=earlier).status_code == 200


def test_record_types_have_ids(admin: Program, site: Site) -> None:
    site.put_live({"kind": "RecordType", "uid": "rt", "name": "Account.Big", "label": "Big",
                   "object": "Account", "description": "Big ones."})  # fmt: skip
    infos = admin.get("sobjects/Account/describe")["recordTypeInfos"]
    big = next(one["recordTypeId"] for one in infos if one["developerName"] == "Big")
    record = admin.make("Account", Name="B", RecordTypeId=big)
    assert admin.get(f"sobjects/Account/{record}?fields=RecordTypeId")["RecordTypeId"] == big
    wrong = {"Name": "B", "RecordTypeId": "012000000000001AAA"}
    assert codes(admin.post("sobjects/Account", wrong, 400)) == ["INVALID_CROSS_REFERENCE_KEY"]
