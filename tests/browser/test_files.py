"""Files in a browser: dropped, seen, saved byte for byte, a newer version, deleted and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from .hand import Hand

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

#: Drops files of these names and texts on the panel, as a browser tells it.
DROP = """given => {
  const held = new DataTransfer();
  for (const [name, text] of given) held.items.add(new File([text], name));
  const zone = document.querySelector('#file-list');
  const options = { bubbles: true, cancelable: true, dataTransfer: held };
  for (const type of ['dragover', 'drop']) zone.dispatchEvent(new DragEvent(type, options));
}"""


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    path = waiting.value.path()
    assert waiting.value.suggested_filename == name
    return Path(path).read_bytes()


def test_files_are_dropped_saved_replaced_deleted_and_put_back(
    served: Served, open_page: Opens, axe: Callable[[Page], None], tmp_path: Path
) -> None:
    record_id = served.site.records("rep").create("Account", {"Name": "Kelp & Sons"})
    page = open_page(who="rep")
    hand = Hand(page).open(f"/r/{record_id}?tab=files")
    page.evaluate(DROP, [["Offer.txt", "Dear Kelp,\r\n你好"], ["Plan.csv", "a;b"], ["no.txt", ""]])
    files = page.locator("#file-list .fi")
    expect(files).to_have_count(2)
    expect(page.locator("[data-uploads]")).to_contain_text("The file is empty.")
    expect(page.locator(".tabs [aria-current] .count")).to_have_text("2")
    assert saved(page, "Offer.txt") == "Dear Kelp,\r\n你好".encode()
    axe(page)

    offer = files.filter(has_text="Offer.txt")
    hand.click(offer.locator(".menu summary"))
    hand.follow("Add a newer version")
    hand.arrives("/files/")
    (tmp_path / "signed.txt").write_bytes(b"signed")
    page.set_input_files("form[data-upload] input[type=file]", tmp_path / "signed.txt")
    page.fill("[name=note]", "Signed by both")
    hand.press_button("Add version")
    expect(page.locator("#versions .fi")).to_have_count(2)
    expect(page.locator("#versions")).to_contain_text("Signed by both")
    axe(page)

    hand.open(f"/r/{record_id}?tab=files")
    expect(offer).to_contain_text("Version 2")
    assert saved(page, "Offer.txt") == b"signed"
    hand.click(offer.locator(".menu summary"))
    hand.click(offer.get_by_role("button", name="Delete"))
    expect(files.filter(has=page.locator("a"))).to_have_count(1)
    hand.click(page.locator(".toasts").get_by_role("button", name="Undo"))
    expect(files.filter(has=page.locator("a"))).to_have_count(2)


def test_a_file_is_added_on_a_phone_with_scripts_off(
    served: Served, open_page: Opens, tmp_path: Path
) -> None:
    record_id = served.site.records("rep").create("Account", {"Name": "Kelp & Sons"})
    (tmp_path / "a.txt").write_bytes(b"hello")
    page = open_page(360, 740, who="rep", scripts=False)
    page.goto(f"/r/{record_id}?tab=files")
    page.set_input_files("form[data-upload] input[type=file]", tmp_path / "a.txt")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#file-list .fi")).to_have_count(1)
    assert saved(page, "a.txt") == b"hello"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
