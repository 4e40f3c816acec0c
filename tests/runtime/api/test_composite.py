"""Several requests and several records in one: what is kept, rolled back and refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.demo_site import Site

from .programs import ROOT, Program, codes

pytestmark = pytest.mark.abuse("A58")
ACCOUNT = f"{ROOT}/sobjects/Account"


def part(reference: str, method: str, url: str, body: Any = None) -> dict[str, Any]:
    found = {"method": method, "url": url, "referenceId": reference}
    return found if body is None else found | {"body": body}


def accounts(site: Site) -> int:
    return int(
        Program(site, site.actor()).get("limits/recordCount?sObjects=Account")["sObjects"][0][
            "count"
        ]
    )


def test_a_composite_refers_to_answers_before_and_rolls_back_when_asked(either_site: Site) -> None:
    site = either_site
    program, before = Program(site, site.actor()), accounts(site)
    parts = [
        part("a", "POST", ACCOUNT, {"Name": "Ref"}),
        part("c", "POST", f"{ROOT}/sobjects/Contact", {"LastName": "L", "AccountId": "@{a.id}"}),
        part("g", "GET", f"{ACCOUNT}/@{{a.id}}?fields=Name"),
        part("s", "GET", f"{ROOT}/composite/sobjects/Account?ids=@{{a.id}}&fields=Name"),
        part("n", "PATCH", f"{ACCOUNT}/@{{a.id}}", {"Site": "@{s[0].Name} @{g.Name}"}),
    ]
    found = program.post("composite", {"allOrNone": True, "compositeRequest": parts})
    answers = found["compositeResponse"]
    assert [one["httpStatusCode"] for one in answers] == [201, 201, 200, 200, 204]
    assert accounts(site) == before + 1
    made = answers[0]["body"]["id"]
    assert program.get(f"{ACCOUNT}/{made}?fields=Site")["Site"] == "Ref Ref"
    bad = [*parts[:2], part("bad", "POST", ACCOUNT, {}), part("x", "GET", f"{ACCOUNT}/@{{bad.id}}")]
    kept = program.post("composite", {"compositeRequest": bad})["compositeResponse"]
    assert [one["httpStatusCode"] for one in kept] == [201, 201, 400, 400]
    assert codes(kept[3]["body"]) == ["PROCESSING_HALTED"]
    assert accounts(site) == before + 2
    undone = program.post("composite", {"allOrNone": True, "compositeRequest": bad})
    found = undone["compositeResponse"]
    assert [codes(one["body"]) for one in found] == [
        ["PROCESSING_HALTED"], ["PROCESSING_HALTED"], ["REQUIRED_FIELD_MISSING"],
        ["PROCESSING_HALTED"],
    ]  # fmt: skip
    assert accounts(site) == before + 2
    graphs = [
        {"graphId": "good", "compositeRequest": parts[:2]},
        {"graphId": "bad", "compositeRequest": bad},
    ]
    both = program.post("composite/graph", {"graphs": graphs})["graphs"]
    assert [one["isSuccessful"] for one in both] == [True, False]
    assert accounts(site) == before + 3


def test_a_batch_answers_each_for_itself(admin: Program) -> None:
    requests = [
        {"method": "GET", "url": "v62.0/limits"},
        {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {}},
        {"method": "POST", "url": "v62.0/sobjects/Account", "richInput": {"Name": "B"}},
    ]
    found = admin.post("composite/batch", {"batchRequests": requests})
    assert (found["hasErrors"], [one["statusCode"] for one in found["results"]]) == (
        True, [200, 400, 201],
    )  # fmt: skip
    halted = admin.post("composite/batch", {"haltOnError": True, "batchRequests": requests})
    assert [one["statusCode"] for one in halted["results"]] == [200, 400, 412]


def test_a_tree_is_made_whole_or_not_at_all(admin: Program, site: Site) -> None:
    def tree(last: dict[str, Any]) -> dict[str, Any]:
        contact = {"attributes": {"type": "Contact", "referenceId": "c"}, **last}
        return {
            "records": [
                {
                    "attributes": {"type": "Account", "referenceId": "a"},
                    "Name": "Tree",
                    "Contacts": {"records": [contact]},
                }
            ]
        }

    before = accounts(site)
    made = admin.post("composite/tree/Account", tree({"LastName": "Leaf"}), 201)
    ids = {one["referenceId"]: one["id"] for one in made["results"]}
    contact = admin.get(f"sobjects/Contact/{ids['c']}?fields=AccountId")
    assert (made["hasErrors"], contact["AccountId"]) == (False, ids["a"])
    refused = admin.post("composite/tree/Account", tree({"Phone": "1"}), 400)
    assert refused["hasErrors"]
    assert [one["referenceId"] for one in refused["results"]] == ["c"]
    assert accounts(site) == before + 1


def test_many_records_have_a_result_each(either_site: Site) -> None:
    site = either_site
    program, before = Program(site, site.actor()), accounts(site)

    def of(name: str, **values: Any) -> dict[str, Any]:
        return {"attributes": {"type": name}, **values}

    mixed = [of("Account", Name="One"), of("Account"), of("Contact", LastName="C"), of("Nope")]
    kept = program.post("composite/sobjects", {"records": mixed})
    assert [one["success"] for one in kept] == [True, False, True, False]
    assert kept[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert accounts(site) == before + 1
    undone = program.post("composite/sobjects", {"allOrNone": True, "records": mixed})
    assert [one["errors"][0]["statusCode"] for one in undone] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_TYPE",
    ]  # fmt: skip
    assert accounts(site) == before + 1
    first, contact = kept[0]["id"], kept[2]["id"]
    changed = [of("Account", id=first, Name="Two"), of("Contact", Id=contact, LastName=None)]
    results = program.patch("composite/sobjects", {"records": changed}, 200)
    assert [one["success"] for one in results] == [True, False]
    both = program.post("composite/sobjects/Account", {"ids": [first, contact], "fields": ["name"]})
    assert [one and one["Name"] for one in both] == ["Two", None]
    upserted = program.patch(
        "composite/sobjects/Account/Id",
        {"records": [of("Account", Id=first, Name="Three"), of("Account", Id=None, Name="New")]},
        200,
    )
    assert [one["created"] for one in upserted] == [False, True]
    gone = program.delete(f"composite/sobjects?ids={first},{contact},zz", 200)
    assert [one["success"] for one in gone] == [True, True, False]


def test_many_records_are_few_statements(admin: Program, site: Site) -> None:
    def statements(n: int) -> int:
        records = [{"attributes": {"type": "Account"}, "Name": f"N{i}"} for i in range(n)]
        with site.counted() as sent:
            admin.post("composite/sobjects", {"records": records})
        return len(sent)

    statements(1)
    assert statements(60) <= statements(2) + 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("composite", {"compositeRequest": [part(f"r{n}", "GET", ACCOUNT) for n in range(26)]}),
        ("composite", {"compositeRequest": [part("a", "GET", ACCOUNT)] * 2}),
        ("composite", {"compositeRequest": []}),
        ("composite", []),
        ("composite/batch", {"batchRequests": [{"method": "GET", "url": "v62.0/limits"}] * 26}),
        ("composite/sobjects", {"records": [{"attributes": {"type": "Account"}}] * 201}),
        ("composite/graph", {"graphs": [{"graphId": "a", "compositeRequest": []}]}),
        ("composite/tree/Account", {"records": [{"Name": "no reference"}]}),
    ],
)  # fmt: skip
def test_too_much_and_what_is_no_composite_is_refused(admin: Program, path: str, body: Any) -> None:
    admin.post(path, body, 400)


def test_a_composite_holds_no_other(admin: Program) -> None:
    inner = {"compositeRequest": [part("b", "GET", ACCOUNT)]}
    for name in ("composite", "composite/batch", "composite/graph/", "composite/tree/Account"):
        body = {"compositeRequest": [part("a", "POST", f"{ROOT}/{name}", inner)]}
        (one,) = admin.post("composite", body)["compositeResponse"]
        assert codes(one["body"]) == ["INVALID_INPUT"]
