from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from trellis.platform.people.users import User
from trellis.platform.web.logs import SafeFormatter, safe_text

pytestmark = pytest.mark.abuse("A76", "A77")

Make = Callable[..., User]
Browser = Any


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("rejected", 400, "The name is wrong."),
        ("missing", 404, "There is no such record."),
        ("conflict", 409, "Changed."),
        ("busy", 503, "Busy."),
        ("bug", 500, "The error was noted."),
    ],
)
def test_an_error_is_a_page_in_words(browser: Browser, kind: str, status: int, text: str) -> None:
    answer = browser.get(f"/probe/error/{kind}")
    assert answer.status_code == status
    assert text in answer.text
    assert "<h1>" in answer.text


def test_a_bug_shows_an_id_that_stands_in_the_log_and_nothing_from_inside(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    program = browser.get("/probe/error/bug", headers={"Accept": "application/json"})
    page = browser.get("/probe/error/bug")
    for answer in (program, page):
        assert not any(word in answer.text for word in ("f_000123", "/srv", "Traceback", "Runtime"))
    assert program.json["errorId"] in caplog.text
    assert "f_000123" in caplog.text


def test_a_program_gets_the_problems_as_values(browser: Browser) -> None:
    answer = browser.get("/probe/error/rejected", headers={"Accept": "application/json"})
    assert answer.json["problems"] == [
        {"code": "probe.wrong", "path": ["name"], "message": "The name is wrong.", "hint": ""}
    ]


def test_a_script_gets_a_fragment(browser: Browser) -> None:
    answer = browser.get("/probe/error/missing", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert "There is no such record." in answer.text
    assert "<html" not in answer.text


def test_a_busy_server_says_when_to_come_back(browser: Browser) -> None:
    assert browser.get("/probe/error/busy").headers["Retry-After"] == "5"


def test_a_wrong_method_names_the_right_ones(browser: Browser) -> None:
    answer = browser.get("/probe/write")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_address_is_404_signed_in_or_not(browser: Browser, make_user: Make) -> None:
    make_user("amy")
    assert browser.get("/no/such<script>").status_code == 404
    browser.sign_in()
    answer = browser.get("/no/such<script>")
    assert answer.status_code == 404
    assert "<script>" not in answer.text.split("<body")[1].split("<script type")[0]


def test_an_error_page_needs_no_database(
    browser: Browser, make_user: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user("amy")
    browser.sign_in()

    def broken(*_args: object) -> None:
        raise RuntimeError("no database")

    monkeypatch.setattr("trellis.platform.orgs.Orgs.open", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "no database" not in answer.text


def test_the_log_cannot_be_forged_and_holds_no_link(browser: Browser) -> None:
    hostile = "a\r\n2026 INFO fine\x1b[31m \u202e /password/choose/main/s3cret-token?x"
    text = safe_text(hostile)
    assert "\r" not in text
    assert "\x1b" not in text
    assert "s3cret" not in text
    assert text.splitlines()[1].startswith("    ")
    record = logging.LogRecord("trellis", logging.ERROR, "x", 1, "got %s", (hostile,), None)
    assert "\x1b" not in SafeFormatter().format(record)
