"""Files by their addresses: what is sent, downloads and previews, versions, deletion and back.

A script of ours that sends files asks for JSON; a plain form is led back to the record.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response, jsonify, redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import wrap_file

from ...platform.attachments import StoredFile, Version, list_versions
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.files import Kept, download_headers
from ...platform.i18n import _, ngettext
from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.current import config
from ...platform.web.errors import wants_json
from ..access.levels import Level
from ..access.permissions import Operation, may
from ..files.service import Files
from ..files.sweeping import store_of
from ..query.held import level_on
from .blueprint import pages
from .feedback import say
from .files_panel import file_row, is_shown, limits, row_of, tab_url, titles_of
from .records import find_object, get_record, object_crumb, title_of
from .scope import here
from .sent import sent_once
from .shell import trail

# --- what is sent ---------------------------------------------------------------------------------


@pages.post("/r/<record_id>/files")
@requires(SIGNED_IN, Scope.WRITE)
@sent_once
def add_files(record_id: str) -> AnyResponse | tuple[Response, int]:
    """Attaches the files of a form to a record; of several, those that can be kept."""
    scope, files = here(), _files()
    _obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        files.require(connection, found_id, Level.EDIT)  # before anything is kept
    kept, problems = _kept(files, _sent())
    if problems and wants_json():
        raise Rejected(*problems)
    added = files.add(found_id, kept)
    if wants_json():
        return jsonify([{"id": one.id, "name": one.name} for one in added]), 201
    if added:
        say(_added(added))
    for problem in problems:
        say(problem.sentence, kind="bad")
    return redirect(tab_url(found_id))


@pages.post("/files/<file_id>/versions")
@requires(SIGNED_IN)
@sent_once
def add_file_version(file_id: str) -> AnyResponse | tuple[Response, int]:
    """Adds a newer version of a file."""
    scope, files = here(), _files()
    with scope.read() as connection:
        before = files.get(connection, file_id)
        files.require(connection, before.record_id, Level.EDIT)
    kept, problems = _kept(files, _sent()[:1])
    if problems and wants_json():
        raise Rejected(*problems)
    if problems:
        say(problems[0].sentence, kind="bad")
        return redirect(url_for("pages.file", file_id=file_id))
    name, bytes_kept = kept[0]
    file = files.add_version(file_id, name, bytes_kept, request.form.get("note", ""))
    if file.newest.number == before.newest.number:
        say(_("This is the newest version already; nothing was added."))
    else:
        say(_("Version %(n)s of %(name)s was added.", n=file.newest.number, name=file.name))
    if wants_json():
        return jsonify({"id": file.id, "name": file.name}), 201
    return redirect(url_for("pages.file", file_id=file_id))


@pages.post("/files/<file_id>/rename")
@requires(SIGNED_IN)
def rename_file(file_id: str) -> AnyResponse:
    """Renames a file; its ending stays."""
    name = _files().rename(file_id, request.form.get("name", ""))
    say(_("The file is called %(name)s.", name=name))
    return redirect(url_for("pages.file", file_id=file_id))


@pages.post("/files/<file_id>/delete")
@requires(SIGNED_IN)
def delete_file(file_id: str) -> AnyResponse:
    """Puts a file away; the toast offers Undo, and the panel shows it for some days."""
    file = _files().delete(file_id)
    undo = url_for("pages.restore_file", file_id=file_id)
    say(_("%(name)s was deleted.", name=file.name), undo=undo, undo_label=_("Undo"))
    return redirect(tab_url(file.record_id))


@pages.post("/files/<file_id>/restore")
@requires(SIGNED_IN)
def restore_file(file_id: str) -> AnyResponse:
    """Takes the deletion of a file back."""
    file = _files().put_back(file_id)
    say(_("%(name)s is here again.", name=file.name))
    return redirect(tab_url(file.record_id))


def _sent() -> list[FileStorage]:
    """The files of the form; a box that was left empty sends one without a name."""
    return [one for one in request.files.getlist("file") if one.filename]


def _kept(
    files: Files, sent: Iterable[FileStorage]
) -> tuple[list[tuple[str, Kept]], list[Problem]]:
    """([(name, bytes)], what cannot be kept and why)."""
    kept, problems = list[tuple[str, Kept]](), list[Problem]()
    for one in sent:
        name = one.filename or ""
        try:
            kept.append((name, files.keep(one.stream)))
        except Rejected as refusal:
            problems += (_named(problem, name) for problem in refusal.problems)
    if not kept and not problems:
        problems.append(Problem("file.none", ("file",), _("Choose a file first.")))
    return kept, problems


def _named(problem: Problem, name: str) -> Problem:
    text = _("%(name)s was not added. %(reason)s", name=name, reason=problem.message)
    return Problem(problem.code, problem.path, text)


def _added(added: tuple[StoredFile, ...]) -> str:
    if len(added) == 1:
        return _("%(name)s was added.", name=added[0].name)
    return ngettext("%(n)s file was added.", "%(n)s files were added.", len(added))


# --- what is read ---------------------------------------------------------------------------------


@pages.get("/files/<file_id>")
@requires(SIGNED_IN)
def file(file_id: str) -> str:
    """A file: its picture, its versions, and what can be done with it."""
    scope, files = here(), _files()
    with scope.read() as connection:
        found = files.get(connection, file_id)
        obj, record_id = find_object(found.record_id, scope)
        record = get_record(connection, scope, obj, record_id, [])
        may_edit = _may_edit(files, connection, record_id)
        versions = list_versions(connection, file_id)
        titles = titles_of(connection, scope, versions)
    title = title_of(obj, record, scope)
    trail(
        object_crumb(obj, scope),
        (title, tab_url(record_id)),
        (found.name, ""),
        active=obj,
    )
    return render_template(
        "runtime/file.html",
        file=file_row(found, titles),
        versions=[row_of(found, one, one.name, titles) for one in versions],
        title=title,
        back=tab_url(record_id),
        may_edit=may_edit,
        **limits(),
    )


@pages.get("/files/<file_id>/download")
@requires(SIGNED_IN)
def download_file(file_id: str) -> Response:
    """The newest version, to be saved."""
    files = _files()
    with here().read() as connection:
        found = files.get(connection, file_id)
    return _sending(files, found.newest, found.name)


@pages.get("/files/<file_id>/versions/<int:number>")
@requires(SIGNED_IN)
def download_version(file_id: str, number: int) -> Response:
    """One version, to be saved under the name that it was sent with."""
    files = _files()
    with here().read() as connection:
        files.get(connection, file_id)
        found = next((v for v in list_versions(connection, file_id) if v.number == number), None)
    if found is None:
        raise NotFound(file_id)
    return _sending(files, found, found.name)


@pages.get("/files/<file_id>/preview")
@requires(SIGNED_IN)
def preview_file(file_id: str) -> Response:
    """The newest version for an `<img>`, if its bytes are those of a picture."""
    files = _files()
    with here().read() as connection:
        found = files.get(connection, file_id)
    if not is_shown(found.newest):
        raise NotFound(file_id)
    answer = _sending(files, found.newest, found.name)
    answer.headers["Content-Type"] = found.newest.picture
    return answer


def _sending(files: Files, version: Version, name: str) -> Response:
    stream = files.store.open(version.sha256)
    answer = Response(wrap_file(request.environ, stream), direct_passthrough=True)
    answer.headers.update(download_headers(name))
    answer.content_length = version.size
    answer.call_on_close(stream.close)
    return answer


def _files() -> Files:
    scope = here()
    store = store_of(config(), scope.org_db.key)
    return Files(scope.org_db, scope.actor, scope.snapshot, store)


def _may_edit(files: Files, connection: Connection, record_id: str) -> bool:
    obj = files.snapshot.object_of_id(record_id)
    if not may(files.actor, Operation.EDIT, obj, files.snapshot):
        return False
    return level_on(connection, files.actor, files.snapshot, record_id, Level.READ) >= Level.EDIT
