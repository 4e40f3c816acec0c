from __future__ import annotations

import gzip

import pytest
from flask import Flask, Response

from trellis.platform.web import compression

LONG = "<p>Kestrel Robotics</p>" * 200


def answered(response: Response, accepted: str = "br, gzip") -> Response:
    """The response as it leaves an application that compresses."""
    app = Flask(__name__)
    compression.install(app)
    app.add_url_rule("/", "page", lambda: response)
    found = app.test_client().get("/", headers={"Accept-Encoding": accepted})
    return app.response_class(found.data, found.status_code, headers=list(found.headers))


def test_a_page_is_compressed_for_a_browser_that_takes_it() -> None:
    page = answered(Response(LONG, mimetype="text/html"))
    assert page.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page.headers["Vary"]
    assert int(page.headers["Content-Length"]) == len(page.data) < len(LONG) / 4
    assert gzip.decompress(page.data).decode() == LONG


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0"])
def test_it_is_left_as_it_is_for_others(accepted: str) -> None:
    page = answered(Response(LONG, mimetype="text/html"), accepted)
    assert page.get_data(as_text=True) == LONG
    assert "Accept-Encoding" in page.headers["Vary"], "a cache keeps the two apart"


@pytest.mark.parametrize(
    "response",
    [
        Response("short", mimetype="text/html"),
        Response(LONG, mimetype="image/png"),
        Response((LONG for _once in range(1)), mimetype="text/html"),
        Response(LONG, mimetype="text/html", headers={"Content-Encoding": "br"}),
        Response(LONG, mimetype="text/html", headers={"ETag": '"1"'}),
    ],
    ids=["short", "a picture", "streamed", "compressed already", "known by its ETag"],
)
def test_what_would_gain_nothing_is_left_alone(response: Response) -> None:
    before = response.headers.get("Content-Encoding")
    assert answered(response).headers.get("Content-Encoding") == before


def test_the_length_of_a_page_tells_nothing_exact() -> None:
    lengths = {len(compression.squeezed(LONG.encode())) for _again in range(40)}
    assert len(lengths) > 10
    assert max(lengths) - min(lengths) < compression.MOST_PADDING
