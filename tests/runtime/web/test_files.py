"""Files of a record by HTTP: sent, saved, shown to whom, in versions, deleted and put back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.demo_site import HOME, PICTURE, Guest, Site
from trellis.platform.attachments import list_files
from trellis.platform.files import MEDIA_TYPES

JSON = {"Accept": "application/json"}


def account(site: Site) -> str:
    return site.records("rep").create("Account", {"Name": "Kelp & Sons"})


def send(
    guest: Guest, address: str, *files: tuple[bytes, str], json: bool = False, **form: str
) -> TestResponse:
    """Sends a form written by hand, so that no library puts a name right before it is sent."""
    if not guest.token:
        guest.get("/settings")
    lines = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, value in {"csrf_token": guest.token, **form}.items()
    ]
    for content, name in files:
        named = f"filename*=UTF-8''{quote(name, safe='')}"
        lines.append(
            f'Content-Disposition: form-data; name="file"; {named}\r\n'
            "Content-Type: text/html\r\n\r\n".encode()
            + content
        )
    body = b"".join(b"--edge\r\n" + line + b"\r\n" for line in lines) + b"--edge--\r\n"
    return guest.client.post(
        address,
        data=body,
        base_url=HOME,
        headers=JSON if json else {},
        content_type="multipart/form-data; boundary=edge",
    )


def attach(guest: Guest, record_id: str, content: bytes = b"hello", name: str = "a.txt") -> str:
    answer = send(guest, f"/r/{record_id}/files", (content, name), json=True)
    assert answer.status_code == 201, answer.text
    return str(answer.json[0]["id"])  # type: ignore[index]


def saved(guest: Guest, address: str) -> TestResponse:
    """The answer of a download, read to its end."""
    return guest.get(address, buffered=True)


def names(site: Site, record_id: str) -> list[str]:
    with site.db.read() as conn:
        return sorted(one.name for one in list_files(conn, record_id))


def test_files_are_sent_and_saved_again_byte_for_byte(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    content = bytes(range(256)) * 3000  # longer than a chunk
    answer = send(rep, f"/r/{record_id}/files", (content, "scan.bin"), (b"a;b", "list.csv"))
    assert answer.location.endswith(f"/r/{record_id}?tab=files")
    page = unescape(rep.read(f"/r/{record_id}?tab=files"))
    assert "2 files were added." in page
    assert "Ana Souza" in page.split('id="file-list"')[1]
    assert re.search(r'tab=files"[^>]*>Files<span class="count">2<', page)
    address = re.search(r'href="(/files/\w+/download)" download>scan.bin<', page)
    assert address
    answer = saved(rep, address[1])
    assert (answer.data, answer.content_length) == (content, len(content))
    assert saved(either_site.guest("admin"), address[1]).data == content


def test_what_cannot_be_kept_is_said_and_the_others_are_added(site: Site) -> None:
    record_id, rep = account(site), site.guest("rep")
    send(rep, f"/r/{record_id}/files", (b"", "blank.txt"), (b"x", "good.txt"))
    page = unescape(rep.read(f"/r/{record_id}?tab=files"))
    assert "blank.txt was not added. The file is empty." in page
    assert names(site, record_id) == ["good.txt"]
    send(rep, f"/r/{record_id}/files")
    assert "Choose a file first." in rep.read(f"/r/{record_id}?tab=files")
    told = send(rep, f"/r/{record_id}/files", (b"", "blank.txt"), json=True)
    assert told.status_code == 400
    assert told.json["problems"][0]["code"] == "file.empty"  # type: ignore[index]
    assert names(site, record_id) == ["good.txt"]


def test_the_same_file_sent_twice_is_one(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    assert attach(rep, record_id) == attach(rep, record_id)
    assert names(either_site, record_id) == ["a.txt"]


def test_a_newer_version_is_shown_and_older_ones_can_be_saved(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    file_id = attach(rep, record_id, b"first", "Offer.docx")
    versions = f"/files/{file_id}/versions"
    send(rep, versions, (b"second", "scan.pdf"), note="Signed <b>by both</b>")
    page = rep.read(f"/files/{file_id}")
    assert "Signed &lt;b&gt;by both" in page
    assert "Version 2 of Offer.pdf was added." in page
    assert saved(rep, f"/files/{file_id}/download").data == b"second"
    assert saved(rep, f"{versions}/1").data == b"first"
    assert 'filename="Offer.docx"' in saved(rep, f"{versions}/1").headers["Content-Disposition"]
    assert rep.get(f"{versions}/3").status_code == 404
    send(rep, versions, (b"second", "scan.pdf"))
    assert "nothing was added" in rep.read(f"/files/{file_id}")
    assert rep.get(f"{versions}/3").status_code == 404


def test_a_file_is_renamed_and_keeps_its_ending(site: Site) -> None:
    record_id, rep = account(site), site.guest("rep")
    file_id = attach(rep, record_id, name="Offer.txt")
    rep.post(f"/files/{file_id}/rename", {"name": "../Plan.html"})
    assert names(site, record_id) == ["Plan.html.txt"]
    rep.post(f"/files/{file_id}/rename", {"name": " "})
    assert names(site, record_id) == ["Plan.html.txt"]


def test_a_deletion_is_taken_back_by_undo_or_from_the_panel(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    file_id = attach(rep, record_id)
    page = rep.post(f"/files/{file_id}/delete", follow_redirects=True).text
    assert names(either_site, record_id) == []
    for rest in ("", "/download", "/versions/1", "/preview"):
        assert rep.get(f"/files/{file_id}{rest}").status_code == 404
    assert page.count(f'action="/files/{file_id}/restore"') == 2  # of the toast, of the panel
    rep.post(f"/files/{file_id}/restore")
    assert names(either_site, record_id) == ["a.txt"]
    assert saved(rep, f"/files/{file_id}/download").data == b"hello"


DEEDS = ("delete", "restore", "rename", "versions")


def test_who_only_reads_the_record_reads_its_files_and_changes_none(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    kept, gone = attach(rep, record_id), attach(rep, record_id, b"gone", "gone.txt")
    rep.post(f"/files/{gone}/delete", follow_redirects=True)
    with either_site.db.write() as conn:
        conn.execute(sa.text("UPDATE sys_user SET profile = 'ReadOnly' WHERE name LIKE 'Ana%'"))
    assert saved(rep, f"/files/{kept}/download").data == b"hello"
    pages = rep.read(f"/r/{record_id}?tab=files") + rep.read(f"/files/{kept}")
    assert "data-upload" not in pages
    assert not any(f"/{deed}" in pages for deed in ("delete", "restore", "rename"))
    assert "gone.txt" not in pages
    before = either_site.pictures(), list(either_site.store.hashes())
    assert send(rep, f"/r/{record_id}/files", (b"x", "b.txt")).status_code == 403
    for deed in DEEDS:
        answer = send(rep, f"/files/{kept}/{deed}", (b"x", "b.txt"), name="b")
        assert answer.status_code == (404 if deed == "restore" else 403), deed
    assert send(rep, f"/files/{gone}/restore").status_code == 403
    assert (either_site.pictures(), list(either_site.store.hashes())) == before


@pytest.mark.abuse("A33")
def test_a_file_of_a_record_that_one_may_not_see_is_not_there(either_site: Site) -> None:
    at = datetime(2031, 5, 5, 10, tzinfo=UTC)
    secret = either_site.records("admin").create(
        "Event",
        {"Subject": "Talk", "IsPrivate": True, "StartDateTime": at, "EndDateTime": at},
    )
    admin, rep = either_site.guest("admin"), either_site.guest("rep")
    file_id = attach(admin, secret, PICTURE, "Wyvern merger.png")
    assert "Wyvern merger" in admin.read(f"/r/{secret}?tab=files")  # an event has files, too
    before = either_site.pictures(), list(either_site.store.hashes())
    nothing = "069" + file_id[3:-4] + "zAAA"
    for rest in ("", "/download", "/versions/1", "/preview"):
        for one in (file_id, nothing, "x"):
            answer = rep.get(f"/files/{one}{rest}")
            assert answer.status_code == 404
            assert "Wyvern" not in answer.text
    for deed in DEEDS:
        assert send(rep, f"/files/{file_id}/{deed}", (b"x", "b.txt"), name="b").status_code == 404
    assert send(rep, f"/r/{secret}/files", (b"x", "b.txt")).status_code == 404
    assert (either_site.pictures(), list(either_site.store.hashes())) == before


def test_files_of_a_record_in_the_bin_sleep_with_it(either_site: Site) -> None:
    record_id, rep = account(either_site), either_site.guest("rep")
    file_id = attach(rep, record_id)
    rep.post(f"/r/{record_id}/delete")
    assert saved(rep, f"/files/{file_id}/download").status_code == 404
    assert send(rep, f"/r/{record_id}/files", (b"x", "b.txt")).status_code == 404
    either_site.records("rep").undelete([record_id])
    assert saved(rep, f"/files/{file_id}/download").data == b"hello"
    rep.post(f"/r/{record_id}/delete")
    rep.post("/recycle-bin/purge", {"ids": [record_id]})
    with either_site.db.read() as conn:
        for table in ("sys_file", "sys_file_version"):
            assert not conn.execute(sa.text(f"SELECT * FROM {table}")).all()


def test_people_have_no_files(site: Site) -> None:
    person = site.actor("rep").user_id
    assert "tab=files" not in site.guest("admin").read(f"/r/{person}")
    answer = send(site.guest("admin"), f"/r/{person}/files", (b"x", "b.txt"))
    assert answer.status_code == 403


HTML = b"<script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HOSTILE = {
    "a page": (HTML, "x.html", "x.html"),
    "a page that says it is a picture": (HTML, "x.png", "x.png"),
    "a drawing with a script": (SVG, "x.svg", "x.svg"),
    "a picture that is a page, too": (PICTURE + HTML, "x.html", "x.html"),
    "a GIF that is a script, too": (b"GIF89a/*x*/=1;alert(1)", "x.js", "x.js"),
    "a program with two endings": (b"MZ", "offer.pdf.exe", "offer.pdf.exe"),
    "an ending turned round": (b"MZ", "offer\u202efdp.exe", "offerfdp.exe"),
    "signs that nobody sees": (b"x", "of\u200bfer\u2066.pdf", "offer.pdf"),
    "a way out": (b"x", "../../../../etc/passwd", "passwd"),
    "a way out of Windows": (b"x", "..\\..\\boot.ini", "boot.ini"),
    "a way out by wide signs": (b"x", "\uff0e\uff0e\uff0fx.txt", "x.txt"),
    "a quote": (b"x", 'a";filename=b.html', "a_;filename=b.html"),
    "lines": (b"x", "a\r\nSet-Cookie: b=c.txt", "aSet-Cookie_ b=c.txt"),
    "a device": (b"x", "CON.txt", "_CON.txt"),
    "a hidden file": (b"x", ".htaccess", "htaccess"),
    "a name without end": (b"x", "n" * 5000 + ".txt", "n" * 176 + ".txt"),
    "Chinese": (b"x", "报价单.xlsx", "报价单.xlsx"),
    "mhtml": (b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + HTML, "x.mht", "x.mht"),
    "xml": (b'<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml"/>', "x.xml",
            "x.xml"),
}  # fmt: skip


@pytest.mark.abuse("A32")
@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_is_sent_is_saved_as_it_is_and_never_run(site: Site, what: str) -> None:
    content, sent, shown = HOSTILE[what]
    record_id, rep = account(site), site.guest("rep")
    file_id = attach(rep, record_id, content, sent)
    (name,) = names(site, record_id)
    assert name == shown
    assert not set(name) & set('/\\\r\n"\u202e\u200b')
    addresses = [f"/files/{file_id}/download", f"/files/{file_id}/versions/1"]
    if content.startswith((b"GIF89a", b"\x89PNG")):
        addresses.append(f"/files/{file_id}/preview")
    else:
        assert rep.get(f"/files/{file_id}/preview").status_code == 404
    for address in addresses:
        answer = saved(rep, address)
        headers = answer.headers
        assert answer.data == content
        assert headers["Content-Disposition"].startswith("attachment; filename=")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].endswith("sandbox")
        assert "Set-Cookie" not in headers or "b=c" not in headers["Set-Cookie"]
        assert headers["Content-Type"].partition(";")[0] in (
            *MEDIA_TYPES.values(), "application/octet-stream",
        )  # fmt: skip
        if address.endswith("preview"):
            assert headers["Content-Type"] in ("image/gif", "image/png")
    assert not list(site.orgs.config.data_dir.rglob("passwd"))


def test_what_is_too_large_is_refused_and_leaves_nothing(site: Site) -> None:
    record_id, rep = account(site), site.guest("rep")
    most = site.orgs.config.upload_bytes
    told = send(rep, f"/r/{record_id}/files", (b"x" * (most + 1), "big.bin"), json=True)
    assert told.status_code == 400
    assert "larger than 26.2 MB" in told.json["problems"][0]["message"]  # type: ignore[index]
    told = send(rep, f"/r/{record_id}/files", (b"x" * (most + 2_000_000), "big.bin"), json=True)
    assert told.status_code == 413
    assert (names(site, record_id), list(site.store.hashes())) == ([], [])


def test_a_large_picture_has_no_preview(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    record_id, rep = account(site), site.guest("rep")
    file_id = attach(rep, record_id, PICTURE, "a.png")
    assert f"/files/{file_id}/preview" in rep.read(f"/r/{record_id}?tab=files")
    monkeypatch.setattr("trellis.runtime.web.files_panel.LARGEST_PREVIEW", len(PICTURE) - 1)
    assert rep.get(f"/files/{file_id}/preview").status_code == 404
    assert f"/files/{file_id}/preview" not in rep.read(f"/r/{record_id}?tab=files")
