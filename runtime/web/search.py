"""The results of the search over all records: the first of each object, or all of one, in pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import Connection

from ...metadata.kinds.custom_object import CustomObject
from ...platform.i18n import _, format_number
from ...platform.web.access import SIGNED_IN, requires
from ..search import MOST_COUNTED, Hit, counts_in, found_in, meant, page_in
from .blueprint import pages
from .scope import Here, here
from .shell import trail

FIRST = 10  # hits of each object, where all are asked for
ON_PAGE = 50  # of one object


@pages.get("/search")
@requires(SIGNED_IN)
def search_results() -> str:
    """What the words in `q` find; `in` names one object, `after` and `before` its pages."""
    scope = here()
    words = request.args.get("q", "").strip()
    only = scope.snapshot.find_object(request.args.get("in", ""))
    with scope.read() as connection:
        counts = counts_in(connection, scope.actor, scope.snapshot, words)
        shown = [(obj, n) for obj, n in counts if only is None or obj.name == only.name]
        groups = [_group(connection, scope, obj, n, words, only is not None) for obj, n in shown]
        better = meant(connection, words) if words else ""
    trail((_("Search"), ""))
    return render_template(
        "runtime/search.html",
        words=words,
        groups=groups,
        only=only,
        chips=_chips(scope, counts, words, only),
        meant=better,
        meant_url=_url(better),
    )


def _url(words: str, obj: CustomObject | None = None, **more: str) -> str:
    inside = {"in": obj.name} if obj else {}
    return url_for("pages.search_results", q=words, **inside, **more)  # type: ignore[arg-type]


def _chips(
    scope: Here, counts: Iterable[tuple[CustomObject, int]], words: str, only: CustomObject | None
) -> list[tuple[str, str, str, bool]]:
    """(label, address, count, whether it is this one) of all objects, and of each with hits."""
    found = [
        (
            scope.snapshot.label(obj, "pluralLabel"),
            _url(words, obj),
            count_text(number),
            only is not None and obj.name == only.name,
        )
        for obj, number in counts
    ]
    return [(_("All"), _url(words), "", only is None), *found] if found else []


def count_text(number: int) -> str:
    """The number of hits; beyond MOST_COUNTED they are not counted."""
    return f"{format_number(number)}+" if number >= MOST_COUNTED else format_number(number)


def _group(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    number: int,
    words: str,
    is_alone: bool,
) -> dict[str, Any]:
    """The hits of one object: a page of them when it stands alone, else the first ones."""
    hits: tuple[Hit, ...]
    next_url = previous_url = ""
    if is_alone:
        args = request.args
        hits, page = page_in(
            connection, scope.actor, scope.snapshot, obj, words, ON_PAGE,
            args.get("after", ""), args.get("before", ""),
        )  # fmt: skip
        next_url = _url(words, obj, after=page.next) if page.next else ""
        previous_url = _url(words, obj, before=page.previous) if page.previous else ""
    else:
        hits = found_in(connection, scope.actor, scope.snapshot, obj, words, FIRST)
    return {
        "object": obj,
        "label": scope.snapshot.label(obj, "pluralLabel"),
        "narrow_url": _url(words, obj),
        "count": count_text(number),
        "is_part": not is_alone and number > len(hits),
        "next_url": next_url,
        "previous_url": previous_url,
        "hits": [
            {
                "url": url_for("pages.record", record_id=hit.id),
                "title": hit.title,
                "detail": hit.detail,
            }
            for hit in hits
        ],
    }
