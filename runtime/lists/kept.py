"""What a person keeps of the lists of an object: views of their own, a pin, settings of columns.

One statement reads all of it. A private view is a row of ours and no metadata: saving one leaves
the org's version, and every cache that hangs on it, alone (ADR 009). It is the same document as a
shared view, checked by the same kind. Nobody but its owner ever sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ...metadata.checks import check_document
from ...metadata.definition import Document
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import TOTALS, ListView, path_at, path_places
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.errors import NotFound, Problem, Rejected, require
from ...platform.i18n import _
from ...platform.migrations.tables import sys_view
from ...platform.people.actor import Actor
from .following import KIND, Uids, followed, paths_now, uids_of

OWN = "my-"  # what keys of one's own views begin with; no API name does
MOST = 100  # views of one person for one object
BINNED_DAYS = timedelta(days=15)
NARROWEST, WIDEST = 48, 800  # px of a column


@dataclass(frozen=True, slots=True)
class Settings:
    """How a person wants the columns of one view; what is empty is as the view has it."""

    columns: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)  # {path: px}
    totals: Mapping[str, str] = field(default_factory=dict)  # {path: one of TOTALS}

    @property
    def paths(self) -> set[str]:
        return {*self.columns, *self.widths, *self.totals}

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns), "widths": dict(self.widths), "totals": dict(self.totals),
        }  # fmt: skip


PLAIN = Settings()


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a person keeps of the lists of one object."""

    views: tuple[ListView, ...] = ()  # their own, by label
    pinned: str = ""  # key of the view that opens first
    settings: Mapping[str, Settings] = field(default_factory=dict)  # {key: …}
    lessened: frozenset[str] = frozenset()  # keys of views that lost fields which are gone

    def settings_of(self, view: ListView) -> Settings:
        return self.settings.get(view.uid, PLAIN)


NOTHING = Kept()


def is_own(view: ListView) -> bool:
    """Says whether the view is somebody's own, and no metadata."""
    return view.uid.startswith(OWN) and view.uid == view.local_name


def kept_of(conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject) -> Kept:
    """What the actor keeps of the object's lists."""
    rows = conn.execute(sa.select(sys_view).where(_mine(actor, obj))).all()
    if not rows:
        return NOTHING
    own: list[ListView] = []
    lessened = set()
    for row in rows:
        if row.document is None or row.deleted_at is not None:
            continue
        view, is_less = _read(row, snapshot, obj)
        own.append(view)
        if is_less:
            lessened.add(view.uid)
    own.sort(key=lambda view: view.label.casefold())
    there = [row for row in rows if row.deleted_at is None]
    return Kept(
        tuple(own),
        next((row.key for row in there if row.is_pinned), ""),
        {row.key: _settings(row, snapshot, obj) for row in there if row.settings},
        frozenset(lessened),
    )


def _mine(actor: Actor, obj: CustomObject) -> sa.ColumnElement[bool]:
    return sa.and_(sys_view.c.user_id == actor.user_id, sys_view.c.object_uid == obj.uid)


def _read(row: Any, snapshot: Snapshot, obj: CustomObject) -> tuple[ListView, bool]:
    document, is_less = _named(row.document, obj, row.key), False
    if row.version != snapshot.version:
        document, is_less = followed(document, row.uids, snapshot)
    view: ListView = KIND.parse(document)
    return view, is_less


def _named(document: Document, obj: CustomObject, key: str) -> Document:
    """The document as one of this object, whatever that was called when it was saved."""
    return {
        **document, "kind": "ListView", "uid": key, "object": obj.name, "name": f"{obj.name}.{key}",
    }  # fmt: skip


def _settings(row: Any, snapshot: Snapshot, obj: CustomObject) -> Settings:
    said, uids = row.settings, row.uids
    now = {path: path for path in uids}
    if row.version != snapshot.version:
        now = paths_now(uids, snapshot, obj.name)

    def present(values: Mapping[str, Any]) -> dict[str, Any]:
        return {now[path]: value for path, value in values.items() if path in now}

    columns = tuple(now[path] for path in said.get("columns", ()) if path in now)
    return Settings(columns, present(said.get("widths", {})), present(said.get("totals", {})))


# -- one's own views -----------------------------------------------------------------------------


def save_own(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    key: str,
    document: Document,
) -> ListView:
    """Saves a view as the actor's own; raises Rejected with every problem."""
    whole = _named(document, obj, key)
    require(check_document(whole))
    view: ListView = KIND.parse(whole)
    require((*_label_problems(conn, actor, obj, view), *KIND.check(view, snapshot)))
    _put(conn, actor, snapshot, obj, key, document=whole, deleted_at=None)
    return view


