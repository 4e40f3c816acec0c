"""`trellis package …`: packages in folders and zips, for people and for CI.

Ends with 0 when all is well, 1 when a check or comparison found something, 2 when the request
was refused.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected, TrellisError, require
from ...platform.i18n import _
from ...platform.orgs import Orgs
from ...platform.people.actor import Actor, system_actor
from ..definition import Uid
from ..deploy.apply import Deployment, Preview, find_deployment
from ..kinds import KINDS
from ..store import SNAPSHOTS
from .archive import Files, plain_zip_of, write_folder, zip_of
from .comparing import CHANGED, HERE, THERE, differences
from .export import changed_since, export, note_export, parse_since
from .install import (
    Choice,
    compare,
    install,
    preview_uninstall,
    revert_package,
    standing,
    uninstall,
)
from .installed import list_installed
from .manifest import Manifest
from .people import look_up, parse_people, remember, settle
from .read import Package, open_package, parse_package
from .salesforce.opening import components_in, open_for
from .salesforce.writing import mdapi_files, source_files
from .validated import note_check, why_again
from .write import canonical_bytes, file_of, files_of

FOUND, REFUSED = 1, 2
_LAYOUTS = {"source": source_files, "mdapi": mdapi_files}
_ORG = click.option("--org", "key", help="Key of the org; TRELLIS_ORG unless given.")
_PLACE = click.argument("place", type=click.Path(path_type=Path))
_LEAVE = click.option(
    "--leave", "left", multiple=True, metavar="KIND:NAME", help="A component not to take."
)
_ACCESS = click.option(
    "--access", is_flag=True, help="Take profiles, permission sets, roles, groups and sharing too."
)
_ADOPT = click.option(
    "--adopt", is_flag=True, help="Take over the org's components of the same kind and name."
)
_OLDER = click.option("--older", is_flag=True, help="Allow an earlier version than the org's.")


_MAP = click.option(
    "--map-user", "mapped", multiple=True, metavar="OLD=NEW",
    help="Who stands here for a user whom the package names; nothing after = is nobody.",
)  # fmt: skip
_USERS = click.option(
    "--users-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same as lines of a file: old,new.",
)  # fmt: skip


def _choosing(command: click.Command) -> click.Command:
    return _LEAVE(_ACCESS(_ADOPT(_OLDER(_MAP(_USERS(command))))))


@click.group("package")
def package_command() -> None:
    """Carry a customisation from org to org: folders (for git) and zips."""


@package_command.command("export")
@_PLACE
@_ORG
@click.option("--name", required=True, help="The package's name: small letters, digits, - and _.")
@click.option("--version", default="1.0.0", show_default=True)
@click.option("--label", default="", help="What people call it.")
@click.option("--object", "objects", multiple=True, help="An object with all its parts.")
@click.option("--component", "components", multiple=True, metavar="KIND:NAME")
@click.option(
    "--since", help="What has changed since: a version, a day, a deployment, or last (export)."
)
@click.option(
    "--salesforce",
    "layout",
    type=click.Choice(list(_LAYOUTS)),
    help="Write Salesforce metadata: source format, or the Metadata API's.",
)
@click.pass_obj
def export_command(
    config: Config, place: Path, key: str | None, name: str, version: str, label: str,
    objects: tuple[str, ...], components: tuple[str, ...], since: str | None, layout: str | None,
) -> None:  # fmt: skip
    """Write the org's components to PLACE, a folder or a .zip; all of them unless you pick some."""
    with opened(config, key) as (org_db, actor):
        manifest = Manifest(name, version, label)
        picked = _picked(org_db, objects, components, since, name)
        package = export(org_db, manifest, picked)
        if layout:
            found = components_in(org_db, package)
            _put_foreign(place, _LAYOUTS[layout](found))
            count = len(found)
        else:
            files = files_of(package)
            parse_package(files)  # what we would not read is not written
            _put(place, files)
            at = SNAPSHOTS.get(org_db).version
            org_db.transact(lambda conn: note_export(conn, actor, manifest, at))
            count = len(package.documents) + len(package.extensions)
        click.echo(_("%(n)s components written to %(place)s.", n=count, place=str(place)))


def _picked(
    org_db: OrgDatabase, objects: Iterable[str], components: Iterable[str], since: str | None,
    package: str,
) -> list[Uid] | None:  # fmt: skip
    snapshot = SNAPSHOTS.get(org_db)
    picked = [snapshot.object(name).uid for name in objects]
    for said in components:
        kind, _colon, name = said.partition(":")
        picked.append(snapshot.get(KINDS.get(kind).name, name).uid)
    if since is not None:
        with org_db.read() as conn:
            picked += changed_since(conn, parse_since(conn, since, package))
    return picked if (picked or since is not None) else None


