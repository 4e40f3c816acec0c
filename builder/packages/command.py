"""`trellis package samples …`: records put into a package's folder, and loaded from one.

Ends with 0 when all is well, 1 when some records were refused, 2 when the request was.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import click

from ...metadata.packages.archive import write_folder, zip_of
from ...metadata.packages.command import FOUND, opened
from ...metadata.packages.people import parse_people, settle, settled
from ...metadata.packages.read import open_package
from ...metadata.packages.salesforce.opening import open_for
from ...metadata.packages.write import files_of
from ...metadata.store import SNAPSHOTS, hold_version
from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ...platform.people.standing import find_actor
from ...platform.people.users import find_by_username
from .loading import Loaded, load_samples
from .sampling import Wish, samples_of

_PLACE = click.argument("place", type=click.Path(exists=True, path_type=Path))
_ORG = click.option("--org", "key", help="Key of the org; TRELLIS_ORG unless given.")
_AS = click.option("--as", "username", help="User whose rights hold; else the system.")


@click.group("samples")
def samples_command() -> None:
    """Records that travel with a package, to show how it works."""


@samples_command.command("add")
@_PLACE
@_ORG
@_AS
@click.option(
    "--records", "wishes", multiple=True, required=True, metavar="OBJECT=COUNT[:VIEW]",
    help="The newest so many records of an object, or of those in a list view.",
)  # fmt: skip
@click.pass_obj
def add_command(
    config: Config, place: Path, key: str | None, username: str | None, wishes: tuple[str, ...]
) -> None:
    """Put records of the org into the package in PLACE, with the parents that they need."""
    with opened(config, key) as (org_db, system):
        package, actor = open_package(place), _acting(org_db, system, username)
        with org_db.read() as conn:
            snapshot, name = SNAPSHOTS.at(conn, org_db), package.manifest.name
            found = samples_of(conn, actor, snapshot, name, _wishes(wishes))
        files = files_of(replace(package, samples=MappingProxyType(dict(found))))
        if place.is_dir():
            write_folder(place, files)
        else:
            place.write_bytes(zip_of(files))
        for where, content in found.items():
            click.echo(_("%(place)s: %(n)s records", place=where, n=content.count(b"\n") - 1))


@samples_command.command("load")
@_PLACE
@_ORG
@_AS
@click.option("--map-user", "mapped", multiple=True, metavar="OLD=NEW", help="Who stands for whom.")
@click.option(
    "--users-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same as lines of a file: old,new.",
)  # fmt: skip
@click.pass_obj
def load_command(
    config: Config, place: Path, key: str | None, username: str | None,
    mapped: tuple[str, ...], users_file: Path | None,
) -> None:  # fmt: skip
    """Make records of the samples in PLACE; those that came before are not made again."""
    with opened(config, key) as (org_db, system):
        package, actor = open_for(org_db, place).package, _acting(org_db, system, username)
        people = parse_people(users_file.read_text("utf-8-sig")) if users_file else {}
        pairs = (one.partition("=") for one in mapped)
        people |= {old.strip(): new.strip() for old, _sign, new in pairs}
        with org_db.write() as conn:
            hold_version(conn, org_db)
            here = settled(package, settle(conn, package, people))
            name, snapshot = package.manifest.name, SNAPSHOTS.at(conn, org_db)
            loaded = load_samples(conn, actor, snapshot, name, here.samples)
        _tell(loaded)


def _wishes(said: Iterable[str]) -> Iterator[Wish]:
    for one in said:
        name, _sign, rest = one.partition("=")
        count, _colon, view = rest.partition(":")
        if not (count.isascii() and count.isdigit() and len(count) < 8):
            message = _("Write --records OBJECT=COUNT, as Account=20.")
            raise Rejected(Problem("samples.count", (one,), message))
        yield Wish(name, int(count), view)


def _acting(org_db: OrgDatabase, system: Actor, username: str | None) -> Actor:
    if not username:
        return system
    with org_db.read() as conn:
        user = find_by_username(conn, username)
        actor = find_actor(conn, org_db.key, user.id) if user else None
    if actor is None:
        raise NotFound(f"user {username}")
    return actor


def _tell(loaded: Loaded) -> None:
    for text, kind in loaded.sentences():
        click.echo(text, err=kind == "bad")
    if loaded.refused or loaded.left:
        sys.exit(FOUND)
