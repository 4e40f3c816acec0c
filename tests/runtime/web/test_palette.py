"""What a few letters find in the palette, and for whom."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.demo_site import Site


def asked(site: Site, text: str, who: str = "rep") -> dict[str, list[str]]:
    """{heading: labels} that the palette shows."""
    answer = site.guest(who).get("/palette", query_string={"q": text})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return {group["label"]: [one["label"] for one in group["items"]] for group in found["groups"]}


def test_a_record_is_found_by_the_beginning_of_its_name(either_site: Site) -> None:
    either_site.records("rep").create("Account", {"Name": "Wyvern Quays"})
    assert asked(either_site, "wyv")["Records"] == ["Wyvern Quays"]
    assert asked(either_site, "quays wyve")["Records"] == ["Wyvern Quays"]


def test_a_misspelt_name_is_put_right(either_site: Site) -> None:
    either_site.records("rep").create("Account", {"Name": "Wyvern Quays"})
    assert asked(either_site, "wyvren") == {"Did you mean “wyvern”?": ["Wyvern Quays"]}


def test_what_was_looked_at_last_comes_first(site: Site) -> None:
    names = ["Wyvern A", "Wyvern B", "Wyvern C"]
    ids = [site.records("rep").create("Account", {"Name": name}) for name in names]
    site.guest("rep").read(f"/r/{ids[2]}")
    assert asked(site, "wyvern")["Records"][0] == "Wyvern C"
    assert asked(site, "")["Recently viewed"][0] == "Wyvern C"


def test_pages_deeds_and_setup_are_found_by_their_words(site: Site) -> None:
    found = asked(site, "opportunities", "admin")
    assert "Opportunities" in found["Go to"]
    assert "New Opportunity" in asked(site, "new opp", "admin")["Do"]
    assert "Users" in asked(site, "password", "admin")["Setup"]


def test_setup_and_deeds_are_offered_to_those_who_may(site: Site) -> None:
    assert "Setup" not in asked(site, "users", "rep")
    with site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    assert "Do" not in asked(site, "new acc", "rep")


def test_a_private_record_is_found_by_nobody_else(either_site: Site) -> None:
    secret = {"Subject": "Wyvern merger", "IsPrivate": True, "StartDateTime": None}
    del secret["StartDateTime"]
    either_site.records("admin").create("Event", secret)
    assert asked(either_site, "wyvern", "admin")["Records"] == ["Wyvern merger"]
    assert asked(either_site, "wyvern", "rep") == {}


@pytest.mark.parametrize("text", ["", "%", "'\"<script>", "a" * 5000, "\x00", "海", "。"])
def test_any_text_has_an_answer(site: Site, text: str) -> None:
    asked(site, text)
