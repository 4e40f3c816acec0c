"""The results of the search over all records, object by object."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import render_template, request, url_for

from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..search import Hit, search
from .blueprint import pages
from .scope import here
from .shell import trail

LIMIT = 100


@pages.get("/search")
@requires(SIGNED_IN)
def search_results() -> str:
    """What the words in `q` find, grouped by object; `in` narrows to one object."""
    scope = here()
    words = request.args.get("q", "").strip()
    only = scope.snapshot.find_object(request.args.get("in", ""))
    with scope.read() as connection:
        objects = (only.name,) if only else None
        hits = (
            search(connection, scope.actor, scope.snapshot, words, objects, LIMIT) if words else ()
        )
    trail((_("Search"), ""))
    groups = [
        _group(scope.snapshot.object(name), list(found))
        for name, found in groupby(hits, key=lambda hit: hit.object)
    ]
    return render_template("runtime/search.html", words=words, groups=groups, only=only)


def _group(obj: Any, hits: list[Hit]) -> dict[str, Any]:
    label = here().snapshot.label(obj, "pluralLabel")
    return {
        "object": obj,
        "label": label,
        "narrow_url": url_for(
            "pages.search_results", q=request.args.get("q", ""), **{"in": obj.name}
        ),
        "hits": [
            {
                "url": url_for("pages.record", record_id=hit.id),
                "title": hit.title,
                "detail": hit.detail,
            }
            for hit in hits
        ],
    }
