"""Folders of reports: which there are, and with whom each is shared to view, edit or manage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.circles import EVERYBODY, GROUP, KIND_OF, ROLE, ROLE_AND_BELOW, Circle
from ...metadata.kinds.report_folder import LEVELS, FolderShare, ReportFolder
from ...metadata.snapshot import Snapshot
from ...platform.errors import Conflict, NotFound, Problem, Rejected
from ...platform.i18n import _, lazy
from ...platform.people.users import list_users
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.reports.folders import count_user_shares, keep_user_shares, user_shares
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from ...runtime.web.sent import sent_once
from ...runtime.web.setup_links import lead_to
from ..drafts.report_folders import SaidFolder, deleted_folder, edited_folder, new_folder, said_of
from ..drafts.spoken import in_current_language
from .blueprint import setup
from .deploying import put_live
from .nav import stand
from .permits import problems_of, status_of
from .problems import by_field
from .sharing import circle_label

Answer = str | Response | tuple[str, int]
USER = "user"
MOST_USERS = 500  # that the pickers list
BLANK = 3  # empty rows of a form
WORDS = {"View": lazy("May view"), "Edit": lazy("May view and edit"), "Manage": lazy("May manage")}

lead_to("ReportFolder", lambda one: url_for("setup.report_folder", uid=one.uid))


@setup.get("/report-folders")
@requires(ADMINISTRATOR)
def report_folders() -> str:
    """The folders with their reports and whom they are shared with."""
    scope = here()
    stand("setup.report_folders")
    snapshot, words = scope.snapshot, request.args.get("q", "").strip()
    with scope.read() as connection:
        users = count_user_shares(connection)
    reports = Counter(report.folder for report in snapshot.of_kind("Report"))
    rows = [
        {
            "id": folder.uid,
            "label": snapshot.label(folder),
            "url": url_for("setup.report_folder", uid=folder.uid),
            "shared": ", ".join(circle_label(snapshot, one.circle) for one in folder.shares),
            "users": users.get(folder.uid, 0),
            "reports": reports[folder.name],
        }
        for folder in snapshot.of_kind("ReportFolder")
        if words.casefold() in f"{snapshot.label(folder)} {folder.name}".casefold()
    ]
    rows.sort(key=lambda row: str(row["label"]).casefold())
    return render_template("builder/report_folders.html", rows=rows, words=words)


@setup.route("/report-folders/new", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
@sent_once
def new_report_folder() -> Answer:
    """The form of a new folder."""
    scope = here()
    stand("setup.report_folders", (_("New"), ""))
    if request.method == "GET":
        return _form(scope, SaidFolder(""), {})
    said, users = _said()
    try:
        put_live(scope, change_set := new_folder(scope.snapshot, said))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, users, problems=problems_of(refused)), status_of(refused)
    uid = str(change_set.put[0]["uid"])
    scope.org_db.transact(lambda conn: keep_user_shares(conn, uid, users))
    return redirect(url_for("setup.report_folder", uid=uid))


@setup.route("/report-folders/<uid>", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def report_folder(uid: str) -> Answer:
    """The form of a folder that is there."""
    scope, folder = _found(uid)
    if request.method == "GET":
        with scope.read() as connection:
            levels = {key: level for key, (_n, level) in user_shares(connection, uid).items()}
        return _form(scope, said_of(folder, scope.snapshot), levels, folder)
    said, users = _said()
    try:
        change_set = edited_folder(scope.snapshot, folder, said)
        put_live(scope, in_current_language(scope.snapshot, change_set))
    except (Rejected, Conflict) as refused:
        return _form(scope, said, users, folder, problems_of(refused)), status_of(refused)
    scope.org_db.transact(lambda conn: keep_user_shares(conn, uid, users))
    return redirect(url_for("setup.report_folder", uid=uid))


@setup.post("/report-folders/<uid>/delete")
@requires(ADMINISTRATOR)
def delete_report_folder(uid: str) -> Response:
    """Puts a folder without reports into the bin."""
    scope, folder = _found(uid)
    try:
        put_live(scope, deleted_folder(folder))
    except (Rejected, Conflict) as refused:
        say(" ".join(p.sentence for p in problems_of(refused)), kind="bad")
        return redirect(url_for("setup.report_folder", uid=uid))
    return redirect(url_for("setup.report_folders"))


def _found(uid: str) -> tuple[Here, ReportFolder]:
    scope = here()
    found = scope.snapshot.find_uid(uid)
    if not isinstance(found, ReportFolder):
        raise NotFound(uid)
    stand("setup.report_folders", (scope.snapshot.label(found), ""))
    return scope, found


def _said() -> tuple[SaidFolder, dict[str, str]]:
    """What the form says: the folder, and {id of a user: level}."""
    form, shares, users = request.form, list[FolderShare](), dict[str, str]()
    for who, level in zip(form.getlist("who"), form.getlist("level"), strict=False):
        kind, _colon, name = who.partition(":")
        if level not in LEVELS:
            continue
        if kind == USER:
            users[name] = level
        elif kind in (EVERYBODY, ROLE, ROLE_AND_BELOW, GROUP):
            shares.append(FolderShare(Circle(kind, name), level))
    words = form.get("label", "").strip(), form.get("description", "").strip()
    return SaidFolder(*words, tuple(shares)), users


def _form(
    scope: Here, said: SaidFolder, users: dict[str, str], folder: ReportFolder | None = None,
    problems: tuple[Problem, ...] = (),
) -> str:  # fmt: skip
    snapshot = scope.snapshot
    rows = [(f"{one.circle.type}:{one.circle.name}", one.level) for one in said.shares]
    rows += [(f"{USER}:{key}", level) for key, level in users.items()]
    reports = [r for r in snapshot.of_kind("Report") if folder and r.folder == folder.name]
    return render_template(
        "builder/report_folder.html",
        folder=folder,
        said=said,
        title=snapshot.label(folder) if folder else _("New report folder"),
        rows=rows + [("", "View")] * BLANK,
        choices=list(_choices(scope, users)),
        levels=[(name, WORDS[name]) for name in LEVELS],
        reports=sorted(
            ((snapshot.label(r), url_for("pages.report", key=r.name)) for r in reports),
            key=lambda row: row[0].casefold(),
        ),
        errors=by_field(problems),
        back=url_for("setup.report_folders"),
    )


def _choices(scope: Here, users: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """(heading, [(value, label)]) of those whom a folder can be shared with."""
    snapshot = scope.snapshot
    yield _("Everybody"), [(f"{EVERYBODY}:", circle_label(snapshot, Circle(EVERYBODY)))]
    headings = ((GROUP, _("Public groups")), (ROLE, _("Roles")),
                (ROLE_AND_BELOW, _("Roles and those below them")))  # fmt: skip
    for kind, heading in headings:
        yield heading, _circles(snapshot, kind)
    with scope.read() as connection:
        people = [u for u in list_users(connection, limit=MOST_USERS) if u.is_active]
    found = [(f"{USER}:{user.id}", user.name) for user in people]
    found += [(f"{USER}:{key}", key) for key in users if key not in {u.id for u in people}]
    yield _("Users"), found


def _circles(snapshot: Snapshot, kind: str) -> list[tuple[str, str]]:
    found = [Circle(kind, one.name) for one in snapshot.of_kind(KIND_OF[kind])]
    rows = [(f"{kind}:{one.name}", circle_label(snapshot, one)) for one in found]
    return sorted(rows, key=lambda row: row[1].casefold())
