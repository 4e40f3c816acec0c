from __future__ import annotations

import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform import clock, files
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.files import FileStore, download_headers, picture_type, renamed, safe_name

pytestmark = pytest.mark.abuse("A32")

HOUR = timedelta(hours=1)


def test_bytes_are_kept_once_by_their_hash(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    first = store.put(io.BytesIO(b"hello"))
    assert store.put(io.BytesIO(b"hello")) == first
    assert first.size == 5
    assert list(store.hashes()) == [first.sha256]
    with store.open(first.sha256) as kept:
        assert kept.read() == b"hello"
    assert not list((tmp_path / "files" / "main").glob("*.new"))
    assert store.remove(first.sha256, clock.now() + HOUR)
    assert not store.remove(first.sha256, clock.now() + HOUR)
    with pytest.raises(NotFound):
        store.open(first.sha256)


def test_bytes_that_were_put_anew_are_not_removed_as_old_ones(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    sha256 = store.put(io.BytesIO(b"hello")).sha256
    (place,) = (tmp_path / "files" / "main").glob("??/*")
    os.utime(place, (1, 1))
    store.put(io.BytesIO(b"hello"))
    assert not store.remove(sha256, clock.now() - HOUR)
    with store.open(sha256) as kept:
        assert kept.read() == b"hello"


def test_an_upload_that_was_broken_off_is_cleared_away_when_it_is_old(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    store.put(io.BytesIO(b"hello"))
    draft = tmp_path / "files" / "main" / "0123456789abcdef.new"
    draft.write_bytes(b"hel")
    store.clear_drafts(clock.now() - HOUR)
    assert draft.exists()
    store.clear_drafts(clock.now() + HOUR)
    assert not draft.exists()
    assert len(list(store.hashes())) == 1


def test_an_empty_file_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        FileStore(tmp_path, "main", 1000).put(io.BytesIO(b""))
    assert refused.value.problems[0].code == "file.empty"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"<svg xmlns=", ""),
        (b"GIF88a", ""),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", ""),
        (b" \x89PNG\r\n\x1a\n", ""),
        (b"", ""),
    ],
)
def test_a_picture_is_told_by_its_bytes(head: bytes, found: str) -> None:
    assert picture_type(head) == found


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("Offer.pdf", "Offer 2", "Offer 2.pdf"),
        ("Offer.pdf", "Plan.PDF", "Plan.PDF"),
        ("Offer.pdf", "Offer.html", "Offer.html.pdf"),
        ("Offer.pdf", "../x", "x.pdf"),
        ("Offer.pdf", "  ", "Offer.pdf"),
        ("README", "Read me.txt", "Read me.txt"),
    ],
)
def test_another_name_keeps_the_ending(old: str, new: str, name: str) -> None:
    assert renamed(old, new) == name


def test_what_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    assert store.put(io.BytesIO(b"x" * 1000))
    with pytest.raises(Rejected) as refused:
        store.put(io.BytesIO(b"y" * 1001))
    assert refused.value.problems[0].code == "file.too_large"
    assert len(list((tmp_path / "files").rglob("*"))) == 3


def test_another_org_has_other_files(tmp_path: Path) -> None:
    sha256 = FileStore(tmp_path, "main", 1000).put(io.BytesIO(b"hello")).sha256
    with pytest.raises(NotFound):
        FileStore(tmp_path, "second", 1000).open(sha256)


@pytest.mark.parametrize("sha256", ["../../secret", "", "A" * 64, "0" * 63, "0" * 64 + "/x"])
def test_a_hash_that_is_none_names_no_file(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(NotFound):
        FileStore(tmp_path, "main", 1000).open(sha256)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.csv", "a.csv"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("\u200binvoice.pdf", "invoice.pdf"),
        ("\uff0e\uff0e\uff0fetc\uff0fpasswd", "passwd"),
        ('x";filename=y.html', "x_;filename=y.html"),
        ("line\r\nSet-Cookie: a=b", "lineSet-Cookie_ a=b"),
        ("CON.txt", "_CON.txt"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("报价单.xlsx", "报价单.xlsx"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=400))
def test_every_name_is_short_visible_and_without_folders(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= files.LONGEST_NAME
    assert not set(safe) & set('/\\\r\n\x00"<>|*?:')
    assert safe_name(safe) == safe


ACTIVE = ["a.svg", "a.html", "a.xml", "a.mhtml", "a.pdf", "a.png.html", "a.js", "a.htm", "a"]


@pytest.mark.parametrize("name", ACTIVE)
def test_a_download_is_saved_and_never_shown(name: str) -> None:
    headers = download_headers(name, "text/html;image/png")
    assert headers["Content-Disposition"].startswith("attachment; filename=")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].endswith("sandbox")
    assert headers["Content-Type"] not in ("image/svg+xml", "text/html", "application/xml")
    assert "no-store" in headers["Cache-Control"]


@given(st.text(max_size=100))
def test_no_name_breaks_the_header(name: str) -> None:
    value = download_headers(name)["Content-Disposition"]
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
