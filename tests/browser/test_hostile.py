"""What people write never runs: a corpus of hostile texts in every place, and what shows it.

Nothing of it becomes an element, an attribute or a script; the browser asks nobody else for
anything, and no text of the corpus is lost or changed on its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Dialog, expect

from tests.demo_site import copied

from .conftest import Served, serving
from .hand import Hand
from .hostile import CORPUS, OBJECT, Hostile, add_hostile

if TYPE_CHECKING:
    from tests.demo_site import Template

    from .conftest import Opens

pytestmark = pytest.mark.browser

Made = tuple[Served, Hostile]

#: what became part of the page: a deed, an element, an attribute, an address that runs
INJECTED = """() => {
  const found = window.xss === undefined ? [] : [`ran ${window.xss}`];
  for (const one of document.querySelectorAll('*')) {
    const isOurs = one.namespaceURI !== 'http://www.w3.org/1998/Math/MathML'
      && !['xss', 'iframe', 'base', 'style', 'object', 'embed', 'animate'].includes(one.localName);
    const odd = [...one.attributes].filter(({ name, value }) => /^on|^srcdoc$|^xss$/.test(name)
      || (/^(href|src|action|formaction|xlink:href)$/.test(name)
        && (/^\\s*(javascript|data:text|vbscript)/i.test(value.replace(/[\\t\\n\\r]/g, ''))
          || new URL(value || '#', location).host.endsWith('evil.example'))));
    if (!isOurs || odd.length) found.push(one.outerHTML.slice(0, 200));
  }
  return found;
}"""


def pages_of(made: Hostile) -> list[str]:
    """Every page that shows what people wrote."""
    of_list, of_record, setup = f"/o/{OBJECT}", f"/r/{made.record}", f"/setup/objects/{OBJECT}"
    return [
        *(f"{of_list}?view=All&limit=100", f"{of_list}?view=All&as=board", "/home", "/calendar"),
        *(f"{of_list}?view=All&as=split", f"{of_list}?view=All&print=1", f"{of_list}/filters"),
        *(f"{of_list}?view=All&group=F_Picklist__c", f"{of_list}?q=zq", f"{of_list}/columns"),
        *(of_record, f"{of_record}/edit", f"{of_record}?print=1", f"{of_record}/comments"),
        *(f"{of_record}?tab=files", f"{of_record}/history", f"{of_record}/access"),
        *(f"/files/{made.file}", f"{of_list}/new", f"/r/{made.task}/edit", f"/r/{made.account}"),
        *(f"/r/{made.account}/edit", f"/r/{made.account}/activity", "/search?q=zq"),
        *("/o/Task", "/notices", "/favourites", "/recycle-bin", "/setup/users", "/setup/objects"),
        *(f"/setup/users/{made.user}", f"{setup}/fields", f"{setup}/layouts", f"{setup}/views"),
        *(f"{setup}/fields/F_Picklist__c", f"{setup}/details", f"{setup}/access", "/setup/apps"),
        *(f"/setup/labels/{OBJECT}", f"/setup/views/{made.view}", "/setup/changes", "/setup/audit"),
        f"/setup/layouts/{made.layout}/edit",
    ]


@pytest.fixture(scope="module")
def hostile(demo_template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A company that is only looked at, and what was made in it."""
    with copied(demo_template, tmp_path_factory.mktemp("hostile")) as site:
        made = add_hostile(site)
        with serving(site) as served:
            yield served, made


def test_nothing_that_people_write_runs_on_any_page(open_page: Opens, hostile: Made) -> None:
    served, made = hostile
    page = open_page(at=served)
    asked: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    wrong: dict[str, Any] = {}
    for address in pages_of(made):
        answer = page.goto(address)
        assert answer
        if answer.status != 200:
            wrong[address] = answer.status
            continue
        page.wait_for_selector("html[data-ready], .bare", state="attached")
        found = page.evaluate(INJECTED) + page.evaluate("window.__csp")
        if found or asked:
            wrong[address] = found + asked
    assert not wrong


def test_what_comes_without_a_page_does_not_run_either(open_page: Opens, hostile: Made) -> None:
    served, made = hostile
    page = open_page(at=served)
    hand = Hand(page).open(f"/r/{made.record}")
    page.keyboard.press("Control+k")
    page.keyboard.type("zq")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(INJECTED) == []
    hand.open(f"/r/{made.record}")
    page.locator(f"main a[href='/r/{made.account}']").first.hover()
    expect(page.locator(".peek")).to_be_visible()
    assert page.evaluate(INJECTED) == []
    hand.open(f"/r/{made.record}/edit")
    box = page.locator("[name='F_Lookup__c.label']")
    box.fill("zq")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate(INJECTED) == []


def test_the_texts_are_shown_as_they_were_written(open_page: Opens, hostile: Made) -> None:
    served, _made = hostile
    page = open_page(at=served)
    Hand(page).open(f"/o/{OBJECT}?view=All&limit=100")
    shown = page.locator("tr[data-row] a.row-t").all_inner_texts()
    assert {plain(one) for one in shown} == {plain(one) for one in CORPUS}


def plain(text: str) -> str:
    """The text without white space, which a browser joins."""
    return "".join(text.split())


def test_a_file_for_a_spreadsheet_calculates_nothing(hostile: Made) -> None:
    served, _made = hostile
    text = served.site.guest().read(f"/o/{OBJECT}/export.csv?view=All")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert "HYPERLINK" in text
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
