"""Every resource of the API, asked well and asked badly: JSON, known codes, nothing of our own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from tests.demo_site import Site
from trellis.platform.people.api_tokens import Scope
from trellis.platform.web.access import find_scope

from .programs import ROOT, Program

HOSTILE = ("x", "%00", "%ff", "..%2f..%2fetc", "'\"><script>", "0" * 3000, "@{a.b}", "-1")
#: addresses with what they need to be asked well
ARGS = {
    "query": "?q=SELECT+Id+FROM+Account", "query_all": "?q=SELECT+Id+FROM+Account",
    "search_by_address": "?q=an", "search_by_text": "?q=FIND {an} RETURNING Account(Id)",
    "read_several": "?ids=ID&fields=Name",
    "show_updated": "?start=NOW&end=2100-01-01T00:00:00Z",
    "show_deleted": "?start=NOW&end=2100-01-01T00:00:00Z",
}  # fmt: skip
ELSEWHERE = {"describe_named_layout": 404, "query_more": 400, "query_all_more": 400,
             "identity": 404, "show_successful": 400, "show_failed": 400,
             "show_unprocessed": 400, "show_query_results": 400}  # fmt: skip


def resources(site: Site) -> Iterator[tuple[Rule, str]]:
    """(rule, method) of all that stands below the API's roots."""
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("api."):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def address(rule: Rule, **values: str) -> str:
    path = rule.rule
    for name in rule.arguments:
        for shape in (f"<{name}>", f"<path:{name}>"):
            path = path.replace(shape, values.get(name, "x"))
    return path


def test_every_resource_answers_in_json_and_the_wrong_is_told_in_codes(site: Site) -> None:
    program = Program(site, site.actor())
    account = site.find_id("Account")
    good = {
        "version": "v62.0", "object_name": "Account", "record_id": account, "field_name": "Id",
        "value": account, "type_id": "012000000000000AAA", "view_id": "AllAccounts",
    }  # fmt: skip
    job = program.post("jobs/ingest", {"operation": "insert", "object": "Account"})["id"]
    query = {"operation": "query", "query": "SELECT Id FROM Account"}
    asked = program.post("jobs/query", query)["id"]
    start = site.records().get(account, ["LastModifiedDate"])
    assert start is not None
    now = program.get("sobjects/Account/" + program.make("Account", Name="Now"))["CreatedDate"]
    walked, wrong = 0, list[Any]()
    for rule, method in resources(site):
        name = rule.endpoint.removeprefix("api.")
        if method == "GET":
            args = ARGS.get(name, "").replace("ID", account).replace("NOW", now[:10] + "T00:00:00Z")
            job_id = asked if "query_job" in name or name == "show_query_results" else job
            answer = program.ask(address(rule, **good, job_id=job_id) + args)
            if answer.status_code != ELSEWHERE.get(name, 200) or not answer.is_json:
                wrong.append((name, answer.status_code, answer.text[:200]))
        for body in (None, {}, [], "x", {"records": 5}, {"q": {}}):
            if method in ("GET", "DELETE") or (method, name) == ("POST", "create_tree"):
                continue
            answer = program.ask(address(rule, **good), method, body)
            wrong += told_wrong(name, answer, body)
        for text in HOSTILE:
            bad = dict.fromkeys(rule.arguments, text) | {"version": "v62.0"}
            answer = program.ask(f"{address(rule, **bad)}?q={text}&start={text}&limit={text}",
                                 method, {"compositeRequest": text})  # fmt: skip
            wrong += told_wrong(name, answer, text)
        walked += 1
    assert walked > 40
    assert not wrong


def told_wrong(name: str, answer: Any, asked: Any) -> Iterator[tuple[Any, ...]]:
    """What is amiss with an answer that may be a refusal."""
    if answer.status_code >= 500 or "<script>" in answer.text.replace("'\\\"><script>", ""):
        yield name, asked, answer.status_code, answer.text[:200]
    if answer.status_code >= 400 and not all(
        {"message", "errorCode"} <= set(one) for one in answer.json
    ):
        yield name, asked, answer.text[:200]


def test_what_writes_needs_a_token_that_may(site: Site) -> None:
    for rule, method in resources(site):
        scope = find_scope(site.app.view_functions[rule.endpoint])
        asks_by_body = (
            "composite",
            "batch",
            "graphs",
            "read_several_by_body",
            "search_by_body",
            "userinfo",
            "create_query_job",
            "change_query_job",
            "delete_query_job",
        )
        reads = method == "GET" or rule.endpoint.removeprefix("api.") in asks_by_body
        if rule.endpoint != "api.versions":
            assert scope is (Scope.READ if reads else Scope.WRITE), rule


def test_the_versions_are_those_that_are_offered_and_no_others(admin: Program) -> None:
    offered = admin.get("/services/data")
    assert [one["version"] for one in offered] == [f"{n}.0" for n in range(50, 63)]
    for one in (offered[0], offered[-1]):
        assert admin.get(one["url"])["sobjects"] == f"{one['url']}/sobjects"
    for path, status in (("v49.0", 410), ("v63.0", 404), ("v62", 404), ("62.0", 404)):
        admin.get(f"/services/data/{path}/sobjects", status)
    answer = admin.ask("sobjects/Account", "PUT", {})
    assert (answer.status_code, answer.json[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
    assert admin.ask("limits/", "HEAD").status_code == 200


def test_a_program_learns_who_it_speaks_for(admin: Program, site: Site) -> None:
    url = admin.get("")["identity"]
    who = admin.get(url.partition("//")[2].partition("/")[1] + url.partition("//")[2].partition(
        "/")[2])  # fmt: skip
    actor = site.actor()
    assert (who["user_id"], who["username"]) == (actor.user_id, "admin@northline.example")
    assert who["organization_id"] in url
    assert admin.token.startswith(who["organization_id"][:15] + "!")


def test_queries_go_on_where_they_stopped_and_only_for_who_asked(
    admin: Program, site: Site
) -> None:
    size = {"Sforce-Query-Options": "batchSize=200"}
    found = admin.get("query?q=SELECT+Id,Account.Name+FROM+Contact", headers=size)
    ids = [one["Id"] for one in found["records"]]
    assert (found["totalSize"], found["done"], len(ids)) == (900, False, 200)
    other = Program(site, site.actor("rep"))
    assert other.get(found["nextRecordsUrl"], 400)[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    while not found["done"]:
        found = admin.get(found["nextRecordsUrl"])
        ids += [one["Id"] for one in found["records"]]
    assert len(set(ids)) == len(ids) == 900
    columns = admin.get("query?columns=true&q=SELECT+Id,Account.Name,Birthdate+FROM+Contact")
    id_column, parent, day = columns["columnMetadata"]
    assert [one["columnName"] for one in parent["joinColumns"]] == ["Name"]
    assert (columns["entityName"], len(id_column), day["textType"]) == ("Contact", 12, False)
    plan = admin.get("query?explain=SELECT+Id+FROM+Contact+LIMIT+90")["plans"][0]
    assert (plan["cardinality"], plan["sobjectCardinality"]) == (90, 900)
    body = {"q": "an", "sobjects": [{"name": "Contact", "limit": 2}], "fields": ["Name"]}
    assert len(admin.post("parameterizedSearch", body)["searchRecords"]) == 2


def test_a_page_of_the_version_is_where_it_says(admin: Program) -> None:
    for name, path in admin.get("").items():
        if name not in ("identity", "query", "queryAll", "search", "parameterizedSearch"):
            assert path.startswith(ROOT)
            admin.get(path)
