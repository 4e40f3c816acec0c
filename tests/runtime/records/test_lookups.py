"""Finding the target of a lookup, recent records, names in one piece."""

from __future__ import annotations

import pytest

from tests.runtime.conftest import Crm
from trellis.runtime.records.lookups import find_by_title, search_lookup
from trellis.runtime.records.names import split_name
from trellis.runtime.records.recent import recent, remember
from trellis.runtime.search import search


def hits(crm: Crm, text: str, field: str = "AccountId", obj: str = "Contact") -> list[str]:
    definition = crm.snapshot.field(obj, field)
    with crm.org_db.read() as conn:
        found = search_lookup(conn, crm.actor, crm.snapshot, definition, text)
    return [hit.title for hit in found]


def test_names_that_begin_with_the_words_come_first(crm: Crm) -> None:
    for name in ("Big Acme", "Acme", "acme west", "Other"):
        crm.make("Account", Name=name)
    assert hits(crm, "acme") == ["Acme", "acme west", "Big Acme"]
    assert hits(crm, "west ac") == ["acme west"]


def test_several_objects_are_searched_for_a_lookup_at_several(crm: Crm) -> None:
    crm.make("Account", Name="Acme")
    crm.make("Opportunity", Name="Acme deal")
    assert hits(crm, "acme", "WhatId", "Task") == ["Acme", "Acme deal"]


def test_without_words_the_latest_records_are_offered(crm: Crm) -> None:
    crm.make("Account", Name="a")
    second = crm.make("Account", Name="b")
    remember(crm.org_db, crm.actor, crm.snapshot.object("Account"), second)
    assert hits(crm, "") == ["b", "a"]


def test_a_record_is_found_by_what_it_is_called(crm: Crm) -> None:
    account = crm.make("Account", Name="Acme")
    field = crm.snapshot.field("Contact", "AccountId")
    with crm.org_db.read() as conn:
        assert find_by_title(conn, crm.actor, crm.snapshot, field, "ACME") == (account,)
        assert find_by_title(conn, crm.actor, crm.snapshot, field, "Acm") == ()


def test_recent_records_come_latest_first_without_deleted_ones(crm: Crm) -> None:
    obj = crm.snapshot.object("Account")
    ids = [crm.make("Account", Name=name) for name in ("a", "b", "c")]
    for record_id in (*ids, ids[0]):
        remember(crm.org_db, crm.actor, obj, record_id)
    crm.records.delete((ids[1],))
    with crm.org_db.read() as conn:
        titles = [seen.title for seen in recent(conn, crm.actor, crm.snapshot)]
    assert titles == ["c", "a"]


def test_search_groups_hits_by_object(crm: Crm) -> None:
    crm.make("Account", Name="Acme 客户", Phone="555-1234")
    crm.make("Contact", Name="Ada", Email="ada@acme.example")
    crm.make("Opportunity", Name="Other")
    with crm.org_db.read() as conn:
        for text, expected in (
            ("acme", [("Account", "Acme 客户"), ("Contact", "Ada")]),
            ("客户", [("Account", "Acme 客户")]),
            ("1234", [("Account", "Acme 客户")]),
            ("", []),
        ):
            found = search(conn, crm.actor, crm.snapshot, text)
            assert [(hit.object, hit.title) for hit in found] == expected
        assert not search(conn, crm.actor, crm.snapshot, "acme", ("Opportunity",))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada Lovelace", ("Ada", "Lovelace")),
        ("Lovelace", ("", "Lovelace")),
        ("Lovelace, Ada", ("Ada", "Lovelace")),
        ("Ada  King  Lovelace", ("Ada King", "Lovelace")),
        ("王小明", ("小明", "王")),
        ("欧阳锋", ("锋", "欧阳")),
        ("", ("", "")),
    ],
)
def test_names_are_taken_apart(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts
