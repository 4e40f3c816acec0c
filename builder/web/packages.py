"""The packages of the org: which, since when, what of them; taking back and removing.

Removing first shows what would go, how many records each object has, and offers each as a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response as Answer
from flask import redirect, render_template, stream_with_context, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.deploy.apply import Preview
from ...metadata.kinds import KINDS
from ...metadata.kinds.list_view import ListView
from ...metadata.packages import runs
from ...metadata.packages.install import preview_uninstall
from ...metadata.packages.installed import Installed, get_installed, list_installed, stored
from ...metadata.packages.runs import Asked, Deed
from ...metadata.packages.uploads import list_uploads
from ...metadata.snapshot import Snapshot
from ...platform.errors import NotFound
from ...platform.i18n import format_datetime, ngettext
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import signed_in
from ...runtime.lists.listing import listing_of
from ...runtime.query.request import Query
from ...runtime.query.run import count
from ...runtime.transfer.export import Headings, write_csv
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .package_diff import COUNT_CAP
from .package_rows import by_kind, row_of


@setup.get("/packages")
@requires(ADMINISTRATOR)
def packages() -> str:
    """The installed packages, and what this session has checked and not installed."""
    scope = here()
    stand("setup.packages")
    with scope.read() as conn:
        found, sizes = list_installed(conn), _sizes(conn)
        waiting = list_uploads(conn, signed_in().id)
    rows = [_row(one, sizes.get(one.name, 0)) for one in found]
    checked = [
        {
            "url": url_for("setup.package_check", token=one.token),
            "file_name": one.file_name,
            "at": format_datetime(one.at),
            "is_good": one.checked_version == scope.snapshot.version,
            "was_good": one.checked_version is not None,
        }
        for one in waiting
    ]
    return render_template("builder/packages.html", rows=rows, waiting=checked)


@setup.get("/packages/of/<name>")
@requires(ADMINISTRATOR)
def package(name: str) -> str:
    """One installed package: its components, what it needs, and what can be done with it."""
    scope = here()
    with scope.read() as conn:
        one, known, everything = get_installed(conn, name), stored(conn), list_installed(conn)
    stand("setup.packages", (one.manifest.title, ""))
    snapshot = scope.snapshot
    own = [snapshot.find_uid(uid) for uid, has in known.items() if has.origin == name]
    rows = [row_of(found.document, snapshot) for found in own if found is not None]
    changed = {uid for uid, has in known.items() if has.origin == name and has.patch is not None}
    return render_template(
        "builder/package.html",
        one=one,
        manifest=one.manifest,
        when=format_datetime(one.at),
        kinds=by_kind(rows),
        changed=changed,
        count=len(rows),
        extensions=one.extensions,
        needed_by=[o.manifest for o in everything if name in o.manifest.dependencies],
    )


@setup.post("/packages/of/<name>/take-back")
@requires(ADMINISTRATOR)
def take_back_package(name: str) -> Response:
    """Has the last installation or upgrade taken back, by a deployment of its own."""
    return _begun(name, Deed.TAKE_BACK)


@setup.get("/packages/of/<name>/remove")
@requires(ADMINISTRATOR)
def remove_package_page(name: str) -> str:
    """What would go with it, and how many records."""
    scope = here()
    with scope.read() as conn:
        one = get_installed(conn, name)
    stand("setup.packages", (one.manifest.title, ""))
    seen = preview_uninstall(scope.org_db, name)
    with scope.read() as conn:
        objects = list(_losing(conn, scope, seen))
    rows = [row_of(found.document, scope.snapshot) for found in seen.diff.removed]
    changed = [row_of(change.definition.document, scope.snapshot) for change in seen.diff.changed]
    return render_template(
        "builder/package_remove.html",
        manifest=one.manifest,
        kinds=by_kind(rows),
        changed=changed,
        count=len(rows),
        objects=objects,
        seen=seen,
    )


@setup.post("/packages/of/<name>/remove")
@requires(ADMINISTRATOR)
def remove_package(name: str) -> Response:
    """Has it removed; its objects and their records sleep in the bin."""
    return _begun(name, Deed.REMOVE)


@setup.get("/packages/of/<name>/records/<object_name>.csv")
@requires(ADMINISTRATOR)
def package_records(name: str, object_name: str) -> Answer:
    """All records of one object that would go, by API names, as an import takes them back."""
    scope = here()
    seen = preview_uninstall(scope.org_db, name)
    if object_name not in {d.name for d in seen.diff.removed if d.kind == "CustomObject"}:
        raise NotFound(object_name)
    found = listing_of(scope.snapshot, scope.actor, _all_fields(scope.snapshot, object_name))

    def stream() -> Iterator[bytes]:
        with scope.read() as conn:
            yield from write_csv(conn, scope.actor, scope.snapshot, found, Headings.NAMES)

    answer = Answer(stream_with_context(stream()), mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{object_name}.csv"'
    return answer


def _begun(name: str, deed: Deed) -> Response:
    """Begins what was asked for and leads to how it goes; raises NotFound."""
    scope = here()
    with scope.read() as conn:
        manifest = get_installed(conn, name).manifest
    asked = Asked(deed, name, manifest.title, manifest.version)
    run_id = scope.org_db.transact(lambda conn: runs.begin(conn, scope.actor, asked))
    return redirect(url_for("setup.package_run", run_id=run_id))


def _row(one: Installed, size: int) -> dict[str, Any]:
    manifest = one.manifest
    needs = [f"{name} {version}" for name, version in manifest.dependencies.items()]
    return {
        "id": one.name,
        "url": url_for("setup.package", name=one.name),
        "label": manifest.title,
        "cells": [
            manifest.title, manifest.version, format_datetime(one.at),
            one.actor_name, size + len(one.extensions), ", ".join(needs),
        ],
    }  # fmt: skip


def _sizes(conn: Connection) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for known in stored(conn).values():
        if known.is_live:
            sizes[known.origin] = sizes.get(known.origin, 0) + 1
    return sizes


def _losing(conn: Connection, scope: Here, seen: Preview) -> Iterator[dict[str, Any]]:
    """The objects that go, each with the number of its records."""
    for definition in seen.diff.removed:
        if definition.kind == "CustomObject":
            n = count(conn, scope.actor, Query(definition.name), scope.snapshot, cap=COUNT_CAP)
            yield {
                "object": definition,
                "label": scope.snapshot.label(definition, "pluralLabel"),
                "records": ngettext("%(n)s record", "%(n)s records", n),
                "n": n,
            }


def _all_fields(snapshot: Snapshot, object_name: str) -> ListView:
    """A view of every field that is one column of a file."""
    fields = [
        f.local_name
        for f in snapshot.fields(object_name).values()
        if f.type == "Name" or not f.field_type.components(f)
    ]
    view: ListView = KINDS.get("ListView").parse(
        {
            "kind": "ListView", "uid": "all", "name": f"{object_name}.All", "label": "",
            "object": object_name, "columns": fields, "scope": "Everything", "filters": [],
        }
    )  # fmt: skip
    return view
