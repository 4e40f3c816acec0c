"""Every page of the product in a browser: WCAG, content policy, errors, width, in each look.

Every run opens each page in light colours on a desk and asks everything there, then one more look:
dark, a phone, or a phone in Chinese. Which one follows from the page's name, so each look is seen
on a third of the pages; the nightly run sees all of them. A further look is asked only what may
differ there: the Chinese page has the elements of the English one, so its widths and its errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from pprint import pformat
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from playwright.sync_api import Browser, Page

from tests.addresses import addresses
from tests.demo_site import Site, copied

from .conftest import AXE, RULES, Served, Watched, serving
from .specimen import add_specimen

if TYPE_CHECKING:
    from tests.demo_site import Template

pytestmark = pytest.mark.browser

NO_PAGES = {
    *("health.health", "gallery.gallery", "gallery.lookup", "pages.lookup", "pages.export_records"),
    *("pages.export_report", "pages.dashboard_tile"),
    *("pages.start", "setup.object_home", "pages.edit_own_view", "pages.choose_move"),
    *("pages.download_file", "pages.download_version", "pages.preview_file"),
    "pages.share_record",  # demo records are everybody's to edit
    *("pages.latest_notices", "pages.people_of_record"),
    *("pages.board_figures", "pages.palette", "pages.likely_duplicates", "setup.permit"),
    *("setup.field_usage_file", "setup.formula_words", "pages.tour", "setup.package_records"),
    *(
        "setup.audit_file",
        "session.left",
        "second_factor.code",
        "logo.logo",
        "pages.hover_card",
        "pages.photo",
    ),
    *("sign_in.login", "sign_in.forgotten", "sign_in.choose", "sign_in.first_password"),
}
PARTS = 12  # the pages are walked in so many tests, for several workers to share
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1440, "height": 900}


@dataclass(frozen=True)
class Look:
    """A way to look at a page, and the rules of axe that may find something new in it."""

    rules: Sequence[str] = ()
    language: str = "en"
    colours: str = "light"
    viewport: tuple[tuple[str, int], ...] = tuple(DESK.items())


PLACES = ("target-size", "scrollable-region-focusable", "label", "button-name", "link-name")
LIGHT = Look(RULES)
#: {name: look} of what is seen beside LIGHT
FURTHER = {
    "dark": Look(("color-contrast",), colours="dark"),
    "phone": Look(PLACES, viewport=tuple(PHONE.items())),
    "chinese": Look(language="zh_CN", viewport=tuple(PHONE.items())),
}


def further_look(name: str) -> str:
    """The look that every run sees of a page, beside LIGHT."""
    return sorted(FURTHER)[crc32(name.encode()) % len(FURTHER)]


def pages_of(site: Site) -> dict[str, str]:
    """{name: address} of every page: each GET route, and what only some values show."""
    found = {name: url for name, url in addresses(site).items() if name not in NO_PAGES}
    specimen = site.find_id("Specimen__c")
    more = {
        "a list with chips": "/o/Account?view=AllAccounts&limit=9&filter=Industry:equals:Banking",
        "a list that was changed": "/o/Opportunity?sort=-Amount&scope=Mine&limit=9",
        "a list with filters to edit": "/o/Account/filters?filter=Industry:equals:Banking",
        "a board": "/o/Opportunity?view=AllOpportunities&as=board&each=3",
        "a list in groups": "/o/Opportunity?view=AllOpportunities&group=StageName&q=monitoring",
        "a list as a calendar": "/o/Opportunity?view=AllOpportunities&as=calendar",
        "a list as a week": "/o/Opportunity?view=AllOpportunities&as=calendar&span=week",
        "a list beside a record": "/o/Opportunity?view=AllOpportunities&as=split&limit=9",
        "a list for paper": "/o/Opportunity?view=AllOpportunities&print=1&q=monitoring",
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

    watched: Watched
    pages: dict[str, str]

    @property
    def page(self) -> Page:
        return self.watched.page

    def open(self, name: str) -> None:
        self.watched.errors.clear()
        self.watched.away.clear()
        self.page.goto(self.pages[name])
        self.page.wait_for_selector("html[data-ready], .bare", state="attached")

    def noticed(self) -> list[Any]:
        """What the browser refused or reported; a page that is not there is an error to it."""
        csp: list[Any] = self.page.evaluate("window.__csp || []")
        errors = self.watched.errors
        if errors and self.page.locator(".bare").count():
            errors = [one for one in errors if "404 (NOT FOUND)" not in one]
        return csp + errors + self.watched.away

    def look(self, look: Look) -> Iterator[Any]:
        """What is wrong with the page that is open."""
        self.page.set_viewport_size(dict(look.viewport))  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme=look.colours)  # type: ignore[arg-type]
        if look.rules:
            yield from self._violations(look.rules)
        if (wide := self.page.evaluate(WIDE, dict(look.viewport)["width"])) is not None:
            yield "runs out of the page", wide

    def _violations(self, rules: Sequence[str]) -> list[Any]:
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text("utf-8"))
        kind = "tag" if rules is RULES else "rule"
        found: list[Any] = self.page.evaluate(AUDIT, [kind, list(rules)])
        return found


#: Axe, in short: without what it fetches and without what it passes.
AUDIT = """([type, values]) => axe.run(document, {
  runOnly: {type, values}, rules: {'css-orientation-lock': {enabled: false}}, preload: false,
  resultTypes: ['violations'], selectors: false, iframes: false,
}).then(found => found.violations.flatMap(violation => violation.nodes.map(node =>
  [violation.id, node.html.slice(0, 160), node.failureSummary.slice(0, 240)])))"""
#: Colours do not fade from one look to the next. A foot that stays in view lies on what is scrolled
#: out from under it, which axe does not know. A sheet of a script is nothing to the policy.
STILL = """const still = new CSSStyleSheet();
still.replaceSync('*, ::before, ::after { transition: none !important }'
  + '.foot, .form-foot { position: static !important }');
