"""What a person does in a browser, in the words of a journey; counts clicks where that matters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import FloatRect, Locator, Page, expect

from trellis.platform.i18n import Localization, _, speak_to

READY = "html[data-ready]"

BOX_WITHOUT_GAP = """place => {
  const gaps = [...document.querySelectorAll('.dgap')];
  for (const gap of gaps) gap.hidden = true;
  const { x, y, width, height } = place.getBoundingClientRect();
  for (const gap of gaps) gap.hidden = false;
  return { x, y, width, height };
}"""


@dataclass
class Hand:
    """Somebody at a page, who reads it in a language."""

    page: Page
    language: str = "en"
    clicks: int = 0

    def words(self, text: str, **values: object) -> str:
        """A text of the product as this person reads it."""
        with self.reading():
            return str(_(text, **values))

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is said meanwhile is in this person's language."""
        speak_to(Localization(self.language, self.language if self.language != "en" else "en_US"))
        try:
            yield
        finally:
            speak_to(Localization())

    def open(self, address: str) -> Hand:
        self.page.goto(address)
        self.page.wait_for_selector(READY, state="attached")
        return self

    def click(self, what: Locator | str) -> None:
        self.clicks += 1
        (self.page.locator(what) if isinstance(what, str) else what).click()

    def press_button(self, text: str, within: str = "body") -> None:
        name = self.words(text)
        self.click(self.page.locator(within).get_by_role("button", name=name, exact=True))

    def follow(self, text: str, within: str = "body") -> None:
        """Clicks a link of the product's own words and waits for the page."""
        self.click(self.page.locator(within).get_by_role("link", name=self.words(text), exact=True))

    def arrives(self, part: str) -> None:
        """Waits for a page whose address has this part, with its scripts at work."""
        leaving = "" if "/edit" in part else "/edit"  # the form that is about to be left
        self.page.wait_for_url(lambda url: part in url and not (leaving and url.endswith(leaving)))
        self.page.wait_for_selector(READY, state="attached")

    def is_told(self, text: str) -> None:
        """Waits for a form that came back with a problem, with its scripts at work."""
        expect(self.page.locator("[data-problems]")).to_contain_text(text)
        self.page.wait_for_selector(READY, state="attached")

    def choose(self, box: str, text: str) -> None:
        """Types into a lookup box or a searchable list and takes the first answer by Enter."""
        control = self.page.locator(f"{box}[role=combobox], {box}-box[role=combobox]").first
        control.fill(text)
        option = self.page.locator("[role=listbox]:not([hidden]) [aria-selected=true]")
        expect(option).to_contain_text(text)
        control.press("Enter")

    def saved(self) -> None:
        """Waits for the line at the foot that says so."""
        toast = self.page.locator(".toasts [data-toast]").first
        expect(toast).to_be_visible(
            timeout=15_000
        )  # a change of tables takes its time on a busy machine

    def _hold_until_seen(self, to: Locator, end: FloatRect) -> FloatRect:
        """Holds what is dragged near an edge of the window, which scrolls, till the place shows."""
        height = (self.page.viewport_size or {"height": 0})["height"]
        for _n in range(200):
            if 90 < end["y"] + end["height"] / 2 < height - 120:
                break
            edge = 70 if end["y"] < height / 2 else height - 16
            self.page.mouse.move(end["x"] + 30, edge)
            self.page.wait_for_timeout(30)
            end = self._place(to)
        return end

    @staticmethod
    def _place(to: Locator) -> FloatRect:
        """Where something lies without the gap of a drag: the page tells places apart so."""
        box: FloatRect = to.evaluate(BOX_WITHOUT_GAP)
        return box

    def drag(self, what: Locator, to: Locator, *, below: bool = True) -> None:
        """Drags by the mouse to the lower or upper part of another place."""
        what.scroll_into_view_if_needed()
        start = what.bounding_box()
        assert start
        mouse = self.page.mouse
        mouse.move(start["x"] + 40, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(start["x"] + 50, start["y"] + start["height"] / 2 + 10, steps=4)
        end = self._hold_until_seen(to, self._place(to))
        part = end["height"] * (0.8 if below else 0.2)
        mouse.move(end["x"] + 30, end["y"] + part, steps=12)
        if abs((now := self._place(to))["y"] - end["y"]) > 4:  # it was scrolled meanwhile
            mouse.move(now["x"] + 30, now["y"] + part, steps=3)
        mouse.up()
