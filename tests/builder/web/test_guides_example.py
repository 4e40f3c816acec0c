"""A company sets up who sees what, by the pages of Setup alone: roles, defaults, a team that reads.

A chief above three directors, who do not see each other's people, above sellers who see their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

import pytest
import sqlalchemy as sa

from tests.demo_site import Site
from trellis.metadata.predicates import Condition
from trellis.platform.migrations.tables import sys_user
from trellis.platform.people.sessions import start_session
from trellis.runtime.access.levels import Level
from trellis.runtime.query.held import level_on
from trellis.runtime.query.request import Query
from trellis.runtime.query.run import run

DIRECTORS = ("West", "East", "International")


class Company:
    """The people of the example, each with an account and a deal of their own."""

    def __init__(self, site: Site) -> None:
        self.site, self.admin = site, site.guest("admin")
        self.role("Top Desk", "")
        for region in DIRECTORS:
            self.role(f"Head {region}", "Top Desk")
            self.role(f"Crew {region}", f"Head {region}")
        self.hire("chief", "Top Desk")
        for region in DIRECTORS:
            self.hire(f"director {region}", f"Head {region}")
            for n in (1, 2):
                self.hire(f"seller {region} {n}", f"Crew {region}")
        self.hire("commission", "")
        self.accounts = {who: self.make(who, "Account") for who in self.people}
        self.deals = {who: self.make(who, "Opportunity") for who in self.people}

    def role(self, label: str, above: str) -> None:
        named = {one.label: one.name for one in self.site.snapshot.of_kind("Role")}
        parent = named[above] if above else ""
        self.admin.submit("/setup/roles/new", {"label": label, "parent": parent})

    def hire(self, who: str, role: str) -> None:
        uids = {one.label: one.uid for one in self.site.snapshot.of_kind("Role")}
        mail = f"{who.replace(' ', '.').lower()}@example.com"
        form = {
            "last_name": who, "email": mail, "username": mail, "profile": "Standard",
            "role": uids[role] if role else "", "language": "en", "locale": "en_US",
            "time_zone": "UTC",
        }  # fmt: skip
        self.admin.submit("/setup/users/new", form)
        with self.site.db.write() as conn:
            user_id = conn.scalar(sa.select(sys_user.c.id).where(sys_user.c.username == mail))
            token = start_session(conn, str(user_id))
        cast(dict[str, str], self.site.tokens)[who] = token

    @property
    def people(self) -> list[str]:
        return [who for who in self.site.tokens if who.split()[0] in PARTS]

    def make(self, who: str, object_name: str) -> str:
        values: Mapping[str, Any] = {"Name": f"Of {who}"}
        if object_name == "Opportunity":
            values = {**values, "StageName": "Prospecting", "CloseDate": DAY}
        return self.site.records(who).create(object_name, values)

    def defaults(self, **models: str) -> None:
        form = {f"model-{name}": model for name, model in models.items()}
        self.admin.submit("/setup/sharing", form | {"confirmed": "1"})

    def seen(self, who: str, object_name: str) -> set[str]:
        """Whose records somebody finds in the list, of those of the example."""
        where = Condition("Name", "startsWith", ("Of ",))
        with self.site.db.read() as conn:
            query = Query(object_name, ("Name",), where, limit=100)
            found = run(conn, self.site.actor(who), query, self.site.snapshot).records
        return {str(record["Name"]).removeprefix("Of ") for record in found}

    def level(self, who: str, record_id: str) -> Level:
        with self.site.db.read() as conn:
            return level_on(conn, self.site.actor(who), self.site.snapshot, record_id)


PARTS = ("chief", "director", "seller", "commission")
DAY = date(2026, 12, 1)


@pytest.fixture
def company(either_site: Site) -> Company:
    return Company(either_site)


def under(region: str) -> set[str]:
    return {f"director {region}", f"seller {region} 1", f"seller {region} 2"}


def test_directors_see_their_own_people_and_not_each_others(company: Company) -> None:
    company.defaults(Account="Private", Opportunity="Private", Contact="Private", Case="Private")
    everybody = set(company.people)
    for name, owned in (("Account", company.accounts), ("Opportunity", company.deals)):
        assert company.seen("chief", name) == everybody - {"commission"}
        for region in DIRECTORS:
            assert company.seen(f"director {region}", name) == under(region)
            seller = f"seller {region} 1"
            assert company.seen(seller, name) == {seller}
            assert company.level(f"director {region}", owned[seller]) is not Level.NONE
            assert company.level(seller, owned[f"director {region}"]) is Level.NONE
            assert company.level(seller, owned[f"seller {region} 2"]) is Level.NONE


def test_accounts_for_all_to_read_and_deals_for_those_above(company: Company) -> None:
    company.defaults(Account="Read", Opportunity="Private")
    seller = "seller West 1"
    assert company.seen(seller, "Account") == set(company.people)
    assert company.level(seller, company.accounts["seller East 1"]) is Level.READ
    assert company.level(seller, company.accounts[seller]) >= Level.EDIT
    assert company.seen(seller, "Opportunity") == {seller}
    page = company.site.guest(seller).get(f"/r/{company.deals['seller East 1']}")
    assert page.status_code == 404


def test_the_commission_team_reads_every_deal_and_edits_none(company: Company) -> None:
    company.defaults(Opportunity="Private")
    assert company.seen("commission", "Opportunity") == {"commission"}
    company.defaults(Opportunity="Read")
    assert company.seen("commission", "Opportunity") == set(company.people)
    for who, deal in company.deals.items():
        expected = who == "commission"
        assert (company.level("commission", deal) >= Level.EDIT) == expected, who
    other = company.deals["seller East 2"]
    form = company.site.guest("commission").get(f"/r/{other}/edit")
    assert form.status_code in (403, 404)
