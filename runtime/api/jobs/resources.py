"""Jobs by their addresses: what programs ask for, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ....metadata.kinds.custom_object import CustomObject
from ....platform.db.scope import OrgDatabase
from ....platform.people.api_tokens import Scope
from ...access.permissions import Operation, may
from ..blueprint import resource
from ..call import NOTHING, Answer, Call
from ..faults import Refusal
from ..paging import whole_number
from ..parents import is_key
from ..values import find_field, moment
from . import kept, querying, saving, table
from .kept import Job, Kind, State

PAGE = 100  # jobs of a list
SIGNS = {sign: name for name, sign in table.DELIMITERS.items()}
NEEDS = {
    saving.INSERT: (Operation.CREATE,),
    saving.UPDATE: (Operation.EDIT,),
    saving.UPSERT: (Operation.CREATE, Operation.EDIT),
    saving.DELETE: (Operation.DELETE,),
}


def body_of(call: Call, job: Job) -> dict[str, Any]:
    """A job as programs know it."""
    ingest = job.kind == Kind.INGEST
    body: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.user_id,
        "createdDate": moment(job.created_at),
        "systemModstamp": moment(job.changed_at),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version),
        "jobType": "V2Ingest" if ingest else "V2Query",
        "lineEnding": job.line_ending,
        "columnDelimiter": SIGNS[job.delimiter],
        "retries": 0,
        "totalProcessingTime": job.millis,
        "numberRecordsProcessed": job.processed,
    }
    if ingest:
        where = f"{call.root.removeprefix('/')}/jobs/ingest/{job.id}/batches"
        body |= {
            "contentUrl": where,
            "apiActiveProcessingTime": job.millis,
            "apexProcessingTime": 0,
            "numberRecordsFailed": job.failed,
        }
    said = {"externalIdFieldName": job.external_id, "errorMessage": job.message}
    return body | {name: value for name, value in said.items() if value}


def _find(call: Call, kind: Kind, job_id: str) -> Job:
    with call.scope.read() as conn:
        return kept.get(conn, call.actor.user_id, kind, job_id)


def _show(call: Call, kind: Kind, job_id: str) -> Answer:
    return Answer(body_of(call, _find(call, kind, job_id)))


def _list(call: Call, kind: Kind) -> Answer:
    start = whole_number(call, "queryLocator", 0, 0, 1_000_000)
    with call.scope.read() as conn:
        found = kept.listed(conn, call.actor.user_id, kind, PAGE + 1, start)
    is_done = len(found) <= PAGE
    following = f"{call.root}/jobs/{kind}?queryLocator={start + PAGE}"
    return Answer(
        {
            "done": is_done,
            "records": [body_of(call, job) for job in found[:PAGE]],
            "nextRecordsUrl": None if is_done else following,
        }
    )


def _change(call: Call, kind: Kind, job_id: str) -> Answer:
    """Starts or ends a job, as the body says."""
    wanted = call.mapping().get("state")
    job = _find(call, kind, job_id)
    if wanted == State.ABORTED:
        work: Callable[..., bool] = kept.abort
    elif wanted == State.UPLOADED and kind == Kind.INGEST:
        work = kept.start
    else:
        raise Refusal("INVALIDJOB", "state must be UploadComplete or Aborted.")
    if not call.scope.org_db.transact(lambda conn: work(conn, job)):
        raise _no_way(job, f"become {wanted}")
    return _show(call, kind, job_id)


def _delete(call: Call, kind: Kind, job_id: str) -> Answer:
    job = _find(call, kind, job_id)
    if not call.scope.org_db.transact(lambda conn: kept.delete(conn, job)):
        raise _no_way(job, "be deleted")
    return NOTHING


def _no_way(job: Job, what: str) -> Refusal:
    return Refusal("INVALIDJOBSTATE", f"A job in state {job.state} can not {what}.")


def _format(call: Call) -> dict[str, str]:
    """What columns and lines are divided by, as the body says; raises Refusal."""
    body = call.mapping()
    delimiter = body.get("columnDelimiter") or "COMMA"
    ending = body.get("lineEnding") or "LF"
    if str(delimiter) not in table.DELIMITERS or ending not in table.LINE_ENDINGS:
        raise Refusal("INVALIDJOB", "columnDelimiter or lineEnding is not one that we know.")
    if body.get("contentType", "CSV") != "CSV":
        raise Refusal("INVALIDJOB", "contentType must be CSV.")
    return {"delimiter": table.DELIMITERS[str(delimiter)], "line_ending": ending}


# -- records in ------------------------------------------------------------------------------------


@resource("jobs/ingest", "POST")
def create_ingest_job(call: Call) -> Answer:
    """A job that rows can be put to."""
    body, form = call.mapping(), _format(call)
    operation, name = body.get("operation"), body.get("object")
    if operation not in saving.OPERATIONS:
        raise Refusal("INVALIDJOB", f"operation must be one of {', '.join(saving.OPERATIONS)}.")
    if not isinstance(name, str) or (obj := call.find_object(name)) is None:
        raise Refusal("INVALIDENTITY", f"Unable to find object: {str(name)[:80]}")
    if not all(may(call.actor, one, obj, call.snapshot) for one in NEEDS[operation]):
        message = f"You may not {operation} records of {obj.name}."
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", message, status=403)
    asked = {
        "operation": operation,
        "object": obj.name,
        "external_id": _external_id(call, obj, body) if operation == saving.UPSERT else None,
        "version": call.version,
        **form,
    }
    job_id = call.scope.org_db.transact(
        lambda conn: kept.add(conn, call.actor.user_id, Kind.INGEST, State.OPEN, **asked)
    )
    return _show(call, Kind.INGEST, job_id)


def _external_id(call: Call, obj: CustomObject, body: Any) -> str:
    name = body.get("externalIdFieldName")
    text = name if isinstance(name, str) else ""
    field = find_field(call.actor, call.snapshot, obj.name, text)
    if field is None or not is_key(field):
        message = f"InvalidJob : External ID was not found or is not one: {text[:80]}"
        raise Refusal("INVALIDJOB", message)
    return field.local_name


@resource("jobs/ingest")
def list_ingest_jobs(call: Call) -> Answer:
    """The person's jobs, latest first."""
    return _list(call, Kind.INGEST)


