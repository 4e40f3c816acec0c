"""The `trellis` command: orgs, checks, the worker, the server, and the commands of every feature.

Refusals are printed as sentences and end with status 1; only bugs show a traceback.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import waitress
from flask import Flask

from . import vault
from .check import Check, check_org, parked_jobs
from .config import Config
from .db.scope import OrgDatabase
from .errors import Rejected, TrellisError
from .feature import Feature
from .i18n import _
from .jobs.schedule import Schedule
from .jobs.worker import Work, Worker
from .orgs import Orgs
from .people.actor import SYSTEM_USER_ID
from .web.app import build_app
from .web.ground import GROUND
from .web.security import secret_of
from .web.tls import local_certificate, refuse_in_public, server_of

_FORM_AROUND_FILE = 1024 * 1024  # bytes of a request beside the file it carries


class Commands(click.Group):
    """A group that prints the house's errors as sentences."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Rejected as err:
            raise click.ClickException("\n".join(map(str, err.problems))) from err
        except TrellisError as err:
            raise click.ClickException(str(err)) from err


def build_cli(
    features: Sequence[Feature] = (), environ: Mapping[str, str] = os.environ
) -> click.Group:
    """The command with its sub-commands; each finds the Config in `context.obj`."""
    everything = (GROUND, *features)

    @click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
    @click.pass_context
    def trellis(context: click.Context) -> None:
        """Trellis, the CRM you shape without code. Settings are TRELLIS_… in the environment."""
        config = context.obj = context.obj or Config.read(environ)
        vault.install(lambda: secret_of(config))

    own = (
        org_command(everything),
        check_command(everything),
        worker_command(everything),
        serve_command(features),
    )
    for command in (*own, *(one for feature in everything for one in feature.commands)):
        trellis.add_command(command)
    return trellis


def org_command(features: Sequence[Feature]) -> click.Group:
    """`trellis org`: what can be done to whole orgs."""
    group = click.Group("org", help="Create, list, delete, back up and restore orgs.")
    own = (create_command(features), list_all, delete, back_up, restore)
    for command in (*own, *(one for feature in features for one in feature.org_commands)):
        group.add_command(command)
    return group


def create_command(features: Sequence[Feature]) -> click.Command:
    """`trellis org create`: an org with what every feature installs in a new one."""

    @click.command("create")
    @click.argument("key")
    @click.option("--name", help="What people call it; the key unless given.")
    @click.option("--bare", is_flag=True, help="Without the standard CRM.")
    @click.pass_obj
    def create(config: Config, key: str, name: str | None, bare: bool) -> None:
        """Create the org KEY: a small letter, then small letters, digits or _."""
        with Orgs(config) as orgs:
            org_db = orgs.create(key, name or key)
            try:
                for install in () if bare else (f.install for f in features if f.install):
                    install(org_db)
            except BaseException:
                orgs.delete(key)  # all or nothing
                raise
        click.echo(_("Created the org %(key)s.", key=key))

    return create


@click.command("list")
@click.pass_obj
def list_all(config: Config) -> None:
    """List the keys of all orgs."""
    with Orgs(config) as orgs:
        for key in orgs.list():
            click.echo(key)


@click.command("delete")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(config: Config, key: str, yes: bool) -> None:
    """Delete the org KEY with all its records and files. There is no way back but a back-up."""
    if not yes and click.prompt(_("Type the key of the org to delete it")) != key:
        raise click.ClickException(_("Nothing was deleted."))
    with Orgs(config) as orgs:
        orgs.delete(key)
    click.echo(_("Deleted the org %(key)s.", key=key))


