"""The demo org as `trellis demo` makes it, on each database."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner

from trellis.metadata.snapshot import Snapshot
from trellis.metadata.store import SNAPSHOTS
from trellis.platform import clock
from trellis.platform.check import check_org
from trellis.platform.company import read_company
from trellis.platform.config import Config
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.migrations.tables import sys_setting
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import Actor, system_actor
from trellis.platform.people.passwords import verify_password
from trellis.platform.people.users import find_by_username, list_users, password_hash_of
from trellis.runtime.query import run
from trellis.runtime.query.request import Order, Query, Scope
from trellis.seeds.demo import command, load
from trellis.seeds.demo.command import demo
from trellis.seeds.demo.generate import make_world
from trellis.seeds.demo.world import people

PASSWORD = "orchard-kiln-4410"
SECONDS = 30.0
MIDDLE_OF_A_MONTH = datetime(2026, 3, 18, 15, tzinfo=UTC)  # so that "this month" holds something
EMPTY = {
    "AccountTeamMember.All",
    "Attachment.AllAttachments",
    "Case.MyOpenCases",
}  # no files yet; cases are not a rep's


@pytest.fixture(scope="module", autouse=True)
def standing_clock() -> Iterator[None]:
    with time_machine.travel(MIDDLE_OF_A_MONTH):
        yield


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Orgs]:
    """A directory of orgs with the demo in it, made once for each database."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else None
    data_dir = tmp_path_factory.mktemp("demo")
    orgs = Orgs(Config(data_dir=data_dir, database_url=url, secret_key="k" * 64, debug=True))
    load.make_demo(orgs, "demo", PASSWORD, clock.today("UTC"))
    yield orgs
    orgs.delete("demo")
    orgs.dispose()


@pytest.fixture
def org_db(home: Orgs) -> OrgDatabase:
    return home.open("demo")


@pytest.fixture
def org(org_db: OrgDatabase) -> Snapshot:
    return SNAPSHOTS.get(org_db)


@pytest.fixture
def system() -> Actor:
    return system_actor("demo", "looking at the demo company")


def test_every_row_became_a_record(org_db: OrgDatabase, org: Snapshot, system: Actor) -> None:
    world = make_world(clock.today("UTC"))
    with org_db.read() as conn:
        counts = {name: run.count(conn, system, Query(name), org) for name in world.rows}
    assert counts == {name: len(rows) for name, rows in world.rows.items()}


def test_the_org_is_sound(org_db: OrgDatabase) -> None:
    assert check_org(org_db, ()) == ()


def test_records_were_made_by_their_owners_over_the_years(
    org_db: OrgDatabase, org: Snapshot, system: Actor
) -> None:
    query = Query(
        "Opportunity",
        ("OwnerId", "CreatedById", "CreatedDate", "CloseDate", "Account.Owner.Name"),
        order=(Order("CreatedDate"),),
        limit=50,
    )
    with org_db.read() as conn:
        oldest = run.run(conn, system, query, org).records
    assert all(record["OwnerId"] == record["CreatedById"] for record in oldest)
    assert all(record["Account.Owner.Name"] for record in oldest)
    assert (clock.now() - oldest[0]["CreatedDate"]).days > 365


