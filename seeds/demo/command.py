"""`trellis demo`: makes the demo company when it is missing, and says how to sign in."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

from trellis.platform import clock
from trellis.platform.config import Config
from trellis.platform.errors import require
from trellis.platform.feature import Feature
from trellis.platform.i18n import _
from trellis.platform.orgs import Orgs
from trellis.platform.people.passwords import check_password

from .load import State, make_demo, state_of
from .world import Person, company, people, words


@click.command("demo")
@click.option("--org", "key", default="demo", show_default=True, help="The key of the org.")
@click.option("--password", help="The password of everybody in it; made up unless given.")
@click.pass_obj
def demo(config: Config, key: str, password: str | None) -> None:
    """Make the demo company Northline, unless it is there, and show its sign-ins."""
    orgs = Orgs(config)
    state = state_of(orgs, key)
    if state is State.FOREIGN:
        raise click.ClickException(_("The org %(key)s is not the demo company.", key=key))
    if state is State.BEGUN:
        orgs.delete(key)
    if state is not State.READY:
        _make(orgs, key, password or _made_up())
    click.echo("\n".join(sign_ins(config, key)))
    if config.org != key:
        click.echo(_("Serve it: TRELLIS_ORG=%(key)s trellis serve", key=key))
    orgs.dispose()


def _make(orgs: Orgs, key: str, password: str) -> None:
    require(check_password(password, tuple(name for p in people() for name in _names(p))))
    click.echo(_("Making the company %(name)s …", name=company()["name"]))
    count = make_demo(orgs, key, password, clock.today(company()["time_zone"]))
    _keep(password_file(orgs.config, key), password)
    click.echo(_("%(n)s people and %(count)s records.", n=len(people()), count=count))


def _names(person: Person) -> tuple[str, ...]:
    return (person.username, person.first_name, person.last_name)


def _made_up() -> str:
    """Three words and a number; nobody chooses a demo's password twice."""
    picked = [secrets.choice(words()["company_stems"]).lower() for _word in range(3)]
    return "-".join((*picked, str(secrets.randbelow(9000) + 1000)))


def password_file(config: Config, key: str) -> Path:
    """Where the demo's password is kept for whoever may read the data directory."""
    return config.data_dir / f"{key}-password.txt"


def _keep(path: Path, password: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(password + "\n")


def sign_ins(config: Config, key: str) -> tuple[str, ...]:
    """Lines that say who can sign in, and with which password."""
    path = password_file(config, key)
    password = path.read_text("utf-8").strip() if path.exists() else ""
    width = max(len(person.username) for person in people())
    shown = [p for p in people() if p.key in ("admin", "ceo", "west", "intl", "west1", "svc1")]
    return (
        _("Sign in to %(name)s (org %(key)s) as", name=company()["name"], key=key),
        *(f"  {p.username:<{width}}  {p.name}, {p.title}" for p in shown),
        _("Everybody's password: %(password)s", password=password or _("the one you chose")),
    )


DEMO = Feature("demo", commands=(demo,))
