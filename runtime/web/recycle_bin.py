"""The recycle bin: one's own deleted records, for an administrator everybody's; restore, empty."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...platform.i18n import _, format_datetime, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ..records.recycle import list_bin
from .blueprint import pages
from .feedback import say
from .scope import here
from .shell import trail

ROWS = 50


@pages.get("/recycle-bin")
@requires(SIGNED_IN)
def recycle_bin() -> str:
    """Deleted records, latest first."""
    scope = here()
    everybody = scope.actor.is_administrator and request.args.get("of") == "all"
    words = request.args.get("q", "").strip()
    with scope.read() as connection:
        page = list_bin(
            connection, scope.actor, scope.snapshot,
            everybody=everybody, words=words, after=request.args.get("after", ""), limit=ROWS,
        )  # fmt: skip
    trail((_("Recycle bin"), ""))
    rows = [
        {
            "id": one.record_id,
            "cells": [
                one.title,
                scope.snapshot.label(scope.snapshot.object(one.object)),
                one.deleted_by,
                format_datetime(one.deleted_at),
            ],
            "label": one.title,
        }
        for one in page.entries
    ]
    return render_template(
        "runtime/recycle_bin.html", rows=rows, next=page.next, everybody=everybody, words=words
    )


@pages.post("/recycle-bin/restore")
@requires(SIGNED_IN)
def restore() -> Response:
    """Brings records back with what went along: the chosen ones, or what one deletion took."""
    scope = here()
    ids, batch = request.form.getlist("ids"), request.args.get("batch", "")
    restored = scope.records.undelete(ids, batch=batch)
    say(ngettext("%(n)s record restored.", "%(n)s records restored.", len(restored)))
    if len(restored) == 1:
        return redirect(url_for("pages.record", record_id=restored[0]))
    return redirect(url_for("pages.recycle_bin"))


@pages.post("/recycle-bin/purge")
@requires(SIGNED_IN)
def purge() -> Response:
    """Ends chosen records for good."""
    scope = here()
    ended = scope.records.purge(request.form.getlist("ids"))
    say(ngettext("%(n)s record deleted for good.", "%(n)s records deleted for good.", ended))
    return redirect(url_for("pages.recycle_bin"))
