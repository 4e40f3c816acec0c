"""Text in CSV files that a spreadsheet would run as a formula: guarded going out, freed coming in.

A text that begins with = + - @, a tab or a return gets an apostrophe in front, and so does one that
begins with apostrophes before such a sign, so that taking one away gives back the very text.
Numbers and dates are not texts and stay as they are: -5 is written -5.
"""

from __future__ import annotations

import re

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_GUARDED = re.compile(r"'+[=+\-@\t\r]")


def guarded(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if _RISKY.match(text) else text


def freed(text: str) -> str:
    """The text that was guarded; any other text as it is."""
    return text[1:] if _GUARDED.match(text) else text
