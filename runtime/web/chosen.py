"""Which records of a list a deed goes to: the ticked ones, or all that the list has.

A whole list that has more than a page may tick is frozen as a draft (see `bulk.freezing`), so that
the form speaks of the very records that it will change.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _
from ..bulk import kept
from ..bulk.freezing import ids_of
from ..bulk.kept import Bulk, Deed, State
from .list_addresses import list_url, state_here
from .scope import Here

MOST_AT_ONCE = 200  # records that are changed while one waits
WHOLE, BULK = "whole", "bulk"  # names of what forms send: "all of the list", the id of a draft


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some records by their ids, or many as a draft."""

    ids: list[str]
    bulk: Bulk | None = None

    @property
    def count(self) -> int:
        return self.bulk.total if self.bulk else len(self.ids)

    @property
    def inputs(self) -> list[tuple[str, str]]:
        """(name, value) of what a form sends along to mean the same records."""
        return [(BULK, self.bulk.id)] if self.bulk else [("ids", one) for one in self.ids]


def chosen_here(scope: Here, obj: CustomObject, deed: Deed) -> Chosen:
    """The records that this request means; raises NotFound, Rejected for none and for too many."""
    if bulk_id := request.form.get(BULK):
        return Chosen([], _draft(scope, obj, deed, bulk_id))
    if request.form.get(WHOLE):
        return _whole(scope, obj, deed)
    ids = list(dict.fromkeys(request.form.getlist("ids")))[:MOST_AT_ONCE]
    if not ids:
        raise Rejected(Problem("bulk.none_chosen", (), _("Choose some records first.")))
    if any(scope.snapshot.object_of_id(one) is not obj for one in ids):
        raise NotFound(obj.name)
    return Chosen(ids)


def _whole(scope: Here, obj: CustomObject, deed: Deed) -> Chosen:
    state = state_here()
    with scope.read() as connection:
        ids = ids_of(connection, scope.actor, scope.snapshot, obj, state)
    if len(ids) <= MOST_AT_ONCE:
        return Chosen(ids)
    asked = scope.actor, obj, deed, ids, list_url(obj, state)
    bulk_id = scope.org_db.transact(lambda conn: kept.draft(conn, *asked))
    return Chosen([], _draft(scope, obj, deed, bulk_id))


def _draft(scope: Here, obj: CustomObject, deed: Deed, bulk_id: str) -> Bulk:
    """The person's own deed of that id; one that was begun already is the same deed."""
    with scope.read() as connection:
        bulk = kept.find(connection, bulk_id)
    if bulk is None or (bulk.actor_id, bulk.object_uid, bulk.deed) != (
        scope.actor.user_id, obj.uid, deed,
    ):  # fmt: skip
        raise NotFound(bulk_id)
    return bulk


def is_agreed() -> bool:
    """Says whether the person has seen what is going to happen, and wants it."""
    return bool(request.form.get("apply"))


def begin(
    scope: Here, bulk: Bulk, field_uid: str | None = None, text: str | None = None
) -> Response:
    """Has the deed done, once, and shows how it goes."""
    if bulk.state == State.DRAFT:
        scope.org_db.transact(lambda conn: kept.start(conn, bulk, field_uid=field_uid, text=text))
    return redirect(url_for("pages.background_job", job_id=bulk.id))
