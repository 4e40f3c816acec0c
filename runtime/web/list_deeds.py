"""What can be done to the chosen records of a list."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import Rejected
from ...platform.i18n import _, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import Operation
from ..access.permissions import require as require_right
from ..bulk.kept import Bulk, Deed
from .blueprint import pages
from .chosen import begin, chosen_here, is_agreed
from .feedback import say
from .list_addresses import list_url, state_here
from .records import object_crumb
from .scope import Here, here
from .shell import trail


@pages.post("/o/<object_name>/delete")
@requires(SIGNED_IN)
def delete_records(object_name: str) -> str | Response:
    """Moves the chosen records into the recycle bin; the toast offers Undo.

    More than one may tick are asked about first, and go in the background.
    """
    scope = here()
    obj = scope.object(object_name)
    require_right(scope.actor, Operation.DELETE, obj, scope.snapshot)
    try:
        chosen = chosen_here(scope, obj, Deed.DELETE)
        if (bulk := chosen.bulk) is not None:
            return begin(scope, bulk) if is_agreed() else _question(scope, obj, bulk)
        batch = scope.records.delete(chosen.ids)
    except Rejected as rejected:
        say(" ".join(str(problem.message) for problem in rejected.problems), kind="bad")
        return redirect(list_url(obj, state_here()))
    text = ngettext(
        "Moved to the recycle bin.", "%(n)s records moved to the recycle bin.", chosen.count
    )
    say(text, undo=url_for("pages.restore", batch=batch), undo_label=_("Undo"))
    return redirect(list_url(obj, state_here()))


def _question(scope: Here, obj: CustomObject, bulk: Bulk) -> str:
    """Asks whether so many records shall go."""
    heading = ngettext("Delete %(n)s record?", "Delete %(n)s records?", bulk.total)
    trail(object_crumb(obj, scope), (heading, ""), active=obj)
    return render_template(
        "runtime/bulk_delete.html",
        object=obj,
        heading=heading,
        bulk=bulk,
        action=list_url(obj, state_here(), "pages.delete_records"),
        back=bulk.address,
    )