def _put(place: Path, files: Files) -> None:
    if place.suffix == ".zip":
        place.write_bytes(zip_of(files))
    else:
        place.mkdir(parents=True, exist_ok=True)
        write_folder(place, files)


def _put_foreign(place: Path, files: Files) -> None:
    """Salesforce's files; a zip of them has no list of checksums."""
    if place.suffix == ".zip":
        place.write_bytes(plain_zip_of(files))
        return
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@package_command.command("read-report")
@_PLACE
@_ORG
@click.option("--json", "as_json", is_flag=True, help="Write the report as JSON.")
@click.pass_obj
def report_command(config: Config, place: Path, key: str | None, as_json: bool) -> None:
    """Say what of the Salesforce metadata in PLACE would work here, and why the rest would not."""
    with opened(config, key) as (org_db, _actor):
        report = open_for(org_db, place).report
        if report is None:
            message = _("This is a package of ours: everything in it works.")
            raise Rejected(Problem("salesforce.none", (str(place),), message))
        text = json.dumps(report.to_json(), ensure_ascii=False, indent=2)
        click.echo(text if as_json else "\n".join(report.lines()))


@package_command.command("check")
@_PLACE
@_ORG
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def check_command(config: Config, /, place: Path, key: str | None, **said: object) -> None:
    """Say whether PLACE could be installed; changes nothing."""
    with opened(config, key) as (org_db, actor):
        package = open_for(org_db, place).package
        choice = _settled(org_db, package, _choice(package, said))
        seen = compare(org_db, actor, package, choice)
        _tell(seen.problems)
        version = seen.plan.change_set.based_on or 0
        check_id = org_db.transact(lambda conn: note_check(conn, actor, package, choice, version))
        click.echo(_("It can be installed."))
        click.echo(_("While nothing changes, deploy it by --validated %(id)s.", id=check_id))


@package_command.command("diff")
@_PLACE
@_ORG
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def diff_command(config: Config, /, place: Path, key: str | None, **said: object) -> None:
    """Say what installing PLACE would change; ends with 1 when it would change something."""
    with opened(config, key) as (org_db, actor):
        package = open_for(org_db, place).package
        choice = _settled(org_db, package, _choice(package, said))
        seen = compare(org_db, actor, package, choice)
        _tell(seen.problems)
        lines = list(_lines(seen.preview))
        for uid, note in seen.plan.notes.items():
            lines.append(f"  # {uid}: {note}")
        click.echo("\n".join(lines) or _("Nothing would change."))
        sys.exit(FOUND if seen.preview.diff.changes else 0)


@package_command.command("install")
@_PLACE
@_ORG
@click.option("--deployment-id", help="Running the same id again does nothing.")
@click.option(
    "--validated", metavar="ID", help="Only if it is what `check` has checked, by the id it gave."
)
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def install_command(
    config: Config, /, place: Path, key: str | None, deployment_id: str | None,
    validated: str | None, **said: object,
) -> None:  # fmt: skip
    """Install or upgrade the package in PLACE, whole or not at all."""
    with opened(config, key) as (org_db, actor):
        found = open_for(org_db, place)
        package = found.package
        choice = _settled(org_db, package, _choice(package, said))
        if validated:
            _require_valid(org_db, validated, package, choice, deployment_id)
        done = install(org_db, actor, package, choice, deployment_id=deployment_id)
        org_db.transact(lambda conn: remember(conn, choice.people))
        if found.report is not None:
            click.echo("\n".join(found.report.counts()))
        _say_done(done)


@package_command.command("revert")
@click.argument("name")
@_ORG
@click.pass_obj
def revert_command(config: Config, name: str, key: str | None) -> None:
    """Take the last installation or upgrade of the package NAME back."""
    with opened(config, key) as (org_db, actor):
        _say_done(revert_package(org_db, actor, name))


@package_command.command("uninstall")
@click.argument("name")
@_ORG
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@click.pass_obj
def uninstall_command(config: Config, name: str, key: str | None, dry_run: bool) -> None:
    """Remove the package NAME; its objects and records can be restored for 15 days."""
    with opened(config, key) as (org_db, actor):
        if dry_run:
            seen = preview_uninstall(org_db, name)
            _tell(seen.problems)
            click.echo("\n".join(_lines(seen)))
        else:
            _say_done(uninstall(org_db, actor, name))


@package_command.command("list")
@_ORG
@click.pass_obj
def list_command(config: Config, key: str | None) -> None:
    """List the org's packages."""
    with opened(config, key) as (org_db, _actor), org_db.read() as conn:
        for one in list_installed(conn):
            click.echo(f"{one.name}\t{one.manifest.version}\t{one.manifest.title}")


