"""What may be here already, while a new record is written."""

from __future__ import annotations

import re

import pytest

from tests.demo_site import Site
from trellis.runtime.records.duplicates import name_words


def likely(site: Site, object_name: str, who: str = "rep", **texts: str) -> list[str]:
    answer = site.guest(who).get(f"/o/{object_name}/duplicates", query_string=texts)
    assert answer.status_code == 200
    return re.findall(r'target="_blank" rel="noopener">([^<]+)</a>', answer.text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme, LLC"),
        ("The Müller Company", "MULLER GmbH"),
        ("U.S.A. Steel Inc.", "USA Steel"),
        ("青岛海港货运有限公司", "青岛海港货运"),
        ("ＡＣＭＥ Ltd", "acme"),
    ],
)
def test_names_that_mean_the_same_have_the_same_words(one: str, other: str) -> None:
    assert name_words(one) == name_words(other)


def test_a_name_of_nothing_but_a_form_keeps_its_words() -> None:
    assert name_words("The Company") == ("the", "company")


def test_an_account_is_found_by_its_name_or_telephone(either_site: Site) -> None:
    values = {"Name": "Wyvern Steel LLC", "Phone": "(208) 555-7733"}
    either_site.records("rep").create("Account", values)
    assert likely(either_site, "Account", Name="wyvern steel") == ["Wyvern Steel LLC"]
    assert likely(either_site, "Account", Phone="208.555.7733") == ["Wyvern Steel LLC"]
    assert likely(either_site, "Account", Name="Wyvern Stone") == []


def test_a_person_is_found_as_lead_or_contact(either_site: Site) -> None:
    lead = {"FirstName": "Wanda", "LastName": "Wyvern", "Company": "X", "Email": "w@wyvern.example"}
    either_site.records("rep").create("Lead", lead)
    assert likely(either_site, "Contact", Email="W@wyvern.example") == ["Wanda Wyvern"]
    assert likely(either_site, "Contact", FirstName="Wanda", LastName="Wyvern") == ["Wanda Wyvern"]
    assert likely(either_site, "Contact", LastName="Wyvern") == []  # too many share one


def test_nothing_is_told_of_what_may_not_be_seen(either_site: Site) -> None:
    secret = {"Subject": "Wyvern merger", "IsPrivate": True}
    either_site.records("admin").create("Event", secret)
    assert likely(either_site, "Event", Name="Wyvern merger") == []
    assert either_site.nobody().get("/o/Account/duplicates?Name=a").status_code == 303


def test_the_form_of_a_new_record_asks_and_that_of_an_old_one_does_not(site: Site) -> None:
    record_id = site.records("rep").create("Account", {"Name": "Wyvern"})
    rep = site.guest("rep")
    assert 'data-duplicates="/o/Account/duplicates"' in rep.read("/o/Account/new")
    assert "data-duplicates" not in rep.read(f"/r/{record_id}/edit")
