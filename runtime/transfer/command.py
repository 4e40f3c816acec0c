"""`trellis import`: a file's rows become records, with a progress bar and an error file.

Ends with 0 when every row was taken, 1 when some were refused, 2 when the file or the request was.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ...metadata.store import SNAPSHOTS
from ...platform.company import read_company
from ...platform.config import Config
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Problem, Rejected, TrellisError
from ...platform.i18n import _, use_locale
from ...platform.orgs import Orgs
from ...platform.people import users
from ...platform.people.actor import Actor, system_actor
from ...platform.people.standing import find_actor
from .conventions import Said
from .importing import ImportResult, ImportRun, Options
from .mapping import ImportMapping, suggest
from .readers import HowToRead, TooFine
from .rows import Survey
from .source import Source, open_source

REFUSED = 2
_SHOWN = 5  # errors that are printed
_WAYS_OUT = {  # {code of a problem: the option that decides it}
    "number.too_precise": "--round",
    "number.ambiguous": "--decimal-comma, --decimal-point",
    "date.ambiguous": "--day-first, --month-first",
}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--object", "object_name", required=True, help="API name of the object.")
@click.option(
    "--map", "said", multiple=True, metavar="HEADING=FIELD",
    help="Where a column goes: a field, a parent's field such as Account.Name, or nothing.",
)  # fmt: skip
@click.option(
    "--preset", default="", help="The program that wrote the file; found out unless given."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and save nothing.")
@click.option("--first", type=click.IntRange(min=1), help="Only so many rows.")
@click.option("--encoding", default="", help="Of a CSV; found out unless given.")
@click.option("--delimiter", default="", help="Of a CSV; found out unless given.")
@click.option("--decimal-comma/--decimal-point", default=None, help="Found out unless given.")
@click.option(
    "--day-first/--month-first", default=None, help="Of 03/04/2026; found out unless given."
)
@click.option(
    "--blank", "blanks", multiple=True, metavar="TEXT", help="A text that means nothing: n/a."
)
@click.option(
    "--round", "rounds", is_flag=True, help="Round numbers to the decimals a field keeps."
)
@click.option("--no-parents", is_flag=True, help="Refuse rows whose parent is not there yet.")
@click.option(
    "--errors", "error_path", type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused rows go; FILE.errors.csv unless given.",
)  # fmt: skip
@click.option("--org", "key", help="Key of the org; TRELLIS_ORG unless given.")
@click.option("--as", "username", help="User who imports and owns the records; else the system.")
@click.pass_obj
def import_command(
    config: Config,
    file: Path,
    object_name: str,
    said: tuple[str, ...],
    preset: str,
    dry_run: bool,
    first: int | None,
    encoding: str,
    delimiter: str,
    decimal_comma: bool | None,
    day_first: bool | None,
    blanks: tuple[str, ...],
    rounds: bool,
    no_parents: bool,
    error_path: Path | None,
    key: str | None,
    username: str | None,
) -> None:
    """Make records of the rows of FILE, a CSV or XLSX with headings.

    Each row is taken whole or refused whole; refused rows are written to an error file with the
    column and the reason. Parents such as accounts are found by name and made when they are new.
    """
    options = Options(
        create_parents=not no_parents,
        dry_run=dry_run,
        first=first,
        reading=HowToRead(
            Said(decimal_comma, day_first), blanks, TooFine.ROUND if rounds else TooFine.REFUSE
        ),
        error_path=error_path or file.with_name(f"{file.name}.errors.csv"),
    )
    separator = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    try:
        with Orgs(config) as orgs:
            org_db = orgs.open(key or config.org)
            actor = _actor(org_db, username)
            with use_locale(actor.localization):
                source = open_source(file, encoding=encoding, delimiter=separator)
                snapshot = SNAPSHOTS.get(org_db)
                mapping = suggest(source.headings, object_name, snapshot, _pairs(said), preset)
                run = ImportRun(org_db, actor, snapshot, source, mapping, options)
                failed = _import(run)
    except TrellisError as err:
        problems: Sequence[object] = err.problems if isinstance(err, Rejected) else (err,)
        for problem in problems:
            click.echo(_("Error: %(why)s", why=problem), err=True)
        sys.exit(REFUSED)
    sys.exit(1 if failed else 0)


def _import(run: ImportRun) -> int:
    """Imports with a progress bar; returns how many rows were refused."""
    _describe_source(run.source, run.mapping)
    surveyed = run.survey()
    _describe_mapping(run.mapping, surveyed, run.options.reading.said)
    with click.progressbar(length=surveyed.rows, label=_("Importing"), file=sys.stderr) as bar:
        try:
            result = run.run(surveyed, progress=lambda done: bar.update(done - bar.pos))
        except TrellisError:
            done = _("Stopped after %(n)s rows, which are saved or in the error file.", n=bar.pos)
            click.echo(f"\n{done}")
            raise
    _describe_result(run, result)
    return result.failed


def _describe_source(source: Source, mapping: ImportMapping) -> None:
    preset = mapping.preset.label if mapping.preset else _("none")
    if source.delimiter:
        shape = _(
            "%(encoding)s, separated by %(delimiter)s",
            encoding=source.encoding,
            delimiter=repr(source.delimiter),
        )
    else:
        shape = _("workbook")
    named = _("preset: %(name)s", name=preset)
    click.echo(f"{source.path.name}: {shape}; {named}")


def _describe_mapping(mapping: ImportMapping, surveyed: Survey, said: Said) -> None:
    found = surveyed.found(said)
    for column in mapping.columns:
        written = f"  ({', '.join(found[column.index])})" if column.index in found else ""
        rest = "".join(f", {f.local_name}" for f in column.rest)
        click.echo(f"  {column.heading} -> {column.path}{rest}{written}")
    if mapping.left_out:
        click.echo(_("Left out: %(names)s", names=", ".join(mapping.left_out)))
    if mapping.preset and mapping.preset.blanks:
        blanks = ", ".join(sorted(mapping.preset.blanks))
        click.echo(_("Read as empty: %(texts)s", texts=blanks))


def _describe_result(run: ImportRun, result: ImportResult) -> None:
    counts = {"read": result.read, "created": result.created, "failed": result.failed}
    if run.options.dry_run:
        text = _("%(read)s rows read: %(created)s would be created, %(failed)s refused.", **counts)
    else:
        text = _("%(read)s rows read: %(created)s created, %(failed)s refused.", **counts)
    click.echo(text)
    if result.parents_created:
        click.echo(_("%(n)s parents were created.", n=result.parents_created))
    for error in result.errors[:_SHOWN]:
        where = _("Row %(row)s, %(column)s", row=error.row, column=error.column or "-")
        click.echo(f"  {where}: {error.reason}")
    ways = {_WAYS_OUT[error.code] for error in result.errors if error.code in _WAYS_OUT}
    if ways:
        click.echo(
            _("You can decide this for the whole file: %(ways)s", ways="; ".join(sorted(ways)))
        )
    if result.failed:
        click.echo(_("Refused rows: %(path)s", path=run.options.error_path))


def _pairs(said: Sequence[str]) -> dict[str, str]:
    """{heading: path} of texts like "Firma=Account.Name"; the heading may hold equal signs."""
    pairs: dict[str, str] = {}
    for text in said:
        heading, equals, path = text.rpartition("=")
        if not equals or not heading:
            message = _("%(text)s does not say HEADING=FIELD.", text=repr(text))
            raise Rejected(Problem("import.map", (text,), message))
        pairs[heading] = path.strip()
    return pairs


def _actor(org_db: OrgDatabase, username: str | None) -> Actor:
    with org_db.read() as conn:
        if username is None:
            spoken = read_company(conn).localization
            return system_actor(org_db.key, "import from the command line", spoken)
        user = users.find_by_username(conn, username)
        actor = find_actor(conn, org_db.key, user.id) if user else None
    if actor is None:
        message = _("There is no active user %(username)s.", username=repr(username))
        raise Rejected(Problem("import.unknown_user", (username,), message))
    return actor
