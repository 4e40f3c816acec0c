"""The demo company served: made once in a run, copied for whoever changes it, known by its pages.

An org is a file on SQLite and a schema on PostgreSQL; both are copied in a moment, with the
sessions of three people in them, so that no test has to sign in by the form.
"""

from __future__ import annotations

import io
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
from trellis.metadata.packages.archive import zip_of
from trellis.metadata.packages.gallery import list_gallery
from trellis.metadata.packages.install import install
from trellis.metadata.packages.installed import find_installed
from trellis.metadata.packages.manifest import Manifest
from trellis.metadata.packages.read import Package
from trellis.metadata.packages.uploads import keep_upload
from trellis.metadata.packages.write import files_of
from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.attachments import add_file
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.files import FileStore
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import ADMIN, Actor, system_actor
from trellis.platform.people.sessions import find_session, start_session
from trellis.platform.people.users import find_by_username
from trellis.runtime.bulk import kept
from trellis.runtime.bulk.kept import Deed, State
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
PACKAGE_PAGES = (
    *("setup.package", "setup.remove_package_page", "setup.package_records"),
    *("setup.take_back_package", "setup.remove_package"),
)
ROLLUP_PAGES = ("setup.new_rollup", "setup.edit_rollup")
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
#: first, so that twenty at once take little longer than one.
_DONE_WITH: list[str] = []
MOST_LEFT = 20


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


# --- every page ----------------------------------------------------------------------------------


def addresses(site: Site) -> dict[str, str]:
    """{endpoint: a sample address} of every GET route; an endpoint without a sample is an error."""
    ids = Samples(site)
    found = {}
    for rule in site.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        arguments = ids.arguments(rule.endpoint, rule.arguments)
        if arguments is None:
            continue
        with site.app.test_request_context(base_url=HOME):
            found[rule.endpoint] = site.app.url_for(rule.endpoint, **arguments)
    return found


