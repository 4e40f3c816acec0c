"""What a query language's refusals are: a code that programs know, a sentence, and where.

The words of these answers are part of the protocol: programs look into them, so they are English
in every language.
"""

from __future__ import annotations

from ...platform.errors import TrellisError

MALFORMED_QUERY = "MALFORMED_QUERY"
MALFORMED_SEARCH = "MALFORMED_SEARCH"
INVALID_FIELD = "INVALID_FIELD"
INVALID_TYPE = "INVALID_TYPE"
INVALID_QUERY_FILTER_OPERATOR = "INVALID_QUERY_FILTER_OPERATOR"
INVALID_QUERY_LOCATOR = "INVALID_QUERY_LOCATOR"
EXCEEDED_ID_LIMIT = "EXCEEDED_ID_LIMIT"

_WIDTH = 60  # characters of the query that a message shows


class SoqlError(TrellisError):
    """A query that is not understood or not allowed; row and column count from 1, 0 is nowhere."""

    status = 400

    def __init__(self, code: str, message: str, row: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.row, self.column = code, message, row, column


def error_at(text: str, at: int, sentence: str, code: str = MALFORMED_QUERY) -> SoqlError:
    """The refusal of a query because of what stands at a place of its text."""
    begin = text.rfind("\n", 0, at) + 1
    row, column = text.count("\n", 0, at) + 1, at - begin + 1
    end = text.find("\n", at)
    line = text[begin : len(text) if end < 0 else end]
    first = max(0, column - 1 - _WIDTH // 2)
    shown, caret = line[first : first + _WIDTH], " " * (column - 1 - first) + "^"
    where = f"ERROR at Row:{row}:Column:{column}"
    return SoqlError(code, f"\n{shown}\n{caret}\n{where}\n{sentence}", row, column)
