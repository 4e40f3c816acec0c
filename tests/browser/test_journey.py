"""The whole slice: an administrator shapes an object, people work with it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Said:
    """What the administrator writes, in one language."""

    language: str
    invoice: str
    invoices: str
    line: str
    lines: str
    number: str
    amount: str
    state: str
    states: tuple[str, ...]
    account: str
    price: str
    total: str
    region: str


ENGLISH = Said(
    "en", "Invoice", "Invoices", "Invoice Line", "Invoice Lines", "Invoice number", "Amount",
    "State", ("Draft", "Sent", "Paid", "Overdue"), "Account", "Price", "Total", "Delivery region",
)  # fmt: skip
CHINESE = Said(
    "zh_CN", "发票", "发票单", "发票明细", "发票明细表", "发票编号", "金额", "状态",
    ("草稿", "已发送", "已付款", "已逾期"), "付款客户", "单价", "总额", "送货区域",
)  # fmt: skip


def new_object(hand: Hand, label: str, plural: str, name: str, number: str = "") -> None:
    """Makes an object in the sheet over the list of objects; with a number, it counts up."""
    hand.open("/setup/objects").follow("New object")
    page = hand.page
    page.fill("#label", label)
    page.fill("#plural", plural)
    page.fill("#name", name)
    if number:
        page.locator("#sheet label.opt", has=page.locator("[name=name_type][value=number]")).click()
        page.fill("[name=name_label]", number)
        page.fill("[name=format]", "INV-{0000}")
    hand.press_button("Create object", "#sheet")
    hand.arrives(f"/setup/objects/{name}")


def new_field(hand: Hand, object_name: str, kind: str, label: str, name: str) -> None:
    """Opens the sheet of a new field and says its type, label and API name."""
    hand.open(f"/setup/objects/{object_name}/fields").follow("New field")
    choose_type(hand, kind)
    hand.page.fill("#sheet #label", label)
    hand.page.fill("#sheet #name", name)


def choose_type(hand: Hand, kind: str) -> None:
    tile = hand.page.locator("#sheet label.opt", has=hand.page.locator(f"[value={kind}]"))
    if not tile.is_visible():
        hand.page.locator("#sheet details.more-types > summary").click()
    hand.click(tile)


def create_field(hand: Hand) -> None:
    hand.press_button("Create field", "#sheet")
    hand.arrives("/fields")
    hand.saved()


def make_invoices(admin: Hand, said: Said) -> None:
    """Two objects: an invoice with money, a list of values and an account; its lines."""
    new_object(admin, said.invoice, said.invoices, "Invoice__c", said.number)
    new_field(admin, "Invoice__c", "Currency", said.amount, "Amount__c")
    create_field(admin)
    new_field(admin, "Invoice__c", "Picklist", said.state, "State__c")
    admin.page.fill("#sheet #values", "\n".join(said.states))
    create_field(admin)
    new_field(admin, "Invoice__c", "Lookup", said.account, "Account__c")
    admin.choose("#referenceTo", "Account" if said.language == "en" else "客户")
    create_field(admin)
    new_object(admin, said.line, said.lines, "Invoice_Line__c")
    new_field(admin, "Invoice_Line__c", "MasterDetail", said.invoice, "Invoice__c")
    admin.choose("#referenceTo", said.invoice)
    create_field(admin)
    new_field(admin, "Invoice_Line__c", "Currency", said.price, "Price__c")
    create_field(admin)


def arrange_layout(admin: Hand, served: Served, said: Said) -> None:
    """Drags the state beside the number, in the second column, and saves."""
    layout = layout_of(served)
    admin.open(f"/setup/layouts/{layout['name']}/edit")
    admin.page.wait_for_selector("html[data-editor-ready]", state="attached")
    cell = admin.page.locator("[data-part=canvas] [data-field=State__c]")
    admin.drag(cell, admin.page.locator("[data-part=canvas] [data-field=OwnerId]"))
    expect(admin.page.locator("[data-zone='information/2'] [data-field=State__c]")).to_be_visible()
    admin.press_button("Save layout")
    admin.page.wait_for_selector("#layout-editor[data-saved]:not([data-saved=''])")
    cells = layout_of(served)["sections"][0]["cells"]
    assert [c["field"] for c in cells if c["column"] == 2] == ["OwnerId", "State__c"]


def layout_of(served: Served) -> dict[str, object]:
    (layout,) = (x for x in served.site.snapshot.of_kind("Layout") if x.object == "Invoice__c")
    return layout.document


def write_invoice(rep: Hand, served: Served, said: Said) -> str:
    """Makes an invoice by the tab, changes it, finds it in the list and by search; its id."""
    page = rep.open("/home").page
    page.locator("#side").get_by_role("link", name=said.invoices, exact=True).click()
    rep.arrives("/o/Invoice__c")
    page.locator("a[data-key=c]").first.click()
    rep.arrives("/o/Invoice__c/new")
    page.fill("[name=Amount__c]", "1,234.50")
    page.select_option("[name=State__c]", label=said.states[0])
    account = account_name(served)
    rep.choose("#Account__c", account)
    page.keyboard.press("Control+Enter")
    rep.arrives("/r/")
    expect(page.get_by_role("heading", level=1)).to_have_text("INV-0001")
    expect(page.locator("main")).to_contain_text("1,234.50")
    expect(page.locator("main")).to_contain_text(account)
    record_id = re.search(r"/r/(\w{18})", page.url)
    assert record_id
    page.locator("a[data-key=e]").click()
    rep.arrives("/edit")
    page.select_option("[name=State__c]", label=said.states[1])
    page.keyboard.press("Control+Enter")
    rep.arrives(f"/r/{record_id[1]}")
    expect(page.locator("main")).to_contain_text(said.states[1])
    page.locator("#side").get_by_role("link", name=said.invoices, exact=True).click()
    rep.arrives("/o/Invoice__c")
    expect(page.locator("[data-row]")).to_contain_text(["INV-0001"])
    page.keyboard.press("Control+k")
    page.keyboard.type("INV-00")
    page.keyboard.press("Enter")
    rep.arrives(f"/r/{record_id[1]}")
    return record_id[1]


def account_name(served: Served) -> str:
    records = served.site.records()
    return str(records.get(served.site.find_id("Account"), ["Name"]).values["Name"])


def write_line(rep: Hand, said: Said) -> None:
    """Makes a line on the page of its invoice, which is never left."""
    page = rep.page
    card = page.locator("main .card", has=page.get_by_role("heading", name=said.lines))
    card.get_by_role("link", name=re.compile(rep.words("New"))).first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("[name='Invoice__c.label']")).to_have_value("INV-0001")
    sheet.locator("[name=Name]").fill("1 × 42")
    sheet.locator("[name=Price__c]").fill("42")
    page.keyboard.press("Control+Enter")
    expect(sheet).to_have_count(0)
    expect(card).to_contain_text("1 × 42")


@pytest.mark.timeout(170)
@pytest.mark.parametrize("said", [ENGLISH, CHINESE], ids=["en", "zh_CN"])
def test_an_object_is_built_worked_with_and_changed(
    served: Served, open_page: Opens, said: Said
) -> None:
    served.site.speak(said.language)
    admin = Hand(open_page(), said.language)
    rep = Hand(open_page(who="rep"), said.language)
    make_invoices(admin, said)
    arrange_layout(admin, served, said)
    record_id = write_invoice(rep, served, said)
    write_line(rep, said)

    # a field is renamed: its label and its API name, and what was written is still there
    admin.open("/setup/objects/Invoice__c/fields/Amount__c")
    admin.page.fill("#field-form #label", said.total)
    admin.page.fill("#field-form #name", "Total__c")
    admin.press_button("Save", "#field-form")
    admin.arrives("/fields/Total__c")
    rep.open(f"/r/{record_id}")
    expect(rep.page.locator("main")).to_contain_text(said.total)
    expect(rep.page.locator("main")).to_contain_text("1,234.50")

    # a field is added to accounts: the other session, open all along, sees it at once
    rep.open(f"/r/{served.site.find_id('Account')}")
    new_field(admin, "Account", "Text", said.region, "Delivery_region__c")
    create_field(admin)
    rep.page.locator("a[data-key=e]").click()
    rep.arrives("/edit")
    rep.page.get_by_label(said.region).fill("Nord 北")
    rep.page.keyboard.press("Control+Enter")
    rep.page.wait_for_url(re.compile(r"/r/\w{18}$"))
    expect(rep.page.locator("main")).to_contain_text("Nord 北")

    # the deployment is taken back from the change log, and the field is gone
    admin.open("/setup/changes")
    admin.page.locator("[data-row] a").first.click()
    admin.arrives("/setup/changes/")
    expect(admin.page.locator("main")).to_contain_text("Delivery_region__c")
    admin.press_button("Revert")
    admin.page.wait_for_url(re.compile(r"/setup/changes$"))
    rep.page.reload()
    expect(rep.page.locator("main")).not_to_contain_text(said.region)
    rep.page.locator("a[data-key=e]").click()
    rep.arrives("/edit")
    expect(rep.page.get_by_label(said.region)).to_have_count(0)
