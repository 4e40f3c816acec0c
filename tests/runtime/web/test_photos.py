"""Photos of people by HTTP: kept, shown where people are, to whoever sees them, removed."""

from __future__ import annotations

import io
import zlib

import pytest
import sqlalchemy as sa

from tests.demo_site import PICTURE, Site
from trellis.platform.attachments import named_hashes
from trellis.platform.migrations.tables import sys_audit
from trellis.platform.people import photos
from trellis.platform.pictures import picture_size

pytestmark = pytest.mark.abuse("A32")

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080101010101011100")
WEBP = b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + bytes([99, 0, 0, 49, 0, 0])


def png(width: int, height: int, tail: bytes = b"") -> bytes:
    head = b"IHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\0\0\0\0"
    body = (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)
    return b"\x89PNG\r\n\x1a\n" + body + tail


def send(site: Site, data: bytes, name: str = "me.png", who: str = "rep") -> str:
    guest = site.guest(who)
    guest.get("/settings")
    answer = guest.post("/settings/photo", {"photo": (io.BytesIO(data), name)})
    assert answer.status_code == 302
    return guest.read("/settings")


def address(site: Site, who: str = "rep") -> str:
    return f"/people/{site.actor(who).user_id}/photo"


def test_a_photo_is_shown_wherever_the_person_is(either_site: Site) -> None:
    site = either_site
    found = f'<img src="{address(site)}?v='
    assert found not in site.guest("admin").read("/setup/users")
    page = send(site, PICTURE)
    assert page.count(found) == 2  # in the frame and in the section
    admin = site.guest("admin")
    assert found in admin.read("/setup/users")
    record = site.records("rep").create("Account", {"Name": "Quiet Works"})
    assert found in admin.read(f"/r/{record}")
    assert found in admin.read("/o/Account?view=AllAccounts&q=Quiet&sort=-CreatedDate")
    rep = site.guest("rep")
    rep.post(f"/r/{record}/comments", {"text": "Hello", "once": ""})
    assert found in admin.read(f"/r/{site.actor('rep').user_id}/card")
    answer = admin.get(address(site))
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "private" in answer.headers["Cache-Control"]


def test_without_a_photo_there_are_initials_again(site: Site) -> None:
    send(site, PICTURE)
    rep = site.guest("rep")
    rep.post("/settings/photo/remove")
    assert "/photo?v=" not in rep.read("/settings")
    assert rep.get(address(site)).status_code == 404
    rep.post("/settings/photo/remove")  # again: nothing happens
    with site.db.read() as conn:
        a = sys_audit.c
        told = conn.scalars(sa.select(a.operation).where(a.operation.like("user.ph%")))
        assert list(told) == ["user.photo_set", "user.photo_removed"]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GIF89a" + b"\0" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7",
        b"\x89PNG\r\n\x1a\n", png(0, 5), png(2049, 10), png(5, 5, b"x" * 2000),
        b"\xff\xd8\xff", b"RIFF....WEBPVP8 ", b"<html><script>alert(1)</script>",
    ],
    ids=range(11),
)  # fmt: skip
def test_a32_what_is_no_photo_is_refused_and_kept_nowhere(
    site: Site, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "LARGEST", 2000)
    before = set(site.store.hashes())
    page = send(site, data)
    assert "/photo?v=" not in page
    assert "A photo" in page
    assert set(site.store.hashes()) == before


@pytest.mark.parametrize(
    ("data", "media_type", "size"),
    [
        (png(64, 32), "image/png", (64, 32)), (JPEG, "image/jpeg", (257, 257)),
        (WEBP, "image/webp", (100, 50)), (JPEG[:20], "image/jpeg", None),
        (WEBP[:20], "image/webp", None), (png(4, 4)[:20], "image/png", None),
        (b"\xff\xd8" + b"\xff" * 500, "image/jpeg", None), (PICTURE, "image/gif", None),
    ],
)  # fmt: skip
def test_the_size_of_a_picture_is_read_from_its_first_bytes(
    data: bytes, media_type: str, size: tuple[int, int] | None
) -> None:
    assert picture_size(data, media_type) == size


def test_the_bytes_of_a_photo_are_not_swept_away(site: Site) -> None:
    send(site, PICTURE)
    with site.db.read() as conn:
        assert set(site.store.hashes()) <= named_hashes(conn)
        assert named_hashes(conn, ["0" * 64]) == set()


def test_a_photo_asks_nothing_more_of_the_database(site: Site) -> None:
    admin = site.guest("admin")
    admin.read("/o/Account?view=AllAccounts")
    with site.counted() as before:
        admin.read("/o/Account?view=AllAccounts")
    send(site, PICTURE)
    admin.read("/o/Account?view=AllAccounts")  # which photos there are is learnt here
    with site.counted() as after:
        admin.read("/o/Account?view=AllAccounts")
    assert len(after) == len(before)


def test_nobody_sets_the_photo_of_another(site: Site) -> None:
    send(site, PICTURE)
    site.guest("chinese").post("/settings/photo/remove")
    assert site.guest("admin").get(address(site)).status_code == 200
