"""A package comes in: upload or gallery, the comparison with its ticks, check, installation.

What was uploaded is kept for the session; the installation itself is a run in the background.
Refuses what cannot be read, what the pipeline refuses, users that are none, and an installation on
top of an org that has changed since the person looked.
"""

from __future__ import annotations

import json
from dataclasses import replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.packages import runs
from ...metadata.packages.install import Comparison, compare
from ...metadata.packages.installed import list_installed, stored
from ...metadata.packages.people import look_up, rows_of, settle
from ...metadata.packages.plan import Choice
from ...metadata.packages.read import Package
from ...metadata.packages.runs import Asked, Deed
from ...metadata.packages.salesforce.opening import package_zip, report_in
from ...metadata.packages.uploads import Upload, get_upload, keep_upload, note_choice
from ...metadata.packages.validated import find_check, note_check, why_again
from ...platform.config import Config
from ...platform.errors import Problem, Rejected
from ...platform.files import safe_name
from ...platform.i18n import _, ngettext
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config, signed_in
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .package_diff import shown
from .people import list_usernames


@setup.route("/packages/install", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def package_install() -> str | Response | tuple[str, int]:
    """Takes a zip, reads it whole, and leads to the comparison."""
    stand("setup.packages", (_("Install a package"), ""))
    if request.method == "GET":
        return render_template("builder/package_install.html", errors=[])
    try:
        token = _taken()
    except Rejected as refused:
        errors = [str(problem) for problem in refused.problems]
        return render_template("builder/package_install.html", errors=errors), 422
    return redirect(url_for("setup.package_check", token=token))


@setup.get("/packages/check/<token>")
@requires(ADMINISTRATOR)
def package_check(token: str) -> str:
    """What installing it would do now, with what was chosen so far."""
    return _page(here(), _upload(here(), token))


@setup.post("/packages/check/<token>")
@requires(ADMINISTRATOR)
def apply_package(token: str) -> Response:
    """Looks again, checks only, or has it installed; `do` says which."""
    scope, upload = here(), _upload(here(), token)
    again = redirect(url_for("setup.package_check", token=token))
    deed = request.form.get("do", "look")
    if deed == "quick":
        return _deployed_quickly(scope, upload) or again
    try:
        choice = _settled(scope, upload.package, _said())
    except Rejected as refused:
        for problem in refused.problems:
            say(str(problem), kind="bad")
        return again
    seen = compare(scope.org_db, scope.actor, upload.package, choice)
    version = scope.snapshot.version if deed == "check" and not seen.problems else None
    with scope.org_db.write() as conn:
        with_samples = "samples" in request.form
        note_choice(conn, token, choice, with_samples=with_samples, version=version)
        if version is not None:
            note_check(conn, scope.actor, upload.package, choice, version, upload.deployment_id)
    if deed == "install":
        return _begun(scope, _upload(scope, token), seen, _based_on()) or again
    if deed == "check":
        _tell_checked(seen)
    return again


# -- the upload


def _taken() -> str:
    sent = request.files.get("package")
    if sent is None or not sent.filename:
        raise Rejected(Problem("package.none", (), _("Choose the zip of a package first.")))
    settings: Config = config()
    name = safe_name(sent.filename)
    with sent.stream:
        content = sent.stream.read(settings.upload_bytes + 1)
    org_db = here().org_db
    content = package_zip(org_db, content, name.rpartition(".")[0])
    with org_db.write() as conn:
        return keep_upload(conn, signed_in().id, name, content)


def _upload(scope: Here, token: str) -> Upload:
    with scope.read() as conn:
        return get_upload(conn, signed_in().id, token)


def _said() -> Choice:
    """What the ticks of the page say: whatever it offered and is not ticked is left out."""
    form = request.form
    try:
        offered = frozenset(map(str, json.loads(form.get("offered", "[]"))))
    except (ValueError, TypeError):
        offered = frozenset()
    left = offered - frozenset(form.getlist("take"))
    named, chosen = form.getlist("person_name"), map(str.strip, form.getlist("person"))
    people = dict(zip(named, chosen, strict=False))
    return Choice(left, "access" in form, "adopt" in form, "older" in form, people)


def _settled(scope: Here, package: Package, choice: Choice) -> Choice:
    """The choice with users of this org; raises Rejected for names that are none."""
    with scope.read() as conn:
        return replace(choice, people=settle(conn, package, choice.people))


def _based_on() -> int | None:
    said = request.form.get("based_on", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None


# -- the comparison


def _page(scope: Here, upload: Upload) -> str:
    package = upload.package
    stand("setup.packages", (package.manifest.title, ""))
    choice = _settled(scope, package, upload.choice)
    seen = compare(scope.org_db, scope.actor, package, choice)
    version, check_id = scope.snapshot.version, upload.deployment_id
    with scope.read() as conn:
        found = shown(scope, conn, seen, stored(conn), choice)
        before = {one.name: one for one in list_installed(conn)}.get(package.manifest.name)
        was_checked = find_check(conn, check_id) is not None
        reasons = why_again(conn, check_id, package, choice, version) if was_checked else ()
        people = [one for one in look_up(conn, package, choice.people) if not one.is_known]
        usernames = list_usernames(conn) if people else ()
    return render_template(
        "builder/package_check.html",
        upload=upload,
        package=package,
        manifest=package.manifest,
        before=before,
        seen=seen,
        diff=found,
        offered=json.dumps(found.offered),
        samples=_samples(package),
        version=version,
        is_checked=was_checked and not reasons,
        reasons=[problem.message for problem in reasons],
        codes={problem.code for problem in seen.problems},
        people=people,
        usernames=usernames,
        report=report_in(upload.content),
    )


def _samples(package: Package) -> list[tuple[str, int]]:
    """[(label of the object, rows)] of the sample records."""
    labels = {
        str(d["name"]): str(d.get("pluralLabel") or d["name"])
        for d in package.documents
        if d["kind"] == "CustomObject"
    }
    found = []
    for name, content in sorted(package.samples.items()):
        local = name.removeprefix("samples/").removesuffix(".csv")
        found.append((labels.get(local, local), max(0, len(rows_of(content)) - 1)))
    return found


def _tell_checked(seen: Comparison) -> None:
    if seen.problems:
        n = len(seen.problems)
        say(ngettext("%(n)s problem was found.", "%(n)s problems were found.", n), kind="bad")
    else:
        say(_("Checked: it can be installed. Nothing was changed."))


# -- the installation


def _begun(scope: Here, upload: Upload, seen: Comparison, version: int | None) -> Response | None:
    """Has what was chosen installed; None, with a word of why, when it cannot be."""
    if version != scope.snapshot.version:
        say(_("The org has changed since you looked. Look at it again, then install."), kind="bad")
        return None
    if seen.problems:
        why = " ".join(str(problem) for problem in seen.problems)
        say(_("It was not installed: %(why)s", why=why), kind="bad")
        return None
    return _run(scope, upload, version)


def _deployed_quickly(scope: Here, upload: Upload) -> Response | None:
    """Has what was checked installed as it was checked; None, and why, when that has changed."""
    version = scope.snapshot.version
    with scope.read() as conn:
        reasons = why_again(conn, upload.deployment_id, upload.package, upload.choice, version)
    for problem in reasons:
        say(str(problem), kind="bad")
    return None if reasons else _run(scope, upload, version)


def _run(scope: Here, upload: Upload, version: int) -> Response:
    """The page of the run that installs it."""
    manifest = upload.package.manifest
    choice = upload.choice.to_json() | {"samples": upload.with_samples}
    asked = Asked(
        Deed.INSTALL, manifest.name, manifest.title, manifest.version, upload.content, choice,
        version, upload.token,
    )  # fmt: skip
    with scope.org_db.write() as conn:
        run_id = runs.begin(conn, scope.actor, asked, upload.deployment_id)
    return redirect(url_for("setup.package_run", run_id=run_id))
