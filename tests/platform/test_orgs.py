from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from trellis.platform.db.failpoints import Failpoint, armed
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import Conflict, NotFound, Rejected, Unavailable
from trellis.platform.migrations.tables import sys_counter, sys_schema, sys_setting
from trellis.platform.orgs import Orgs


def settings_of(db: OrgDatabase) -> dict[str, object]:
    with db.read() as conn:
        return {row.name: row.value for row in conn.execute(sa.select(sys_setting))}


def test_an_org_is_created_with_its_settings_opened_and_listed(orgs: Orgs) -> None:
    created = orgs.create("acme", "Acme GmbH", **{"org.currency": "EUR"})
    assert settings_of(created)["org.currency"] == "EUR"
    assert orgs.list() == ("acme",)
    assert orgs.open("acme") is created
    again = Orgs(orgs.config)
    assert settings_of(again.open("acme"))["org.name"] == "Acme GmbH"
    again.dispose()


@pytest.mark.abuse("A06")
@pytest.mark.parametrize(
    "key",
    [
        "",
        "a",
        "A",
        "Acme",
        "1a",
        "a-b",
        "../a",
        "a/b",
        "a.b",
        "a\x00b",
        "ä1",
        "a" * 32,
        "a b",
        "a;",
    ],
)
def test_a_key_that_is_no_plain_word_is_refused_and_never_found(orgs: Orgs, key: str) -> None:
    with pytest.raises(Rejected) as caught:
        orgs.create(key, "x")
    assert caught.value.problems[0].code == "org.bad_key"
    for attempt in (orgs.open, orgs.delete):
        with pytest.raises(NotFound):
            attempt(key)
    assert orgs.list() == ()


@pytest.mark.abuse("A06")
@pytest.mark.parametrize("key", ["public", "pg_catalog", "information_schema", "main", "sys_user"])
def test_a_key_that_a_database_has_for_itself_is_an_org_like_any_other(
    orgs: Orgs, key: str
) -> None:
    other = orgs.create("other", "Other")
    made = orgs.create(key, "Odd")
    assert settings_of(made)["org.name"] == "Odd"
    orgs.delete(key)
    assert orgs.list() == ("other",)
    assert settings_of(other)["org.name"] == "Other"
    with pytest.raises(Rejected):
        orgs.create(key.title(), "The same in another case")


def test_two_orgs_never_share_a_key_or_a_row(orgs: Orgs) -> None:
    first, second = orgs.create("one", "One"), orgs.create("two", "Two")
    with first.write() as conn:
        conn.execute(sa.insert(sys_counter).values(name="a", value=1))
    with second.read() as conn:
        assert conn.execute(sa.select(sys_counter)).all() == []
    with pytest.raises(Conflict):
        orgs.create("one", "One again")
    assert settings_of(first)["org.name"] == "One"


def test_of_two_who_create_the_same_org_one_is_told(orgs: Orgs) -> None:
    answers: list[str] = []
    barrier = threading.Barrier(2)

    def create(directory: Orgs) -> None:
        barrier.wait()
        try:
            directory.create("acme", "Acme")
            answers.append("made")
        except Conflict:
            answers.append("conflict")

    others = [Orgs(orgs.config), Orgs(orgs.config)]
    threads = [threading.Thread(target=create, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(answers) == ["conflict", "made"]
    assert orgs.list() == ("acme",)
    for one in others:
        one.dispose()


def test_a_failed_creation_leaves_no_org(orgs: Orgs) -> None:
    with armed("migrations.after_1"), pytest.raises(Failpoint):
        orgs.create("acme", "Acme")
    assert orgs.list() == ()
    left = list((orgs.config.data_dir / "orgs").glob("*")) if not orgs.config.database_url else []
    assert left == []
    orgs.create("acme", "Acme")


def test_a_deleted_org_is_gone_and_its_key_starts_empty(orgs: Orgs) -> None:
    with orgs.create("acme", "Acme").write() as conn:
        conn.execute(sa.insert(sys_counter).values(name="a", value=1))
    elsewhere = Orgs(orgs.config)
    elsewhere.open("acme")
    orgs.delete("acme")
    assert orgs.list() == ()
    with pytest.raises(NotFound):
        orgs.open("acme")
    with pytest.raises(NotFound):
        orgs.delete("acme")
    orgs.create("acme", "Acme the second")
    with elsewhere.open("acme").read() as conn:
        assert conn.execute(sa.select(sys_counter)).all() == []
    elsewhere.dispose()


def test_an_org_of_a_later_release_is_refused(orgs: Orgs) -> None:
    with orgs.create("acme", "Acme").write() as conn:
        conn.execute(sa.update(sys_schema).where(sys_schema.c.version == 1).values(version=999))
    later = Orgs(orgs.config)
    with pytest.raises(Unavailable, match="later release"):
        later.open("acme")
    later.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_files_of_orgs_are_for_their_owner_alone(orgs: Orgs) -> None:
    orgs.create("acme", "Acme")
    home: Path = orgs.config.data_dir / "orgs"
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "acme.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_role_that_may_do_more_than_serve_orgs_is_told_of_once(
    orgs: Orgs, caplog: pytest.LogCaptureFixture
) -> None:
    with Orgs(replace(orgs.config, debug=False)) as public:
        public.list()
        public.list()
    assert caplog.text.count("superuser") == 1
    orgs.list()
    assert caplog.text.count("superuser") == 1
