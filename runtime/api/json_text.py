"""JSON in and out: numbers exact, nothing that is no JSON, nothing larger or deeper than sense.

Refuses (`JSON_PARSER_ERROR`): what does not parse, NaN and Infinity, numbers beyond a hundred
digits, a name twice in one object, texts with half characters, a tree too deep.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from .faults import Refusal

LONGEST_NUMBER = 100  # characters
DEEPEST = 60  # brackets within brackets


def read_json(content: bytes) -> Any:
    """The tree of a body; None for an empty one. Raises Refusal."""
    if not content.strip():
        return None
    try:
        text = content.decode("utf-8-sig")
        found = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise _malformed("The body is not well-formed JSON.") from None
    if depth_of(found) > DEEPEST:
        raise _malformed("The body is nested too deeply.")
    return found


def unpacked(content: bytes, most: int) -> bytes:
    """The content of a gzip body; raises Refusal when it is none or becomes too large."""
    try:
        packer = zlib.decompressobj(zlib.MAX_WBITS | 16)
        found = packer.decompress(content, most + 1)
    except zlib.error:
        raise Refusal("INVALID_REQUEST", "The body is not in gzip format.") from None
    if len(found) > most:
        message = "The request is larger than the API takes."
        raise Refusal("REQUEST_ENTITY_TOO_LARGE", message, status=413)
    return found


def write_json(tree: Any, *, pretty: bool = False) -> bytes:
    """The body of a tree. Texts keep their characters."""
    text = (_PRETTY if pretty else _PLAIN).encode(tree)
    return text.encode("utf-8", "replace")


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _malformed("A number has too many digits.")
    return int(text)


def _broken(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    if number is None or abs(number.adjusted()) > LONGEST_NUMBER:
        raise _malformed("A number has too many digits.")
    return number


def _no_number(_text: str) -> NoReturn:
    raise _malformed("NaN and Infinity are no JSON numbers.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("A name stands twice in one object.")
    return found


def depth_of(tree: Any) -> int:
    """How many brackets stand within each other at most; counting stops beyond DEEPEST."""
    level, depth = [tree], 0
    while level and depth <= DEEPEST:
        level = [part for one in level for part in _parts(one)]
        depth += bool(level)
    return depth


def _parts(tree: Any) -> list[Any]:
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ()
    return [part for part in parts if isinstance(part, Mapping | list)]


def _malformed(message: str) -> Refusal:
    return Refusal("JSON_PARSER_ERROR", message)


_DECODER = json.JSONDecoder(
    parse_int=_whole, parse_float=_broken, parse_constant=_no_number, object_pairs_hook=_once
)
_PLAIN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PRETTY = json.JSONEncoder(ensure_ascii=False, indent=2)
