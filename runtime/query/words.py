"""Words of texts, as the index of words keeps them and as a search asks for them.

Texts are folded and lose their accents. Latin and its like are cut at everything that is no letter
or digit; a run of Chinese, Japanese or Korean characters becomes its pairs, so that any two
characters that stand together are found. What a name sounds like in pinyin is a word of it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from ...platform.db.values import fold

MOST = 60  # words of one value
LONGEST = 40  # characters of a word; what is longer is cut
MOST_ASKED = 10  # words of a search
_CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_RUN = re.compile(rf"(?P<cjk>[{_CJK}]+)|(?P<word>(?:(?![{_CJK}])[^\W_])+)")
_PLAIN = re.compile(r"[a-z0-9]+")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")  # U.S.A.
_DIGITS = re.compile(r"\D+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
SHORTEST_NUMBER = 5  # digits of a telephone number that are worth a word


def words_of(text: str) -> tuple[str, ...]:
    """The words that a value is found by, each once."""
    if text.isascii() and "." not in text:
        return tuple(dict.fromkeys(w[:LONGEST] for w in _PLAIN.findall(text.lower())))[:MOST]
    found: dict[str, None] = {}
    for run, is_cjk in _runs(text):
        if is_cjk:
            found |= dict.fromkeys(_pairs(run))
            found[run[-1]] = None
        else:
            found[run[:LONGEST]] = None
        if len(found) >= MOST:
            break
    return tuple(found)[:MOST]


def asked_words(text: str) -> tuple[str, ...]:
    """The words of a search: each must be the beginning of a word, pairs must be there whole."""
    found: dict[str, None] = {}
    for run, is_cjk in _runs(text):
        found |= dict.fromkeys(_pairs(run) if is_cjk and len(run) > 1 else (run[:LONGEST],))
    return tuple(found)[:MOST_ASKED]


def number_words(text: str) -> tuple[str, ...]:
    """The further words of a telephone number: its digits from each group on, without the rest."""
    groups = [group for group in _DIGITS.split(fold(text)) if group]
    joined = ("".join(groups[n:])[:LONGEST] for n in range(len(groups)))
    return tuple(one for one in joined if len(one) >= SHORTEST_NUMBER)


def sound_words(text: str) -> tuple[str, ...]:
    """How the Chinese runs of a name sound: the first letters, and all of them."""
    found: dict[str, None] = {}
    for run in _HAN.findall(text[:60]):
        syllables = _syllables(run)
        found["".join(one[0] for one in syllables)[:LONGEST]] = None
        found["".join(syllables)[:LONGEST]] = None
    return tuple(found)


def nearby(word: str) -> tuple[str, ...]:
    """The word and what it becomes by leaving out one letter: words that share one are near."""
    return tuple(dict.fromkeys([word, *(word[:n] + word[n + 1 :] for n in range(len(word)))]))


def is_mistaken_for(typed: str, word: str) -> bool:
    """Says whether a word is what was typed but for one letter wrong, missing, more or swapped."""
    if typed == word:
        return False
    if len(typed) == len(word):
        at = [n for n in range(len(word)) if typed[n] != word[n]]
        is_swapped = (
            len(at) == 2
            and at[1] == at[0] + 1
            and typed[at[0]] == word[at[1]]
            and typed[at[1]] == word[at[0]]
        )
        return len(at) == 1 or is_swapped
    short, long = sorted((typed, word), key=len)
    return len(long) == len(short) + 1 and short in {
        long[:n] + long[n + 1 :] for n in range(len(long))
    }


def upper_bound(word: str) -> str:
    """The least text that no text with this beginning reaches, by code point."""
    return word + "\U0010ffff"


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """(run, whether it is of CJK characters)."""
    for match in _RUN.finditer(_bare(text)):
        yield match[0], match.lastgroup == "cjk"


def _bare(text: str) -> str:
    """The text folded, without accents and without the dots of abbreviations."""
    folded = _DOTTED.sub(lambda found: found[0].replace(".", ""), fold(text))
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFD", folded)
    kept = (c for c in apart if unicodedata.category(c) != "Mn" or "\u3040" <= c <= "\u309f")
    return unicodedata.normalize("NFC", "".join(kept))


def _pairs(run: str) -> Iterator[str]:
    return (run[n : n + 2] for n in range(max(len(run) - 1, 0)))


@lru_cache(maxsize=8192)
def _syllables(run: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take a moment, and most need none

    return tuple(one for one in lazy_pinyin(run) if one)
