"""Whole numbers of an address: limits, offsets, sizes of pages."""

from __future__ import annotations

import re

from .call import Call
from .faults import Refusal

_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


def whole_number(call: Call, name: str, usual: int, least: int, most: int) -> int:
    """The number that the address has under the name; raises Refusal outside its bounds."""
    if (text := call.args.get(name)) is None or text == "":
        return usual
    number = int(text) if _WHOLE.fullmatch(text) else -1
    if not least <= number <= most:
        raise Refusal("INVALID_QUERY_VALUE", f"{name} must be a number from {least} to {most}.")
    return number
