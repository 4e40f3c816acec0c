"""A change set goes live, and the toast offers the way back."""

from __future__ import annotations

from flask import g, url_for

from ...metadata.deploy.apply import Deployment, deploy
from ...metadata.deploy.change_set import ChangeSet
from ...platform.i18n import _
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here


def put_live(scope: Here, change_set: ChangeSet, text: str = "") -> Deployment:
    """Deploys; raises Rejected with every problem, and then nothing has changed."""
    deployment = deploy(scope.org_db, scope.actor, change_set)
    g.pop("here", None)  # the next look is at the new version
    undo = url_for("setup.revert", deployment_id=deployment.id)
    say(text or change_set.summary, undo=undo, undo_label=_("Undo"))
    return deployment
