from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trellis.platform import files
from trellis.platform.db.scope import OrgDatabase
from trellis.platform.errors import NotFound, Rejected
from trellis.platform.files import FileStore, add_file, download_headers, get_file, safe_name
from trellis.platform.people.actor import system_actor

ROOT = system_actor("main", "test")


def test_bytes_are_kept_once_by_their_hash(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    first = store.put(io.BytesIO(b"hello"))
    assert store.put(io.BytesIO(b"hello")) == first
    assert first[1] == 5
    assert list(store.hashes()) == [first[0]]
    with store.open(first[0]) as kept:
        assert kept.read() == b"hello"
    assert not list((tmp_path / "files" / "main").glob("*.new"))
    store.remove(first[0])
    store.remove(first[0])
    with pytest.raises(NotFound):
        store.open(first[0])


def test_what_is_too_large_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path, "main", 1000)
    assert store.put(io.BytesIO(b"x" * 1000))
    with pytest.raises(Rejected) as refused:
        store.put(io.BytesIO(b"y" * 1001))
    assert refused.value.problems[0].code == "file.too_large"
    assert len(list((tmp_path / "files").rglob("*"))) == 3


def test_another_org_has_other_files(tmp_path: Path) -> None:
    sha256, _size = FileStore(tmp_path, "main", 1000).put(io.BytesIO(b"hello"))
    with pytest.raises(NotFound):
        FileStore(tmp_path, "second", 1000).open(sha256)


@pytest.mark.parametrize("sha256", ["../../secret", "", "A" * 64, "0" * 63, "0" * 64 + "/x"])
def test_a_hash_that_is_none_names_no_file(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(NotFound):
        FileStore(tmp_path, "main", 1000).open(sha256)


def test_a_file_is_noted_with_a_safe_name_and_a_type_by_its_ending(org_db: OrgDatabase) -> None:
    with org_db.write() as conn:
        made = add_file(conn, ROOT, "..\\..\\Über uns.PDF", "0" * 64, 12, "001x")
        assert get_file(conn, made.id) == made
        assert [found.id for found in files.list_files(conn, "001x")] == [made.id]
        with pytest.raises(NotFound):
            get_file(conn, "069x")
    assert (made.name, made.media_type) == ("Über uns.PDF", "application/pdf")


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
