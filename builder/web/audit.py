"""The audit trail: who did what to whom, by person, day and operation; whether the log is whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Response, render_template, request, stream_with_context, url_for
from sqlalchemy import Connection

from ...metadata.deploy.log import differences
from ...platform import audit
from ...platform.audit import AuditEntry, Wanted
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, format_datetime, lazy, local_moment
from ...platform.ids import is_id
from ...platform.people.api_tokens import Scope
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.run import find_titles
from ...runtime.transfer.guard import guarded
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand

ROWS = 50
BATCH = 500
CHECKED_AT_ONCE = 5_000  # entries; a longer log is checked on demand
DETAILS = 6  # changed values shown of one entry
OPERATIONS = {
    "company.changed": lazy("Company profile changed"),
    "metadata.deployed": lazy("Setup changed"),
    "record.shared": lazy("Record shared"),
    "record.unshared": lazy("Record no longer shared"),
    "session.started": lazy("Signed in"),
    "session.ended": lazy("Signed out"),
    "user.activated": lazy("User activated"),
    "user.changed": lazy("User changed"),
    "user.created": lazy("User created"),
    "user.deactivated": lazy("User deactivated"),
    "user.frozen": lazy("User frozen"),
    "user.password_set": lazy("Password set"),
    "user.unfrozen": lazy("User unfrozen"),
    "view_as.begun": lazy("Began to view as somebody else"),
    "view_as.ended": lazy("Stopped viewing as somebody else"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, as it was written and as it is understood."""

    person: str
    operation: str
    first: str
    last: str
    wanted: Wanted
    problem: str = ""

    @property
    def address(self) -> dict[str, Any]:
        """The filters as parts of an address."""
        said = {"person": self.person, "operation": self.operation, "first": self.first}
        return {key: value for key, value in (said | {"last": self.last}).items() if value}


@setup.get("/audit")
@requires(ADMINISTRATOR)
def audit_trail() -> str | tuple[str, int]:
    """Entries, latest first; `check` asks whether the log is whole."""
    scope, asked = here(), _asked()
    stand("setup.audit_trail")
    raw = request.args.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 15 else None
    with scope.read() as connection:
        entries: list[AuditEntry] = []
        if not asked.problem:
            entries = audit.list_entries(
                connection, before=before, limit=ROWS + 1, wanted=asked.wanted
            )
        whole = _checked(connection)
        titles = _titles(connection, scope, entries)
        people, operations = audit.people(connection), audit.operations(connection)
    more = entries[ROWS - 1].id if len(entries) > ROWS else None
    page = render_template(
        "builder/audit.html",
        rows=[_row(entry, titles) for entry in entries[:ROWS]],
        asked=asked,
        people=[("", _("Everybody")), *people],
        operations=[("", _("Everything")), *((name, _operation(name)) for name in operations)],
        whole=whole,
        check=url_for("setup.audit_trail", check="1", **asked.address),
        download=url_for("setup.audit_file", **asked.address),
        more=url_for("setup.audit_trail", before=more, **asked.address) if more else "",
    )
    return (page, 422) if asked.problem else page


@setup.get("/audit.csv")
@requires(ADMINISTRATOR, Scope.SETUP)
def audit_file() -> Response:
    """The entries that the filters find, latest first, as CSV."""
    scope, asked = here(), _asked()
    if asked.problem:
        raise Rejected(Problem("audit.day", ("first",), asked.problem))

    def stream() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf" + _lines([_HEADINGS])
        before: int | None = None
        with scope.read() as connection:
            while entries := audit.list_entries(
                connection, before=before, limit=BATCH, wanted=asked.wanted
            ):
                yield _lines([_cells(entry) for entry in entries])
                before = entries[-1].id

    response = Response(stream_with_context(stream()), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


# -- what is asked for


def _asked() -> Asked:
    said = {name: request.args.get(name, "").strip()[:200] for name in _FILTERS}
    try:
        first, last = _day(said["first"]), _day(said["last"])
    except ValueError:
        return Asked(**said, wanted=Wanted(), problem=_("Write days as 2026-03-31."))
    since = _begin(first) if first else None
    until = _begin(last + timedelta(days=1)) if last else None
    wanted = Wanted(said["person"], said["operation"], since, until)
    return Asked(**said, wanted=wanted)


_FILTERS = ("person", "operation", "first", "last")


def _day(text: str) -> date | None:
    found = date.fromisoformat(text) if text else None
    if found is not None and not 1970 <= found.year <= 9000:
        raise ValueError(text)
    return found


def _begin(day: date) -> datetime:
    """When the day begins where the reader is."""
    return local_moment(day, time()).astimezone(UTC)


# -- what is shown


def _checked(connection: Connection) -> tuple[str, str] | None:
    """(kind, sentence) of the chain of hashes; None where a long log was not asked about."""
    latest = audit.list_entries(connection, limit=1)
    count = latest[0].id if latest else 0
    if count > CHECKED_AT_ONCE and not request.args.get("check"):
        return None
    problem: Problem | None = audit.verify(connection)
    if problem is not None:
        return "bad", _("The log was tampered with. %(what)s", what=problem.message)
    return "ok", _("The log is whole: each of its %(n)s entries is as it was written.", n=count)


def _titles(connection: Connection, scope: Here, entries: list[AuditEntry]) -> dict[str, str]:
    """Names of records in the entries, as far as the reader may see them."""
    ids = {e.subject.id for e in entries if not e.subject.name and is_id(e.subject.id)}
    return find_titles(connection, scope.actor, scope.snapshot, ids)


def _row(entry: AuditEntry, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": entry.id,
        "when": format_datetime(entry.at),
        "who": entry.actor_name,
        "operation": _operation(entry.operation),
        "about": entry.subject.name or titles.get(entry.subject.id) or entry.subject.kind,
        "url": url_for("pages.record", record_id=entry.subject.id)
        if entry.subject.id in titles
        else "",
        "changes": list(_changes(entry))[:DETAILS],
        "note": " · ".join(filter(None, (entry.reason, entry.ip))),
    }


def _operation(name: str) -> str:
    return str(OPERATIONS.get(name, name))


def _changes(entry: AuditEntry) -> Iterator[tuple[str, str, str]]:
    for one in differences(entry.before, entry.after):
        yield one.path, _text(one.before), _text(one.after)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


_HEADINGS = [
    *("number", "at", "actor id", "actor", "operation", "kind", "subject id", "subject"),
    *("before", "after", "reason", "ip", "hash"),
]


def _cells(entry: AuditEntry) -> list[str]:
    subject = entry.subject
    said = (
        *(entry.actor_id, entry.actor_name, entry.operation, subject.kind, subject.id),
        *(subject.name, _json(entry.before), _json(entry.after), entry.reason, entry.ip),
    )
    return [str(entry.id), entry.at.isoformat(), *map(guarded, said), entry.hash]


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")
