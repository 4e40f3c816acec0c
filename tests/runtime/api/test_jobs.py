"""Bulk API 2.0: rows in, their results, records out, and who may what of a job."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Site
from tests.factories import make_field
from trellis.platform.jobs.worker import Worker
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.platform.people.api_tokens import Scope
from trellis.runtime.api.jobs import kept, resources, table
from trellis.runtime.feature import FEATURE

from .programs import Program, blind, codes


class Bulk:
    """A program that sends rows, and the worker that does what it asked for."""

    def __init__(self, site: Site, program: Program) -> None:
        self.site, self.program = site, program
        self.worker = Worker(site.orgs, FEATURE.jobs, actor_id=SYSTEM_USER_ID)

    def open(self, operation: str, object_name: str = "Account", **rest: Any) -> str:
        body = {"operation": operation, "object": object_name, **rest}
        return str(self.program.post("jobs/ingest", body)["id"])

    def put(self, job: str, text: str, status: int = 201) -> Any:
        answer = self.program.ask(
            f"jobs/ingest/{job}/batches", "PUT", data=text.encode(), content_type="text/csv"
        )
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None

    def start(self, job: str) -> Any:
        return self.program.patch(f"jobs/ingest/{job}", {"state": "UploadComplete"}, 200)

    def work(self) -> None:
        while self.worker.run_next(self.site.db):
            pass

    def done(self, operation: str, text: str, **rest: Any) -> Any:
        """The job of these rows after its work."""
        job = self.open(operation, **rest)
        self.put(job, text)
        assert self.start(job)["state"] == "UploadComplete"
        self.work()
        return self.program.get(f"jobs/ingest/{job}")

    def rows(self, job: str, what: str) -> list[dict[str, str]]:
        answer = self.program.ask(f"jobs/ingest/{job}/{what}")
        assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
def site(either_site: Site) -> Site:
    """Jobs are kept and locked by the database: they are tried on both."""
    return either_site


@pytest.fixture
def bulk(site: Site, admin: Program) -> Bulk:
    site.put_live(make_field("Account.Key__c", length=40, externalId=True))
    return Bulk(site, admin)


def test_rows_become_records_and_each_has_its_result(bulk: Bulk) -> None:
    made = bulk.done("insert", "Name,Key__c,NumberOfEmployees\nA,k1,5\n,k2,\nC,k3,many\n")
    assert (made["state"], made["jobType"], made["apiVersion"]) == ("JobComplete", "V2Ingest", 62.0)
    assert (made["numberRecordsProcessed"], made["numberRecordsFailed"]) == (3, 2)
    assert made["contentUrl"] == f"services/data/v62.0/jobs/ingest/{made['id']}/batches"
    (good,) = bulk.rows(made["id"], "successfulResults")
    assert {k: good[k] for k in ("sf__Created", "Name")} == {"sf__Created": "true", "Name": "A"}
    bad = bulk.rows(made["id"], "failedResults")
    assert [one["sf__Error"].partition(":")[0] for one in bad] == [
        "REQUIRED_FIELD_MISSING", "INVALID_TYPE_ON_FIELD_IN_RECORD",
    ]  # fmt: skip
    assert all(one["sf__Error"].endswith(" --") for one in bad)
    assert bulk.rows(made["id"], "unprocessedrecords") == []
    shown = bulk.program.get(f"sobjects/Account/{good['sf__Id']}")
    assert (shown["Name"], shown["NumberOfEmployees"]) == ("A", 5)


def test_updates_upserts_and_deletes_go_by_id_and_by_external_id(bulk: Bulk) -> None:
    program = bulk.program
    one = program.make("Account", Name="One", Key__c="a", NumberOfEmployees=7, Phone="1")
    text = f"Id,NumberOfEmployees,Phone\n{one},#N/A,\n001000000000001AAA,3,\n"
    changed = bulk.done("update", text)
    assert changed["numberRecordsFailed"] == 1
    shown = program.get(f"sobjects/Account/{one}")
    assert (shown["NumberOfEmployees"], shown["Phone"]) == (None, "1")
    put = bulk.done("upsert", "Key__c,Name\nA,Uno\nb,Two\n", externalIdFieldName="key__c")
    assert put["externalIdFieldName"] == "Key__c"
    found = bulk.rows(put["id"], "successfulResults")
    assert [row["sf__Created"] for row in found] == ["false", "true"]
    contact = bulk.done(
        "insert",
        "LastName;Account.Key__c;Owner.Username\r\nX;b;admin@northline.example\r\nY;?;\r\n",
        object_name="Contact", columnDelimiter="SEMICOLON", lineEnding="CRLF",
    )  # fmt: skip
    answer = program.ask(f"jobs/ingest/{contact['id']}/successfulResults").text
    assert answer.startswith(
        '"sf__Id";"sf__Created";"LastName";"Account.Key__c";"Owner.Username"\r'
    )
    made = answer.splitlines()[1].split(";")[0].strip('"')
    assert program.get(f"sobjects/Contact/{made}")["AccountId"] == found[1]["sf__Id"]
    assert contact["numberRecordsFailed"] == 1
    gone = bulk.done("delete", f"Id\n{one}\n{one}\n{made}\n")
    assert gone["numberRecordsFailed"] == 2
    program.get(f"sobjects/Account/{one}", 404)
    program.get(f"sobjects/Contact/{made}")


@pytest.mark.parametrize(
    ("operation", "text", "said"),
    [
        ("insert", "Name,Nothing__c\nA,1\n", "Field name not found : Nothing__c"),
        ("insert", "Name,name\nA,B\n", "Duplicate field name found : Name"),
        ("update", "Name\nA\n", "Field name not found : Id"),
        ("delete", "Id,Name\nA,B\n", "A delete has the column Id and no other."),
    ],
)
def test_a_column_without_a_field_fails_the_job_and_no_row_is_touched(
    bulk: Bulk, operation: str, text: str, said: str
) -> None:
    job = bulk.done(operation, text)
    assert (job["state"], job["errorMessage"]) == ("Failed", f"InvalidBatch : {said}")
    assert len(bulk.rows(job["id"], "unprocessedrecords")) == 1
    assert bulk.rows(job["id"], "successfulResults") == []


def test_uploads_that_are_no_tables_are_refused_and_leave_the_job_open(bulk: Bulk) -> None:
    job = bulk.open("insert")
    for text in ("", 'Name\n"A\n', "Name,Phone\nA\n", "Name\nA\0B\n"):
        assert codes(bulk.put(job, text, 400)) == ["INVALIDBATCH"], text
    latin = bulk.program.ask(
        f"jobs/ingest/{job}/batches", "PUT", data="Name\nÄ\n".encode("latin-1"),
        content_type="text/csv",
    )  # fmt: skip
    assert (latin.status_code, codes(latin.json)) == (400, ["INVALIDBATCH"])
    other = bulk.program.ask(f"jobs/ingest/{job}/batches", "PUT", {"a": 1})
    assert (other.status_code, codes(other.json)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert codes(bulk.program.patch(f"jobs/ingest/{job}", {"state": "UploadComplete"}, 400)) == [
        "INVALIDJOBSTATE"
    ]
    bulk.put(job, '\ufeffName\n "A""B" \n')
    assert codes(bulk.put(job, "Name\nB\n", 400)) == ["INVALIDJOBSTATE"]
    bulk.start(job)
    assert codes(bulk.program.delete(f"jobs/ingest/{job}", 400)) == ["INVALIDJOBSTATE"]
    bulk.work()
    assert bulk.program.get(f"jobs/ingest/{job}")["state"] == "JobComplete"
    bulk.program.delete(f"jobs/ingest/{job}")
    bulk.program.get(f"jobs/ingest/{job}", 404)


def test_parts_are_transactions_and_an_abort_leaves_the_rest(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK", 2)
    monkeypatch.setattr(table, "AT_ONCE", 2)
    monkeypatch.setattr("trellis.runtime.api.jobs.work.TURN", 2)
    job = bulk.open("insert")
    bulk.put(job, "Name\n" + "".join(f"N{n}\n" for n in range(11)))
    bulk.work()  # what the demo company left
    bulk.start(job)
    bulk.worker.run_next(bulk.site.db)  # two parts
    shown = bulk.program.get(f"jobs/ingest/{job}")
    assert (shown["state"], shown["numberRecordsProcessed"]) == ("InProgress", 4)
    assert codes(bulk.program.get(f"jobs/ingest/{job}/failedResults", 400)) == ["INVALIDJOBSTATE"]
    bulk.program.patch(f"jobs/ingest/{job}", {"state": "Aborted"}, 200)
    bulk.work()
    assert bulk.program.get(f"jobs/ingest/{job}")["numberRecordsProcessed"] == 4
    assert len(bulk.rows(job, "successfulResults")) == 4
    assert [r["Name"] for r in bulk.rows(job, "unprocessedrecords")] == [
        f"N{n}" for n in range(4, 11)
    ]
    whole = bulk.done("insert", "Name\n" + "".join(f"M{n}\n" for n in range(11)))
    assert (whole["state"], whole["numberRecordsProcessed"]) == ("JobComplete", 11)


def test_every_row_is_saved_once_wherever_the_worker_dies(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK", 2)
    bulk.work()
    for fatal, point in enumerate(("jobs.before_chunk", "jobs.after_chunk", "jobs.before_done")):
        passed: list[str] = []

        def die(name: str, point: str = point, passed: list[str] = passed) -> None:
            passed.append(name)
            if passed.count(point) == 2 or (point == name == "jobs.before_done"):
                raise KeyboardInterrupt

        job = bulk.open("insert")
        bulk.put(job, "Name\n" + "".join(f"Zq{fatal} {n}\n" for n in range(5)))
        bulk.start(job)
        monkeypatch.setattr("trellis.platform.jobs.worker.failpoint", die)
        with pytest.raises(KeyboardInterrupt):
            bulk.work()
        monkeypatch.setattr("trellis.platform.jobs.worker.failpoint", lambda _name: None)
        with bulk.site.db.write() as conn:  # the lease has run out
            conn.execute(
                sa.text("UPDATE sys_job SET leased_until = run_at WHERE lease IS NOT NULL")
            )
        bulk.work()
        shown = bulk.program.get(f"jobs/ingest/{job}")
        assert (shown["state"], shown["numberRecordsProcessed"]) == ("JobComplete", 5)
        query = f"query?q=SELECT+count()+FROM+Account+WHERE+Name+LIKE+'Zq{fatal}+%25'"
        assert bulk.program.get(query)["totalSize"] == 5


def test_jobs_are_asked_for_well_or_refused(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"operation": "insert", "object": "account"}
    for change, code in (
        ({"operation": "hardDelete"}, "INVALIDJOB"), ({"object": "Nothing"}, "INVALIDENTITY"),
        ({"contentType": "XML"}, "INVALIDJOB"), ({"columnDelimiter": "x"}, "INVALIDJOB"),
        ({"operation": "upsert", "externalIdFieldName": "Phone"}, "INVALIDJOB"),
        ({"operation": "upsert"}, "INVALIDJOB"), ({"object": {}}, "INVALIDENTITY"),
        ({"operation": []}, "INVALIDJOB"), ({"columnDelimiter": ["x"]}, "INVALIDJOB"),
    ):  # fmt: skip
        assert codes(bulk.program.post("jobs/ingest", good | change, 400)) == [code]
    job = bulk.program.post("jobs/ingest", good)
    assert (job["object"], job["state"], job["lineEnding"]) == ("Account", "Open", "LF")
    wrong = bulk.program.patch(f"jobs/ingest/{job['id']}", {"state": "Done"}, 400)
    assert codes(wrong) == ["INVALIDJOB"]
    listed = bulk.program.get("jobs/ingest")
    assert (listed["done"], [one["id"] for one in listed["records"]]) == (True, [job["id"]])
    monkeypatch.setattr(resources, "PAGE", 1)
    other = bulk.program.post("jobs/ingest", good)
    page = bulk.program.get("jobs/ingest")
    assert [one["id"] for one in page["records"]] == [other["id"]]
    rest = bulk.program.get(page["nextRecordsUrl"])
    assert (rest["done"], [one["id"] for one in rest["records"]]) == (True, [job["id"]])
    monkeypatch.setattr(kept, "MOST_OPEN", 2)
    assert codes(bulk.program.post("jobs/ingest", good, 400)) == ["EXCEEDED_QUOTA"]
    monkeypatch.setattr(kept, "KEPT", -kept.KEPT)
    with bulk.site.db.write() as conn:
        assert kept.forget_old(conn) == 2


# -- rights ----------------------------------------------------------------------------------------


@pytest.mark.abuse("A57", "A03", "A40")
def test_a_job_gives_nobody_more_than_they_may_at_its_time(site: Site) -> None:
    theirs = Program(site, site.actor()).make("Account", Name="Theirs")
    program = blind(site)
    bulk = Bulk(site, program)
    mine = program.make("Account", Name="Mine")

    def told(name: str) -> str:
        job = bulk.done("update", f"Id,{name}\n{mine},x\n")
        assert job["state"] == "Failed"
        return str(job["errorMessage"]).replace(name, "FIELD")

    assert told("Hidden__c") == told("Nothing__c")
    assert told("Account.Key__c") == told("Nothing.Key__c").replace("Nothing.Key__c", "FIELD")
    keyed = {"operation": "upsert", "object": "Account"}
    said = [
        program.post("jobs/ingest", keyed | {"externalIdFieldName": name}, 400)[0]["message"]
        for name in ("Key__c", "Nope__c")
    ]
    assert said[0].replace("Key__c", "") == said[1].replace("Nope__c", "")
    absent = "001000000000001AAA"
    for operation, head, rest in (("update", "Id,Name", ",x"), ("delete", "Id", "")):
        job = bulk.done(operation, f"{head}\n{theirs}{rest}\n{absent}{rest}\n")
        errors = [row["sf__Error"] for row in bulk.rows(job["id"], "failedResults")]
        assert len(errors) == 2
        assert errors[0] == errors[1], operation


@pytest.mark.abuse("A57", "A03", "A40")
def test_others_jobs_are_as_jobs_that_are_not_there(site: Site, bulk: Bulk) -> None:
    job = bulk.done("insert", "Name\nzqsecretzq\n")["id"]
    asked = bulk.program.post(
        "jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}
    )["id"]
    other = Program(site, site.actor("rep"))
    absent = "750000000000001AAA"

    def told(kind: str, one: str) -> list[tuple[int, str]]:
        paths: list[tuple[str, str, Any]] = [
            ("", "GET", None), ("", "DELETE", None), ("", "PATCH", {"state": "Aborted"}),
            *((f"/{what}", "GET", None) for what in
              ("successfulResults", "failedResults", "unprocessedrecords", "results")),
        ]  # fmt: skip
        answers = [other.ask(f"jobs/{kind}/{one}{p}", method, b) for p, method, b in paths]
        return [(answer.status_code, answer.text) for answer in answers]

    assert told("ingest", job) == told("ingest", absent)
    assert told("query", asked) == told("query", absent)
    assert {status for status, _text in told("ingest", job)} == {404}
    assert bulk.program.ask(f"jobs/query/{job}").status_code == 404
    assert other.get("jobs/ingest")["records"] == []
    reader = Program(site, site.actor(), Scope.READ)
    denied = reader.post("jobs/ingest", {"operation": "insert", "object": "Account"}, 403)
    assert codes(denied) == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert reader.ask(f"jobs/ingest/{job}/batches", "PUT", data=b"").status_code == 403


@pytest.mark.abuse("A57", "A03", "A40")
def test_work_stops_for_who_may_not_use_the_api_any_more(
    bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = bulk.open("insert")
    bulk.put(job, "Name\nA\n")
    bulk.start(job)
    absent: Callable[..., bool] = lambda *_rest: False  # noqa: E731
    monkeypatch.setattr("trellis.runtime.api.jobs.work.holds", absent)
    bulk.work()
    monkeypatch.undo()
    assert bulk.program.get(f"jobs/ingest/{job}")["state"] == "Failed"
    assert len(bulk.rows(job, "unprocessedrecords")) == 1


# -- records out -----------------------------------------------------------------------------------


def test_a_query_job_gives_its_records_page_by_page(bulk: Bulk) -> None:
    body = {"operation": "query", "query": "SELECT Id, Account.Name, Birthdate FROM Contact"}
    job = bulk.program.post("jobs/query", body)
    assert (job["state"], job["object"], job["jobType"]) == ("UploadComplete", "Contact", "V2Query")
    path = f"jobs/query/{job['id']}"
    assert codes(bulk.program.get(f"{path}/results", 400)) == ["INVALIDJOBSTATE"]
    bulk.work()
    done = bulk.program.get(path)
    assert (done["state"], done["numberRecordsProcessed"]) == ("JobComplete", 900)
    ids: list[str] = []
    locator = ""
    while locator != "null":
        answer = bulk.program.ask(f"{path}/results?maxRecords=400&locator={locator}")
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert list(rows[0]) == ["Id", "Account.Name", "Birthdate"]
        assert answer.headers["Sforce-NumberOfRecords"] == str(len(rows))
        ids += [row["Id"] for row in rows]
        locator = answer.headers["Sforce-Locator"]
    assert len(ids) == len(set(ids)) == 900
    whole = bulk.program.ask(f"{path}/results")
    assert whole.headers["Sforce-Locator"] == "null"
    assert whole.text.count("\n") == 901
    assert codes(bulk.program.get(f"{path}/results?locator=x", 400)) == ["INVALID_QUERY_LOCATOR"]
    foreign = bulk.program.get(
        "query?q=SELECT+Id+FROM+Contact", headers={"Sforce-Query-Options": "batchSize=200"}
    )["nextRecordsUrl"].rpartition("/")[2]
    wrong = bulk.program.get(f"{path}/results?locator={foreign}", 400)
    assert codes(wrong) == ["INVALID_QUERY_LOCATOR"]
    bulk.program.delete(path)
    bulk.program.get(path, 404)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Nothing__c FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT count() FROM Account", "FEATURENOTENABLED"),
        ("SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry", "FEATURENOTENABLED"),
        ("SELECT Id FROM Account OFFSET 5", "FEATURENOTENABLED"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "FEATURENOTENABLED"),
        ("SELECT BillingAddress FROM Account", "FEATURENOTENABLED"),
    ],
)
def test_queries_that_make_no_table_are_refused(admin: Program, query: str, code: str) -> None:
    refused = admin.post("jobs/query", {"operation": "query", "query": query}, 400)
    assert codes(refused) == [code]


def test_a_query_job_of_all_rows_has_deleted_ones(bulk: Bulk) -> None:
    gone = bulk.program.make("Account", Name="Gone")
    bulk.program.delete(f"sobjects/Account/{gone}")
    found = {}
    for operation in ("query", "queryAll"):
        body = {"operation": operation, "query": "SELECT Id, IsDeleted FROM Account"}
        job = bulk.program.post("jobs/query", body)["id"]
        bulk.work()
        found[operation] = bulk.program.ask(f"jobs/query/{job}/results").text
    assert gone not in found["query"]
    assert f'"{gone}","true"' in found["queryAll"]
