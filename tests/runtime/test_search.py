"""The search over all records, and the index of words that it asks."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_field
from tests.metadata.company import put
from tests.payloads import statements
from tests.runtime.conftest import Crm
from trellis.metadata.store import SNAPSHOTS
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.jobs.worker import Worker
from trellis.platform.migrations.tables import sys_setting, sys_word
from trellis.platform.orgs import Orgs
from trellis.platform.people.actor import SYSTEM_USER_ID
from trellis.runtime.query import likely
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run
from trellis.runtime.query.words import asked_words, words_of
from trellis.runtime.records import reindexing
from trellis.runtime.search import found_in, meant, search


def titles(crm: Crm, text: str) -> list[str]:
    with crm.org_db.read() as conn:
        return [hit.title for hit in search(conn, crm.actor, crm.snapshot, text)]


def run_jobs(org_db: OrgDatabase) -> None:
    work = {reindexing.KIND: reindexing.reindex}
    worker = Worker(cast(Orgs, None), work, actor_id=SYSTEM_USER_ID)
    while worker.run_next(org_db):
        pass


def test_beginnings_of_words_find_a_record_in_any_order(crm: Crm) -> None:
    crm.make("Account", Name="Harbour Lights Ltd")
    crm.make("Contact", Name="Ana Souza", Email="ana@harbour.example")
    assert titles(crm, "harb") == ["Harbour Lights Ltd", "Ana Souza"]
    assert titles(crm, "lig HAR") == ["Harbour Lights Ltd"]
    assert titles(crm, "arbour") == []
    assert titles(crm, "!!") == []


def test_two_characters_and_the_sound_of_a_name_find_it(crm: Crm) -> None:
    crm.make("Account", Name="青岛海港货运有限公司")
    assert titles(crm, "海港") == ["青岛海港货运有限公司"]
    assert titles(crm, "港海") == []
    assert titles(crm, "qdhg") == ["青岛海港货运有限公司"]
    assert titles(crm, "司") == ["青岛海港货运有限公司"]


def test_a_number_is_found_however_it_is_written(crm: Crm) -> None:
    crm.make("Account", Name="Acme", Phone="(208) 555-0147")
    for typed in ("208 555", "2085550147", "555-0147", "5550147"):
        assert titles(crm, typed) == ["Acme"], typed


def test_a_slip_of_the_hand_is_put_right(crm: Crm) -> None:
    crm.make("Account", Name="Harbour Lights")
    with crm.org_db.read() as conn:
        assert meant(conn, "harbuor lihgts") == "harbour lights"
        assert meant(conn, "harbour") == ""
        assert meant(conn, "xylophone") == ""


def test_the_index_follows_changes_the_bin_and_the_end(crm: Crm) -> None:
    account = crm.make("Account", Name="Old Name", Phone="555 77889")
    crm.records.update(account, {"Name": "New Name"})
    assert titles(crm, "old") == []
    assert titles(crm, "77889") == ["New Name"]
    crm.records.update(account, {"Phone": None})
    assert titles(crm, "77889") == []
    crm.records.delete([account])
    assert titles(crm, "new") == []
    crm.records.undelete([account])
    assert titles(crm, "new") == ["New Name"]
    crm.records.delete([account])
    crm.records.purge([account])
    with crm.org_db.read() as conn:
        kept = sa.select(sa.func.count()).select_from(sys_word)
        assert conn.scalar(kept.where(sys_word.c.record_id == account)) == 0


def test_what_was_written_before_the_index_is_found_after_a_look(crm: Crm) -> None:
    for n in range(3):
        crm.make("Account", Name=f"Kelp {n}")
    with crm.org_db.write() as conn:
        conn.execute(sa.delete(sys_word))
        conn.execute(sa.delete(sys_setting).where(sys_setting.c.name == reindexing.SETTING))
    assert titles(crm, "kelp") == []
    assert [p.code for p in reindexing.check_words(crm.org_db)] == ["search.words"]
    reindexing.look(crm.org_db)
    run_jobs(crm.org_db)
    assert titles(crm, "kelp") == ["Kelp 0", "Kelp 1", "Kelp 2"]
    assert reindexing.check_words(crm.org_db) == ()
    assert reindexing.reindex_now(crm.org_db, crm.snapshot) == 3
    assert titles(crm, "kelp") == ["Kelp 0", "Kelp 1", "Kelp 2"]


def test_a_number_that_becomes_a_text_is_found(crm: Crm) -> None:
    reindexing.look(crm.org_db)
    run_jobs(crm.org_db)
    crm.make("Account", Name="Acme", Employees=Decimal(4711))
    put(crm.org_db, make_field("Account.Employees", "Text", length=20))
    reindexing.look(crm.org_db)
    run_jobs(crm.org_db)
    with crm.org_db.read() as conn:
        found = search(conn, crm.actor, SNAPSHOTS.get(crm.org_db), "4711")
    assert [hit.title for hit in found] == ["Acme"]


WORDS = st.lists(
    st.sampled_from(["acme", "ace", "北京", "京北", "x1", "Acme"]), min_size=1, max_size=4
)
ASKED = st.sampled_from(["ac", "acm", "北京", "京", "x", "ace x"])


@settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), ASKED)
def test_the_index_answers_as_reading_every_record_would(
    crm: Crm, names: list[list[str]], asked: str
) -> None:
    made = {crm.make("Account", Name=" ".join(words)): " ".join(words) for words in names}
    wanted = {
        record_id
        for record_id, name in made.items()
        if all(any(w.startswith(a) for w in words_of(name)) for a in asked_words(asked))
    }
    with crm.org_db.read() as conn:
        query = Query("Account", words=asked)
        found = {r.id for r in run(conn, crm.actor, query, crm.snapshot).records}
    assert found & made.keys() == wanted


@pytest.mark.parametrize("steps", [(1, 2), (2, 3), (50,)])
def test_frequent_words_find_what_the_reader_sees_however_late_it_stands(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...]
) -> None:
    """Looking at some first finds as many as looking at all, and nothing that does not fit."""
    monkeypatch.setattr(likely, "STEPS", steps)
    for n in range(6):
        crm.make("Account", Name=f"Acme {n} {'Ltd' if n % 2 else 'Limited'}")
    crm.records.delete([crm.make("Account", Name="Acme Lim gone") for _n in range(3)])
    account = crm.snapshot.object("Account")
    with crm.org_db.read() as conn:

        def found(text: str, limit: int) -> list[str]:
            hits = found_in(conn, crm.actor, crm.snapshot, account, text, limit)
            return sorted(hit.title for hit in hits)

        assert len(found("acme", 6)) == 6
        assert len(found("acme", 4)) == 4
        assert found("limit acm", 6) == ["Acme 0 Limited", "Acme 2 Limited", "Acme 4 Limited"]
        assert found("lt acme 3", 6) == ["Acme 3 Ltd"]
        assert found("acme zebra", 6) == []


def test_a_frequent_word_takes_one_statement_along_the_index(crm: Crm) -> None:
    crm.records.create_many("Account", [{"Name": f"Acme {n}"} for n in range(30)])
    account = crm.snapshot.object("Account")

    with crm.org_db.read() as conn:

        def ask(text: str) -> tuple[int, list[str]]:
            with statements() as said:
                hits = found_in(conn, crm.actor, crm.snapshot, account, text, 2)
            return len(hits), said

        found, (said,) = ask("acme")  # 24 of the 30 are looked at
        assert found == 2
        found, others = ask("acme 7")
        assert (found, len(others)) == (1, 3)  # the rarest word, the terms of the other, the rows
        if conn.dialect.name == "sqlite":
            bound = ("",) * said.count("?")
            plan = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", bound).all()
            steps = " / ".join(str(row[-1]) for row in plan)
            assert "SEARCH sys_word USING PRIMARY KEY (term>? AND term<?)" in steps
            assert "SCAN t0" not in steps


def test_a_beginning_of_too_many_words_is_searched_as_a_whole(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likely, "TERMS", 1)
    for name in ("Acme alpha", "Acme arbor", "Acme beta", "Bee alpha"):
        crm.make("Account", Name=name)
    assert titles(crm, "acme a") == ["Acme alpha", "Acme arbor", "Acme beta"]
    assert titles(crm, "acme al") == ["Acme alpha"]
