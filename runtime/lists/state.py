"""What the address of a list says: the view, and what narrows, sorts, lays out and pages it.

The address holds the whole state, so Back works and a list can be sent to a colleague. Refuses, in
words, whatever it does not understand.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ...metadata.kinds.list_view import MODES, SCOPES, Filter
from ...platform.errors import Problem, Rejected, did_you_mean
from ...platform.i18n import _
from ..query.request import Order

PAGE = 50
MAX_PAGE = 200
EACH = 20  # records of one column of a board, of one group
MAX_EACH = 200
MAX_EXTRA = 20  # filters in the address
MAX_LEVELS = 3  # of sorting
MAX_COLUMNS = 50
T = TypeVar("T")
NONE = "-"  # says of a part of the view that it does not hold: not grouped, no measure, no words


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address says beside the view: see `read_state` for its words. "" = as the view."""

    view: str = ""  # name of the view, "" = the default one
    search: str = ""
    sort: tuple[Order, ...] = ()
    filters: tuple[Filter, ...] = ()
    is_instead: bool = False  # the filters and their logic stand in place of the view's
    logic: str = ""  # of filters that stand in place
    scope: str = ""
    words: str = ""  # NONE: without the view's own words
    columns: tuple[str, ...] = ()
    mode: str = ""  # one of MODES
    group: str = ""
    measure: str = ""
    date_field: str = ""
    span: str = ""  # of a calendar, see calendar_grid.Span
    day: str = ""
    at: str = ""  # id of the record beside the list
    each: int = EACH
    closed: tuple[str, ...] = ()  # keys of groups that are folded
    after: str = ""
    before: str = ""
    start: int = 1  # number of the first row of the page, as far as it is known
    limit: int = PAGE

    def parameters(self) -> list[tuple[str, str]]:
        """The state as parameters of an address, without the place in the list."""
        found = [
            ("view", self.view),
            ("as", self.mode),
            ("q", self.search),
            ("sort", ",".join(_sort_text(level) for level in self.sort)),
            *(("filter", filter_text(row)) for row in self.filters),
            ("instead", "1" if self.is_instead else ""),
            ("logic", self.logic),
            ("scope", self.scope),
            ("words", self.words),
            ("columns", ",".join(self.columns)),
            ("group", self.group),
            ("sum", self.measure),
            ("on", self.date_field),
            ("span", self.span),
            ("day", self.day),
            ("at", self.at),
            ("each", "" if self.each == EACH else str(self.each)),
            *(("closed", key) for key in self.closed),
            ("limit", "" if self.limit == PAGE else str(self.limit)),
        ]
        return [(name, text) for name, text in found if text]

    @property
    def first_page(self) -> ListState:
        """The same from its beginning."""
        return replace(self, after="", before="", start=1, at="")

    @property
    def only_view(self) -> ListState:
        """The view as it is saved, in the mode it is looked at."""
        return ListState(self.view, mode=self.mode, limit=self.limit)


def read_state(parameters: Mapping[str, Sequence[str]]) -> ListState:
    """The state of an address.

    {name: values} with view, as, q, sort, filter, instead, logic, scope, words, columns, group,
    sum, on, span, day, at, each, closed, limit, after, before, from. `sort` are paths with commas
    between them, with "-" before one for descending. Each `filter` is "path:operator:value".
    Raises Rejected for what is not understood.
    """

    def one(name: str) -> str:
        return (parameters.get(name) or [""])[0].strip()

    rows = tuple(_read_filter(i, text) for i, text in enumerate(parameters.get("filter") or ()))
    return ListState(
        view=one("view"),
        search=one("q"),
        sort=_limited("sort", tuple(map(_read_order, listed(one("sort")))), MAX_LEVELS),
        filters=_limited("filter", rows, MAX_EXTRA),
        is_instead=one("instead") == "1",
        logic=one("logic"),
        scope=_one_of("scope", one("scope"), SCOPES),
        words=NONE if one("words") else "",
        columns=_limited("columns", tuple(dict.fromkeys(listed(one("columns")))), MAX_COLUMNS),
        mode=_one_of("as", one("as"), MODES),
        group=one("group"),
        measure=one("sum"),
        date_field=one("on"),
        span=one("span"),
        day=one("day"),
        at=one("at"),
        each=_read_number("each", one("each"), EACH, MAX_EACH),
        closed=tuple(dict.fromkeys(parameters.get("closed") or ())),
        after=one("after"),
        before=one("before"),
        start=_read_number("from", one("from"), 1, 999_999),
        limit=_read_number("limit", one("limit"), PAGE, MAX_PAGE),
    )


def joined(values: Iterable[str]) -> str:
    """Several operands as the one text that filters write: `Hot,"a, b"`; see `operands_of`."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)
    return line.getvalue()


def text_of(value: object) -> str:
    """A filter's value as a text: true and false in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def listed(text: str) -> list[str]:
    """The parts of a text between commas, without blanks round them; empty ones are left out."""
    return [part for piece in text.split(",") if (part := piece.strip())]


def _limited(name: str, parts: tuple[T, ...], most: int) -> tuple[T, ...]:
    if len(parts) <= most:
        return parts
    messages = {
        "filter": _("A list takes at most %(n)s filters.", n=most),
        "sort": _("A list is sorted by at most %(n)s fields.", n=most),
        "columns": _("A list has at most %(n)s columns.", n=most),
    }
    raise Rejected(Problem(f"list.{name}", (name,), messages[name]))


def _read_order(text: str) -> Order:
    return Order(text.removeprefix("-"), text.startswith("-"))


def _read_filter(number: int, text: str) -> Filter:
    path, first, rest = text.partition(":")
    operator, second, value = rest.partition(":")
    if not path or not first or not operator:
        message = _("This filter is not understood.")
        raise Rejected(Problem("filter.not_understood", ("filter", number), message))
    return Filter(str(number + 1), path, operator, value if second else None)


def _one_of(name: str, text: str, known: Sequence[str]) -> str:
    if text and text not in known:
        message = _("%(text)s is not understood.", text=repr(text)[:60])
        raise Rejected(Problem(f"list.{name}", (name,), message, did_you_mean(text, known)))
    return text


def _read_number(name: str, text: str, usual: int, most: int) -> int:
    if not text:
        return usual
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= most:
        message = _("%(text)s is no number from 1 to %(n)s.", text=repr(text)[:60], n=most)
        raise Rejected(Problem(f"list.{name}", (name,), message))
    return int(text)


def _sort_text(sort: Order) -> str:
    return f"-{sort.path}" if sort.descending else sort.path


def filter_text(row: Filter) -> str:
    """A filter as an address writes it."""
    if row.value is None:
        return f"{row.field}:{row.operator}"
    value = joined(row.value) if isinstance(row.value, tuple) else text_of(row.value)
    return f"{row.field}:{row.operator}:{value}"
