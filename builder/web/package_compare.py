"""The org beside an export of another: what only one of them has, and what differs.

The file is read and not kept; nothing is changed. Refuses what is no package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import render_template, request

from ...metadata.packages.archive import read_zip
from ...metadata.packages.comparing import CHANGED, HERE, THERE, Difference, differences
from ...metadata.packages.install import standing
from ...metadata.packages.read import Package, parse_package
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _, lazy
from ...platform.web.access import ADMINISTRATOR, requires
from ...platform.web.current import config
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .package_rows import by_kind, lines_of, row_of

MOST_SHOWN = 300  # differing components whose lines are written out
GROUPS: Mapping[str, tuple[str, str]] = {
    CHANGED: (lazy("Different"), "pencil"),
    THERE: (lazy("Only in the file"), "plus"),
    HERE: (lazy("Only here"), "minus"),
}


@setup.route("/packages/compare", methods=["GET", "POST"])
@requires(ADMINISTRATOR)
def compare_orgs() -> str | tuple[str, int]:
    """Takes the export of another org and shows where this one differs."""
    stand("setup.packages", (_("Compare with another org"), ""))
    if request.method == "GET":
        return _page()
    try:
        package = _sent()
    except Rejected as refused:
        return _page(errors=[str(problem) for problem in refused.problems]), 422
    return _page(package=package, groups=_groups(here(), package))


def _page(**found: Any) -> str:
    return render_template("builder/package_compare.html", **{"errors": [], "groups": []} | found)


def _sent() -> Package:
    sent, limit = request.files.get("package"), int(config().upload_bytes)
    if sent is None or not sent.filename:
        raise Rejected(Problem("package.none", (), _("Choose the zip of a package first.")))
    return parse_package(read_zip(sent.stream.read(limit + 1)))


def _groups(scope: Here, package: Package) -> list[tuple[str, str, int, list[Any], list[Any]]]:
    """[(heading, icon, how many, the ones that differ with their lines, the others by kind)]."""
    with scope.read() as conn:
        found = differences(standing(conn, scope.org_db), package)
    groups = []
    for state, (heading, icon) in GROUPS.items():
        mine = [one for one in found if one.state == state]
        rows = [row_of(one.document, scope.snapshot) for one in mine]
        pairs = zip(rows, mine, strict=True)
        lines = [(row, list(_lines(one))) for row, one in pairs] if state == CHANGED else []
        shown = [] if state == CHANGED else by_kind(rows)
        groups.append((str(heading), icon, len(mine), lines[:MOST_SHOWN], shown))
    return [group for group in groups if group[2]]


def _lines(one: Difference) -> list[tuple[str, str, str]]:
    """Where the two differ: (path, here, there)."""
    return list(lines_of(one.here, one.there))