@resource("jobs/ingest/<job_id>")
def show_ingest_job(call: Call, job_id: str) -> Answer:
    """How far a job is."""
    return _show(call, Kind.INGEST, job_id)


@resource("jobs/ingest/<job_id>", "PATCH")
def change_ingest_job(call: Call, job_id: str) -> Answer:
    """Begins the work, or ends it."""
    return _change(call, Kind.INGEST, job_id)


@resource("jobs/ingest/<job_id>", "DELETE")
def delete_ingest_job(call: Call, job_id: str) -> Answer:
    """Forgets a job with its rows; what it saved stays."""
    return _delete(call, Kind.INGEST, job_id)


@resource("jobs/ingest/<job_id>/batches", "PUT")
def put_rows(call: Call, job_id: str) -> Answer:
    """Takes the rows of a job, all of them at once."""
    job = _find(call, Kind.INGEST, job_id)
    if job.state != State.OPEN:
        raise _no_way(job, "take rows")
    if not hasattr(call.body, "read"):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", "The body must be CSV (text/csv).", status=415)
    table.keep_rows(call.scope.org_db, job, call.body)
    return Answer(None, 201)


@resource("jobs/ingest/<job_id>/successfulResults")
def show_successful(call: Call, job_id: str) -> Answer:
    """The rows that were saved."""
    return _results(call, job_id, table.successful)


@resource("jobs/ingest/<job_id>/failedResults")
def show_failed(call: Call, job_id: str) -> Answer:
    """The rows that were refused."""
    return _results(call, job_id, table.failed)


@resource("jobs/ingest/<job_id>/unprocessedrecords")
def show_unprocessed(call: Call, job_id: str) -> Answer:
    """The rows whose turn never came."""
    return _results(call, job_id, table.unprocessed)


def _results(
    call: Call, job_id: str, made: Callable[[OrgDatabase, Job], Iterator[bytes]]
) -> Answer:
    job = _find(call, Kind.INGEST, job_id)
    if job.state not in kept.OVER:
        raise _no_way(job, "show results")
    return Answer(csv=made(call.scope.org_db, job))


# -- records out -----------------------------------------------------------------------------------


@resource("jobs/query", "POST", scope=Scope.READ)
def create_query_job(call: Call) -> Answer:
    """A query whose records are fetched as tables; raises SoqlError for what is no query."""
    body, form = call.mapping(), _format(call)
    operation, text = body.get("operation"), body.get("query")
    if operation not in querying.OPERATIONS or not isinstance(text, str):
        names = ", ".join(querying.OPERATIONS)
        raise Refusal("INVALIDJOB", f"operation must be one of {names}, query a text.")
    with call.scope.read() as conn:
        name = querying.check(conn, call, text)
    asked = {"operation": operation, "query": text, "object": name, "version": call.version}

    def add(conn: Any) -> str:
        job_id = kept.add(
            conn, call.actor.user_id, Kind.QUERY, State.UPLOADED, **asked, **form
        )  # fmt: skip
        kept.go_on(conn, job_id, 0, call.actor.user_id)
        return job_id

    return _show(call, Kind.QUERY, call.scope.org_db.transact(add))


@resource("jobs/query")
def list_query_jobs(call: Call) -> Answer:
    """The person's jobs, latest first."""
    return _list(call, Kind.QUERY)


@resource("jobs/query/<job_id>")
def show_query_job(call: Call, job_id: str) -> Answer:
    """How far a job is."""
    return _show(call, Kind.QUERY, job_id)


@resource("jobs/query/<job_id>", "PATCH", scope=Scope.READ)
def change_query_job(call: Call, job_id: str) -> Answer:
    """Ends the work."""
    return _change(call, Kind.QUERY, job_id)


@resource("jobs/query/<job_id>", "DELETE", scope=Scope.READ)
def delete_query_job(call: Call, job_id: str) -> Answer:
    """Forgets a job."""
    return _delete(call, Kind.QUERY, job_id)


@resource("jobs/query/<job_id>/results")
def show_query_results(call: Call, job_id: str) -> Answer:
    """Some of the records as a table, with the rights of this moment."""
    job = _find(call, Kind.QUERY, job_id)
    if job.state != State.DONE:
        raise _no_way(job, "show results")
    most = whole_number(call, "maxRecords", querying.USUAL, 1, 1_000_000_000)
    return querying.results(call, job, call.args.get("locator", ""), most)