@click.command("back-up")
@click.argument("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def back_up(config: Config, key: str, file: Path) -> None:
    """Write the org KEY, as it is at this moment, to FILE. People may go on working."""
    with _signing(config) as orgs:
        manifest = orgs.back_up(key, file)
    size = sum(int(member["size"]) for member in manifest.members.values())
    click.echo(_("Wrote %(size)s bytes of data to %(path)s.", size=size, path=file))


@click.command("restore")
@click.argument("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def restore(config: Config, key: str, file: Path) -> None:
    """Make the org KEY from FILE, its back-up. There must be no org of that key."""
    with _signing(config) as orgs:
        orgs.restore(key, file)
    click.echo(_("Restored the org %(key)s.", key=key))


def check_command(features: Sequence[Feature]) -> click.Command:
    """`trellis check` over the checks of these features."""

    @click.command("check")
    @click.option("--org", "key", help="Only the org of this key.")
    @click.pass_obj
    def check(config: Config, key: str | None) -> None:
        """Check that every org is sound; status 1 when something is broken."""
        checks = tuple(_checks_of(features, config))
        with Orgs(config) as orgs:
            broken = [_report(orgs.open(name), checks) for name in ((key,) if key else orgs.list())]
        raise SystemExit(1 if any(broken) else 0)

    return check


def _checks_of(features: Sequence[Feature], config: Config) -> Iterator[Check]:
    for feature in features:
        yield from feature.checks
        yield from feature.checks_by(config) if feature.checks_by else ()


def _report(db: OrgDatabase, checks: Sequence[Check]) -> int:
    """Prints what is wrong with the org and returns how much that is."""
    problems = check_org(db, checks)
    verdict = _("%(n)s problems", n=len(problems)) if problems else _("sound")
    click.echo(f"{db.key}: {verdict}")
    for problem in problems:
        click.echo(f"  {problem.code} {problem}")
    for number, kind, error in parked_jobs(db):
        note = _("Note: job %(n)s (%(kind)s) failed: %(error)s", n=number, kind=kind, error=error)
        click.echo(f"  {note}")
    return len(problems)


def worker_command(features: Sequence[Feature]) -> click.Command:
    """`trellis worker` for the jobs of these features."""

    @click.command("worker")
    @click.option("--once", is_flag=True, help="Run what is due now, then end.")
    @click.pass_obj
    def run(config: Config, once: bool) -> None:
        """Run the jobs of all orgs until interrupted."""
        with Orgs(config) as orgs:
            worker = make_worker(config, orgs, features)
            if once:
                count = sum(worker.run_due(orgs.open(key)) for key in orgs.list())
                click.echo(_("%(n)s jobs were run.", n=count))
            else:
                worker.run(_until_interrupted())

    return run


def serve_command(features: Sequence[Feature]) -> click.Command:
    """`trellis serve`: the pages of these features and the ground."""

    @click.command("serve")
    @click.option("--tls", is_flag=True, help="By https, on this machine only.")
    @click.pass_obj
    def serve(config: Config, tls: bool) -> None:
        """Serve the pages at TRELLIS_HOST and TRELLIS_PORT."""
        config = _by_tls(config) if tls else config
        with Orgs(config) as orgs, ExitStack() as stack:
            app = build_app(config, features, orgs)
            if config.worker:
                stack.callback(make_worker(config, orgs, (GROUND, *features)).start())
            address = config.base_url if tls else f"http://{config.host}:{config.port}"
            click.echo(_("Trellis is at %(url)s", url=address))
            try:
                _serve_by_tls(config, app) if tls else _serve(config, app)
            except OSError as err:  # the port is taken, or may not be used
                message = _(
                    "Cannot serve at %(url)s: %(reason)s.", url=address, reason=err.strerror
                )
                raise click.ClickException(message) from err

    return serve


def _by_tls(config: Config) -> Config:
    """The settings with an address by https; raises Rejected in public."""
    refuse_in_public(config)
    host = urlsplit(config.base_url).hostname or "localhost"
    shown = f"[{host}]" if ":" in host else host
    return replace(config, base_url=f"https://{shown}:{config.port}")


def _serve_by_tls(config: Config, app: Flask) -> None:
    certificate = local_certificate(Path(config.data_dir))
    server = server_of(app, config, certificate)
    trusted = certificate.authority.resolve()
    click.echo(_("Let tools trust %(path)s:", path=trusted))
    for name in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"):
        click.echo(f"  export {name}={trusted}")
    try:
        server.serve_forever()
    finally:
        server.server_close()


def _serve(config: Config, app: Flask) -> None:
    waitress.serve(  # type: ignore[no-untyped-call]  # the library has no types
        app,
        host=config.host,
        port=config.port,
        threads=config.threads,
        ident=None,
        # Which of a proxy's headers count is decided in web/security.py, by the number of hops.
        clear_untrusted_proxy_headers=not config.trusted_proxies,
        max_request_body_size=config.upload_bytes + _FORM_AROUND_FILE,
    )


def make_worker(config: Config, orgs: Orgs, features: Sequence[Feature]) -> Worker:
    """A worker that knows the jobs and schedules of all these features."""
    work: dict[str, Work] = {}
    schedules: list[Schedule] = []
    for feature in features:
        work |= {**feature.jobs, **(feature.work(config) if feature.work else {})}
        schedules += feature.schedules
    return Worker(orgs, work, schedules, actor_id=SYSTEM_USER_ID)


def _signing(config: Config) -> Orgs:
    return Orgs(replace(config, secret_key=secret_of(config)))


def _until_interrupted() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_args: stop.set())
    return stop
