"""Notices: the page of all of them, the bell's latest, marking them as read, copies by mail."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ...platform import clock
from ...platform.i18n import _, format_ago, format_datetime, ngettext
from ...platform.web.access import SIGNED_IN, requires
from ...platform.web.redirects import safe_next
from ..notices import wishes
from ..notices.kept import NoticePage, mark_read, notices_of
from ..notices.kinds import KINDS, ORDER
from ..notices.showing import path_of, told
from .blueprint import pages
from .feedback import say
from .scope import Here, here
from .shell import trail

ROWS, LATEST = 50, 8


@pages.get("/notices")
@requires(SIGNED_IN)
def notices() -> str:
    """What the person was told of, latest first; all or what is unread."""
    unread = request.args.get("show") == "unread"
    page, rows = _rows(here(), unread, request.args.get("after", ""), ROWS)
    trail((_("Notices"), ""))
    show = "unread" if unread else None
    return render_template(
        "runtime/notices.html", rows=rows, unread=unread, here_url=_here(),
        next_url=url_for("pages.notices", show=show, after=page.next) if page.next else "",
    )  # fmt: skip


@pages.get("/notices/latest")
@requires(SIGNED_IN)
def latest_notices() -> str:
    """The list under the bell."""
    _page, rows = _rows(here(), False, "", LATEST)
    return render_template("runtime/notices_latest.html", rows=rows)


def _here() -> str:
    return request.full_path.rstrip("?")


def _rows(
    scope: Here, unread: bool, after: str, limit: int
) -> tuple[NoticePage, list[dict[str, object]]]:
    with scope.read() as connection:
        page = notices_of(connection, scope.actor, unread=unread, after=after, limit=limit)
        found = told(connection, scope.actor, scope.snapshot, page.notices)
    now = clock.now()
    rows: list[dict[str, object]] = [
        {
            "id": one.id,
            "icon": one.kind.icon,
            "sentence": one.sentence,
            "text": one.text,
            "url": path_of(one),
            "ago": format_ago(one.at, now),
            "when": format_datetime(one.at),
            "is_read": one.is_read,
        }
        for one in found
    ]
    return page, rows


@pages.post("/notices/read")
@requires(SIGNED_IN)
def read_notices() -> Response:
    """Marks the notices of the posted ids as read, or all where `all` is sent."""
    scope = here()
    ids = None if request.form.get("all") else request.form.getlist("id")
    n = scope.org_db.transact(lambda conn: mark_read(conn, scope.actor, ids=ids))
    if ids is None:
        say(ngettext("%(n)s notice marked as read.", "%(n)s notices marked as read.", n))
    return redirect(safe_next(request.form.get("back"), url_for("pages.notices")))


@pages.get("/notices/settings")
@requires(SIGNED_IN)
def notice_settings() -> str:
    """Of which notices a copy goes by mail."""
    scope = here()
    with scope.read() as connection:
        mailed = wishes.mailed(connection, (scope.actor.user_id,))[scope.actor.user_id]
    trail((_("Notices"), url_for("pages.notices")), (_("Settings"), ""))
    rows = [(kind.name, str(kind.label), kind.name in mailed) for kind in ORDER]
    return render_template("runtime/notice_settings.html", rows=rows)


@pages.post("/notices/settings")
@requires(SIGNED_IN)
def save_notice_settings() -> Response:
    """Keeps the choice; a kind that is not known is passed over."""
    scope = here()
    kinds = {name for name in KINDS.names() if request.form.get(f"mail.{name}")}
    scope.org_db.transact(lambda conn: wishes.wish(conn, scope.actor.user_id, kinds))
    say(_("Your settings are saved."))
    return redirect(url_for("pages.notice_settings"))
