"""Pages compressed on their way out, for servers without a proxy that does it.

The length of a compressed page can tell what is in it to somebody who makes it repeat guesses
(BREACH). A gzip header may name a file; a name of random length blurs how good a guess was.
"""

from __future__ import annotations

import secrets
import struct
import zlib

from flask import Flask, Response, request

SHORTEST = 1024  # bytes; less does not get smaller by much
LEVEL = 4
MOST_PADDING = 100  # bytes
_TYPES = frozenset({"text/html", "application/json", "image/svg+xml"})
_NAMED = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xff"  # gzip with a name, made at no time, anywhere


def install(app: Flask) -> None:
    """Compresses what is text, whole and long enough, for browsers that take it."""

    @app.after_request
    def squeeze(response: Response) -> Response:
        if not _is_worth_it(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0:
            response.set_data(squeezed(response.get_data()))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_worth_it(response: Response) -> bool:
    return (
        response.mimetype in _TYPES
        and not response.is_streamed
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and "ETag" not in response.headers
        and (response.content_length or len(response.get_data())) >= SHORTEST
    )


def squeezed(content: bytes) -> bytes:
    """The content as a gzip file whose name has a random length."""
    padding = b"a" * secrets.randbelow(MOST_PADDING) + b"\0"
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(content) + packer.flush()
    ending = struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return _NAMED + padding + packed + ending
