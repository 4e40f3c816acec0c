from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from trellis.platform.web.assets import Assets, asset_url

Browser = Any


def test_an_asset_is_kept_for_ever_under_the_hash_of_all(app: Flask, browser: Browser) -> None:
    with app.test_request_context(base_url="http://127.0.0.1:8000"):
        url = asset_url("platform/css/base.css")
    answer = browser.get(url)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "Set-Cookie" not in answer.headers
    again = browser.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_asset_of_another_release_is_served_and_not_kept(browser: Browser) -> None:
    answer = browser.get("/assets/0123456789/platform/css/base.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_text_is_squeezed_for_who_takes_it(browser: Browser) -> None:
    path = "/assets/x/platform/css/base.css"
    plain = browser.get(path)
    squeezed = browser.get(path, headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed.data) == plain.data
    assert squeezed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in squeezed.headers["Vary"]
    refused = browser.get(path, headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in refused.headers


TRAVERSALS = [
    *("../../app.py", "..%2f..%2fapp.py", "....//app.py", "platform/../../app.py", "/etc/passwd"),
    *("platform/css/../../../app.py", "platform\\css\\base.css", "platform/css/base.css%00", "."),
    *("platform/", "", "platform/css", "platform/css/BASE.CSS/", "%2e%2e/app.py"),
]


def test_nothing_outside_the_folders_is_served(browser: Browser) -> None:
    for path in TRAVERSALS:
        assert browser.get(f"/assets/x/{path}").status_code in (308, 404), path


def test_a_name_that_is_none_is_a_bug_of_the_template(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(LookupError):
        asset_url("platform/css/missing.css")


def test_the_hash_changes_with_any_byte_and_files_of_other_types_are_left_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.css").write_text("a{}")
    (tmp_path / "secret.py").write_text("x = 1")
    (tmp_path / ".env").write_text("x")
    kept = Assets({"one": tmp_path}, watched=False)
    watched = Assets({"one": tmp_path}, watched=True)
    assert kept.paths() == ("one/a.css",)
    before = watched.hash
    (tmp_path / "a.css").write_text("b{color:red}")
    (tmp_path / "b.js").write_text("1")
    assert watched.hash != before
    assert watched.paths() == ("one/a.css", "one/b.js")
    assert kept.hash == before
