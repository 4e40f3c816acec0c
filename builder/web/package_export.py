"""Components go out as a package: picked in a tree, all of them, or what changed since.

What they need comes along and is shown first. Refuses names and versions that no manifest has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Response as Answer
from flask import render_template, request
from sqlalchemy import Connection

from ...metadata.definition import Definition
from ...metadata.kinds import KINDS
from ...metadata.packages.archive import zip_of
from ...metadata.packages.export import changed_since, export, needs_of, version_at
from ...metadata.packages.installed import list_installed
from ...metadata.packages.manifest import FORMAT, Manifest, parse_manifest
from ...metadata.packages.read import parse_package
from ...metadata.packages.write import files_of
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.files import download_headers
from ...platform.i18n import _, local_moment
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .package_rows import Row, by_kind, owner_of, row_of
from .problems import Errors, by_field

PICKED, EVERYTHING, SINCE = "picked", "everything", "since"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the first page says; `uids` is None for everything."""

    mode: str
    since: str
    uids: tuple[str, ...] | None


@setup.get("/packages/export")
@requires(ADMINISTRATOR)
def export_package_page() -> str:
    """The tree of components to pick from."""
    return _tree_page(here())


@setup.post("/packages/export")
@requires(ADMINISTRATOR)
def export_package() -> str | Answer | tuple[str, int]:
    """Shows what comes along, then gives the zip; `do` says which."""
    scope = here()
    try:
        with scope.read() as conn:
            wanted = _wanted(conn)
    except Rejected as refused:
        return _tree_page(scope, by_field(refused.problems)), 422
    if request.form.get("do") != "download":
        return _review(scope, wanted)
    try:
        manifest = _manifest()
        files = files_of(export(scope.org_db, manifest, wanted.uids))
        parse_package(files)  # what we would not read is not written
    except Rejected as refused:
        return _review(scope, wanted, by_field(refused.problems)), 422
    answer = Answer(zip_of(files))
    answer.headers.update(download_headers(f"{manifest.name}-{manifest.version}.zip"))
    return answer


# -- what is wanted


def _wanted(conn: Connection) -> Wanted:
    """Raises Rejected for nothing at all, and for what is no version or day."""
    form = request.form
    mode, since = form.get("mode", PICKED), form.get("since", "").strip()
    if mode == EVERYTHING:
        return Wanted(mode, since, None)
    uids = tuple(form.getlist("pick"))
    if mode == SINCE:
        uids = changed_since(conn, _version(conn, since))
    if not uids:
        message = _("Nothing is picked.") if mode == PICKED else _("Nothing has changed since.")
        raise Rejected(Problem("export.nothing", ("since" if mode == SINCE else "",), message))
    return Wanted(mode, since, uids)


def _version(conn: Connection, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    try:
        day = date.fromisoformat(text)
        if not 1970 <= day.year <= 9000:
            raise ValueError(text)
    except ValueError as error:
        message = _("Write a version of the change log, or a day as 2026-03-31.")
        raise Rejected(Problem("export.since", ("since",), message)) from error
    moment: datetime = local_moment(day, time()).astimezone(UTC)
    return version_at(conn, moment)


def _manifest() -> Manifest:
    texts = {name: request.form.get(name, "").strip() for name in _TEXTS}
    said = {name: text for name, text in texts.items() if text}
    return parse_manifest({"name": "", "version": "", "format": FORMAT} | said)


_TEXTS = ("name", "label", "version", "description")


# -- the pages


def _tree_page(scope: Here, errors: Errors | None = None) -> str:
    stand("setup.packages", (_("Export a package"), ""))
    apps, objects, others = _tree(scope.snapshot)
    form = request.form
    return render_template(
        "builder/package_export.html",
        apps=apps,
        objects=objects,
        others=others,
        kinds=sorted({(row.kind, row.kind_label) for row in _all_rows(scope.snapshot)}),
        said={"mode": form.get("mode", PICKED), "since": form.get("since", "")},
        picked=frozenset(form.getlist("pick")),
        errors=errors or Errors(list),
        version=scope.snapshot.version,
    )


def _tree(snapshot: Snapshot) -> tuple[list[Row], list[tuple[Any, str, list[Any]]], list[Any]]:
    """(apps, [(object, label, its parts by kind)], the rest by kind)."""
    parts: dict[str, list[Row]] = {obj.name: [] for obj in snapshot.objects()}
    apps, rest = [], []
    for definition in _choosable(snapshot):
        row = row_of(definition.document, snapshot)
        if definition.kind == "CustomApplication":
            apps.append(row)
        elif owner_of(definition.document) in parts:
            parts[row.owner].append(row)
        else:
            rest.append(row)
    objects = [
        (obj, snapshot.label(obj, "pluralLabel"), by_kind(_sorted(parts[obj.name])))
        for obj in sorted(snapshot.objects(), key=lambda o: snapshot.label(o).casefold())
    ]
    return _sorted(apps), objects, by_kind(_sorted(rest))


def _choosable(snapshot: Snapshot) -> Iterator[Definition]:
    """Whatever is not an object itself: those stand for their parts."""
    for definition in snapshot.by_uid.values():
        if definition.kind != "CustomObject":
            yield definition


def _all_rows(snapshot: Snapshot) -> Iterator[Row]:
    for kind in {definition.kind: definition for definition in snapshot.by_uid.values()}.values():
        yield row_of(kind.document)


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.label.casefold())


def _review(scope: Here, wanted: Wanted, errors: Errors | None = None) -> str:
    stand("setup.packages", (_("Export a package"), ""))
    form = request.form
    name = form.get("name", "").strip()
    selection, snapshot = needs_of(scope.org_db, name, wanted.uids)
    with scope.read() as conn:
        installed = list_installed(conn)
    return render_template(
        "builder/package_review.html",
        wanted=wanted,
        picked=by_kind(_rows(snapshot, selection.picked)),
        needed=by_kind(_rows(snapshot, selection.needed)),
        counts=(len(selection.picked), len(selection.needed)),
        dependencies=sorted(selection.dependencies.items()),
        said={key: form.get(key, "") for key in _TEXTS}
        | {"version": form.get("version") or "1.0.0"},
        names=[one.manifest for one in installed],
        errors=errors or Errors(list),
    )


def _rows(snapshot: Snapshot, uids: frozenset[Any]) -> list[Row]:
    found = [snapshot.by_uid[uid] for uid in uids]
    ranked = sorted(found, key=lambda d: (KINDS.get(d.kind).rank, d.name))
    return [row_of(definition.document, snapshot) for definition in ranked]
