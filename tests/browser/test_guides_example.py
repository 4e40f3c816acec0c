"""The guide's example of who sees what, set up and tried in a browser by clicks alone.

A chief above three directors, who do not see each other's people, above sellers who see their own;
then accounts for all to read, and a commission team that reads every deal and edits none.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from trellis.platform.migrations.tables import sys_user
from trellis.platform.people.sessions import start_session

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

DAY = date(2026, 12, 1)
REGIONS = ("West", "East", "International")
#: {person: role}
PEOPLE = {
    "Chief": "Top Desk",
    **{f"Director {region}": f"Head {region}" for region in REGIONS},
    **{f"Seller {region}": f"Crew {region}" for region in REGIONS},
    "Commission": "",
}


def pick_role(served: Served, admin: Hand, name: str, label: str) -> None:
    """Chooses a role in a list, which is one to search in where there are many."""
    if admin.page.locator(f"#{name}[role=combobox], #{name}-box[role=combobox]").count():
        admin.choose(f"#{name}", label)
        return
    key = "name" if name == "parent" else "uid"
    roles = {one.label: getattr(one, key) for one in served.site.snapshot.of_kind("Role")}
    admin.page.locator(f"select[name={name}]").select_option(str(roles[label]))


def add_role(served: Served, admin: Hand, label: str, above: str) -> None:
    admin.open("/setup/roles").follow("New role", "main")
    admin.arrives("/roles/new")
    admin.page.fill("[name=label]", label)
    if above:
        pick_role(served, admin, "parent", above)
    admin.press_button("Create", "main")
    admin.saved()


def hire(served: Served, admin: Hand, name: str, role: str) -> None:
    admin.open("/setup/users").follow("New user", "main")
    admin.arrives("/users/new")
    admin.page.fill("[name=last_name]", name)
    admin.page.fill("[name=email]", f"{name.replace(' ', '.').lower()}@example.com")
    admin.page.locator("select[name=profile]").select_option(label="Standard User")
    if role:
        pick_role(served, admin, "role", role)
    admin.press_button("Save", "main")
    admin.saved()


def set_defaults(admin: Hand, **models: str) -> None:
    admin.open("/setup/sharing")
    for name, model in models.items():
        admin.page.locator(f"select[name=model-{name}]").select_option(model)
    admin.press_button("Check and save", "main")
    admin.press_button("Save", "main")
    admin.saved()


def at_work(served: Served, opens: Opens, name: str) -> Hand:
    """The person, signed in in a browser of their own."""
    mail = f"{name.replace(' ', '.').lower()}@example.com"
    with served.site.db.write() as conn:
        user_id = conn.scalar(sa.select(sys_user.c.id).where(sys_user.c.username == mail))
        cast(dict[str, str], served.site.tokens)[name] = start_session(conn, str(user_id))
    return Hand(opens(who=name))


def sees(who: Hand, object_name: str) -> set[str]:
    """Whose records of the example somebody finds in the list."""
    who.open(f"/o/{object_name}?q=Zephyr")
    names = who.page.locator("[data-row]").all_inner_texts()
    return {name for name in PEOPLE if any(f"Zephyr of {name}" in text for text in names)}


def make_records(served: Served, name: str) -> str:
    records = served.site.records(name)
    records.create("Account", {"Name": f"Zephyr of {name}"})
    deal = {"Name": f"Zephyr of {name}", "StageName": "Prospecting", "CloseDate": DAY}
    return records.create("Opportunity", deal)


def test_the_guides_company_is_set_up_by_clicks_and_each_sees_theirs(
    served: Served, open_page: Opens
) -> None:
    admin = Hand(open_page())
    add_role(served, admin, "Top Desk", "")
    for region in REGIONS:
        add_role(served, admin, f"Head {region}", "Top Desk")
        add_role(served, admin, f"Crew {region}", f"Head {region}")
    for name, role in PEOPLE.items():
        hire(served, admin, name, role)
    set_defaults(admin, Account="Private", Opportunity="Private", Contact="Private", Case="Private")
    staff = {name: at_work(served, open_page, name) for name in PEOPLE}
    deals = {name: make_records(served, name) for name in PEOPLE}
    everybody = set(PEOPLE)

    for name in ("Account", "Opportunity"):
        assert sees(staff["Chief"], name) == everybody - {"Commission"}
        assert sees(staff["Commission"], name) == {"Commission"}
        for region in REGIONS:
            theirs = {f"Director {region}", f"Seller {region}"}
            assert sees(staff[f"Director {region}"], name) == theirs
            assert sees(staff[f"Seller {region}"], name) == {f"Seller {region}"}

    set_defaults(admin, Account="Read")
    seller = staff["Seller West"]
    assert sees(seller, "Account") == everybody
    assert sees(seller, "Opportunity") == {"Seller West"}

    set_defaults(admin, Opportunity="Read")
    team = staff["Commission"]
    assert sees(team, "Opportunity") == everybody
    team.open(f"/r/{deals['Seller East']}")
    expect(team.page.locator("main h1")).to_contain_text("Zephyr of Seller East")
    expect(team.page.locator("main").get_by_role("link", name="Edit", exact=True)).to_have_count(0)
    team.open(f"/r/{deals['Commission']}")
    expect(team.page.locator("main").get_by_role("link", name="Edit", exact=True)).to_have_count(1)
