"""Fixtures shared by all tests: an org on each database, and a clock that stands still."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import hypothesis
import psycopg
import pytest
import sqlalchemy as sa
import time_machine

from tests.demo_site import Site, Template, copied, drop_copies, make_template, server_of
from tests.spare_org import SpareOrg
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.orgs import Orgs

#: Of the tests of pages that a user sees, on PostgreSQL one in so many runs each time: what differs
#: between the databases lies in the floors below, whose tests always run on both.
ONE_IN = 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves most tests of pages on PostgreSQL to the nightly run, always the same ones.

    A test in a browser that fails is asked once more, and the summary counts it: a machine under
    load may keep a page waiting, and a page that is wrong is wrong twice.
    """
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(pytest.mark.flaky(reruns=1))
        is_page = "either_site" in getattr(item, "fixturenames", ())
        if is_page and "postgresql" in item.keywords and crc32(item.nodeid.encode()) % ONE_IN:
            item.add_marker(pytest.mark.nightly)


# A busy machine is no reason to fail. In CI the library takes its own profile: no chance at all.
hypothesis.settings.register_profile("house", deadline=None)
if not os.environ.get("CI"):
    hypothesis.settings.load_profile("house")

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def frozen_clock() -> Iterator[time_machine.Traveller]:
    """The clock stands at MONDAY; `.shift(seconds)` and `.move_to(moment)` turn it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A database of this test run's own on the PostgreSQL server; gone afterwards."""
    server = os.environ.get("TRELLIS_TEST_POSTGRESQL", SERVER)
    name = f"trellis_test_{secrets.token_hex(6)}"
    try:
        with psycopg.connect(server, autocommit=True, connect_timeout=5) as conn:
            conn.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
            # a test run may lose its last second in a crash
            conn.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL server at {sa.make_url(server).host}: {error}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """None for SQLite files, then the URL of PostgreSQL: whoever asks for it is run on both."""
    return request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None


@pytest.fixture
def config(tmp_path: Path, database_url: str | None) -> Config:
    return make_config(tmp_path, database_url)


def make_config(directory: Path, database_url: str | None = None) -> Config:
    secret = "0123456789abcdef" * 4
    return Config(
        data_dir=directory, database_url=database_url, secret_key=secret, debug=True, pool_size=3
    )


@pytest.fixture
def orgs(request: pytest.FixtureRequest, config: Config) -> Iterator[Orgs]:
    """The directory of orgs on each database, empty; every org made in it is deleted afterwards."""
    directory = Orgs(config)
    yield directory
    if config.database_url and "org_db" in request.fixturenames:
        request.getfixturevalue("spare_org").put_back()
    for key in directory.list():
        directory.delete(key)
    directory.dispose()


@pytest.fixture(scope="session")
def template_org(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file of a fresh org; copying it is quicker than making it."""
    directory = tmp_path_factory.mktemp("template")
    orgs = Orgs(make_config(directory))
    orgs.create("main", "Main")
    orgs.dispose()
    return directory / "orgs" / "main.sqlite3"


@pytest.fixture(scope="session")
def spare_org(postgresql_url: str) -> SpareOrg:
    return SpareOrg(postgresql_url)


@pytest.fixture
def org_db(request: pytest.FixtureRequest, orgs: Orgs) -> OrgDatabase:
    """A fresh org "main", on SQLite and on PostgreSQL."""
    if orgs.config.database_url:
        return spare_main(orgs, request.getfixturevalue("spare_org"))
    home = orgs.config.data_dir / "orgs"
    home.mkdir()
    shutil.copyfile(request.getfixturevalue("template_org"), home / "main.sqlite3")
    return orgs.open("main")


def spare_main(orgs: Orgs, spare: SpareOrg) -> OrgDatabase:
    if spare.fetch():
        return orgs.open("main")
    made = orgs.create("main", "Main")
    if not spare.shape:
        spare.learn()
    return made


# --- the demo company, served ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The demo company on SQLite, made once."""
    return make_template(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_template_on_postgresql(
    postgresql_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Template]:
    """The demo company on PostgreSQL, made once in a database of its own."""
    url = sa.make_url(postgresql_url)
    name = f"{url.database}_demo"
    with server_of(postgresql_url) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    own = url.set(database=name).render_as_string(hide_password=False)
    yield make_template(tmp_path_factory.mktemp("demo_postgresql"), own)
    drop_copies(postgresql_url)
    with server_of(postgresql_url) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(demo_template: Template, tmp_path: Path) -> Iterator[Site]:
    """The demo company of this test alone, on SQLite."""
    with copied(demo_template, tmp_path / "site") as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def either_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """The demo company of this test alone, on SQLite and on PostgreSQL."""
    on_postgresql = request.param == "postgresql"
    name = "demo_template_on_postgresql" if on_postgresql else "demo_template"
    with copied(request.getfixturevalue(name), tmp_path / "site") as made:
        yield made
