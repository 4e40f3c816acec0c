"""What may be here already, while somebody writes a new record."""

from __future__ import annotations

from flask import render_template, request

from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..records.duplicates import likely
from .blueprint import pages
from .cells import record_url
from .scope import here

ASKED = ("Name", "FirstName", "LastName", "Email", "Phone", "MobilePhone")


@pages.get("/o/<object_name>/duplicates")
@requires(SIGNED_IN)
def likely_duplicates(object_name: str) -> str:
    """A piece of page with the records that are like the texts of the address; empty when none."""
    scope = here()
    obj = scope.object(object_name)
    require_right(scope.actor, Operation.CREATE, obj, scope.snapshot)
    texts = {name: text[:255] for name in ASKED if (text := request.args.get(name, "").strip())}
    with scope.read() as connection:
        hits = likely(connection, scope.actor, scope.snapshot, obj, texts) if texts else ()
    rows = [(scope.snapshot.object(hit.object), hit, record_url(hit.id)) for hit in hits]
    return render_template("runtime/duplicates.html", rows=rows)