@dataclass
class Samples:
    """Arguments of routes, from the demo company."""

    site: Site

    def arguments(self, endpoint: str, names: set[str]) -> dict[str, str] | None:
        """The arguments of a route; None for what is no page (assets, spent links, files)."""
        if endpoint.startswith("assets."):
            return None
        return {name: self.of(endpoint, name) for name in names}

    def of(self, endpoint: str, name: str) -> str:
        match name:
            case "object_name" if endpoint in ROLLUP_PAGES:
                return "Account"
            case "object_name" if endpoint in PACKAGE_PAGES:
                return "Sample_trip__c"
            case "name" if endpoint in PACKAGE_PAGES:
                return self._package()
            case "exhibit":
                return list_gallery(None)[0].key
            case "token" if endpoint == "setup.package_check":
                return self._upload()
            case "field_name" if endpoint in ROLLUP_PAGES:
                return "Open_pipeline__c"
            case "object_name":
                return "Opportunity"
            case "field_name":
                is_lookup = endpoint in ("pages.lookup", "setup.lookup_filter")
                return "AccountId" if is_lookup else "StageName"
            case "record_id" if endpoint == "pages.change_record_type":
                self._record_types("")
                return self.site.find_id("Opportunity")
            case "record_id":
                return self.site.find_id("Account")
            case "file_id":
                return self._file
            case "number":
                return "1"
            case "list_id":
                layout = next(
                    one for one in self.site.snapshot.of_kind("Layout") if one.object == "Account"
                )
                return str(layout.related_lists[0].id)
            case "user_id":
                return self.site.actor("rep").user_id
            case "deployment_id":
                with self.site.db.read() as conn:
                    return str(conn.scalar(sa.text("SELECT max(id) FROM sys_deployment")))
            case "name" if endpoint == "guide.topic":
                return "around"
            case "name" if endpoint in ("pages.tour", "pages.tour_seen"):
                return "home"
            case "kind":
                return "csv"
            case "org":
                return ORG
            case "comment_id":
                return "0Cm0000000000000AA"
            case "batch":
                return "0UN0000000000000AA"
            case "job_id":
                return self._job()
            case "token":
                return "spent"
            case "deed":
                return "freeze"
            case "rule_name":
                return self._rule()
            case "type_name" | "process_name":
                return self._record_types(name)
            case "key":
                return self._report(endpoint)
            case "tile":
                return "pipeline"
            case "uid":
                return self._uid(endpoint)
            case "name":
                return self._named(endpoint)
        raise AssertionError(f"no sample for {name} of {endpoint}")

    @cached_property
    def _file(self) -> str:
        """A picture that is attached to the sample of an account."""
        kept = self.site.store.put(io.BytesIO(PICTURE))
        with self.site.db.write() as conn:
            record_id = self.of("", "record_id")
            return str(add_file(conn, self.site.actor(), "Plan.png", kept, record_id).id)

    def _sharing_rule(self) -> str:
        """The demo company shares everything with everybody: the rule is made here."""
        name, everybody = "Account.Banks", {"type": "allInternalUsers"}
        row = {"id": "1", "field": "Industry", "operator": "equals", "value": "Banking"}
        if self.site.snapshot.find("SharingRule", name) is None:
            self.site.put_live(
                {
                    "kind": "SharingRule", "uid": "sample-rule", "name": name, "label": "Banks",
                    "object": "Account", "type": "criteria", "sharedTo": everybody,
                    "access": "Read", "filters": [row],
                }
            )  # fmt: skip
        return name

    def _package(self) -> str:
        """The demo company has no package of its own: it is installed here."""
        with self.site.db.read() as conn:
            is_there = find_installed(conn, SAMPLE.manifest.name)
        if not is_there:
            install(self.site.db, system(), SAMPLE)
        return SAMPLE.manifest.name

    def _upload(self) -> str:
        """A later version of it, uploaded by the administrator."""
        with self.site.db.write() as conn:
            session = find_session(conn, ORG, self.site.tokens["admin"])
            assert session is not None
            files = files_of(replace(SAMPLE, manifest=Manifest("sample-trips", "2.0.0")))
            return keep_upload(conn, session.id, "sample-trips.zip", zip_of(files))

    def _rule(self) -> str:
        """The name of a validation rule of opportunities, made when there is none."""
        if not self.site.snapshot.of_kind("ValidationRule"):
            self.site.put_live({
                "kind": "ValidationRule", "uid": "a-rule", "name": "Opportunity.Late",
                "label": "Late", "object": "Opportunity", "active": False,
                "errorConditionFormula": "CloseDate < TODAY()", "errorMessage": "Too late.",
            })  # fmt: skip
        return "Late"

    def _record_types(self, name: str) -> str:
        """Opportunities get two record types and a process; the local name of one of them."""
        if not self.site.snapshot.of_kind("RecordType"):
            process = "Opportunity.Short"
            stages = [{"name": "Prospecting", "default": True}, {"name": "Closed Won"}]
            base = {"object": "Opportunity", "description": "What it is for."}
            self.site.put_live(
                {**base, "kind": "BusinessProcess", "uid": "a-process", "name": process,
                 "label": "Short sale", "values": stages},
                {**base, "kind": "RecordType", "uid": "a-type", "name": "Opportunity.Quick",
                 "label": "Quick sale", "businessProcess": process},
                {**base, "kind": "RecordType", "uid": "another-type",
                 "name": "Opportunity.Large", "label": "Large sale"},
            )  # fmt: skip
        return "Short" if name == "process_name" else "Quick"

    def _report(self, endpoint: str) -> str:
        """A seeded report: what everybody may run, only those who manage them may edit."""
        if endpoint.endswith(("dashboard", "dashboard_tile")) and "add" not in endpoint:
            return "SalesDashboard"
        return "OpportunityPipeline" if "edit" in endpoint else "QuarterlyForecastSummary"

    def _uid(self, endpoint: str) -> str:
        if "delegation" in endpoint:
            return self._delegation()
        kinds = {
            "permit_sign_in": "Profile",
            "permit_sets": "PermissionSetGroup", "permit": "PermissionSet", "role": "Role",
            "report_folder": "ReportFolder", "group": "Group", "queue": "Queue",
            "assign": "PermissionSet",
        }  # fmt: skip
        if "report_type" in endpoint:
            return self._report_type()
        kind = next(kind for word, kind in kinds.items() if word in endpoint)
        return str(self.site.snapshot.of_kind(kind)[0].uid)

    def _delegation(self) -> str:
        """The demo company delegates nothing: the group is made here."""
        if self.site.snapshot.find_uid("sample-delegation") is None:
            role = self.site.snapshot.of_kind("Role")[0].name
            self.site.put_live(
                {
                    "kind": "DelegateGroup", "uid": "sample-delegation", "name": "Desk",
                    "label": "Help desk", "roles": [role], "profiles": ["Standard"],
                }
            )  # fmt: skip
        return "sample-delegation"

    def _report_type(self) -> str:
        """The uid of a type of accounts with contacts, made when there is none."""
        if not self.site.snapshot.of_kind("ReportType"):
            join = {"name": "Contacts", "field": "Contact.AccountId", "outer": True}
            columns = [{"field": "Name", "checkedByDefault": True}, {"field": "Contacts$Email"}]
            self.site.put_live({
                "kind": "ReportType", "uid": "a-report-type", "name": "People", "label": "People",
                "object": "Account", "joins": [join],
                "sections": [{"id": "s1", "label": "Usual", "columns": columns}],
            })  # fmt: skip
        return str(self.site.snapshot.of_kind("ReportType")[0].uid)

    def _job(self) -> str:
        """The id of a deed on a list of the administrator's, that is over."""
        obj, actor = self.site.snapshot.object("Account"), self.site.actor()
        ids = [self.of("", "record_id")]
        with self.site.db.write() as conn:
            if found := kept.recent(conn, actor, everybody=False, limit=1):
                return found[0].id
            made = kept.draft(conn, actor, obj, Deed.DELETE, ids, "/o/Account")
            bulk = kept.find(conn, made)
            assert bulk is not None
            kept.end(conn, bulk, State.DONE)
        return made

    def _named(self, endpoint: str) -> str:
        if endpoint.endswith("sharing_rule"):
            return self._sharing_rule()
        kinds = {"layout": "Layout", "view": "ListView", "app": "CustomApplication",
                 "value_set": "StandardValueSet"}  # fmt: skip
        kind = next(kind for word, kind in kinds.items() if word in endpoint)
        definitions = list(self.site.snapshot.of_kind(kind))
        of_account = [one for one in definitions if getattr(one, "object", "") == "Account"]
        return str((of_account or definitions)[0].name)


#: an object of trips, as a package
SAMPLE = Package(
    Manifest("sample-trips", label="Trips"),
    (
        {"kind": "CustomObject", "uid": "sample-trip", "name": "Sample_trip__c", "label": "Trip",
         "pluralLabel": "Trips", "nameField": "Name", "sharingModel": "ReadWrite"},
        {"kind": "CustomField", "uid": "sample-trip-name", "name": "Sample_trip__c.Name",
         "label": "Trip", "type": "Text", "length": 80, "required": True},
        {"kind": "PermissionSet", "uid": "sample-traveller", "name": "Traveller",
         "label": "Traveller",
         "objectPermissions": [{"object": "Sample_trip__c", "allowRead": True}]},
    ),
)  # fmt: skip


def is_administrator(actor: Actor) -> bool:
    return actor.profile == ADMIN


def system() -> Actor:
    return replace(system_actor(ORG, "a test"))
