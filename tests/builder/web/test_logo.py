"""The company's logo: kept when it is a picture, shown on every page, refused otherwise."""

from __future__ import annotations

import io

import pytest

from tests.demo_site import PICTURE, Site
from trellis.platform.logo import LARGEST, find_logo

PROFILE = {
    "name": "Northline", "language": "en", "locale": "en_US", "time_zone": "UTC",
    "currency": "USD", "fiscal_start": "1",
}  # fmt: skip


def send(site: Site, data: bytes, **form: str) -> int:
    sent = PROFILE | form | {"logo": (io.BytesIO(data), "logo.png")}
    return site.guest("admin").post("/setup/company", sent).status_code


def test_a_logo_stands_on_every_page_until_it_is_removed(either_site: Site) -> None:
    assert send(either_site, PICTURE) == 302
    page = either_site.guest("rep").read("/home")
    assert '<img src="/logo?v=' in page
    answer = either_site.guest("rep").get("/logo")
    assert (answer.data, answer.mimetype) == (PICTURE, "image/png")
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    assert send(either_site, b"", no_logo="1") == 302
    assert "/logo?v=" not in either_site.guest("rep").read("/home")
    assert either_site.guest("rep").get("/logo").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<script>1</script>",
        b"GIF",
        PICTURE.ljust(LARGEST + 1),
    ],
)
def test_what_is_no_small_picture_is_refused_and_the_profile_stays(site: Site, data: bytes) -> None:
    assert send(site, data, name="Another") == 422
    with site.db.read() as conn:
        assert find_logo(conn) is None
    assert "Another" not in site.guest("rep").read("/home")
