"""Related lists: the children of a record; some beside it, all on a tab, each on pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy import Connection

from ...metadata.predicates import Condition
from ...platform.errors import NotFound
from ...platform.web.access import SIGNED_IN, requires
from ..layouts.bind import BoundRelatedList, Mode
from ..layouts.forms import bound_layout
from ..query.request import Order, Query
from ..query.run import find_titles, run
from .blueprint import pages
from .display import Shown, asked_paths, nameless_ids, show
from .record_types import type_within
from .records import find_object, get_record, object_crumb, title_of
from .rows import table_rows
from .scope import Here, here
from .shell import trail

ROWS = 5  # of a list on the record's page
ROWS_OF_TAB = 10
ROWS_OF_PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks of a related list: an order of its own, words, a page."""

    sort: str = ""  # the path of a column, "-path" downwards; "" is the order of the layout
    words: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def here(cls) -> Asked:
        args = request.args
        words = args.get("q", "").strip()[:100]
        return cls(args.get("sort", ""), words, args.get("after", ""), args.get("before", ""))

    @property
    def kept(self) -> dict[str, str]:
        """What stays in the address from page to page."""
        return {name: text for name, text in (("sort", self.sort), ("q", self.words)) if text}


AS_LAID_OUT = Asked()


@dataclass(frozen=True, slots=True)
class RelatedPage:
    """A related list with its first rows."""

    list: BoundRelatedList
    columns: tuple[Shown, ...]
    rows: tuple[dict[str, Any], ...]
    more: bool
    new_url: str
    all_url: str
    next: str  # cursors of the pages beside
    previous: str
    asked: Asked
    heads: tuple[dict[str, Any], ...]  # the columns as `data_table` takes them

    @property
    def next_url(self) -> str:
        return self._url(self.asked.kept | {"after": self.next}) if self.next else ""

    @property
    def previous_url(self) -> str:
        return self._url(self.asked.kept | {"before": self.previous}) if self.previous else ""

    def _url(self, more: dict[str, str]) -> str:
        return f"{self.all_url}?{urlencode(more)}"

    @property
    def count(self) -> str:
        return f"{len(self.rows)}+" if self.more else str(len(self.rows))


@pages.get("/r/<record_id>/related/<list_id>")
@requires(SIGNED_IN)
def related_records(record_id: str, list_id: str) -> str:
    """A related list as a page of its own: sorted, searched, page by page."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        record_type = type_within(connection, scope, obj, found_id)
        bound = bound_layout(obj.name, scope.snapshot, scope.actor, Mode.READ, record_type)
        related = next((one for one in bound.related if one.id == list_id), None)
        if related is None:
            raise NotFound(list_id)
        found = get_record(connection, scope, obj, found_id, [])
        shown = related_page(
            connection,
            scope,
            related,
            found_id,
            limit=ROWS_OF_PAGE,
            asked=Asked.here(),
            sortable=True,
        )
    title = title_of(obj, found, scope)
    url = url_for("pages.record", record_id=found_id)
    trail(object_crumb(obj, scope), (title, url), (related.label, ""), active=obj)
    return render_template("runtime/related.html", object=obj, title=title, related=shown, url=url)


def _shown_at(parent_id: str) -> str:
    """Where a record that is added leads back to: the page that shows the list."""
    if request.method != "GET":
        return url_for("pages.record", record_id=parent_id)
    return request.full_path if request.query_string else request.path


def related_page(
    connection: Connection,
    scope: Here,
    related: BoundRelatedList,
    parent_id: str,
    *,
    limit: int = ROWS,
    asked: Asked = AS_LAID_OUT,
    sortable: bool = False,
) -> RelatedPage:
    """The rows of a related list under a parent that the reader may see."""
    columns = tuple(show(related.object.name, path, scope.snapshot) for path in related.columns)
    order = _order(related, columns, asked.sort)
    query = Query(
        related.object.name,
        asked_paths(columns) or ("Id",),
        Condition(related.lookup.local_name, "equals", (parent_id,)),
        order=order,
        limit=limit,
        after=asked.after,
        before=asked.before,
        search=asked.words,
    )
    page = run(connection, scope.actor, query, scope.snapshot)
    unnamed = nameless_ids(columns, page.records)
    titles = find_titles(connection, scope.actor, scope.snapshot, unnamed)
    prefilled: dict[str, Any] = {related.lookup.local_name: parent_id}
    new_url = url_for(
        "pages.new_record",
        object_name=related.object.name,
        back=_shown_at(parent_id),
        **prefilled,
    )
    all_url = url_for("pages.related_records", record_id=parent_id, list_id=related.id)
    return RelatedPage(
        related,
        columns,
        tuple(table_rows(related.object, columns, page, scope, titles)),
        page.more,
        new_url if related.may_create else "",
        all_url,
        page.next,
        page.previous,
        asked,
        tuple(_heads(columns, order, asked, all_url if sortable else "")),
    )


def _order(related: BoundRelatedList, columns: tuple[Shown, ...], sort: str) -> tuple[Order, ...]:
    """The order of the address where it names a column that sorts, else that of the layout."""
    path, is_down = sort.removeprefix("-"), sort.startswith("-")
    chosen = next((one for one in columns if path and one.asked == path), None)
    if chosen is not None and _sorts(chosen):
        return (Order(chosen.title or chosen.path, is_down),)
    usual = related.sort
    return (Order(usual.field, usual.descending),) if usual else ()


def _sorts(column: Shown) -> bool:
    return column.field.field_type.sortable and (bool(column.title) or not column.is_reference)


def _heads(
    columns: tuple[Shown, ...], order: tuple[Order, ...], asked: Asked, all_url: str
) -> Iterator[dict[str, Any]]:
    """The columns; with an address, those that sort lead to the list sorted by them."""
    for column in columns:
        here_now = bool(order) and order[0].path in (column.path, column.title)
        is_down = here_now and order[0].descending
        text = f"-{column.asked}" if here_now and not is_down else column.asked
        more = {"sort": text} | ({"q": asked.words} if asked.words else {})
        yield {
            "label": column.label,
            "end": column.is_numeric,
            "strong": column is columns[0],
            "sort": f"{all_url}?{urlencode(more)}" if all_url and _sorts(column) else "",
            "sorted": ("desc" if is_down else "asc") if here_now and all_url else "",
        }
