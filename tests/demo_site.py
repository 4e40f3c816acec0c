"""The demo company served: made once in a run, copied for whoever changes it, known by its pages.

An org is a file on SQLite and a schema on PostgreSQL; both are copied in a moment, with the
sessions of three people in them, so that no test has to sign in by the form.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.files import FileStore
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import ADMIN, Actor, system_actor
from trellis.platform.people.sessions import find_session, start_session
from trellis.platform.people.users import find_by_username
from trellis.runtime.records.service import Records
from trellis.runtime.tables import Tables
from trellis.seeds.demo.load import make_demo
from trellis.wsgi import create_app

ORG = "main"
PASSWORD = "orchard-kiln-4410"
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
HOME = "http://127.0.0.1:8000"
#: {who: user name}: an administrator, a standard user, one who reads Chinese
PEOPLE = {
    "admin": "admin@northline.example",
    "rep": "ana.souza@northline.example",
    "chinese": "mei.lin@northline.example",
}
#: one grey dot
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a494441"
    "54789c636800000082008177cd72b60000000049454e44ae426082"
)


@dataclass(frozen=True)
class Template:
    """The demo company at rest, and the tokens of people signed in to it."""

    directory: Path
    url: str | None  # of its database on PostgreSQL
    tokens: Mapping[str, str]  # {who: token of a session}


def make_template(directory: Path, url: str | None = None) -> Template:
    """The demo company with a session for each of PEOPLE."""
    orgs = Orgs(Config.read(environ_of(directory, url)))
    make_demo(orgs, ORG, PASSWORD, date.today())  # noqa: DTZ011 - "this month" of the lists
    served = create_app(environ_of(directory, url)).extensions["trellis"].orgs
    served.open(ORG)  # is brought up to the release once, not for every copy
    served.dispose()
    db = orgs.open(ORG)
    tokens = {}
    with db.write() as conn:
        for who, username in PEOPLE.items():
            user = find_by_username(conn, username)
            assert user is not None
            tokens[who] = start_session(conn, user.id)
    if url is None:  # one file, nothing beside it
        with sa.create_engine(f"sqlite:///{directory}/orgs/{ORG}.sqlite3").connect() as conn:
            conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    orgs.dispose()
    return Template(directory, url, tokens)


def environ_of(directory: Path, url: str | None = None) -> dict[str, str]:
    """The settings of a server over a data directory."""
    environ = {
        "TRELLIS_DATA_DIR": str(directory),
        "TRELLIS_SECRET_KEY": SECRET,
        "TRELLIS_WORKER": "false",
        "TRELLIS_BASE_URL": HOME,
    }
    return environ | ({"TRELLIS_DATABASE_URL": url} if url else {})


@dataclass
class Site:
    """An application over an org of its own, and people in front of it."""

    app: Flask
    tokens: Mapping[str, str]
    _guests: dict[str, Guest] = field(default_factory=dict)

    @property
    def orgs(self) -> Orgs:
        found: Orgs = self.app.extensions["trellis"].orgs
        return found

    @cached_property
    def db(self) -> OrgDatabase:
        return self.orgs.open(ORG)

    @property
    def store(self) -> FileStore:
        config = self.orgs.config
        return FileStore(config.data_dir, ORG, config.upload_bytes)

    @property
    def snapshot(self) -> Snapshot:
        return SNAPSHOTS.get(self.db)

    def actor(self, who: str = "admin") -> Actor:
        with self.db.read() as conn:
            found = find_session(conn, ORG, self.tokens[who])
        assert found is not None
        return found.actor

    def records(self, who: str = "admin") -> Records:
        return Records(self.db, self.actor(who), self.snapshot)

    def cookie(self, who: str) -> str:
        """The value of the cookie of somebody signed in."""
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(serializer.dumps({"org": ORG, "token": self.tokens[who]}))

    def guest(self, who: str = "admin") -> Guest:
        """Somebody signed in, in a browser of their own; the same one each time."""
        if who not in self._guests:
            self._guests[who] = Guest(self.app.test_client())
            self._guests[who].client.set_cookie("trellis", self.cookie(who), domain="127.0.0.1")
        return self._guests[who]

    def nobody(self) -> Guest:
        return Guest(self.app.test_client())

    def speak(self, language: str) -> None:
        """Has everybody read the language."""
        with self.db.write() as conn:
            conn.execute(
                sa.text("UPDATE sys_user SET language = :code, locale = :code"), {"code": language}
            )

    def put_live(self, *documents: Mapping[str, Any]) -> None:
        """Deploys documents as the administrator."""
        deploy(self.db, self.actor(), ChangeSet(tuple(dict(d) for d in documents), (), "A change"))

    def table(self, object_name: str) -> str:
        """The name of the object's own table."""
        return Tables.of(self.snapshot).home(object_name).main.name

    def find_id(self, object_name: str, condition: str = "1 = 1") -> str:
        """The id of one live record of the object."""
        statement = (
            f"SELECT id FROM {self.table(object_name)} WHERE {condition} ORDER BY id LIMIT 1"
        )
        with self.db.read() as conn:
            return str(conn.execute(sa.text(statement)).scalar_one())

    def pictures(self) -> dict[str, int]:
        """{table: hash of its rows} of everything but what looking at pages may write."""
        with self.db.read() as conn:
            names = sa.inspect(conn).get_table_names(schema=self._schema)
            return {
                name: hash(frozenset(map(repr, conn.execute(sa.text(f'SELECT * FROM "{name}"')))))
                for name in names
                if name not in ("sys_dashboard_use", "sys_recent", "sys_report_use", "sys_session")
            }

    @property
    def _schema(self) -> str | None:
        return getattr(self.db, "schema", None) if self.db.dialect == "postgresql" else None

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The statements that are sent to the database meanwhile."""
        heard: list[str] = []

        def hear(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            heard.append(statement)

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", hear)
        try:
            yield heard
        finally:
            sa.event.remove(sa.engine.Engine, "before_cursor_execute", hear)


class Guest:
    """A browser without scripts: keeps cookies, sends the CSRF token of the last page along."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.token = ""

    def get(self, path: str, **rest: Any) -> TestResponse:
        return self._noted(self.client.get(path, base_url=HOME, **rest))

    def read(self, path: str, **rest: Any) -> str:
        """The text of a page that must be there."""
        answer = self.get(path, follow_redirects=True, **rest)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-500:])
        return answer.text

    def post(self, path: str, data: Mapping[str, Any] | None = None, **rest: Any) -> TestResponse:
        if not self.token:
            self.get("/settings")
        sent = {"csrf_token": self.token} | dict(data or {})
        return self._noted(self.client.post(path, data=sent, base_url=HOME, **rest))

    def submit(self, path: str, data: Mapping[str, Any] | None = None, **form: Any) -> str:
        """Opens a form's page, sends it with these values, follows; the text of the last page."""
        self.get(path, **form)
        answer = self.post(path, data, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code, problems_of(answer.text))
        return answer.text

    def _noted(self, answer: TestResponse) -> TestResponse:
        page = answer.text if answer.mimetype == "text/html" else ""
        if found := re.search(r'name="csrf_token" value="([^"]+)"', page):
            self.token = found.group(1)
        return answer


