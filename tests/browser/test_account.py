"""The pages of one's own account in a browser: sign-in, forgotten password, settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.demo_site import PASSWORD, PEOPLE

if TYPE_CHECKING:
    from .conftest import Opens, Served

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]
LOOKS = {"light": (1440, False), "dark phone": (360, True)}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_way_in(
    open_page: Opens, axe: Check, ready: Check, look: str
) -> None:
    width, dark = LOOKS[look]
    page = open_page(width, dark=dark, who="")
    for path in ("/login", "/password/forgotten"):
        page.goto(path)
        ready(page)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_my_settings(
    open_page: Opens, axe: Check, ready: Check, look: str
) -> None:
    width, dark = LOOKS[look]
    page = open_page(width, dark=dark)
    page.goto("/settings")
    ready(page)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scripts", [True, False])
def test_a_wrong_password_is_said_and_the_right_one_lets_in(
    open_page: Opens, axe: Check, scripts: bool
) -> None:
    page = open_page(who="", scripts=scripts)
    page.goto("/login?next=/settings")
    page.fill("[name=username]", PEOPLE["admin"])
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("not right")
    if scripts:
        axe(page)
    assert page.input_value("[name=username]") == PEOPLE["admin"]
    assert page.input_value("[name=password]") == ""
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("heading", name="My settings")).to_be_visible()


def test_the_chosen_look_is_there_before_any_script_runs(open_page: Opens) -> None:
    page = open_page(scripts=False)
    page.goto("/settings")
    page.select_option("[name=theme]", "dark")
    page.select_option("[name=density]", "comfortable")
    page.locator("form[action='/settings'] button[data-save]").click()
    expect(page.locator("html[data-theme=dark][data-density=comfortable]")).to_be_attached()
    page.select_option("[name=theme]", "system")
    page.select_option("[name=density]", "compact")
    page.locator("form[action='/settings'] button[data-save]").click()
    expect(page.locator("html:not([data-theme])")).to_be_attached()


def test_a_photo_is_cut_square_and_made_small_before_it_is_sent(
    open_page: Opens, ready: Check, served: Served
) -> None:
    page = open_page(at=served)
    page.goto("/settings")
    ready(page)
    box = page.locator("#photo input[type=file]")
    wide = page.screenshot()  # 1440 × 900
    box.set_input_files({"name": "wide.png", "mimeType": "image/png", "buffer": wide})
    expect(page.locator("#photo .av img")).to_have_count(0)
    page.wait_for_function(
        "() => document.querySelector('#photo [type=file]').files[0]?.name === 'photo.png'"
    )
    page.get_by_role("button", name="Use this photo").click()
    expect(page.locator("#photo .av img")).to_have_js_property("naturalWidth", 256)
    expect(page.locator("#photo .av img")).to_have_js_property("naturalHeight", 256)
