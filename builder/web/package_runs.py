"""Packages at work: what goes on, what became of it, and what to do when it was refused.

The page of a run looks again by itself until it is over, and is a link to itself without scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ...metadata.deploy.apply import find_deployment
from ...metadata.packages import runs
from ...metadata.packages.installed import find_installed
from ...metadata.packages.progress import heard
from ...metadata.packages.runs import Deed, Run, State
from ...platform.i18n import _, format_datetime, lazy
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.query.run import find_titles
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand

ROWS = 50
DEEDS: Mapping[str, str] = {
    Deed.INSTALL: lazy("Install %(name)s"),
    Deed.TAKE_BACK: lazy("Take %(name)s back"),
    Deed.REMOVE: lazy("Remove %(name)s"),
}
#: {state: (words, kind of the pill)}
STATES: Mapping[str, tuple[str, str]] = {
    State.WAITING: (lazy("Waits for its turn"), "acc"),
    State.RUNNING: (lazy("Under way"), "acc"),
    State.DONE: (lazy("Finished"), "ok"),
    State.FAILED: (lazy("Not done"), "bad"),
    State.CANCELLED: (lazy("Cancelled"), "warn"),
}


@setup.get("/packages/runs")
@requires(ADMINISTRATOR)
def package_runs() -> str:
    """What was done to packages lately."""
    scope = here()
    stand("setup.packages", (_("At work"), ""))
    with scope.read() as conn:
        found = runs.recent(conn, ROWS)
        names = find_titles(conn, scope.actor, scope.snapshot, {one.actor_id for one in found})
    rows = [
        {
            "id": "",
            "url": url_for("setup.package_run", run_id=one.id),
            "title": title_of(one),
            "state": STATES[one.state],
            "version": one.version,
            "when": format_datetime(one.created_at),
            "who": names.get(one.actor_id, ""),
        }
        for one in found
    ]
    return render_template("builder/package_runs.html", found=rows)


@setup.get("/packages/runs/<run_id>")
@requires(ADMINISTRATOR)
def package_run(run_id: str) -> str:
    """How far it is, or what became of it."""
    scope = here()
    with scope.read() as conn:
        run = runs.get(conn, run_id)
        is_given_up = runs.is_given_up(conn, run)
        done = find_deployment(conn, run.id)
        has_package = find_installed(conn, run.name) is not None
        who = find_titles(conn, scope.actor, scope.snapshot, (run.actor_id,)).get(run.actor_id, "")
    stand("setup.packages", (title_of(run), ""))
    return render_template(
        "builder/package_run.html",
        run=run,
        title=title_of(run),
        who=who,
        done=done if run.state == State.DONE else None,
        has_package=has_package,
        is_given_up=is_given_up,
        **_standing(scope, run, is_given_up=is_given_up),
    )


@setup.post("/packages/runs/<run_id>/cancel")
@requires(ADMINISTRATOR)
def cancel_package_run(run_id: str) -> Response:
    """Has it not begin; what has begun goes to its end, for it is whole or nothing."""
    if not here().org_db.transact(lambda conn: runs.cancel(conn, run_id)):
        say(_("It has begun already, and is done whole or not at all."), kind="bad")
    return redirect(url_for("setup.package_run", run_id=run_id))


@setup.post("/packages/runs/<run_id>/again")
@requires(ADMINISTRATOR)
def retry_package_run(run_id: str) -> Response:
    """Tries again after an error; what was done already is not done twice."""
    here().org_db.transact(lambda conn: runs.retry(conn, runs.get(conn, run_id)))
    return redirect(url_for("setup.package_run", run_id=run_id))


def title_of(run: Run) -> str:
    """What is done to which package."""
    return _(str(DEEDS[run.deed]), name=run.title)


def _standing(scope: Here, run: Run, *, is_given_up: bool) -> dict[str, Any]:
    """The state in words, the step and the share that is through."""
    words, kind = STATES[run.state]
    if is_given_up:
        words, kind = _("Stopped by an error"), "bad"
    step, share = heard(scope.org_db, run)
    return {
        "words": str(words),
        "kind": kind,
        "step": step,
        "share": share / 100,
        "is_looking": run.is_under_way and not is_given_up,
    }