def problems_of(page: str) -> list[str]:
    """The sentences of the box above a form that came back."""
    box = re.search(r"data-problems>(.*?)</ul>", page, re.DOTALL)
    return (
        [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li>(.*?)</li>", box[1])]
        if box
        else []
    )


def hidden_fields(page: str, form: str = "record-form") -> dict[str, str]:
    """{name: value} of the hidden inputs of a form."""
    found = re.search(rf'<form[^>]*id="{form}".*?</form>', page, re.DOTALL)
    return dict(
        re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[0] if found else "")
    )


@contextmanager
def copied(template: Template, directory: Path) -> Iterator[Site]:
    """A site over a copy of the template, gone afterwards."""
    directory.mkdir(parents=True, exist_ok=True)
    with _database(template, directory) as url:
        app = create_app(environ_of(directory, url))
        yield Site(app, template.tokens)
        app.extensions["trellis"].orgs.dispose()


@contextmanager
def _database(template: Template, directory: Path) -> Iterator[str | None]:
    if template.url is None:
        shutil.copytree(template.directory, directory, dirs_exist_ok=True)
        yield None
        return
    old = sa.make_url(template.url)
    name = f"{old.database}_{time.monotonic_ns()}"
    with server_of(template.url) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {old.database}")
        server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    yield old.set(database=name).render_as_string(hide_password=False)
    _DONE_WITH.append(name)
    if len(_DONE_WITH) >= MOST_LEFT:
        drop_copies(template.url)


#: Copies that nobody needs any more. Each DROP makes the server write all of its memory to the disk
#: first, so that a few at once take little longer than one; many would keep the disk from others.
_DONE_WITH: list[str] = []
MOST_LEFT = 5


def drop_copies(url: str) -> None:
    """Drops the copies of this process that are left on the server."""
    with server_of(url) as server:
        while _DONE_WITH:
            server.execute(f"DROP DATABASE IF EXISTS {_DONE_WITH.pop()} WITH (FORCE)")


@contextmanager
def server_of(url: str) -> Iterator[psycopg.Connection]:
    """A connection to the server's own database, beside any transaction."""
    plain = sa.make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True) as conn:
        yield conn


def is_administrator(actor: Actor) -> bool:
    return actor.profile == ADMIN


def system() -> Actor:
    return replace(system_actor(ORG, "a test"))
