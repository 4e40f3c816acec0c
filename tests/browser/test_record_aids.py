"""What helps at a record in a browser: cards on hover, drafts, adding to a related list."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_document

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


def family(served: Served) -> tuple[str, str]:
    """An account and its contact."""
    made = served.site.records("admin")
    account = made.create("Account", {"Name": "Wyvern Works", "Phone": "+1 555 0100"})
    return account, made.create("Contact", {"LastName": "Ng", "AccountId": account})


def test_a_lookup_shows_a_card_and_a_form_keeps_what_was_typed(
    served: Served, open_page: Opens, axe: Callable[[Page], None]
) -> None:
    account, contact = family(served)
    rep = Hand(open_page(who="rep"))
    page = rep.page
    # -- the card: by pointer and by keyboard, once from the server, away by Escape
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/card" in sent.url else None)
    rep.open(f"/r/{contact}")
    link = page.locator(f".with > a[href='/r/{account}']").first
    card = page.get_by_role("tooltip")
    link.hover()
    expect(card).to_contain_text("Wyvern Works")
    expect(card).to_contain_text("+1 555 0100")
    axe(page)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.mouse.move(0, 0)
    page.locator("[data-key=e]").focus()
    page.keyboard.press("Tab")
    link.focus()
    page.locator("#main").dispatch_event("scroll")  # as when the focus brings it into view
    expect(card).to_contain_text("Wyvern Works")
    page.locator("#main").dispatch_event("scroll")  # told late, and the link stands where it stood
    expect(card).to_contain_text("Wyvern Works")
    page.locator("[data-key=e]").focus()
    expect(card).to_have_count(0)
    assert len(asked) == 1
    # -- the draft: offered after leaving, restored, gone with the save
    rep.open(f"/r/{account}/edit")
    page.fill("[name=Website]", "https://typed.example")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    offer = page.locator("[data-draft-offer]")
    expect(offer).to_contain_text(re.compile(r"unsaved changes from \d\d:\d\d"))
    expect(page.locator("[name=Website]")).to_have_value("")
    axe(page)
    offer.get_by_role("button", name="Restore").click()
    expect(page.locator("[name=Website]")).to_have_value("https://typed.example")
    page.keyboard.press("Control+Enter")
    rep.arrives(f"/r/{account}")
    expect(page.locator("main")).to_contain_text("typed.example")
    page.wait_for_function(
        "() => !Object.keys(sessionStorage).some((name) => name.startsWith('draft '))"
    )
    # -- and with Discard it does not come back
    rep.open("/o/Account/new")
    page.fill("[name=Name]", "Given Up")
    page.reload()
    offer.get_by_role("button", name="Discard").click()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(offer).to_have_count(0)


def test_a_contact_is_added_where_the_contacts_are_shown(served: Served, open_page: Opens) -> None:
    account, _contact = family(served)
    rep = Hand(open_page(who="rep"))
    rep.open(f"/r/{account}?tab=related")
    card = rep.page.locator("#related-Contacts")
    card.get_by_role("link", name="New: Contacts").click()
    dialog = rep.page.get_by_role("dialog")
    dialog.locator("[name=LastName]").fill("Okafor")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(card).to_contain_text("Okafor")
    expect(card.get_by_role("link", name="New: Contacts")).to_be_focused()
    expect(rep.page.locator(".toasts")).to_contain_text("created")
    assert f"/r/{account}" in rep.page.url


def test_a_record_is_given_away_in_a_sheet_that_names_what_stays(
    served: Served, open_page: Opens, axe: Callable[[Page], None]
) -> None:
    objects = {"uid": "00G" + "0" * 11 + "1AAA", "objects": ["Account"]}
    served.site.put_live(make_document("Queue", "Desk", **objects))
    account, _contact = family(served)
    admin = Hand(open_page())
    admin.open(f"/r/{account}")
    admin.page.locator(".head summary[aria-label='More actions']").click()
    admin.follow("Change owner")
    sheet = admin.page.locator("#sheet")
    sheet.get_by_label("Or a queue").select_option(label="Desk")
    sheet.get_by_label(re.compile("Contacts")).check()
    axe(admin.page)
    admin.press_button("Change owner", "#sheet")
    expect(sheet).to_contain_text("1 record stays with its owner")
    sheet.get_by_role("link", name="Continue").click()
    expect(admin.page.locator(".toasts")).to_contain_text("now belongs to Desk")
    admin.press_button("Undo", ".toasts")
    expect(admin.page.locator(".toasts")).to_contain_text("1 record taken back")
