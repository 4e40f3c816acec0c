"""A change set goes live, and the toast offers the way back."""

from __future__ import annotations

from dataclasses import replace

from flask import g, request, url_for

from ...metadata.deploy.apply import Deployment, deploy
from ...metadata.deploy.change_set import ChangeSet
from ...platform.i18n import _
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here


def put_live(scope: Here, change_set: ChangeSet, text: str = "") -> Deployment:
    """Deploys; raises Rejected with every problem, Conflict when somebody else was quicker.

    Then nothing has changed. The version that the page was made from says what "quicker" is.
    """
    based_on = _based_on()
    if based_on is not None:
        change_set = replace(change_set, based_on=based_on)
    deployment = deploy(scope.org_db, scope.actor, change_set)
    g.pop("here", None)  # the next look is at the new version
    if not deployment.id:
        say(_("Nothing was changed."))
        return deployment
    if not scope.actor.is_administrator:  # a delegate takes nothing back by one press
        say(text or change_set.summary)
        return deployment
    undo = url_for("setup.revert", deployment_id=deployment.id)
    say(text or change_set.summary, undo=undo, undo_label=_("Undo"))
    return deployment


def _based_on() -> int | None:
    """The metadata version that the posted page showed, where it says so."""
    said = request.form.get("based_on") or request.headers.get("X-Based-On", "")
    return int(said) if said.isdigit() and len(said) < 12 else None


def metadata_version() -> int:
    """The version that this request sees, for the forms that send it back."""
    return here().snapshot.version
