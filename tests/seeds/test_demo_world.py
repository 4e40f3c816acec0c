"""The demo company as rows: the same each time, linked, plausible, and nobody's real name."""

from __future__ import annotations

import random
import re
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from trellis.metadata.snapshot import Snapshot
from trellis.runtime.records.draft import read_draft
from trellis.seeds.demo.generate import ORDER, make_world
from trellis.seeds.demo.world import Row, World, company, people

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(TODAY)


def every(world: World) -> list[Row]:
    return [row for name in ORDER for row in world.of(name)]


def test_the_same_day_and_seed_give_the_same_rows_and_chance_elsewhere_changes_nothing(
    world: World,
) -> None:
    random.seed(1)
    again = make_world(TODAY)
    assert every(again) == every(world)
    assert every(make_world(TODAY, seed=21)) != every(world)


def test_there_is_enough_of_everything(world: World) -> None:
    counts = {name: len(rows) for name, rows in world.rows.items()}
    assert set(counts) == set(ORDER)
    assert {name: counts[name] for name in ("Account", "Contact", "Lead", "Opportunity")} == {
        "Account": 400,
        "Contact": 900,
        "Lead": 500,
        "Opportunity": 700,
    }
    assert (counts["Case"], counts["Campaign"], counts["Product2"]) == (150, 12, 25)
    assert counts["Task"] + counts["Event"] >= 400
    assert counts["CampaignMember"] > 200
    assert counts["OpportunityLineItem"] > 500


def test_every_reference_finds_a_row_that_is_written_before_it(world: World) -> None:
    seen = {person.key for person in people()}
    for name in ORDER:
        own = {row.key for row in world.of(name)}
        late = [key for row in world.of(name) for key in row.refs.values() if key not in seen | own]
        assert not late, name
        seen |= own


def test_every_text_is_one_that_its_field_reads(world: World, snapshot: Snapshot) -> None:
    problems = [
        (row.key, problem)
        for name in ORDER
        for row in world.of(name)
        for problem in read_draft(snapshot, name, row.values)[1]
    ]
    assert not problems


def test_picklist_texts_are_values_of_their_sets(world: World, snapshot: Snapshot) -> None:
    strange = {
        (name, local_name, text)
        for name in ORDER
        for row in world.of(name)
        for local_name, text in row.values.items()
        if (field := snapshot.field(name, local_name)).type == "Picklist"
        and text not in {value.name for value in snapshot.values(field)}
    }
    assert not strange


def test_nothing_was_made_in_the_future_or_changed_before_it_was_made(world: World) -> None:
    latest = datetime.combine(TODAY, time(), ZoneInfo(company()["time_zone"]))
    assert all(row.created <= row.changed <= latest for row in every(world))


def test_parts_are_not_older_than_what_they_belong_to(world: World) -> None:
    for name in ("Opportunity", "Contact", "Note"):
        for row in world.of(name):
            home = world.by_key[row.refs.get("AccountId") or row.refs["ParentId"]]
            assert row.created.date() >= home.created.date()


def test_closed_deals_lie_behind_us_and_most_open_ones_ahead(world: World) -> None:
    closed, ahead, late = 0, 0, 0
    for deal in world.of("Opportunity"):
        day = date.fromisoformat(deal.values["CloseDate"])
        if deal.values["StageName"].startswith("Closed"):
            assert day <= TODAY
            closed += 1
        else:
            ahead += day >= TODAY
            late += day < TODAY
    assert closed > 200
    assert ahead > 150
    assert 0 < late < ahead / 4


def test_the_amount_of_a_deal_is_the_sum_of_its_lines(world: World) -> None:
    sums: dict[str, Decimal] = {}
    for line in world.of("OpportunityLineItem"):
        values = line.values
        price, quantity = Decimal(values["UnitPrice"]), Decimal(values["Quantity"])
        part = price * quantity * (100 - Decimal(values.get("Discount", "0"))) / 100
        home = line.refs["OpportunityId"]
        sums[home] = sums.get(home, Decimal(0)) + part
    assert sums
    for key, total in sums.items():
        assert abs(Decimal(world.by_key[key].values["Amount"]) - total) <= Decimal("0.005")


def test_contact_roles_and_cases_stay_within_one_account(world: World) -> None:
    for role in world.of("OpportunityContactRole"):
        deal, contact = (world.by_key[role.refs[name]] for name in ("OpportunityId", "ContactId"))
        assert deal.refs["AccountId"] == contact.refs["AccountId"]
    for case in world.of("Case"):
        if "ContactId" in case.refs:
            contact = world.by_key[case.refs["ContactId"]]
            assert contact.refs["AccountId"] == case.refs["AccountId"]


def test_a_contact_does_not_report_to_itself_and_no_account_is_its_own_parent(
    world: World,
) -> None:
    for row in (*world.of("Contact"), *world.of("Account")):
        assert row.key not in row.refs.values()


def test_addresses_of_the_net_and_telephones_are_nobodys(world: World) -> None:
    for row in every(world):
        for name, text in row.values.items():
            if name in ("Email", "Website"):
                assert text.endswith(".example")
            if name in ("Phone", "MobilePhone"):
                assert re.search(r"555-01\d\d|5550|130 0000", text), text
    assert all(person.username.endswith("@northline.example") for person in people())


def test_english_and_chinese_companies_are_both_there(world: World) -> None:
    chinese = [a for a in world.of("Account") if a.values["BillingCountry"] == "中国"]
    assert 60 < len(chinese) < 200
    assert all(re.search(r"[\u4e00-\u9fff]", a.values["Name"]) for a in chinese)


def test_no_two_companies_have_the_same_name(world: World) -> None:
    names = [a.values["Name"] for a in world.of("Account")]
    names += [lead.values["Company"] for lead in world.of("Lead")]
    assert len(set(names)) == len(names)


def test_the_people_form_the_tree_of_the_guide() -> None:
    by_role: dict[str, set[str]] = {}
    keys = {person.key: person for person in people()}
    for person in people():
        by_role.setdefault(person.role, set()).add(person.key)
        assert not person.manager or person.manager in keys
    assert len(people()) == 21
    assert {len(by_role[role]) for role in ("CEO", "CFO")} == {1}
    for region in ("West", "East", "International"):
        (director,) = by_role[f"Director {region}"]
        assert keys[director].manager == "ceo"
        assert {keys[rep].manager for rep in by_role[f"Rep {region}"]} == {director}
        assert len(by_role[f"Rep {region}"]) >= 3
    assert [p.username for p in people() if p.profile == "Admin"] == ["admin@northline.example"]


def test_managers_come_before_their_people() -> None:
    seen: set[str] = set()
    for person in people():
        assert not person.manager or person.manager in seen
        seen.add(person.key)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2027, 1, 1), date(2031, 12, 31)])
def test_any_day_will_do(day: date) -> None:
    assert len(make_world(day).of("Opportunity")) == 700
