"""Every page of the product in a browser: WCAG, content policy, errors, width, in each look.

A page is opened once in each language. Its other looks are the same page in dark colours and at the
width of a phone, asked only what may differ there, so that the whole walk is quick. The Chinese
page has the same elements as the English one: its widths and errors are what may be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pprint import pformat
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page

from tests.demo_site import Site, addresses, copied

from .conftest import AXE, RULES, Served, Watched, serving
from .specimen import add_specimen

if TYPE_CHECKING:
    from tests.demo_site import Template

pytestmark = pytest.mark.browser

NO_PAGES = {
    *("health.health", "gallery.gallery", "gallery.lookup", "pages.lookup", "pages.export_records"),
    *("pages.start", "setup.object_home", "pages.edit_own_view", "pages.choose_move"),
    *("pages.download_file", "pages.download_version", "pages.preview_file"),
    "pages.share_record",  # demo records are everybody's to edit
    *("pages.latest_notices", "pages.people_of_record"),
    *("pages.board_figures", "pages.palette", "pages.likely_duplicates", "setup.permit"),
    "setup.package_records",
    *("setup.audit_file", "second_factor.code", "logo.logo", "pages.hover_card", "pages.photo"),
    *("sign_in.login", "sign_in.forgotten", "sign_in.choose", "sign_in.first_password"),
}
LANGUAGES = ("en", "zh_CN")
PARTS = 16  # the pages are walked in so many tests, for several workers to share
COLOURS = ("color-contrast",)
PLACES = ("target-size", "scrollable-region-focusable", "label", "button-name", "link-name")
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}


def pages_of(site: Site) -> dict[str, str]:
    """{name: address} of every page: each GET route, and what only some values show."""
    found = {name: url for name, url in addresses(site).items() if name not in NO_PAGES}
    specimen = site.find_id("Specimen__c")
    more = {
        "a list with chips": "/o/Account?view=AllAccounts&limit=9&filter=Industry:equals:Banking",
        "a list that was changed": "/o/Opportunity?sort=-Amount&scope=Mine&limit=9",
        "a list with filters to edit": "/o/Account/filters?filter=Industry:equals:Banking",
        "a board": "/o/Opportunity?view=AllOpportunities&as=board",
        "a list in groups": "/o/Opportunity?view=AllOpportunities&group=StageName",
        "a list as a calendar": "/o/Opportunity?view=AllOpportunities&as=calendar",
        "a list as a week": "/o/Opportunity?view=AllOpportunities&as=calendar&span=week",
        "a list beside a record": "/o/Opportunity?view=AllOpportunities&as=split",
        "a list for paper": "/o/Opportunity?view=AllOpportunities&print=1",
        "all hits of an object": "/search?q=an&in=Contact",
        "a card to be moved": f"/r/{site.find_id('Opportunity')}/move?field=StageName",
        "a date to be moved": f"/r/{site.find_id('Opportunity')}/move?field=CloseDate",
        "a list with nothing": "/o/Account?view=AllAccounts&q=no-such-words",
        "a record of every type": f"/r/{specimen}",
        "a form of every type": f"/r/{specimen}/edit",
        "a lead": f"/r/{site.find_id('Lead')}",
        "a form of a contact": "/o/Contact/new",
        "a task": f"/r/{site.find_id('Task')}",
        "files of an account": f"/r/{site.find_id('Account')}?tab=files",
        "search results": "/search?q=an",
        "setup search": "/setup/?q=account",
        "a field that is used": "/setup/objects/Account/fields/Rating",
        "a list of fields found": "/setup/objects/Account/fields?q=zzz",
        "the sheet of a picklist": "/setup/objects/Account/fields/new?type=Picklist",
        "the sheet of a lookup": "/setup/objects/Account/fields/new?type=Lookup",
        "a view with filters": "/setup/views/Lead.AllOpenLeads",
        "a custom object": "/setup/objects/Specimen__c/details",
        "deleting a custom object": "/setup/objects/Specimen__c/delete",
        "deleting a custom field": "/setup/objects/Specimen__c/fields/Text_1__c/delete",
        "not there": "/o/Nothing__c",
    }
    return found | more


@dataclass
class Walk:
    """One browser that goes through the pages of a site in one language."""

    language: str
    page: Page
    watched: Watched
    pages: dict[str, str]
    axe: str = field(repr=False, default="")

    def findings(self, name: str) -> list[Any]:
        """What is wrong with a page in any of its looks."""
        wrong: list[Any] = []
        self.watched.errors.clear()
        self.watched.away.clear()
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        self.page.goto(self.pages[name])
        self.page.wait_for_selector("html[data-ready], .bare", state="attached")
        if self.language == "en":
            self.page.evaluate(self.axe)
            wrong += self._look("light", RULES)
            self.page.emulate_media(color_scheme="dark")
            wrong += self._look("dark", COLOURS)
            self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        wrong += self._look("phone", PLACES if self.language == "en" else ())
        return wrong + self._noticed()

    def _noticed(self) -> list[Any]:
        """What the browser refused or reported; a page that is not there is an error to it."""
        missing = self.page.locator(".bare").count() > 0
        csp: list[Any] = self.page.evaluate("window.__csp || []")
        errors = [one for one in self.watched.errors if "404 (NOT FOUND)" not in one or not missing]
        return csp + errors + self.watched.away

    def _look(self, look: str, rules: Sequence[str]) -> Iterator[Any]:
        self.page.evaluate(SETTLED)
        if rules:
            yield from self._violations(look, rules)
        width = self.page.viewport_size["width"]  # type: ignore[index]
        if (wide := self.page.evaluate(WIDE, width)) is not None:
            yield look, "runs out of the page", wide

    def _violations(self, look: str, rules: Sequence[str]) -> Iterator[Any]:
        kind = "tag" if rules is RULES else "rule"
        found = self.page.evaluate(
            "([kind, rules]) => axe.run(document, {runOnly: {type: kind, values: rules},"
            " resultTypes: ['violations']})",
            [kind, list(rules)],
        )
        for violation in found["violations"]:
            for node in violation["nodes"]:
                yield look, violation["id"], node["html"][:160], node["failureSummary"][:240]


#: colours that fade from one look to the next have arrived
SETTLED = """async () => {
  for (let n = 0; n < 6; n += 1) { // one that is inherited starts when the one above it has ended
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (const one of document.getAnimations()) one.finish();
  }
}"""
#: the first element that makes the page scroll sideways; null when none does
WIDE = """width => {
  const page = document.documentElement, main = document.querySelector('#main') || page;
  if (page.scrollWidth <= width && main.scrollWidth <= main.clientWidth + 1) return null;
  const isOut = one => one.getBoundingClientRect().right > width + 1;
  const out = [...document.querySelectorAll('main *')].find(isOut) || main;
  const widths = `${page.scrollWidth} ${main.scrollWidth} of ${main.clientWidth}`;
  return `${widths}: ${out.outerHTML.slice(0, 160)}`;
}"""


@pytest.fixture(scope="module")
def sites(
    demo_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Served]]:
    """{language: the demo company with an object of every type, read in that language}."""
    with ExitStack() as stack:
        made = {}
        for language in LANGUAGES:
            directory = tmp_path_factory.mktemp(f"every_{language}")
            site = stack.enter_context(copied(demo_template, directory))
            add_specimen(site)
            site.speak(language)
            made[language] = stack.enter_context(serving(site))
        yield made


@pytest.fixture(scope="module")
def walks(browser: Browser, sites: dict[str, Served]) -> Iterator[dict[str, Walk]]:
    """{language: a browser of an administrator}; one for all pages."""
    made = {}
    for language, served in sites.items():
        context = browser.new_context(base_url=served.url, reduced_motion="reduce")
        context.set_default_timeout(15_000)
        cookie = {"name": "trellis", "value": served.site.cookie("admin"), "url": served.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        watched = Watched(context, served.url)
        pages = pages_of(served.site)
        made[language] = Walk(language, watched.page, watched, pages, AXE.read_text("utf-8"))
    yield made
    for walk in made.values():
        walk.watched.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_wrong_with_any_page_in_any_look(
    walks: dict[str, Walk], part: int, language: str
) -> None:
    walk = walks[language]
    names = sorted(walk.pages)[part::PARTS]
    assert len(names) > 3
    wrong = {name: found for name in names if (found := walk.findings(name))}
    assert not wrong, pformat(wrong, width=200)
