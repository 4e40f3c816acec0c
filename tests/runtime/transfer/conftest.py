"""An org with the standard CRM, and a way to import a file into it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import make_config
from tests.factories import make_field
from trellis.metadata.deploy.apply import deploy
from trellis.metadata.deploy.change_set import ChangeSet
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.i18n import use_locale
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.standing import find_actor
from trellis.platform.people.users import UserDraft, create_user, list_users
from trellis.runtime.query import run as query
from trellis.runtime.query.request import Query
from trellis.runtime.transfer.importing import ImportResult, ImportRun, Options
from trellis.runtime.transfer.mapping import ImportMapping, suggest
from trellis.runtime.transfer.source import open_source
from trellis.seeds.install import install_standard

PEOPLE = (
    ("Ada", "Lovelace"), ("Mei", "Lin"), ("Priya", "Nair"), ("Jonas", "Weber"),
    ("琳", "梅"), ("伟", "张"), ("芳", "王"),
)  # fmt: skip


@dataclass
class Imported:
    """What an import did, and the records it made by row number."""

    result: ImportResult
    mapping: ImportMapping
    ids: dict[int, str]
    error_path: Path


@dataclass
class Company:
    """An org with the standard CRM and a few people; `actor` is Ada."""

    org_db: OrgDatabase
    actor: Actor
    users: dict[str, str] = field(default_factory=dict)  # {name: id}

    def load(
        self,
        path: Path,
        object_name: str,
        said: dict[str, str] | None = None,
        *,
        actor: Actor | None = None,
        encoding: str = "",
        **options: Any,
    ) -> Imported:
        actor = actor or self.actor
        with use_locale(actor.localization):
            snapshot = SNAPSHOTS.get(self.org_db)
            source = open_source(path, encoding=encoding)
            mapping = suggest(source.headings, object_name, snapshot, said)
            errors = options.pop("error_path", path.with_name(f"{path.name}.errors.csv"))
            run = ImportRun(
                self.org_db, actor, snapshot, source, mapping, Options(error_path=errors, **options)
            )
            ids: dict[int, str] = {}
            result = run.run(created=ids.__setitem__)
            return Imported(result, mapping, ids, errors)

    def stored(self, object_name: str, *fields: str) -> dict[str, dict[str, Any]]:
        """{id: {path: value}} of every record."""
        snapshot = SNAPSHOTS.get(self.org_db)
        with self.org_db.read() as conn:
            asked = Query(object_name, fields)
            return {
                record.id: dict(record.values)
                for batch in query.iterate(conn, self.actor, asked, snapshot)
                for record in batch
            }

    def add_field(self, name: str, type_name: str, **attributes: Any) -> None:
        document = {**make_field(name, type_name, **attributes), "uid": f"test.{name}"}
        deploy(self.org_db, self.actor, ChangeSet(put=(document,), remove=(), summary="A field"))


@pytest.fixture(scope="session")
def standard_org(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of an org with the standard CRM and its people, to be copied."""
    directory = tmp_path_factory.mktemp("standard")
    with Orgs(make_config(directory)) as orgs:
        org_db = orgs.create("main", "Main")
        install_standard(org_db)
        with org_db.write() as conn:
            for number, (first, last) in enumerate(PEOPLE):
                name = f"person{number}@example.com"
                draft = UserDraft(name, name, last, first, profile="Admin", currency="USD")
                create_user(conn, draft, system_actor(org_db.key, "a test"))
    return directory / "orgs" / "main.sqlite3"


@pytest.fixture
def company(standard_org: Path, tmp_path: Path) -> Iterator[Company]:
    """A fresh org with the standard CRM."""
    (tmp_path / "data" / "orgs").mkdir(parents=True)
    shutil.copyfile(standard_org, tmp_path / "data" / "orgs" / "main.sqlite3")
    with Orgs(make_config(tmp_path / "data")) as orgs:
        org_db = orgs.open("main")
        with org_db.read() as conn:
            people = {user.name: user for user in list_users(conn, limit=100)}
            ada = find_actor(conn, org_db.key, people["Ada Lovelace"].id)
        assert ada is not None
        yield Company(org_db, ada, {name: user.id for name, user in people.items()})


@pytest.fixture
def csv_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a CSV: `csv_file("Name,Phone\\nAcme,1")`, or bytes."""

    def write(content: str | bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def shared_imports(tmp_path: Path) -> Path:
    """A copy of the real files beside the project; without them the tests are left out."""
    home = Path(__file__).parents[4] / "shared" / "data" / "imports"
    if not home.is_dir():
        reason = f"the collection of real import files is not at {home.parent.parent.name}/"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    for file in home.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path
