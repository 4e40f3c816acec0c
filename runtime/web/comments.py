"""Comments of a record: a tab of its page and a page of their own, with a form that mentions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...platform import clock
from ...platform.errors import NotFound, Rejected
from ...platform.i18n import _, format_ago, format_datetime, lazy
from ...platform.ids import is_id, key_prefix, new_id
from ...platform.web.access import SIGNED_IN, requires
from ..comments import kept
from ..comments.kept import Comment, CommentPage, Subject
from ..comments.marks import marked
from ..comments.mentions import search_people
from ..query.run import find_titles
from .blueprint import pages
from .cells import tone_of
from .feedback import say
from .once import promise, promised
from .panels import PANELS, Panel, Place, Spot
from .portraits import photo_url
from .records import find_object, get_record, object_crumb, title_of
from .scope import Here, here
from .shell import trail
from .widgets import initials

TAB, ROWS, ONCE = "comments", 20, "once"


def has_comments(obj: CustomObject, _scope: Here) -> bool:
    """Of people there are none: they are no records of the org's work."""
    return not obj.storage


def _draw(place: Place) -> Markup:
    page = kept.comments_of(place.connection, place.record.id, limit=ROWS)
    context = _context(place.connection, place.scope, place.object, place.record.id, page)
    return Markup(render_template("runtime/comments_panel.html", **context))  # noqa: S704 - ours


PANELS.register(Panel(TAB, lazy("Comments"), Spot.TAB, 20, _draw, has_comments, kept.counted))


@pages.get("/r/<record_id>/comments")
@requires(SIGNED_IN)
def record_comments(record_id: str) -> str:
    """All comments of a record, a page at a time; `edit` opens one's own for a change."""
    scope = here()
    obj, found_id = _commented(record_id, scope)
    return _page(scope, obj, found_id)


@pages.post("/r/<record_id>/comments")
@requires(SIGNED_IN)
def add_comment(record_id: str) -> Response | tuple[str, int]:
    """Adds a comment; sent twice, it is one."""
    scope = here()
    obj, found_id = _commented(record_id, scope)
    comment_id = promised(scope, obj, "comment", request.form.get(ONCE, "")) or None

    def work(subject: Subject) -> str:
        return kept.write(subject, _text(), request.form.getlist("mentioned"), comment_id)

    try:
        added = _transact(scope, obj, found_id, work)
    except Rejected as refusal:
        return _page(scope, obj, found_id, refusal), 422
    return redirect(_address(found_id, added))


@pages.post("/r/<record_id>/comments/<comment_id>")
@requires(SIGNED_IN)
def change_comment(record_id: str, comment_id: str) -> Response | tuple[str, int]:
    """Gives one's own comment another text."""
    scope = here()
    obj, found_id = _commented(record_id, scope)

    def work(subject: Subject) -> None:
        kept.change(subject, comment_id, _text(), request.form.getlist("mentioned"))

    try:
        _transact(scope, obj, found_id, work)
    except Rejected as refusal:
        return _page(scope, obj, found_id, refusal, comment_id), 422
    return redirect(_address(found_id, comment_id))


@pages.post("/r/<record_id>/comments/<comment_id>/delete")
@requires(SIGNED_IN)
def delete_comment(record_id: str, comment_id: str) -> Response:
    """Deletes a comment for good."""
    scope = here()
    obj, found_id = _commented(record_id, scope)
    _transact(scope, obj, found_id, lambda subject: kept.delete(subject, comment_id))
    say(_("Comment deleted."))
    return redirect(url_for("pages.record", record_id=found_id, tab=TAB))


@pages.get("/r/<record_id>/people")
@requires(SIGNED_IN)
def people_of_record(record_id: str) -> Response:
    """`{"items": [{id, label, tone}]}`: who may be mentioned on the record, by `q`."""
    scope = here()
    obj, found_id = _commented(record_id, scope)
    with scope.read() as connection:
        get_record(connection, scope, obj, found_id, [])  # NotFound unless they may see it
        words = request.args.get("q", "")[:80]
        found = search_people(connection, scope.actor, scope.snapshot, obj, found_id, words)
    return jsonify({"items": [{"id": i, "label": name, "tone": tone_of(i)} for i, name in found]})


def _commented(record_id: str, scope: Here) -> tuple[CustomObject, str]:
    obj, found_id = find_object(record_id, scope)
    if not has_comments(obj, scope):
        raise NotFound(record_id)
    return obj, found_id


def _transact(
    scope: Here, obj: CustomObject, record_id: str, work: Callable[[Subject], Any]
) -> Any:
    return scope.org_db.transact(
        lambda conn: work(Subject(conn, scope.actor, scope.snapshot, obj, record_id))
    )


def _text() -> str:
    return request.form.get("text", "")


def _address(record_id: str, comment_id: str) -> str:
    return url_for("pages.record", record_id=record_id, tab=TAB, _anchor=f"c-{comment_id}")


def _page(
    scope: Here,
    obj: CustomObject,
    record_id: str,
    refusal: Rejected | None = None,
    edited: str = "",
) -> str:
    with scope.read() as connection:
        record = get_record(connection, scope, obj, record_id, [])
        page = kept.comments_of(connection, record_id, after=request.args.get("after", ""))
        edited = edited or request.args.get("edit", "")
        if is_id(edited) and key_prefix(edited) == kept.PREFIX:
            page = CommentPage((kept.get_comment(connection, record_id, edited),))
        context = _context(connection, scope, obj, record_id, page, refusal, edited)
    title = title_of(obj, record, scope)
    url = url_for("pages.record", record_id=record_id, tab=TAB)
    trail(object_crumb(obj, scope), (title, url), (_("Comments"), ""), active=obj)
    return render_template("runtime/comments.html", title=title, url=url, **context)


def _context(
    connection: Connection,
    scope: Here,
    obj: CustomObject,
    record_id: str,
    page: CommentPage,
    refusal: Rejected | None = None,
    edited: str = "",
) -> dict[str, Any]:
    names = find_titles(
        connection, scope.actor, scope.snapshot, {one.author_id for one in page.comments}
    )
    url = url_for("pages.record_comments", record_id=record_id)
    once = request.form.get(ONCE, "") if refusal else ""
    return {
        "record_id": record_id,
        "comments": [
            _line(scope, one, names.get(one.author_id, ""), edited) for one in page.comments
        ],
        "more_url": f"{url}?after={page.next}" if page.next else "",
        "text": _text() if refusal else "",
        "errors": tuple(problem.sentence for problem in refusal.problems) if refusal else (),
        "edited": edited,
        "once": once or promise(scope, obj, "comment", new_id(kept.PREFIX)),
    }


def _line(scope: Here, one: Comment, name: str, edited: str) -> dict[str, Any]:
    may_edit = kept.may_edit(scope.actor, one)
    return {
        "id": one.id,
        "who": name or _("Somebody"),
        "initials": initials(name),
        "tone": tone_of(one.author_id),
        "photo": photo_url(one.author_id) if name else "",
        "text": marked(one.text, one.mentions),
        "raw": one.text,
        "ago": format_ago(one.at, clock.now()),
        "when": format_datetime(one.at),
        "changed": format_datetime(one.edited_at) if one.edited_at else "",
        "may_edit": may_edit,
        "may_delete": kept.may_delete(scope.actor, one),
        "is_open": may_edit and one.id == edited,
    }
