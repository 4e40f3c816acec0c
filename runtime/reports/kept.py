"""A person's own reports, and which reports they opened lately.

One's own report is a row of ours and no metadata: saving one leaves the org's version alone (ADR
009). It is the same document as a shared report, checked by the same kind; nobody else sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ...metadata.checks import check_document
from ...metadata.definition import Document, Path
from ...metadata.kinds import KINDS
from ...metadata.kinds.report_model import Report, path_at, path_places
from ...metadata.kinds.report_type import MARK, find_type, resolve_typed
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound, Problem, require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_report, sys_report_use
from ...platform.people.actor import Actor
from ..lists.following import present_path
from ..lists.kept import OWN
from .opened import note_opened, opened_lately

KIND = KINDS.get("Report")
MOST = 500  # reports of one person
BINNED_DAYS = timedelta(days=15)
PRIVATE = "private"  # the folder of one's own reports


def is_own(report: Report) -> bool:
    """Says whether the report is somebody's own, and no metadata."""
    return report.uid.startswith(OWN) and report.uid == report.name


def own_reports(conn: sa.Connection, actor: Actor, snapshot: Snapshot) -> tuple[Report, ...]:
    """The actor's own reports, by label."""
    r = sys_report.c
    rows = conn.execute(
        sa.select(sys_report).where(r.user_id == actor.user_id, r.deleted_at.is_(None))
    ).all()
    found = [_read(row, snapshot) for row in rows]
    return tuple(sorted(found, key=lambda report: report.label.casefold()))


def find_own(conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str) -> Report | None:
    """One of the actor's own reports."""
    r = sys_report.c
    where = (r.user_id == actor.user_id, r.key == key, r.deleted_at.is_(None))
    row = conn.execute(sa.select(sys_report).where(*where)).one_or_none()
    return None if row is None else _read(row, snapshot)


def _read(row: Any, snapshot: Snapshot) -> Report:
    document: Document = _named(row.document, row.key)
    if row.version != snapshot.version:
        document = _followed(document, row.uids, snapshot)
    report: Report = KIND.parse(document)
    return report


def _named(document: Document, key: str) -> dict[str, Any]:
    return {**document, "kind": "Report", "uid": key, "name": key, "folder": PRIVATE}


def save_own(
    conn: sa.Connection, actor: Actor, snapshot: Snapshot, key: str, document: Document
) -> Report:
    """Saves a report as the actor's own; raises Rejected with every problem."""
    whole = _named(document, key)
    require(check_document(whole))
    report: Report = KIND.parse(whole)
    require((*_label_problems(conn, actor, report), *problems_of(report, snapshot)))
    written = {
        "document": whole, "uids": _uids(report, snapshot), "version": snapshot.version,
        "modified_at": clock.now(), "deleted_at": None,
    }  # fmt: skip
    put_row(conn, sys_report, {"user_id": actor.user_id, "key": key}, written)
    return report


def problems_of(report: Report, snapshot: Snapshot) -> tuple[Problem, ...]:
    """What is wrong with the report, wherever it will lie."""
    found = KIND.check(report, snapshot)
    return tuple(one for one in found if one.code != "report.folder")


def _label_problems(conn: sa.Connection, actor: Actor, report: Report) -> Iterator[Problem]:
    if not report.label.strip():
        yield Problem("report.label", ("label",), _("The report needs a name."))
    r = sys_report.c
    others = sa.select(sa.func.count()).where(
        r.user_id == actor.user_id, r.key != report.uid, r.deleted_at.is_(None)
    )
    if int(conn.execute(others).scalar_one()) >= MOST:
        message = _("You have %(n)s reports of your own.", n=MOST)
        yield Problem("report.too_many", ("label",), message, _("Delete one that you do not need."))


def delete_own(conn: sa.Connection, actor: Actor, key: str) -> None:
    """Puts a report of one's own away; it can be restored for 15 days. Raises NotFound."""
    _set_deleted(conn, actor, key, clock.now())


def restore_own(conn: sa.Connection, actor: Actor, key: str) -> None:
    """Brings a report back that was put away."""
    _set_deleted(conn, actor, key, None)


def _set_deleted(conn: sa.Connection, actor: Actor, key: str, at: Any) -> None:
    r = sys_report.c
    where = sa.and_(r.user_id == actor.user_id, r.key == key)
    if not conn.execute(sa.update(sys_report).where(where).values(deleted_at=at)).rowcount:
        raise NotFound(key)


def purge_reports(conn: sa.Connection) -> int:
    """Ends reports that were put away 15 days ago; returns how many."""
    gone = sa.delete(sys_report).where(sys_report.c.deleted_at < clock.now() - BINNED_DAYS)
    return conn.execute(gone).rowcount


# -- paths follow renames ------------------------------------------------------------------------


def _uids(report: Report, snapshot: Snapshot) -> dict[str, list[str]]:
    type_ = find_type(snapshot, report.report_type)
    found: dict[str, list[str]] = {}
    for place, _out in path_places(report.document) if type_ else ():
        text = path_at(report.document, place)
        if type_ is not None:
            found[text] = [str(one.uid) for one in resolve_typed(snapshot, type_, text)]
    return found


def _followed(document: Document, uids: Mapping[str, list[str]], snapshot: Snapshot) -> Document:
    """The document with its paths as they are written now, without those that are gone."""
    type_ = find_type(snapshot, document["reportType"])
    if type_ is None:
        return document
    gone: list[Path] = []
    changed: Any = document
    for place, out in path_places(document):
        text = path_at(document, place)
        prefix, mark, _rest = text.partition(MARK)
        object_name, _rest = type_.object_of(text)
        now = present_path(uids.get(text, ()), snapshot, object_name) if object_name else None
        if now is None:
            gone.append(out)
        elif now != _rest:
            changed = _with(changed, place, f"{prefix}{mark}{now}" if mark else now)
    assert KIND.take_out is not None  # noqa: S101 - logic follows its filters
    return KIND.take_out(changed, tuple(dict.fromkeys(gone))) if gone else changed


def _with(value: Any, place: Path, text: str) -> Any:
    if not place:
        return text
    head, *rest = place
    if isinstance(value, Mapping):
        return {**value, head: _with(value[head], tuple(rest), text)}
    return [_with(v, tuple(rest), text) if i == head else v for i, v in enumerate(value)]


# -- opened lately -------------------------------------------------------------------------------


def note_use(org_db: OrgDatabase, actor: Actor, report: Report) -> None:
    """Notes that the actor opens the report."""
    note_opened(org_db, actor, sys_report_use, str(report.uid))


def recent_keys(conn: sa.Connection, actor: Actor) -> tuple[str, ...]:
    """The reports that the actor opened, the latest first."""
    return opened_lately(conn, actor, sys_report_use)