def _label_problems(
    conn: sa.Connection, actor: Actor, obj: CustomObject, view: ListView
) -> Iterator[Problem]:
    if not view.label.strip():
        yield Problem("view.label", ("label",), _("The view needs a name."))
    v = sys_view.c
    rows = conn.execute(
        sa.select(v.key, v.document).where(
            _mine(actor, obj), v.key.startswith(OWN), v.key != view.uid, v.deleted_at.is_(None)
        )
    ).all()
    if any((row.document or {}).get("label") == view.label for row in rows):
        message = _("You have a view of that name already.")
        yield Problem("view.label", ("label",), message, _("Choose another name."))
    if len(rows) >= MOST:
        message = _("You have %(n)s views of your own here.", n=MOST)
        yield Problem("view.too_many", ("label",), message, _("Delete one that you do not need."))


def delete_own(conn: sa.Connection, actor: Actor, obj: CustomObject, key: str) -> None:
    """Puts a view of one's own away; it can be restored for 15 days. Raises NotFound."""
    _update_own(conn, actor, obj, key, deleted_at=clock.now(), is_pinned=False)


def restore_own(conn: sa.Connection, actor: Actor, obj: CustomObject, key: str) -> None:
    """Brings a view back that was put away."""
    _update_own(conn, actor, obj, key, deleted_at=None)


def _update_own(
    conn: sa.Connection, actor: Actor, obj: CustomObject, key: str, **values: Any
) -> None:
    v = sys_view.c
    where = sa.and_(_mine(actor, obj), v.key == key, v.document.is_not(None))
    if not conn.execute(sa.update(sys_view).where(where).values(**values)).rowcount:
        raise NotFound(key)


def purge_views(conn: sa.Connection) -> int:
    """Ends views that were put away 15 days ago; returns how many."""
    v = sys_view.c
    gone = sa.delete(sys_view).where(v.deleted_at < clock.now() - BINNED_DAYS)
    return conn.execute(gone).rowcount


# -- pins and settings ---------------------------------------------------------------------------


def pin(conn: sa.Connection, actor: Actor, snapshot: Snapshot, obj: CustomObject, key: str) -> None:
    """Makes the view the one that opens first for the actor; "" unpins."""
    others = sa.and_(_mine(actor, obj), sys_view.c.is_pinned, sys_view.c.key != key)
    conn.execute(sa.update(sys_view).where(others).values(is_pinned=False))
    if key:
        _put(conn, actor, snapshot, obj, key, is_pinned=True)


def keep_settings(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    key: str,
    settings: Settings,
) -> None:
    """Remembers how the actor wants the columns of a view; raises Rejected for unknown ones."""
    for path in settings.paths:
        snapshot.resolve(obj.name, path)
    if unknown := sorted(set(settings.totals.values()) - set(TOTALS)):
        message = _("%(text)s is not understood.", text=repr(unknown[0])[:60])
        raise Rejected(Problem("list.totals", ("totals",), message))
    widths = {p: max(NARROWEST, min(WIDEST, width)) for p, width in settings.widths.items()}
    kept = Settings(settings.columns, widths, settings.totals)
    _put(conn, actor, snapshot, obj, key, settings=kept.to_json() if kept.paths else None)


def _put(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    obj: CustomObject,
    key: str,
    **values: Any,
) -> None:
    """Writes what is given of a row and keeps the rest of it, in the paths of now."""
    where = sa.and_(_mine(actor, obj), sys_view.c.key == key)
    row = conn.execute(sa.select(sys_view).where(where)).one_or_none()
    document, settings = values.get("document"), values.get("settings")
    if row is not None and "document" not in values and row.document is not None:
        document = _read(row, snapshot, obj)[0].document
    if row is not None and "settings" not in values and row.settings is not None:
        settings = _settings(row, snapshot, obj).to_json()
    written = {
        "is_pinned": bool(row is not None and row.is_pinned), "deleted_at": None,
        **values,
        "document": document, "settings": settings,
        "uids": _uids(document, settings, snapshot, obj),
        "version": snapshot.version, "modified_at": clock.now(),
    }  # fmt: skip
    place = {"user_id": actor.user_id, "object_uid": obj.uid, "key": key}
    put_row(conn, sys_view, place, written)


def _uids(
    document: Document | None,
    settings: Mapping[str, Any] | None,
    snapshot: Snapshot,
    obj: CustomObject,
) -> Uids:
    paths: set[str] = set()
    if document is not None:
        paths |= {path_at(document, place) for place, _out in path_places(document)}
    if settings is not None:
        paths |= {*settings["columns"], *settings["widths"], *settings["totals"]}
    return uids_of(sorted(paths), snapshot, obj.name)
