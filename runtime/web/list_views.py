"""Saving a list as a view, changing, pinning, deleting one; what a person keeps of its columns.

One's own views are anybody's to make. Views for everybody need the right to share them; they go
live by a deployment. Every deed leads back to the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import g, redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.deploy.apply import Deployment
from ...metadata.deploy.revert import revert
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.kinds.list_view import ListView
from ...platform.errors import Conflict, Denied, Problem, Rejected
from ...platform.i18n import _
from ...platform.web.access import SIGNED_IN, requires
from ..access.permissions import may_share_views
from ..lists.changes import with_attributes
from ..lists.kept import (
    OWN,
    Settings,
    delete_own,
    is_own,
    keep_settings,
    pin,
    restore_own,
    save_own,
)
from ..lists.opening import Opened, open_list
from ..lists.saving import delete_shared, document_of, new_key, save_shared, share
from ..lists.state import ListState
from .blueprint import pages
from .feedback import say
from .list_addresses import list_url, state_here
from .lists import list_page
from .once import NAME as ONCE
from .once import promise, promised
from .scope import Here, here
from .sent import sent_once

Answer = str | Response | tuple[str, int]
VIEW = "list view"  # what a promised key is for


@pages.route("/o/<object_name>/views/new", methods=["GET", "POST"])
@requires(SIGNED_IN)
@sent_once
def save_view_as(object_name: str) -> Answer:
    """The sheet that saves what is looked at as a new view."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    if request.method == "GET":
        return _name_sheet(scope, obj, state, new=True)
    opened = _opened(scope, obj, state)
    document = document_of(opened.listing.now, request.form.get("label", ""))
    key = promised(scope, obj, VIEW, request.form.get(ONCE, "")) or new_key()
    try:
        name = _saved_as(scope, obj, opened, document, key)
    except Rejected as refusal:
        return _name_sheet(scope, obj, state, new=True, problems=refusal.problems), 422
    say(_("The view “%(name)s” is saved.", name=document["label"]))
    return redirect(list_url(obj, ListState(name)))


def _saved_as(
    scope: Here, obj: CustomObject, opened: Opened, document: dict[str, object], key: str
) -> str:
    """The local name of the new view."""
    name, uid = key, key
    if request.form.get("for") == "everybody":
        name, _made = share(
            scope.org_db, scope.actor, scope.snapshot, obj, document, f"{obj.uid}.{key[1:]}"
        )
        uid = f"view.{obj.uid}.{key[1:]}"
        g.pop("here", None)  # the next look is at the new version
    snapshot = here().snapshot

    def work(conn: Connection) -> None:
        if name == key:
            save_own(conn, scope.actor, snapshot, obj, key, document)
        if "pin" in request.form:
            pin(conn, scope.actor, snapshot, obj, uid)

    scope.org_db.transact(work)
    return name


@pages.post("/o/<object_name>/views/save")
@requires(SIGNED_IN)
def save_view(object_name: str) -> Response:
    """Makes the view what is looked at: one's own, or, with the right to, for everybody."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    opened = _opened(scope, obj, state)
    view, now = opened.listing.view, opened.listing.now
    if not is_own(view):
        made = _live(save_shared, scope, view, now)
        _without_columns(scope, obj, opened)
        _said(_("The view is changed for everybody."), obj, view, made)
        return redirect(list_url(obj, ListState(view.local_name)))
    document = with_attributes(view.document, now)
    scope.org_db.transact(
        lambda conn: save_own(conn, scope.actor, scope.snapshot, obj, view.uid, document)
    )
    say(_("The view “%(name)s” is saved.", name=view.label))
    return redirect(list_url(obj, ListState(view.local_name)))


def _without_columns(scope: Here, obj: CustomObject, opened: Opened) -> None:
    """The columns are the view's now, so the reader's own choice is done."""
    if not opened.settings.columns:
        return
    settings, uid = replace(opened.settings, columns=()), opened.listing.view.uid
    snapshot = here().snapshot
    scope.org_db.transact(
        lambda conn: keep_settings(conn, scope.actor, snapshot, obj, uid, settings)
    )


@pages.route("/o/<object_name>/views/edit", methods=["GET", "POST"])
@requires(SIGNED_IN)
def edit_own_view(object_name: str) -> Answer:
    """The sheet that gives a view of one's own another name."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    view = _opened(scope, obj, state).listing.view
    if not is_own(view):
        return redirect(list_url(obj, state))
    if request.method == "GET":
        return _name_sheet(scope, obj, state, new=False)
    document = {**view.document, "label": request.form.get("label", "").strip()}

    def work(conn: Connection) -> None:
        save_own(conn, scope.actor, scope.snapshot, obj, view.uid, document)

    try:
        scope.org_db.transact(work)
    except Rejected as refusal:
        return _name_sheet(scope, obj, state, new=False, problems=refusal.problems), 422
    return redirect(list_url(obj, state))


