"""Components go out as a package: picked in a tree, all of them, or what changed since.

What they need comes along and is shown first; chosen records go along as samples. Refuses names and
versions that no manifest has, and more records than a sample has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from flask import Response as Answer
from flask import render_template, request
from sqlalchemy import Connection

from ...metadata.definition import Definition
from ...metadata.deploy.log import list_deployments
from ...metadata.kinds import KINDS
from ...metadata.packages.archive import zip_of
from ...metadata.packages.export import (
    changed_since,
    export,
    list_exports,
    needs_of,
    note_export,
    parse_since,
)
from ...metadata.packages.installed import list_installed
from ...metadata.packages.manifest import FORMAT, Manifest, parse_manifest
from ...metadata.packages.read import Package, parse_package
from ...metadata.packages.write import files_of
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected
from ...platform.files import download_headers
from ...platform.i18n import _, format_datetime
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.scope import Here, here
from ..packages.sampling import MOST_OF_OBJECT, Wish, samples_of
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
        package = _with_samples(scope, export(scope.org_db, manifest, wanted.uids))
        files = files_of(package)
        parse_package(files)  # what we would not read is not written
    except Rejected as refused:
        return _review(scope, wanted, by_field(refused.problems)), 422
    version = scope.snapshot.version
    scope.org_db.transact(lambda conn: note_export(conn, scope.actor, manifest, version))
    answer = Answer(zip_of(files))
    answer.headers.update(download_headers(f"{manifest.name}-{manifest.version}.zip"))
    return answer


# -- what is wanted


def _wanted(conn: Connection) -> Wanted:
    """Raises Rejected for nothing at all, and for what is no version or day."""
    form = request.form
    mode, since = form.get("mode", PICKED), form.get("point") or form.get("since", "").strip()
    if mode == EVERYTHING:
        return Wanted(mode, since, None)
    uids = tuple(form.getlist("pick"))
    if mode == SINCE:
        uids = changed_since(conn, parse_since(conn, since))
    if not uids:
        message = _("Nothing is picked.") if mode == PICKED else _("Nothing has changed since.")
        raise Rejected(Problem("export.nothing", ("since" if mode == SINCE else "",), message))
    return Wanted(mode, since, uids)


def _manifest() -> Manifest:
    texts = {name: request.form.get(name, "").strip() for name in _TEXTS}
    said = {name: text for name, text in texts.items() if text}
    return parse_manifest({"name": "", "version": "", "format": FORMAT} | said)


_TEXTS = ("name", "label", "version", "description")


def _with_samples(scope: Here, package: Package) -> Package:
    """The package with the records that the form asks for."""
    wishes = [Wish(name, n, view) for name, n, view in _sampled() if n]
    if not wishes:
        return package
    with scope.read() as conn:
        found = samples_of(conn, scope.actor, scope.snapshot, package.manifest.name, wishes)
    return replace(package, samples=MappingProxyType(dict(found)))


def _sampled() -> Iterator[tuple[str, int, str]]:
    """(object, number of records, list view) as the form says; raises Rejected for no number."""
    form = request.form
    rows = zip(
        *(form.getlist(f"sample_{part}") for part in ("object", "count", "view")), strict=False
    )
    for name, said, view in rows:
        if said.strip() and not (said.isascii() and said.isdigit() and len(said) < 8):
            message = _("Write how many records, as 20.")
            raise Rejected(Problem("samples.count", (name,), message))
        yield name, int(said or 0), view


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
        said={
            "mode": form.get("mode", PICKED),
            "since": form.get("since", ""),
            "point": form.get("point", ""),
        },
        points=_points(scope),
        picked=frozenset(form.getlist("pick")),
        errors=errors or Errors(list),
        version=scope.snapshot.version,
    )


def _points(scope: Here) -> list[tuple[str, str]]:
    """[(value, label)] of the exports and deployments that one can begin from."""
    with scope.read() as conn:
        exports, deployments = list_exports(conn), list_deployments(conn, 30)
    found = [
        (f"export:{one.id}", _("Export of %(name)s %(version)s · %(when)s", name=one.name,
                               version=one.label, when=format_datetime(one.at)))
        for one in exports
    ]  # fmt: skip
    return found + [
        (one.id, _("After “%(what)s” · %(when)s", what=one.summary, when=format_datetime(one.at)))
        for one in deployments
    ]


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
        sampled=_samples_of(snapshot, selection.uids),
        most=MOST_OF_OBJECT,
    )


def _samples_of(snapshot: Snapshot, uids: frozenset[Any]) -> list[dict[str, Any]]:
    """The objects of the package whose records may go along, with their list views."""
    form = request.form
    before = dict(zip(form.getlist("sample_object"), form.getlist("sample_count"), strict=False))
    viewed = dict(zip(form.getlist("sample_object"), form.getlist("sample_view"), strict=False))
    names = {owner_of(snapshot.by_uid[uid].document) for uid in uids}
    objects = [obj for name in names if (obj := snapshot.find_object(name)) is not None]
    return [
        {
            "name": obj.name,
            "label": snapshot.label(obj, "pluralLabel"),
            "count": before.get(obj.name, ""),
            "view": viewed.get(obj.name, ""),
            "views": _views(snapshot, obj.name),
        }
        for obj in sorted(objects, key=lambda o: snapshot.label(o, "pluralLabel").casefold())
        if obj.storage != "people"
    ]


def _views(snapshot: Snapshot, name: str) -> list[tuple[str, str]]:
    views = [one for one in snapshot.of_kind("ListView") if one.object == name]
    return [(one.name.partition(".")[2], snapshot.label(one)) for one in views]


def _rows(snapshot: Snapshot, uids: frozenset[Any]) -> list[Row]:
    found = [snapshot.by_uid[uid] for uid in uids]
    ranked = sorted(found, key=lambda d: (KINDS.get(d.kind).rank, d.name))
    return [row_of(definition.document, snapshot) for definition in ranked]
