"""How large a picture is, by its first bytes: PNG, JPEG and WebP. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Size = tuple[int, int]
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of JPEG that tell the size


def picture_size(data: bytes, media_type: str) -> Size | None:
    """(width, height); None for what cannot be read as a picture of that type."""
    reader = _READERS.get(media_type)
    try:
        size = reader(data) if reader else None
    except IndexError:
        return None
    return size if size and min(size) > 0 else None


def _png(data: bytes) -> Size | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def _jpeg(data: bytes) -> Size | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAMES:
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 + length
    return None


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if len(data) < 30:
        return None
    if kind == b"VP8 ":
        return _low(data[26:28]) & 0x3FFF, _low(data[28:30]) & 0x3FFF
    if kind == b"VP8L":
        bits = _low(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return _low(data[24:27]) + 1, _low(data[27:30]) + 1
    return None


def _low(data: bytes) -> int:
    return int.from_bytes(data, "little")


_READERS: Mapping[str, Callable[[bytes], Size | None]] = {
    "image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp,
}  # fmt: skip
