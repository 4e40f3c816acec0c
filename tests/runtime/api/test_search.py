"""Searches in SOSL: what is found of which objects, what is refused, and that nothing is told."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.demo_site import Site

from .programs import Program, blind, codes


def find(program: Program, text: str, status: int = 200) -> Any:
    found = program.get(f"search?q={quote(text)}", status)
    return found if status >= 400 else found["searchRecords"]


@pytest.fixture
def zebra(admin: Program) -> Program:
    """Two accounts and two contacts with one rare word in their names or elsewhere."""
    one = admin.make("Account", Name="Zqebra Works", Industry="Technology")
    admin.make("Account", Name="Plain", Description="near zqebra street", Phone="555 0199")
    admin.make("Contact", LastName="Zqebrano", Email="x@zqebra.example", AccountId=one)
    admin.make("Contact", LastName="Other", Email="y@zqebra.example")
    return admin


def test_a_search_finds_rows_of_each_object_with_what_was_asked_for(zebra: Program) -> None:
    rows = find(zebra, "FIND {zqebra} RETURNING Account(Id, Name), Contact(LastName, Account.Name)")
    assert [one["attributes"]["type"] for one in rows] == ["Account"] * 2 + ["Contact"] * 2
    assert [one.get("Name", one.get("LastName")) for one in rows] == [
        "Plain", "Zqebra Works", "Other", "Zqebrano",
    ]  # fmt: skip
    assert rows[3]["Account"]["Name"] == "Zqebra Works"
    bare = find(zebra, "find {ZQEB*} returning Account")
    assert [set(one) for one in bare] == [{"attributes", "Id"}] * 2
    everywhere = find(zebra, "FIND {zqebra}")
    assert {one["attributes"]["type"] for one in everywhere} == {"Account", "Contact"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FIND {zqebra} RETURNING Account(Name WHERE Industry = 'Technology')", ["Zqebra Works"]),
        ("FIND {zqebra} RETURNING Account(Name ORDER BY Name DESC)", ["Zqebra Works", "Plain"]),
        ("FIND {zqebra} RETURNING Account(Name LIMIT 1)", ["Plain"]),
        ("FIND {zqebra} RETURNING Account(Name LIMIT 1 OFFSET 1)", ["Zqebra Works"]),
        ("FIND {zqebra} RETURNING Account(Name), Contact(Name) LIMIT 1", ["Plain"]),
        ("FIND {zqebra} IN NAME FIELDS RETURNING Account(Name)", ["Zqebra Works"]),
        ("FIND {zqebra} IN EMAIL FIELDS RETURNING Contact(Name)", ["Other", "Zqebrano"]),
        ("FIND {zqebra AND works} IN ALL FIELDS RETURNING Account(Name)", ["Zqebra Works"]),
        ("FIND {zqebra street} RETURNING Account(Name)", ["Plain"]),
        (r"FIND {zqebra\-works} RETURNING Account(Name)", ["Zqebra Works"]),
        ("FIND {zqnothing} RETURNING Account(Name)", []),
        ("FIND {zqebra} IN EMAIL FIELDS RETURNING Account(Name)", []),
    ],
)
def test_clauses_narrow_what_is_found(zebra: Program, text: str, names: list[str]) -> None:
    assert [one["Name"] for one in find(zebra, text)] == names


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("zqebra", "MALFORMED_SEARCH"),
        ("FIND zqebra", "MALFORMED_SEARCH"),
        ("FIND {}", "MALFORMED_SEARCH"),
        ("FIND {*}", "MALFORMED_SEARCH"),
        ("FIND {a OR b}", "MALFORMED_SEARCH"),
        ("FIND {a AND NOT b}", "MALFORMED_SEARCH"),
        ('FIND {"a b"}', "MALFORMED_SEARCH"),
        ("FIND {a?b}", "MALFORMED_SEARCH"),
        ("FIND {a*b}", "MALFORMED_SEARCH"),
        ("FIND {a} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Account(Name", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Account, Account", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Account((SELECT Id FROM Contacts))", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Account LIMIT 2001", "MALFORMED_SEARCH"),
        ("FIND {a} WITH SNIPPET", "MALFORMED_SEARCH"),
        ("FIND {a} RETURNING Nothing(Id)", "INVALID_TYPE"),
        ("FIND {zqnothing} RETURNING Account(Nothing__c)", "INVALID_FIELD"),
        ("FIND {a} RETURNING Account(Id WHERE Nothing__c = 1)", "INVALID_FIELD"),
    ],
)
def test_what_is_not_understood_is_refused(admin: Program, text: str, code: str) -> None:
    assert codes(find(admin, text, 400)) == [code]


@pytest.mark.abuse("A57", "A18")
def test_a_search_tells_nothing_of_hidden_fields_and_others_records(site: Site) -> None:
    admin = Program(site, site.actor())
    admin.make("Account", Name="Zqtheirs")
    program = blind(site)
    admin.make("Account", Name="Plain", Key__c="zqkeyzq")
    program.make("Account", Name="Zqmine")
    found = find(program, "FIND {zq} RETURNING Account(Name)")
    assert [one["Name"] for one in found] == ["Zqmine"]
    assert find(program, "FIND {zqkeyzq}") == []
    for clause in ("{}", "Id WHERE {} = 'x'", "Id ORDER BY {}"):
        said = [
            find(program, f"FIND {{zq}} RETURNING Account({clause.replace('{}', name)})", 400)[0]
            for name in ("Hidden__c", "Nothin__c")
        ]
        assert said[0]["errorCode"] == said[1]["errorCode"] == "INVALID_FIELD"
        assert said[0]["message"].replace("Hidden", "Nothin") == said[1]["message"]
