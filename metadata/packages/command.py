"""`trellis package …`: packages in folders and zips, for people and for CI.

Ends with 0 when all is well, 1 when a check or comparison found something, 2 when the request
was refused.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected, TrellisError
from ...platform.i18n import _
from ...platform.orgs import Orgs
from ...platform.people.actor import Actor, system_actor
from ..definition import Uid
from ..deploy.apply import Deployment, Preview
from ..kinds import KINDS
from ..store import SNAPSHOTS
from .archive import Files, write_folder, zip_of
from .export import changed_since, export
from .install import (
    Choice,
    compare,
    install,
    preview_uninstall,
    revert_package,
    uninstall,
)
from .installed import list_installed
from .manifest import Manifest
from .read import open_package, parse_package
from .write import canonical_bytes, file_of, files_of

FOUND, REFUSED = 1, 2
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


def _choosing(command: click.Command) -> click.Command:
    return _LEAVE(_ACCESS(_ADOPT(_OLDER(command))))


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
@click.option("--since", type=int, help="What versions of the metadata after this one changed.")
@click.pass_obj
def export_command(
    config: Config, place: Path, key: str | None, name: str, version: str, label: str,
    objects: tuple[str, ...], components: tuple[str, ...], since: int | None,
) -> None:  # fmt: skip
    """Write the org's components to PLACE, a folder or a .zip; all of them unless you pick some."""
    with _opened(config, key) as (org_db, _actor):
        manifest = Manifest(name, version, label)
        picked = _picked(org_db, objects, components, since)
        package = export(org_db, manifest, picked)
        files = files_of(package)
        parse_package(files)  # what we would not read is not written
        _put(place, files)
        count = len(package.documents) + len(package.extensions)
        click.echo(_("%(n)s components written to %(place)s.", n=count, place=str(place)))


def _picked(
    org_db: OrgDatabase, objects: Iterable[str], components: Iterable[str], since: int | None
) -> list[Uid] | None:
    snapshot = SNAPSHOTS.get(org_db)
    picked = [snapshot.object(name).uid for name in objects]
    for said in components:
        kind, _colon, name = said.partition(":")
        picked.append(snapshot.get(KINDS.get(kind).name, name).uid)
    if since is not None:
        with org_db.read() as conn:
            picked += changed_since(conn, since)
    return picked if (picked or since is not None) else None


def _put(place: Path, files: Files) -> None:
    if place.suffix == ".zip":
        place.write_bytes(zip_of(files))
    else:
        place.mkdir(parents=True, exist_ok=True)
        write_folder(place, files)


@package_command.command("check")
@_PLACE
@_ORG
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def check_command(config: Config, /, place: Path, key: str | None, **said: object) -> None:
    """Say whether PLACE could be installed; changes nothing."""
    with _opened(config, key) as (org_db, actor):
        seen = compare(org_db, actor, open_package(place), _choice(place, said))
        _tell(seen.problems)
        click.echo(_("It can be installed."))


@package_command.command("diff")
@_PLACE
@_ORG
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def diff_command(config: Config, /, place: Path, key: str | None, **said: object) -> None:
    """Say what installing PLACE would change; ends with 1 when it would change something."""
    with _opened(config, key) as (org_db, actor):
        seen = compare(org_db, actor, open_package(place), _choice(place, said))
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
@_choosing  # type: ignore[arg-type]
@click.pass_obj
def install_command(
    config: Config, /, place: Path, key: str | None, deployment_id: str | None, **said: object
) -> None:
    """Install or upgrade the package in PLACE, whole or not at all."""
    with _opened(config, key) as (org_db, actor):
        package, choice = open_package(place), _choice(place, said)
        done = install(org_db, actor, package, choice, deployment_id=deployment_id)
        _say_done(done)


@package_command.command("revert")
@click.argument("name")
@_ORG
@click.pass_obj
def revert_command(config: Config, name: str, key: str | None) -> None:
    """Take the last installation or upgrade of the package NAME back."""
    with _opened(config, key) as (org_db, actor):
        _say_done(revert_package(org_db, actor, name))


@package_command.command("uninstall")
@click.argument("name")
@_ORG
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@click.pass_obj
def uninstall_command(config: Config, name: str, key: str | None, dry_run: bool) -> None:
    """Remove the package NAME; its objects and records can be restored for 15 days."""
    with _opened(config, key) as (org_db, actor):
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
    with _opened(config, key) as (org_db, _actor), org_db.read() as conn:
        for one in list_installed(conn):
            click.echo(f"{one.name}\t{one.manifest.version}\t{one.manifest.title}")


@click.command("diff")
@click.argument("one")
@click.argument("other")
@click.pass_obj
def diff_of_orgs(config: Config, one: str, other: str) -> None:
    """Say what the org OTHER has otherwise than ONE; ends with 1 when something differs."""
    with Orgs(config) as orgs:
        first, second = (_files_of_org(orgs.open(key)) for key in (one, other))
    lines = [f"+ {name}" for name in second if name not in first]
    lines += [f"- {name}" for name in first if name not in second]
    lines += [f"~ {name}" for name in first if name in second and first[name] != second[name]]
    click.echo("\n".join(sorted(lines, key=lambda line: line[2:])) or _("Nothing differs."))
    sys.exit(FOUND if lines else 0)


def _files_of_org(org_db: OrgDatabase) -> Files:
    """Every component in effect, wherever it comes from."""
    documents = (d.document for d in SNAPSHOTS.get(org_db).by_uid.values())
    return {file_of(document): canonical_bytes(document) for document in documents}


def _choice(place: Path, said: dict[str, object]) -> Choice:
    """What the options of a command say; components are named as "Kind:Name"."""
    left = said.pop("left")
    names = {str(one) for one in left} if isinstance(left, tuple) else set()
    package = open_package(place) if names else None
    uids = {
        str(d["uid"]): f"{d['kind']}:{d['name']}" for d in (package.documents if package else ())
    }
    unknown = names - set(uids.values())
    if unknown:
        message = _("The package has no component %(name)s.", name=sorted(unknown)[0])
        raise Rejected(Problem("package.unknown", ("--leave",), message))
    return Choice(frozenset(uid for uid, name in uids.items() if name in names), **said)  # type: ignore[arg-type]


@contextmanager
def _opened(config: Config, key: str | None) -> Iterator[tuple[OrgDatabase, Actor]]:
    """The org and who acts in it; refusals are sentences and end with 2."""
    try:
        with Orgs(config) as orgs:
            org_db = orgs.open(key or config.org)
            yield org_db, system_actor(org_db.key, "trellis package")
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
