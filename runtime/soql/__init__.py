"""SOQL and SOSL: queries as other systems write them, answered by the one door to records."""

from __future__ import annotations

from .answer import Answer, Column, Row
from .describing import columns, object_of
from .errors import SoqlError
from .running import count_all, more, run
from .scope import Scope
from .sosl import find
from .virtual import Virtual, find_virtual

__all__ = [
    "Answer", "Column", "Row", "Scope", "SoqlError", "Virtual", "columns", "count_all",
    "find", "find_virtual", "more", "object_of", "run",
]  # fmt: skip
