"""A package comes in: upload or gallery, the comparison with its ticks, check, installation.

What was uploaded is kept for the session. Refuses what cannot be read, what the pipeline refuses,
and an installation on top of an org that has changed since the person looked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.packages.archive import read_zip
from ...metadata.packages.install import Comparison, compare, install
from ...metadata.packages.installed import list_installed, stored
from ...metadata.packages.plan import Choice
from ...metadata.packages.read import Package, parse_package
from ...metadata.packages.uploads import Upload, get_upload, keep_upload, note_choice
from ...platform.config import Config
from ...platform.errors import Conflict, Denied, Problem, Rejected
from ...platform.files import safe_name
from ...platform.i18n import _, ngettext
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config, signed_in
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .package_diff import Shown, shown
from .package_samples import describe, load_samples


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
    """Looks again, checks only, or installs; `do` says which."""
    scope, upload = here(), _upload(here(), token)
    again = redirect(url_for("setup.package_check", token=token))
    deed = request.form.get("do", "look")
    if deed == "quick":
        return _installed(scope, upload, upload.checked_version) or again
    choice, with_samples = _said(), "samples" in request.form
    seen = compare(scope.org_db, scope.actor, upload.package, choice)
    version = scope.snapshot.version if deed == "check" and not seen.problems else None
    with scope.org_db.write() as conn:
        note_choice(conn, token, choice, with_samples=with_samples, version=version)
    if deed == "install":
        return _installed(scope, _upload(scope, token), _based_on()) or again
    if deed == "check":
        _tell_checked(seen)
    return again


# -- the upload


def _taken() -> str:
    sent = request.files.get("package")
    if sent is None or not sent.filename:
        raise Rejected(Problem("package.none", (), _("Choose the zip of a package first.")))
    settings: Config = config()
    content = sent.stream.read(settings.upload_bytes + 1)
    parse_package(read_zip(content))
    with here().org_db.write() as conn:
        return keep_upload(conn, signed_in().id, safe_name(sent.filename), content)


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
    return Choice(left, "access" in form, "adopt" in form, "older" in form)


def _based_on() -> int | None:
    said = request.form.get("based_on", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else None


# -- the comparison


def _page(scope: Here, upload: Upload) -> str:
    package = upload.package
    stand("setup.packages", (package.manifest.title, ""))
    seen = compare(scope.org_db, scope.actor, package, upload.choice)
    with scope.read() as conn:
        found = shown(scope, conn, seen, stored(conn), upload.choice)
        before = {one.name: one for one in list_installed(conn)}.get(package.manifest.name)
    return render_template(
        "builder/package_check.html",
        upload=upload,
        package=package,
        manifest=package.manifest,
        before=before,
        seen=seen,
        diff=found,
        offered=json.dumps(found.offered),
        counts=_counts(found),
        samples=_samples(package),
        version=scope.snapshot.version,
        is_checked=upload.checked_version == scope.snapshot.version,
        codes={problem.code for problem in seen.problems},
    )


def _counts(found: Shown) -> list[tuple[str, int]]:
    return [(heading, len(lines)) for _code, heading, _icon, lines in found.groups if lines]


def _samples(package: Package) -> list[tuple[str, int]]:
    """[(label of the object, rows)] of the sample records; a row of several lines counts as so."""
    labels = {
        str(d["name"]): str(d.get("pluralLabel") or d["name"])
        for d in package.documents
        if d["kind"] == "CustomObject"
    }
    found = []
    for name, content in sorted(package.samples.items()):
        local = name.removeprefix("samples/").removesuffix(".csv")
        found.append((labels.get(local, local), max(0, content.count(b"\n") - 1)))
    return found


def _tell_checked(seen: Comparison) -> None:
    if seen.problems:
        n = len(seen.problems)
        say(ngettext("%(n)s problem was found.", "%(n)s problems were found.", n), kind="bad")
    else:
        say(_("Checked: it can be installed. Nothing was changed."))


# -- the installation


def _installed(scope: Here, upload: Upload, version: int | None) -> Response | None:
    """Installs what was chosen; None, with a word of why, when nothing was done."""
    package = upload.package
    if version != scope.snapshot.version:
        say(_("The org has changed since you looked. Look at it again, then install."), kind="bad")
        return None
    try:
        done = install(
            scope.org_db, scope.actor, package, upload.choice, deployment_id=upload.deployment_id
        )
    except (Rejected, Conflict, Denied) as refused:
        say(_("It was not installed: %(why)s", why=str(refused)), kind="bad")
        return None
    g.pop("here", None)  # the next look is at the new version
    home = redirect(url_for("setup.package", name=package.manifest.name))
    if not done.id:
        say(_("The org has this package already, as it is."))
        return home
    say(_("%(name)s was installed.", name=package.manifest.title),
        undo=url_for("setup.revert", deployment_id=done.id), undo_label=_("Undo"))  # fmt: skip
    if upload.with_samples:
        _say_samples(here(), package.samples)
    return home


def _say_samples(scope: Here, samples: Mapping[str, bytes]) -> None:
    results: Mapping[str, Any] = load_samples(scope, samples)
    for text, kind in describe(results):
        say(text, kind=kind)