document.adoptedStyleSheets.push(still);"""
#: the first element that makes the page scroll sideways; null when none does
WIDE = """width => {
  const page = document.documentElement, main = document.querySelector('#main') || page;
  if (page.scrollWidth <= width && main.scrollWidth <= main.clientWidth + 1) return null;
  const isOut = one => one.getBoundingClientRect().right > width + 1;
  const out = [...document.querySelectorAll('main *')].find(isOut) || main;
  const widths = `${page.scrollWidth} ${main.scrollWidth} of ${main.clientWidth}`;
  return `${widths}: ${out.outerHTML.slice(0, 160)}`;
}"""


class Walks:
    """The demo company with an object of every type, as an administrator reads it."""

    def __init__(self, stack: ExitStack, browser: Browser, template: Template, home: Path) -> None:
        self._stack, self._browser, self._template, self._home = stack, browser, template, home
        self._made: dict[str, Walk] = {}

    def of(self, language: str) -> Walk:
        """The walk in a language; one browser for all pages."""
        if language not in self._made:
            self._made[language] = self._make(language)
        return self._made[language]

    def _make(self, language: str) -> Walk:
        site = self._stack.enter_context(copied(self._template, self._home / language))
        add_specimen(site)
        site.speak(language)
        served: Served = self._stack.enter_context(serving(site))
        context = self._browser.new_context(base_url=served.url, reduced_motion="reduce")
        self._stack.callback(context.close)
        context.set_default_timeout(15_000)
        cookie = {"name": "trellis", "value": site.cookie("admin"), "url": served.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        context.add_init_script(STILL)
        return Walk(Watched(context, served.url), pages_of(site))

    def findings(self, name: str, looks: Sequence[Look]) -> list[Any]:
        """What is wrong with a page in these looks; a page is opened once in a language."""
        wrong: list[Any] = []
        for language in sorted({look.language for look in looks}):
            walk = self.of(language)
            walk.open(name)
            wrong += [
                (look.colours, dict(look.viewport)["width"], *one)
                for look in looks
                if look.language == language
                for one in walk.look(look)
            ]
            wrong += walk.noticed()
        return wrong

    def part(self, part: int) -> list[str]:
        names = sorted(self.of("en").pages)[part::PARTS]
        assert len(names) > 3
        return names


@pytest.fixture(scope="module")
def walks(
    browser: Browser, demo_template: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walks]:
    with ExitStack() as stack:
        yield Walks(stack, browser, demo_template, tmp_path_factory.mktemp("every_page"))


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_wrong_with_any_page(walks: Walks, part: int) -> None:
    wrong = {
        name: found
        for name in walks.part(part)
        if (found := walks.findings(name, (LIGHT, FURTHER[further_look(name)])))
    }
    assert not wrong, pformat(wrong, width=200)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_is_wrong_with_any_page_in_any_look(walks: Walks, part: int) -> None:
    looks = (LIGHT, *FURTHER.values())
    wrong = {name: found for name in walks.part(part) if (found := walks.findings(name, looks))}
    assert not wrong, pformat(wrong, width=200)
