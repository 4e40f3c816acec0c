"""Texts that would be statements where a text comes into a statement as it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import sqlalchemy as sa

MARK = "zqsql"  # in every one of them, and nowhere else
_OPEN = ("", "'", '"', "`", "')", '")', "\\'", "%27", "]", "$$")
_BODY = (
    f" OR 1=1 {MARK}", f"; DROP TABLE {MARK}", f" UNION SELECT '{MARK}', 2", f" || {MARK}()",
    f"; UPDATE sys_user SET name = '{MARK}'",
)  # fmt: skip
_END = ("", " --", "/*", "#", "\x00")
#: 250 ways to end a text and begin a statement
PAYLOADS = tuple(map("".join, product(_OPEN, _BODY, _END)))
#: what a database keeps: it refuses a NUL
STORABLE = tuple(text for text in PAYLOADS if "\x00" not in text)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The text of every statement meanwhile, without what is bound."""
    heard: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", hear)
