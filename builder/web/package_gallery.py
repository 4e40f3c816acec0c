"""The gallery: packages of this release and of a folder of the server, to look into and to take."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ...metadata.packages.archive import zip_of
from ...metadata.packages.gallery import Exhibit, get_exhibit, list_gallery
from ...metadata.packages.installed import Installed, list_installed
from ...metadata.packages.uploads import keep_upload
from ...platform.errors import NotFound
from ...platform.i18n import _
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config, signed_in
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand
from .package_rows import by_kind, needed_access, rows_of


@setup.get("/packages/gallery")
@requires(ADMINISTRATOR)
def gallery() -> str:
    """Every package that can be taken from here."""
    stand("setup.packages", (_("Gallery"), ""))
    with here().read() as conn:
        installed = {one.name: one for one in list_installed(conn)}
    cards = [(one, _standing(one, installed)) for one in list_gallery(config().gallery_dir)]
    return render_template("builder/package_gallery.html", cards=cards)


@setup.get("/packages/gallery/<exhibit>")
@requires(ADMINISTRATOR)
def exhibit(exhibit: str) -> str:
    """What is in it, and what it asks for."""
    one = get_exhibit(config().gallery_dir, exhibit)
    stand("setup.packages", (_("Gallery"), url_for("setup.gallery")), (one.title, ""))
    with here().read() as conn:
        installed = {has.name: has for has in list_installed(conn)}
    package = one.package
    return render_template(
        "builder/package_exhibit.html",
        one=one,
        standing=_standing(one, installed),
        kinds=by_kind(rows_of(package)) if package else [],
        access=needed_access(package) if package else {},
        samples=sorted(package.samples) if package else [],
        problems=[str(problem) for problem in one.problems],
    )


@setup.post("/packages/gallery/<exhibit>")
@requires(ADMINISTRATOR)
def take_exhibit(exhibit: str) -> Response:
    """Takes it to the comparison, as an upload would."""
    one = get_exhibit(config().gallery_dir, exhibit)
    if one.package is None:
        raise NotFound(exhibit)
    name = f"{one.package.manifest.name}.zip"
    with here().org_db.write() as conn:
        token = keep_upload(conn, signed_in().id, name, zip_of(one.files))
    return redirect(url_for("setup.package_check", token=token))


def _standing(one: Exhibit, installed: dict[str, Installed]) -> str:
    """Which version of it the org has, in a word."""
    has = installed.get(one.package.manifest.name) if one.package else None
    return _("Version %(version)s is installed", version=has.manifest.version) if has else ""