@click.command("diff")
@click.argument("one")
@click.argument("other")
@click.pass_obj
def diff_of_orgs(config: Config, one: str, other: str) -> None:
    """Say what OTHER has otherwise than ONE; ends with 1 when something differs.

    ONE is the key of an org. OTHER is one, too, or an export: a folder or a .zip.
    """
    with _refusing(), Orgs(config) as orgs:
        place = Path(other)
        if place.suffix == ".zip" or place.is_dir():
            lines = list(_against(orgs.open(one), open_package(place)))
        else:
            first, second = (_files_of_org(orgs.open(key)) for key in (one, other))
            lines = [f"+ {name}" for name in second if name not in first]
            lines += [f"- {name}" for name in first if name not in second]
            both = (name for name in first if name in second)
            lines += [f"~ {name}" for name in both if first[name] != second[name]]
    click.echo("\n".join(sorted(lines, key=lambda line: line[2:])) or _("Nothing differs."))
    sys.exit(FOUND if lines else 0)


def _against(org_db: OrgDatabase, package: Package) -> Iterator[str]:
    signs = {HERE: "-", THERE: "+", CHANGED: "~"}
    with org_db.read() as conn:
        org = standing(conn, org_db)
    for one in differences(org, package):
        yield f"{signs[one.state]} {file_of(one.document)}"


def _files_of_org(org_db: OrgDatabase) -> Files:
    """Every component in effect, wherever it comes from."""
    documents = (d.document for d in SNAPSHOTS.get(org_db).by_uid.values())
    return {file_of(document): canonical_bytes(document) for document in documents}


def _choice(package: Package, said: dict[str, Any]) -> Choice:
    """What the options of a command say; components are named as "Kind:Name"."""
    names = set(said.pop("left"))
    mapped, file = said.pop("mapped"), said.pop("users_file")
    uids = {str(d["uid"]): f"{d['kind']}:{d['name']}" for d in package.documents}
    unknown = names - set(uids.values())
    if unknown:
        message = _("The package has no component %(name)s.", name=sorted(unknown)[0])
        raise Rejected(Problem("package.unknown", ("--leave",), message))
    people = parse_people(file.read_text("utf-8-sig")) if file else {}
    for one in mapped:
        old, _sign, new = one.partition("=")
        people[old.strip()] = new.strip()
    left = frozenset(uid for uid, name in uids.items() if name in names)
    return Choice(left, people=people, **said)


def _settled(org_db: OrgDatabase, package: Package, choice: Choice) -> Choice:
    """The choice with users of this org; says who is unknown and was not chosen for."""
    with org_db.read() as conn:
        people = settle(conn, package, choice.people)
        for one in look_up(conn, package, people):
            if not one.is_known and one.name not in people:
                where = ", ".join(one.places)
                said = _("%(name)s is no user of this org (%(where)s): --map-user says who is.",
                         name=one.name, where=where)  # fmt: skip
                click.echo(said, err=True)
    return replace(choice, people=people)


def _require_valid(
    org_db: OrgDatabase, check_id: str, package: Package, choice: Choice, done: str | None
) -> None:
    """Raises Rejected with every reason why the check does not hold any more."""
    with org_db.read() as conn:
        if done and find_deployment(conn, done) is not None:
            return
        version = SNAPSHOTS.at(conn, org_db).version
        require(why_again(conn, check_id, package, choice, version))


@contextmanager
def opened(config: Config, key: str | None) -> Iterator[tuple[OrgDatabase, Actor]]:
    """The org and who acts in it; refusals are sentences and end with 2."""
    with _refusing(), Orgs(config) as orgs:
        org_db = orgs.open(key or config.org)
        yield org_db, system_actor(org_db.key, "trellis package")


@contextmanager
def _refusing() -> Iterator[None]:
    """Refusals are sentences and end with 2."""
    try:
        yield
    except Rejected as refusal:
        for problem in refusal.problems:
            click.echo(str(problem), err=True)
        sys.exit(REFUSED)
    except TrellisError as error:
        click.echo(str(error), err=True)
        sys.exit(REFUSED)


def _tell(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        sys.exit(FOUND)


def _lines(seen: Preview) -> Iterator[str]:
    for change in seen.diff.changes:
        sign = "~" if change.before and change.after else "+" if change.after else "-"
        yield f"{sign} {change.kind} {change.definition.name}"
    for step in seen.steps:
        yield f"  {step.describe()}"


def _say_done(done: Deployment) -> None:
    if not done.id:
        click.echo(_("Nothing to do."))
        return
    said = _("Done: version %(version)s, deployment %(id)s.", version=done.version, id=done.id)
    click.echo(said)
