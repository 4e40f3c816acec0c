from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.views import MethodView

from trellis.platform.people.users import User
from trellis.platform.web.access import ADMINISTRATOR, SIGNED_IN, Access, find_access, requires

pytestmark = pytest.mark.abuse("A41")

Make = Callable[..., User]
Browser = Any


@pytest.mark.parametrize(
    ("path", "nobody", "standard", "admin"),
    [
        ("/probe/anyone", 200, 200, 200),
        ("/", 303, 200, 200),
        ("/settings", 303, 200, 200),
        ("/probe/admin", 303, 403, 200),
        ("/_ui", 303, 403, 200),
        ("/nowhere", 404, 404, 404),
    ],
)
def test_each_view_lets_in_whom_it_says(
    browse: Callable[[], Browser],
    make_user: Make,
    path: str,
    nobody: int,
    standard: int,
    admin: int,
) -> None:
    make_user("sam")
    make_user("ada", profile="Admin")
    assert browse().get(path).status_code == nobody
    for name, status in (("sam", standard), ("ada", admin)):
        browser = browse()
        browser.sign_in(name)
        assert browser.get(path).status_code == status


def test_only_the_listed_views_are_open_to_anyone(app: Flask) -> None:
    open_ones = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if find_access(app.view_functions[rule.endpoint]) is Access.ANYONE
        and not rule.endpoint.startswith("probe.")
    }
    assert open_ones == {
        "assets.asset",
        "health.health",
        "sign_in.login",
        "sign_in.sign_in_now",
        "sign_in.logout",
        "sign_in.forgotten",
        "sign_in.send_reset",
        "sign_in.choose",
        "sign_in.choose_now",
    }


def test_a_class_of_views_can_say_who_may_call_it() -> None:
    @requires(ADMINISTRATOR)
    class Page(MethodView):
        pass

    assert find_access(Page.as_view("page")) is ADMINISTRATOR
    assert find_access(requires(SIGNED_IN)(lambda: "x")) is SIGNED_IN
    assert find_access(lambda: "x") is None


@pytest.mark.parametrize(
    "suffix", ["?/probe/anyone", "/../anyone", "%2f..%2fanyone", ";/probe/anyone"]
)
def test_no_spelling_of_an_address_opens_a_closed_view(browser: Browser, suffix: str) -> None:
    assert browser.get("/probe/admin" + suffix).status_code in (303, 404)
