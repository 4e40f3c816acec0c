"""What the everyday tasks may cost: clicks, and keys beyond the text that is typed.

A task is told as a walk of one person through the pages, with the same words in every language. A
drag is a click; a key that only types into a list, as a browser's own select takes it, is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, expect

from tests.demo_site import Site
from trellis.runtime.access.permissions import readable

from .hand import Hand

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

LANGUAGES = ("en", "zh_CN")
REP = {"en": "rep", "zh_CN": "chinese"}


@dataclass
class Person(Hand):
    """Somebody whose keys are counted too, and the company they work in."""

    site: Site = None  # type: ignore[assignment]
    who: str = "rep"
    keys: int = 0

    def press(self, key: str, times: int = 1) -> None:
        for _n in range(times):
            self.keys += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def label(self, name: str) -> str:
        """What this person calls a field, "Object.Field", or an object."""
        definition = self.site.snapshot.get("CustomField" if "." in name else "CustomObject", name)
        with self.reading():
            return self.site.snapshot.label(definition)

    def drag(self, what: Locator, to: Locator, *, below: bool = True) -> None:
        self.clicks += 1
        super().drag(what, to, below=below)

    def make(self, object_name: str, values: Mapping[str, Any]) -> str:
        return self.site.records(self.who).create(object_name, values)

    def deal(self) -> str:
        values = {"Name": "Pump hall", "StageName": "Qualification", "CloseDate": date(2030, 5, 24)}
        return self.make("Opportunity", values)

    def stored(self, record_id: str, *names: str) -> list[object]:
        found = self.site.records().get(record_id, list(names))
        return [found.values[name] for name in names]


def open_a_known_record(person: Person) -> None:
    name, letters = {"en": ("Wyvern Quays", "wyve"), "zh_CN": ("青岛鲸波货运", "qdjb")}[
        person.language
    ]
    record = person.make("Account", {"Name": name})
    person.open("/home")
    person.press("Control+k")
    person.type(letters)
    person.press("Enter")
    person.arrives(f"/r/{record}")


def create_a_record_with_four_fields(person: Person) -> None:
    person.open("/o/Lead")
    person.click("a[data-key=c]")
    person.arrives("/o/Lead/new")
    texts = {"Salutation": "Ms.", "FirstName": "Ana", "LastName": "Kiln", "Company": "Kiln & Sons"}
    focused = person.page.locator("#record-form :focus")
    expect(focused).to_have_attribute("name", "Salutation")
    focused.select_option("Ms.")  # typed, as its letters are
    for name, tabs in (("FirstName", 1), ("LastName", 1), ("Company", 2)):
        person.press("Tab", tabs)  # over the owner
        expect(focused).to_have_attribute("name", name)
        person.type(texts[name])
    person.press("Control+Enter")
    person.arrives("/r/")
    record = person.page.url.rpartition("/")[2]
    assert person.stored(record, *texts) == list(texts.values())


def change_one_value(person: Person) -> None:
    record = person.make("Account", {"Name": "Read And Written", "Phone": "1"})
    person.open(f"/r/{record}")
    person.click("a.pen[href$='#Phone']")
    expect(person.page.locator("form.inline [name=Phone]")).to_be_focused()
    person.type("4711")
    person.press("Enter")
    expect(person.page.locator("form.inline")).to_have_count(0)
    assert person.stored(record, "Phone") == ["4711"]


def log_a_call_and_a_follow_up(person: Person) -> None:
    person.open(f"/r/{person.deal()}")
    person.click("#ac-subject")
    person.type("Spoke with Ana")
    person.press("Tab")
    person.type("They agree")
    person.click("[name=follow_up]")
    person.press("Tab")
    person.type("Send the offer")
    person.press("Control+Enter")
    timeline = person.page.locator(".act .tl")
    expect(timeline.get_by_text("Send the offer")).to_be_visible()
    expect(timeline.get_by_text("Spoke with Ana")).to_be_visible()


def move_a_deal_to_the_next_stage(person: Person) -> None:
    record = person.deal()
    person.open(f"/r/{record}")
    before = person.page.locator(".path [aria-current]").inner_text()
    person.press_button("Mark stage complete")
    expect(person.page.locator(".path [aria-current]")).not_to_have_text(before)
    assert person.stored(record, "StageName") == ["Needs Analysis"]


def filter_by_two_fields_and_save_a_view(person: Person) -> None:
    page = person.open("/o/Account?view=AllAccounts").page
    person.follow("Add filter")
    first, second = (page.locator("#sheet [data-rule]").nth(n) for n in range(2))
    expect(first.locator("[data-rule-field]")).to_be_focused()
    first.locator("[data-rule-field]").select_option(label=person.label("Account.Industry"))
    person.click(first.locator(".pick summary"))
    person.click(first.locator(".pick-b label").nth(0))
    person.click(second.locator("[data-rule-field]"))
    second.locator("[data-rule-field]").select_option(label=person.label("Account.Name"))
    second.locator("[data-rule-operator]").select_option("contains")
    person.click(second.locator("[name=filter_value]"))
    person.type("a")
    person.press("Enter")
    expect(page.locator(".chip-x")).to_have_count(2)
    person.arrives("filter=")
    person.follow("Save as view")
    expect(page.locator("#label")).to_be_focused()
    person.type("Two at once")
    person.press("Enter")
    expect(page.locator("h1")).to_have_text("Two at once")
    person.arrives("view=my-")
    assert page.locator("tr[data-row]").count() > 0
    assert "filter=" not in page.url


def add_a_picklist_and_see_it_on_the_form(person: Person) -> None:
    page = person.open("/setup/objects/Account/fields").page
    person.follow("New field")
    expect(page.locator("#sheet #label")).to_be_focused()
    person.type("Delivery region")
    person.click(page.locator("#sheet label.opt", has=page.locator("[value=Picklist]")))
    expect(page.locator("#sheet #values")).to_be_focused()
    person.type("North\nEast\nSouth\nWest")
    expect(page.locator("[data-preview] option")).to_have_count(5)
    person.press("Control+Enter")
    person.saved()
    person.follow("Open list")
    person.arrives("/o/Account")
    person.click("a[data-key=c]")
    person.arrives("/o/Account/new")
    options = page.get_by_label("Delivery region").locator("option")
    expect(options.filter(has_text=re.compile("North|East|South|West"))).to_have_count(4)


def add_a_section_with_three_fields_one_required(person: Person) -> None:
    layout, fields = "Account-Account Layout", ["Website", "Phone", "Industry"]
    page = person.open(f"/setup/layouts/{layout}/edit").page
    page.wait_for_selector("html[data-editor-ready]", state="attached")
    person.press_button("Add section")
    person.type("Commercial terms")
    added = page.locator("[data-part=canvas] section").last.locator("[data-zone]").first
    for name in fields:
        field = page.locator(f"[data-part=canvas] [data-field={name}]")
        person.drag(field, added)
        expect(added.locator(f"[data-field={name}]")).to_have_count(1)
    person.click(added.locator("[data-field=Website]"))
    person.click(page.get_by_role("switch", name=person.words("Required")))
    person.press_button("Save layout")
    page.wait_for_selector("#layout-editor[data-saved]:not([data-saved=''])")
    saved: Any = person.site.snapshot.get("Layout", layout).document["sections"][-1]
    assert saved["label"] == "Commercial terms"
    assert sorted(cell["field"] for cell in saved["cells"]) == sorted(fields)
    assert [c["field"] for c in saved["cells"] if c.get("behavior") == "Required"] == ["Website"]


def find_why_a_user_cannot_see_a_field_and_fix_it(person: Person) -> None:
    site, record = person.site, person.site.find_id("Account")
    take_field_away(site, "Account.Industry")
    page = person.open(f"/r/{record}").page
    person.click(page.locator(".rec-top details.menu > summary"))
    person.follow("Who can see this", ".rec-top")
    person.arrives("/access")
    person.follow("Ana Souza", "main")
    person.arrives("user=")
    industry = page.locator("tr", has_text=person.label("Account.Industry")).filter(
        has_text="Field rep"
    )
    person.click(industry.get_by_role("link"))
    person.arrives("/fields")
    expect(page.locator("[data-changed]")).to_be_visible()
    person.press_button("Save", "main")
    person.saved()
    assert may_read(site, "Account.Industry")


def take_field_away(site: Site, field: str) -> None:
    """Gives the rep a profile of their own, without the field."""
    admin = site.guest("admin")
    source = {"kind": "Profile", "label": "Field rep", "source": "std.profile.Standard"}
    admin.post("/setup/access/new", source)
    uid = site.snapshot.get("Profile", "Field_rep").uid
    admin.post(f"/setup/assigned/{uid}", {"give": site.actor("rep").user_id})
    object_name = field.partition(".")[0]
    admin.post(f"/setup/access/{uid}/fields?object={object_name}", {f"{uid}|{field}": "none"})
    assert not may_read(site, field)


def may_read(site: Site, field: str) -> bool:
    """Says whether the rep sees the field."""
    snapshot = site.snapshot
    return readable(site.actor("rep"), snapshot.field(*field.split(".")), snapshot)


@dataclass(frozen=True)
class Budget:
    """A task, as it is told by the name of its walk, and the most it may cost."""

    walk: Callable[[Person], None]
    clicks: int
    keys: int
    is_admin: bool = False
    height: int = 900  # of the window


BUDGETS = [
    Budget(open_a_known_record, 0, 2),
    Budget(create_a_record_with_four_fields, 1, 5),
    Budget(change_one_value, 1, 1),
    Budget(log_a_call_and_a_follow_up, 3, 3),
    Budget(move_a_deal_to_the_next_stage, 1, 0),
    Budget(filter_by_two_fields_and_save_a_view, 6, 2),
    Budget(add_a_picklist_and_see_it_on_the_form, 4, 1, is_admin=True),
    Budget(add_a_section_with_three_fields_one_required, 8, 0, is_admin=True),
    Budget(find_why_a_user_cannot_see_a_field_and_fix_it, 5, 0, is_admin=True),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("budget", BUDGETS, ids=lambda budget: budget.walk.__name__)
def test_a_task_costs_no_more_than_its_budget(
    served: Served, open_page: Opens, budget: Budget, language: str
) -> None:
    who = "admin" if budget.is_admin else REP[language]
    if language != "en":  # which they speak anyhow
        served.site.speak(language)
    page = open_page(height=budget.height, who=who)
    person = Person(page, language, site=served.site, who=who)
    budget.walk(person)
    assert person.clicks <= budget.clicks, person.clicks
    assert person.keys <= budget.keys, person.keys