def test_everybody_is_there_with_manager_role_and_language(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        users = {user.username: user for user in list_users(conn)}
        assert read_company(conn).name == "Northline"
    assert len(users) == len(people()) == 21
    director, rep = users["mei.lin@northline.example"], users["wei.zhang@northline.example"]
    assert (director.name, director.language, director.role) == (
        "梅琳",
        "zh_CN",
        "demo.role.Director_International",
    )
    assert rep.manager_id == director.id


def test_everybody_signs_in_with_the_one_password(org_db: OrgDatabase) -> None:
    with org_db.read() as conn:
        for person in people():
            user = find_by_username(conn, person.username)
            assert user is not None
            assert user.may_sign_in
            assert not user.must_change_password
            kept = password_hash_of(conn, user.id)
            assert kept is not None
        assert verify_password(kept, PASSWORD)


def test_every_shipped_list_view_can_be_opened_and_most_have_something_to_show(
    org_db: OrgDatabase, org: Snapshot
) -> None:
    with org_db.read() as conn:
        user = find_by_username(conn, "ana.souza@northline.example")
        assert user is not None
        spoken = (user.language, user.locale, user.time_zone, user.currency)
        actor = Actor(user.id, user.name, "demo", user.profile, *spoken)
        counts = {}
        for view in org.of_kind("ListView"):
            order = tuple(Order(s.field, s.descending) for s in view.sort)
            query = Query(view.object, view.columns, view.predicate, order, limit=50)
            if view.scope == "Mine":
                query = Query(
                    view.object, view.columns, view.predicate, order, limit=50, scope=Scope.MINE
                )
            counts[view.name] = len(run.run(conn, actor, query, org).records)
    empty = {name for name, count in counts.items() if not count}
    must = {n for n in counts if n.split(".")[1].startswith(("All", "MyOpen", "MyAcc", "Hot"))}
    assert empty & must == EMPTY
    assert len(empty) < len(counts) / 4, sorted(empty)


def test_english_and_chinese_words_find_companies(
    org_db: OrgDatabase, org: Snapshot, system: Actor
) -> None:
    with org_db.read() as conn:
        for words in ("robotics", "物流"):
            found = run.run(conn, system, Query("Account", ("Name",), search=words, limit=5), org)
            assert found.records, words


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data_dir=tmp_path, secret_key="k" * 64, debug=True)


def test_the_command_makes_the_company_in_time_and_says_how_to_sign_in(config: Config) -> None:
    begun = time.perf_counter()
    said = CliRunner().invoke(demo, obj=config, catch_exceptions=False)
    assert time.perf_counter() - begun < SECONDS
    assert "admin@northline.example" in said.output
    kept = command.password_file(config, "demo")
    assert kept.read_text("utf-8").strip() in said.output
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_second_run_makes_nothing_and_says_the_same(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(monkeypatch)
    first = CliRunner().invoke(demo, ["--password", PASSWORD], obj=config, catch_exceptions=False)
    again = CliRunner().invoke(demo, obj=config, catch_exceptions=False)
    assert PASSWORD in first.output
    assert first.output.endswith(again.output)
    assert "Making" not in again.output


def test_an_org_that_was_left_half_made_is_made_anew(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(monkeypatch, load.State.BEGUN)
    CliRunner().invoke(demo, ["--password", PASSWORD], obj=config, catch_exceptions=False)
    _stand_in(monkeypatch)
    said = CliRunner().invoke(demo, ["--password", PASSWORD], obj=config, catch_exceptions=False)
    assert said.output.startswith("Making")


def test_somebody_elses_org_of_that_key_is_left_alone(config: Config) -> None:
    orgs = Orgs(config)
    orgs.create("demo", "Ours")
    orgs.dispose()
    said = CliRunner().invoke(demo, obj=config)
    assert said.exit_code == 1
    assert "not the demo company" in said.output


@pytest.mark.parametrize("password", ["short", "admin@northline.example"])
def test_a_weak_password_is_refused_and_nothing_is_made(config: Config, password: str) -> None:
    said = CliRunner().invoke(demo, ["--password", password], obj=config)
    assert said.exit_code == 1
    assert not Orgs(config).list()


def _stand_in(monkeypatch: pytest.MonkeyPatch, state: load.State = load.State.READY) -> None:
    """In place of the whole company: an org with the mark alone."""

    def make(orgs: Orgs, key: str, _password: str, _today: date) -> int:
        with orgs.create(key, "Northline").write() as conn:
            conn.execute(sa.insert(sys_setting).values(name="demo.state", value=state.value))
        return 0

    monkeypatch.setattr(command, "make_demo", make)
