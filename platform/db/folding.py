"""`fold` in statements: the key of a text that is made there, the same on both databases.

PostgreSQL has no full case folding: letters that change are replaced one by one, where a text has
any. Texts of ASCII, and those without capitals of other alphabets, do not come that far.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from .engine import offer_function
from .types import Words
from .values import fold


class folded(FunctionElement[Any]):  # noqa: N801 - reads as a function in a statement
    """The text as `fold` makes it; NULL of NULL."""

    inherit_cache = True

    def __init__(self, text: sa.ColumnElement[Any]) -> None:
        self.type = Words()  # before a comparator asks
        super().__init__(text)


@compiles(folded, "sqlite")
def _by_python(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"trellis_fold({compiler.process(element.clauses, **kw)})"


@compiles(folded)
def _by_letters(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    text = compiler.process(element.clauses, **kw)
    written = _TEMPLATE
    for name, piece in _pieces().items():
        written = written.replace("{" + name + "}", piece)
    return written.replace("{text}", text)


# OFFSET keeps the text from being worked out wherever it is used
_TEMPLATE = """(SELECT (CASE WHEN octet_length(s) = char_length(s) THEN lower(s COLLATE "C")
WHEN n ~ {changing} THEN normalize({whole}, NFKC) ELSE n END) COLLATE "C"
FROM (SELECT s, normalize(s, NFKC) COLLATE "C" AS n
FROM (SELECT ({text})::text COLLATE "C" AS s OFFSET 0) AS a OFFSET 0) AS b)"""


@cache
def _pieces() -> Mapping[str, str]:
    singles, doubles = _changes()
    whole = "n"
    for old, new in doubles:
        whole = f"replace({whole}, '{old}', '{new}')"
    olds, news = ("".join(side) for side in zip(*singles, strict=True))
    changing = f"'[{olds}{''.join(old for old, _new in doubles)}]'"
    return {"whole": f"translate({whole}, '{olds}', '{news}')", "changing": changing}


@cache
def _changes() -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """(letters that fold to one letter, letters that fold to several), of composed texts."""
    singles: list[tuple[str, str]] = []
    doubles: list[tuple[str, str]] = []
    for code in range(sys.maxunicode + 1):
        letter = chr(code)
        if 0xD800 <= code < 0xE000 or letter.casefold() == letter:
            continue
        if unicodedata.normalize("NFKC", letter) == letter:
            found = letter.casefold()
            (singles if len(found) == 1 else doubles).append((letter, found))
    return tuple(singles), tuple(doubles)


offer_function("trellis_fold", lambda text: None if text is None else fold(text))
