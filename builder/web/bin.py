"""Deleted components: fields and objects with their data for 15 days, and their way back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.bin import contents, restore
from ...metadata.kinds import KINDS
from ...metadata.store import Binned
from ...platform.errors import Conflict, NotFound, Rejected
from ...platform.i18n import _, format_datetime
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
from .blueprint import setup
from .nav import stand


@setup.get("/bin")
@requires(ADMINISTRATOR)
def bin() -> str:
    """What was deleted; parts of a deleted object come back with it."""
    scope = here()
    stand("setup.bin")
    binned = contents(scope.org_db)
    gone = {one.name for one in binned if one.kind == "CustomObject"}
    rows = [
        {
            "id": one.uid,
            "label": one.label,
            "cells": [
                one.label or one.name,
                one.name,
                str(KINDS.get(one.kind).label),
                format_datetime(one.binned_at),
            ],
        }
        for one in binned
        if one.kind == "CustomObject" or _object_of(one) not in gone
    ]
    return render_template("builder/bin.html", rows=rows)


@setup.post("/bin/restore")
@requires(ADMINISTRATOR)
def restore_components() -> Response:
    """Brings the chosen components back, each with everything that was deleted with it."""
    scope = here()
    names = {one.uid: one.label or one.name for one in contents(scope.org_db)}
    restored = []
    for uid in request.form.getlist("ids"):
        try:
            restore(scope.org_db, scope.actor, uid)
            restored.append(names.get(uid, uid))
        except (Rejected, Conflict, NotFound) as refused:
            name = names.get(uid, uid)
            say(_("%(name)s: %(text)s", name=name, text=str(refused)), kind="bad")
    if restored:
        say(_("Restored: %(name)s", name=", ".join(restored)))
    return redirect(url_for("setup.bin"))


def _object_of(one: Binned) -> str:
    """The object a component belongs to, by its document or its name."""
    if one.kind == "Translations":
        return one.name.rpartition("-")[0]
    return str(one.document.get("object") or one.name.partition(".")[0])
