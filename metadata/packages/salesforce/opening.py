"""A folder or zip as a package for an org, whether it is ours or Salesforce's, and back.

An upload of Salesforce's is kept as the package that it became, with its report as a hidden file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ....platform.db.scope import OrgDatabase
from ..archive import Files, Wanted, read_files, read_zip, zip_of
from ..install import org_for, standing
from ..read import Package, open_package, parse_package
from ..selection import Org
from ..write import files_of
from .components import Component, Project
from .keeping import components_of
from .reading import SALESFORCE, is_salesforce, read_project
from .report import Report
from .translation import Translation, translated

REPORT = ".salesforce.json"  # hidden: whoever reads the package does not see it
_REPORT_ONLY = Wanted(lambda name: name != REPORT, lambda _name: True)


@dataclass(frozen=True, slots=True)
class Opened:
    """A package; `report` says of Salesforce's components what becomes of each."""

    package: Package
    report: Report | None = None


def open_for(org_db: OrgDatabase, place: Path) -> Opened:
    """The package at the place, as this org takes it. Raises Rejected with all problems."""
    files = read_files(place, SALESFORCE)
    if not is_salesforce(frozenset(files)):
        return Opened(open_package(place))
    done = translated_for(org_db, read_project(files, place.resolve().stem))
    return Opened(done.package, done.report)


def package_zip(org_db: OrgDatabase, content: bytes, name: str) -> bytes:
    """The zip as one of a package of ours. Raises Rejected with all problems.

    `name` is what Salesforce's files are called when they do not say it.
    """
    files = read_zip(content, SALESFORCE)
    if not is_salesforce(frozenset(files)):
        parse_package(read_zip(content))
        return content
    done = translated_for(org_db, read_project(files, name))
    report = json.dumps(done.report.to_json(), ensure_ascii=False).encode()
    return zip_of({**files_of(done.package), REPORT: report})


def report_in(content: bytes) -> Report | None:
    """What `package_zip` said of Salesforce's components; None for any other package."""
    found = read_zip(content, _REPORT_ONLY).get(REPORT)
    return Report.from_json(json.loads(found)) if found is not None else None


def translated_for(org_db: OrgDatabase, project: Project) -> Translation:
    """The package that the project is for this org."""
    with org_db.read() as conn:
        return translated(project, standing(conn, org_db))


def components_in(org_db: OrgDatabase, package: Package) -> tuple[Component, ...]:
    """What a package of this org is in Salesforce's terms, with all that was kept."""
    with org_db.read() as conn:
        org = org_for(conn, org_db, package.manifest.name)
    return tuple(_components(org, package))


def _components(org: Org, package: Package) -> Iterable[Component]:
    live = [found for uid in package.uids if (found := org.snapshot.find_uid(uid)) is not None]
    documents = [one.document for one in live if one.kind != "KeptComponent"]
    kept = [one for one in live if one.kind == "KeptComponent"]
    stored = ((uid, org.stored[uid].base) for uid in package.uids if org.origin(uid))
    bases = {uid: base for uid, base in stored if base is not None}
    return components_of(documents, sorted(kept, key=lambda one: one.name), bases)


__all__ = [
    "Files", "Opened", "components_in", "open_for", "package_zip", "report_in", "translated_for",
]  # fmt: skip