@pages.post("/o/<object_name>/views/delete")
@requires(SIGNED_IN)
def delete_own_view(object_name: str) -> Response:
    """Puts a view away; the toast offers Undo."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    view = _opened(scope, obj, state).listing.view
    text = _("The view “%(name)s” is deleted.", name=scope.snapshot.label(view))
    if is_own(view):
        scope.org_db.transact(lambda conn: delete_own(conn, scope.actor, obj, view.uid))
        undo = url_for("pages.restore_view", object_name=obj.name, key=view.uid)
        say(text, undo=undo, undo_label=_("Undo"))
    else:
        _said(text, obj, view, _live(delete_shared, scope, view))
    return redirect(list_url(obj, ListState()))


@pages.post("/o/<object_name>/views/restore")
@requires(SIGNED_IN)
def restore_view(object_name: str) -> Response:
    """Takes the deletion or the change of a view back."""
    scope = here()
    obj = scope.object(object_name)
    key, deployment = request.args.get("key", ""), request.args.get("deployment", "")
    if key.startswith(OWN):
        scope.org_db.transact(lambda conn: restore_own(conn, scope.actor, obj, key))
        return redirect(list_url(obj, ListState(key)))
    if not may_share_views(scope.actor):
        raise Denied("to share list views")
    try:
        revert(scope.org_db, scope.actor, deployment)
    except (Rejected, Conflict) as refused:
        say(_("This change cannot be taken back now: %(why)s", why=str(refused)), kind="bad")
        return redirect(list_url(obj, ListState()))
    g.pop("here", None)
    there = any(view.local_name == key for view in here().snapshot.of_kind("ListView"))
    return redirect(list_url(obj, ListState(key if there else "")))


@pages.post("/o/<object_name>/views/pin")
@requires(SIGNED_IN)
def pin_view(object_name: str) -> Response:
    """Makes this view the one that opens first for the reader, or no longer so."""
    scope = here()
    obj, state = scope.object(object_name), state_here()
    opened = _opened(scope, obj, state)
    uid = opened.listing.view.uid
    key = "" if opened.kept.pinned == uid else uid
    scope.org_db.transact(lambda conn: pin(conn, scope.actor, scope.snapshot, obj, key))
    name = scope.snapshot.label(opened.listing.view)
    say(_("“%(name)s” opens first from now on.", name=name) if key else _("The pin is removed."))
    return redirect(list_url(obj, state))


@pages.post("/o/<object_name>/settings")
@requires(SIGNED_IN)
def keep_columns(object_name: str) -> Response:
    """Remembers widths and totals that the reader chose on the page itself.

    `width` are "path:px" of every column, `total` "path:function" of one; `reset` forgets widths.
    A script is answered without a page.
    """
    scope = here()
    obj, state = scope.object(object_name), state_here()
    opened = _opened(scope, obj, state)
    settings = _posted_settings(opened.settings)
    uid = opened.listing.view.uid
    scope.org_db.transact(
        lambda conn: keep_settings(conn, scope.actor, scope.snapshot, obj, uid, settings)
    )
    if request.headers.get("X-Part"):
        return Response(status=204)
    return redirect(list_url(obj, state))


def _posted_settings(before: Settings) -> Settings:
    form = request.form
    widths, totals = dict(before.widths), dict(before.totals)
    for text in form.getlist("width"):
        path, _colon, size = text.rpartition(":")
        if not size.isascii() or not size.isdigit() or len(size) > 4:
            raise Rejected(Problem("list.width", ("width",), _("A width is a number of pixels.")))
        widths[path] = int(size)
    for text in form.getlist("total"):
        path, _colon, function = text.rpartition(":")
        totals[path] = function
    return replace(before, widths={} if "reset" in form else widths, totals=totals)


# -- what they share -----------------------------------------------------------------------------


def _opened(scope: Here, obj: CustomObject, state: ListState) -> Opened:
    with scope.read() as connection:
        return open_list(connection, scope.actor, scope.snapshot, obj, state)


def _live(deed: Callable[..., Deployment], scope: Here, *what: ListView) -> Deployment:
    """Makes a change of metadata; the next look is at the new version."""
    made = deed(scope.org_db, scope.actor, scope.snapshot, *what)
    g.pop("here", None)
    return made


def _said(text: str, obj: CustomObject, view: ListView, made: Deployment) -> None:
    undo = url_for(
        "pages.restore_view", object_name=obj.name, key=view.local_name, deployment=made.id
    )
    say(text, undo=undo if made.id else "", undo_label=_("Undo"))


def _name_sheet(
    scope: Here,
    obj: CustomObject,
    state: ListState,
    *,
    new: bool,
    problems: tuple[Problem, ...] = (),
) -> str:
    return list_page(
        scope,
        obj,
        state,
        "runtime/list_view_name.html",
        is_new=new,
        once=promise(scope, obj, VIEW, new_key())
        if new and not problems
        else request.form.get(ONCE, ""),
        said=request.form.get("label", ""),
        may_share=may_share_views(scope.actor),
        problems=[problem.sentence for problem in problems],
    )
