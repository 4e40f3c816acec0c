"""Archives from strangers: each is refused before anything of it is used, by the member's name."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from trellis.metadata.packages.archive import (
    LARGEST_MEMBER,
    MOST_MEMBERS,
    read_files,
    read_zip,
    zip_of,
)
from trellis.metadata.packages.manifest import Manifest, parse_manifest, version_key
from trellis.metadata.packages.read import MANIFEST, parse_package
from trellis.platform.errors import Rejected

pytestmark = pytest.mark.abuse("A27", "A49")

GOOD = {MANIFEST: b'{"name": "x", "version": "1", "format": 1}'}


def packed(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, GOOD[MANIFEST])
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def link() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("tabs/a.tab.json")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


HOSTILE = [
    ("../a.tab.json", "package.path"), ("/etc/a.tab.json", "package.path"),
    ("C:\\a.tab.json", "package.path"), ("tabs/../../a.tab.json", "package.path"),
    ("tabs/a\x07.tab.json", "package.path"), ("tabs/a.py", "package.file"),
    ("samples/a.py", "package.file"), ("samples/deep/A.csv", "package.file"),
    ("tabs/A.csv", "package.file"), ("inner.zip", "package.file"), (link(), "package.link"),
    ("PACKAGE.json", "package.doubled"),
]  # fmt: skip


@pytest.mark.parametrize(("member", "code"), HOSTILE, ids=lambda value: str(value)[:30])
def test_a27_a_hostile_member_is_refused_by_its_name(
    member: str | zipfile.ZipInfo, code: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        read_zip(packed((member, b"{}")))
    name = member if isinstance(member, str) else member.filename
    assert (code, (name,)) in {(p.code, p.path) for p in refusal.value.problems}


def test_a27_a_member_that_is_there_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = packed(("tabs/a.tab.json", b"{}"), ("tabs/a.tab.json", b"[]"))
    with pytest.raises(Rejected, match=r"tabs/a\.tab\.json: It is there twice"):
        read_zip(content)


def test_a27_a_bomb_is_refused_without_being_unpacked() -> None:
    content = packed(("tabs/a.tab.json", b" " * (LARGEST_MEMBER + 1)))
    assert len(content) < LARGEST_MEMBER / 100
    with pytest.raises(Rejected, match=r"tabs/a\.tab\.json: It is larger than 16 MB"):
        read_zip(content)


def test_a27_a_member_that_lies_about_its_size_is_refused() -> None:
    content = bytearray(packed(("tabs/a.tab.json", b" " * 100_000)))
    place = content.rindex(b"PK\x01\x02")  # the last entry of the directory
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    with pytest.raises(Rejected):
        read_zip(bytes(content))


def test_a27_the_member_after_the_last_allowed_one_is_named() -> None:
    many = [(f"tabs/{n}.tab.json", b"{}") for n in range(MOST_MEMBERS)]
    with pytest.raises(Rejected, match=rf"tabs/{MOST_MEMBERS - 1}\.tab\.json"):
        read_zip(packed(*many))


def test_a27_a_member_that_was_changed_is_named() -> None:
    sums = json.dumps({MANIFEST: "0" * 64, "tabs/gone.tab.json": "0" * 64}).encode()
    with pytest.raises(Rejected) as refusal:
        read_zip(packed(("checksums.json", sums)))
    assert [p.path for p in refusal.value.problems] == [(MANIFEST,), ("tabs/gone.tab.json",)]
    assert read_zip(zip_of(GOOD)) == GOOD


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(10), b"{}"])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(Rejected, match="not a whole zip"):
        read_zip(content)


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(GOOD[MANIFEST])
    (tmp_path / "a.tab.json").symlink_to("/etc/hostname")
    with pytest.raises(Rejected, match="It is a link"):
        read_files(tmp_path)


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "content", [b"{", b"\xff", b'{"a": NaN}', b'{"kind": "x", "kind": "y"}', DEEP, b"[]"]
)
def test_a_file_that_is_no_document_is_named(content: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        parse_package({**GOOD, "tabs/a.tab.json": content})
    assert {p.path for p in refusal.value.problems} == {("tabs/a.tab.json",)}


def test_a49_a_reference_to_elsewhere_in_a_document_is_an_unknown_key() -> None:
    tree = {"name": "x", "version": "1", "format": 1, "$ref": "http://127.0.0.1:9/x"}
    with pytest.raises(Rejected, match=r"\$ref"):
        parse_manifest(tree)


@pytest.mark.parametrize(
    "change", [{"name": "../x"}, {"version": "one"}, {"format": 0}, {"x": 1}, {"name": None}]
)
def test_a_manifest_that_is_not_understood_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        parse_manifest({"name": "x", "version": "1", "format": 1, **change})


def test_a_later_format_is_refused_in_words() -> None:
    with pytest.raises(Rejected, match="later release"):
        parse_manifest({"name": "x", "version": "1", "format": 2})


def test_a_manifest_is_read_as_it_was_written() -> None:
    manifest = Manifest("x", "2.1", "X", "What it is", "0.1", {"standard": "1.0.0"})
    assert parse_manifest(manifest.to_json()) == manifest


def test_versions_sort_as_numbers() -> None:
    versions = ["1.10", "1.9.3", "2", "1.9", "0.1"]
    assert sorted(versions, key=version_key) == ["0.1", "1.9", "1.9.3", "1.10", "2"]
    assert version_key("1.0") == version_key("1")
