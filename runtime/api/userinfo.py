"""Who a token speaks for, in the words of OpenID; command lines sign in by it."""

from __future__ import annotations

from flask import Response

from ...platform.people.api_tokens import Scope
from ...platform.web.access import SIGNED_IN, requires
from ..web.scope import here
from .blueprint import api
from .call import Answer
from .edge import written
from .versions import base_url, identity_of, identity_url


@api.route("/services/oauth2/userinfo", methods=["GET", "POST"], strict_slashes=False)
@requires(SIGNED_IN, Scope.READ)
def userinfo() -> Response:
    """The person of the present token."""
    found, actor = identity_of(), here().actor
    same = ("user_id", "organization_id", "email", "email_verified", "photos", "urls", "active")
    kept = (*same, "user_type", "language", "locale", "utcOffset")
    said = {
        "sub": identity_url(actor.org, actor.user_id),
        "preferred_username": found["username"],
        "nickname": found["nick_name"],
        "name": found["display_name"],
        "given_name": found["first_name"],
        "family_name": found["last_name"],
        "zoneinfo": found["timezone"],
        "profile": f"{base_url()}/{actor.user_id}",
        "picture": "",
        "address": {},
        "updated_at": found["last_modified_date"],
        "is_app_installed": True,
    }
    return written(Answer(said | {name: found[name] for name in kept}))
