"""The matrix of field access in a browser: by keys, filled, counted, saved, at once in force."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def test_a_field_taken_away_by_keys_is_gone_for_a_standard_user(
    served: Served, open_page: Opens
) -> None:
    admin, rep = Hand(open_page()), Hand(open_page(who="rep"))
    account = served.site.find_id("Account")
    admin.open("/setup/access").follow("Standard User", "main")
    admin.arrives("/objects")
    admin.follow("Clone", "main")
    admin.arrives("/new")
    admin.page.fill("[name=label]", "Field rep")
    admin.press_button("Create", "main form")
    admin.arrives("/objects")
    admin.page.get_by_role("link", name="Users 0").click()
    admin.arrives("/users")
    admin.page.get_by_label("Ana Souza").check()
    admin.press_button("Add the ticked ones", "main")
    admin.saved()
    labels = rep.page.locator("main .fl")
    industry = labels.filter(has_text=re.compile(r"^\s*Industry\b(?! codes)"))
    rep.open(f"/r/{account}")
    expect(industry).to_have_count(1)

    admin.page.get_by_role("link", name="Fields", exact=True).click()
    admin.arrives("/fields")
    admin.page.locator("select[name=object]").select_option("Account")
    admin.arrives("object=Account")
    cell = admin.page.get_by_role("button", name="Industry, Field rep")
    expect(cell).to_have_text("Edit")
    cell.focus()
    admin.page.keyboard.press("Space")
    expect(cell).to_have_text("None")
    admin.page.keyboard.press("r")
    expect(cell).to_have_text("Read")
    admin.page.keyboard.press("ArrowDown")
    expect(cell).not_to_be_focused()
    admin.page.keyboard.press("ArrowUp")
    expect(cell).to_be_focused()
    changed = admin.page.locator("[data-changed]")
    expect(changed).to_have_text("1 changed")

    admin.page.locator("main").get_by_text("Presets", exact=True).click()
    admin.page.get_by_role("link", name="All: Read").click()
    expect(changed).not_to_have_text("1 changed")
    cell.focus()
    admin.page.keyboard.press("n")
    expect(cell).to_have_text("None")
    admin.press_button("Save", "main")
    admin.saved()
    expect(admin.page.get_by_role("button", name="Industry, Field rep")).to_have_text("None")
    expect(admin.page.get_by_role("button", name="Phone, Field rep")).to_have_text("Read")
    rep.open(f"/r/{account}")
    expect(labels.filter(has_text="Phone").first).to_be_attached()
    expect(industry).to_have_count(0)


def test_a_role_is_dropped_on_another_and_goes_below_it(served: Served, open_page: Opens) -> None:
    admin = Hand(open_page())
    admin.open("/setup/roles")
    uid = {one.name: one.uid for one in served.site.snapshot.of_kind("Role")}
    role = admin.page.locator(f"[data-drag='{uid['Marketing']}']")
    admin.drag(role, admin.page.locator(f"[data-zone='{uid['Director_West']}']"))
    admin.saved()
    assert served.site.snapshot.get("Role", "Marketing").parent == "Director_West"
    admin.drag(
        admin.page.locator(f"[data-drag='{uid['CEO']}']"),
        admin.page.locator(f"[data-zone='{uid['Marketing']}']"),
    )
    admin.is_told("cannot stand below itself")
    assert served.site.snapshot.get("Role", "CEO").parent == ""
