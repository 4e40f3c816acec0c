"""Photos of people: the address of each, choosing one's own and taking it away.

Who may not see a person does not see the photo.
"""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from ...platform.errors import NotFound, Rejected
from ...platform.files import SANDBOX
from ...platform.i18n import _
from ...platform.people import photos
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.current import config, forget
from ..files.sweeping import store_of
from ..query.run import find_titles
from .blueprint import pages
from .feedback import say
from .scope import here

DAY = 24 * 60 * 60


@pages.get("/people/<user_id>/photo")
@requires(SIGNED_IN)
def photo(user_id: str) -> Response:
    """The picture. Its address carries a digest, so a browser may keep it for a day."""
    scope = here()
    with scope.read() as connection:
        found = photos.find_photo(connection, user_id)
        mine = user_id == scope.actor.user_id
        if found is None or not (
            mine or find_titles(connection, scope.actor, scope.snapshot, [user_id])
        ):
            raise NotFound(user_id)
    with store_of(config(), scope.org_db.key).open(found.sha256) as stream:
        response = Response(stream.read(), content_type=found.picture)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = f"private, max-age={DAY}"
    return response


@pages.post("/settings/photo")
@requires(SIGNED_IN)
def set_photo() -> AnyResponse:
    """Keeps the picture of the form as one's photo."""
    scope, sent = here(), request.files.get("photo")
    try:
        data = sent.stream.read(photos.LARGEST + 1) if sent and sent.filename else b""
        if sent is not None:
            sent.close()
        kept = photos.keep(store_of(config(), scope.org_db.key), data)
    except Rejected as refused:
        say(" ".join(problem.sentence for problem in refused.problems), kind="bad")
        return redirect("/settings#photo")
    me = scope.actor
    scope.org_db.transact(lambda conn: photos.set_photo(conn, me.user_id, kept, me))
    forget()
    say(_("Your photo is saved."))
    return redirect("/settings#photo")


@pages.post("/settings/photo/remove")
@requires(SIGNED_IN)
def remove_photo() -> AnyResponse:
    """One's initials are shown again."""
    scope, me = here(), here().actor
    scope.org_db.transact(lambda conn: photos.remove_photo(conn, me.user_id, me))
    forget()
    say(_("Your photo is removed."))
    return redirect("/settings#photo")
