"""The change log: every deployment, what it changed line by line, and the way back."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.apply import Preview, preview
from ...metadata.deploy.log import Logged, differences, get_deployment, list_deployments
from ...metadata.deploy.revert import revert as revert_deployment
from ...metadata.deploy.revert import revert_change_set
from ...metadata.kinds import KINDS
from ...metadata.store import Change, changes_of
from ...platform.clock import now
from ...platform.errors import Conflict, Problem, Rejected
from ...platform.i18n import _, format_ago, format_datetime
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand

ROWS = 50


@setup.get("/changes")
@requires(ADMINISTRATOR)
def changes() -> str:
    """Deployments, latest first."""
    scope = here()
    stand("setup.changes")
    raw = request.args.get("before", "")
    before = int(raw) if raw.isdigit() and len(raw) < 12 else None
    with scope.read() as connection:
        logged = list_deployments(connection, ROWS + 1, before)
    rows = [
        {
            "id": one.id,
            "url": url_for("setup.change", deployment_id=one.id),
            "label": one.summary,
            "cells": [
                one.summary or _("Change"),
                one.actor_name,
                format_datetime(one.at),
                one.version,
                _("Reverted") if one.reverted_by else "",
            ],
        }
        for one in logged[:ROWS]
    ]
    more = logged[ROWS - 1].version if len(logged) > ROWS else None
    return render_template("builder/changes.html", rows=rows, more=more)


@setup.get("/changes/<deployment_id>")
@requires(ADMINISTRATOR)
def change(deployment_id: str) -> str:
    """What one deployment did, and what taking it back would do."""
    scope = here()
    with scope.read() as connection:
        logged = get_deployment(connection, deployment_id)
        documents = changes_of(connection, logged.version)
    stand("setup.changes", (logged.summary or _("Change"), ""))
    back = None if logged.reverted_by else _preview_revert(scope, deployment_id)
    return render_template(
        "builder/change.html",
        change=logged,
        when=format_datetime(logged.at),
        documents=[_shown(document) for document in documents],
        back=back,
    )


@setup.post("/changes/<deployment_id>/revert")
@requires(ADMINISTRATOR)
def revert(deployment_id: str) -> Response:
    """Takes a deployment back as a deployment of its own, which can be taken back too."""
    scope = here()
    try:
        made = revert_deployment(scope.org_db, scope.actor, deployment_id)
    except (Rejected, Conflict) as refused:
        say(_("This change cannot be taken back now: %(why)s", why=str(refused)), kind="bad")
        return redirect(url_for("setup.change", deployment_id=deployment_id))
    undo = url_for("setup.revert", deployment_id=made.id)
    say(_("The change was taken back."), undo=undo, undo_label=_("Undo"))
    return redirect(url_for("setup.changes"))


def _preview_revert(scope: Here, deployment_id: str) -> Preview:
    """What taking a deployment back would do, or why it cannot be done now."""
    try:
        return preview(scope.org_db, revert_change_set(scope.org_db, deployment_id))
    except Conflict as conflict:
        return Preview((Problem("deployment.conflict", (), str(conflict)),))


def recent_changes(scope: Here, most: int) -> list[dict[str, Any]]:
    """The latest deployments as items of a timeline."""
    with scope.read() as connection:
        logged = list_deployments(connection, most)
    return [_item(one) for one in logged]


def _item(one: Logged) -> dict[str, Any]:
    return {
        "icon": "undo-2" if one.reverted_by else "git-commit-horizontal",
        "tone": 8 if one.reverted_by else 1,
        "title": one.summary or _("Change"),
        "when": format_ago(one.at, now()),
        "who": one.actor_name,
        "url": url_for("setup.change", deployment_id=one.id),
    }


def _shown(document: Change) -> dict[str, Any]:
    kind = KINDS.get(document.kind)
    label = (document.after or document.before or {}).get("label") or document.name
    state = (
        "added" if document.before is None else "removed" if document.after is None else "changed"
    )
    found = differences(document.before, document.after)
    return {
        "kind": kind.label,
        "icon": kind.icon,
        "name": document.name,
        "label": label,
        "state": state,
        "words": {"added": _("Added"), "removed": _("Removed"), "changed": _("Changed")}[state],
        "rows": [(d.path, _text(d.before), _text(d.after)) for d in found],
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
