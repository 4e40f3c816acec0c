"""The column types that field types may ask for, by name: "text", "exact(18,2)", "utc"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy.types import TypeEngine

from ..platform.db.types import Bytes, Clock, Day, Exact, Flag, Real, Utc, Whole, Words

STORAGE_TYPES: dict[str, Callable[[], TypeEngine[Any]]] = {
    "text": Words,
    "id": Words,
    "whole": Whole,
    "real": Real,
    "flag": Flag,
    "utc": Utc,
    "day": Day,
    "clock": Clock,
    "bytes": Bytes,
}
_EXACT = re.compile(r"exact\((\d+),(\d+)\)")


@cache
def storage_type(name: str) -> TypeEngine[Any]:
    """The SQLAlchemy type of that name; an unknown one is a bug and raises ValueError."""
    if (make := STORAGE_TYPES.get(name)) is not None:
        return make()
    if (exact := _EXACT.fullmatch(name)) is not None:
        return Exact(int(exact[1]), int(exact[2]))
    raise ValueError(f"no storage type is called {name!r}")
