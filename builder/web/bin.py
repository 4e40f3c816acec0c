"""Deleted components: fields and objects with their data for 15 days, and their way back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.change_set import ChangeSet
from ...metadata.deploy.log import Binned, list_binned
from ...metadata.kinds import KINDS
from ...platform.errors import Conflict, Rejected
from ...platform.i18n import _, format_datetime
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import here
from .blueprint import setup
from .deploying import put_live
from .nav import stand


@setup.get("/bin")
@requires(ADMINISTRATOR)
def bin() -> str:  # noqa: A001 - the page's name
    """What was deleted; parts of a deleted object come back with it."""
    scope = here()
    stand("setup.bin")
    with scope.read() as connection:
        binned = list_binned(connection)
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
    """Brings the chosen components back, an object with everything that was deleted with it."""
    scope = here()
    chosen = set(request.form.getlist("ids"))
    with scope.read() as connection:
        binned = list_binned(connection)
    objects = {one.name: one.binned_at for one in binned if one.uid in chosen and one.kind == "CustomObject"}
    put = [
        one.body
        for one in binned
        if one.uid in chosen or objects.get(_object_of(one)) == one.binned_at
    ]
    names = ", ".join(one.label or one.name for one in binned if one.uid in chosen)
    try:
        put_live(scope, ChangeSet(tuple(put), (), _("Restored %(names)s", names=names)))
    except (Rejected, Conflict) as refused:
        say(str(refused), kind="bad")
    return redirect(url_for("setup.bin"))


def _object_of(one: Binned) -> str:
    """The object a component belongs to, by its document or its name."""
    if one.kind == "CustomObject":
        return one.name
    if one.kind == "Translations":
        return one.name.rpartition("-")[0]
    return str(one.body.get("object") or one.name.partition(".")[0])
