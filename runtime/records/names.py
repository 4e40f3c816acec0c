"""A person's name as it is typed in one piece, taken apart into first and last name."""

from __future__ import annotations

import re

_CJK = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
# Chinese family names of two characters that are in use
_DOUBLE_NAMES = "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐宇文长孙司徒南宫夏侯端木轩辕独孤"
_DOUBLE = frozenset(_DOUBLE_NAMES[i : i + 2] for i in range(0, len(_DOUBLE_NAMES), 2))


def split_name(name: str) -> tuple[str, str]:
    """(first name, last name) of a name: its last word is the last name.

    In Chinese and Korean the family name comes first. A single word is a last name, because a
    person needs one. "Lovelace, Ada" is understood.
    """
    text = " ".join(name.split())
    last, comma, first = text.partition(",")
    if comma:
        return first.strip(), last.strip()
    if _CJK.fullmatch(text) and 2 <= len(text) <= 4:
        length = 2 if text[:2] in _DOUBLE and len(text) > 2 else 1
        return text[length:], text[:length]
    first, _gap, last = text.rpartition(" ")
    return first, last
