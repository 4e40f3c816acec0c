"""Comments as they are kept: plain text, beside the record, for whoever may see the record.

Authors change and delete their own, an administrator deletes any. Who is mentioned, who follows
the record and who owns it hear of a comment with its commit. Refuses (`comment.…`) one without
text, one that is too long, and mentions of whoever may not see the record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform import clock
from ...platform.db.inserts import insert_into
from ...platform.errors import Denied, NotFound, Problem, Rejected
from ...platform.i18n import _
from ...platform.ids import new_id
from ...platform.migrations.tables import sys_comment
from ...platform.people.actor import Actor
from ..notices.kept import News, is_person, notify
from ..notices.kinds import COMMENT, MENTION
from ..query.page import SortKey, beyond, read_cursor, write_cursor
from ..query.run import get
from ..records.following import followers
from .mentions import read_mentions

PREFIX = "0Cm"
LONGEST = 10_000  # characters
MOST_COUNTED = 100
_c = sys_comment.c


@dataclass(frozen=True, slots=True)
class Comment:
    """Something that somebody said of a record."""

    id: str
    record_id: str
    author_id: str
    text: str
    mentions: Mapping[str, str]  # {name as it stands in the text: id of the user}
    at: datetime
    edited_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some comments, latest first, and the cursor of those before them."""

    comments: tuple[Comment, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is commented on, by whom; whether they may see the record is asked with every deed."""

    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    object: CustomObject
    record_id: str

    def owner(self) -> str:
        """The id of the record's owner, "" for none; raises NotFound unless it may be seen."""
        fields = ("OwnerId",) if self.object.has_owner else ("Id",)
        record = get(self.conn, self.actor, self.snapshot, self.record_id, fields)
        return str(record.values.get("OwnerId") or "")


# -- reading -------------------------------------------------------------------------------------


def counted(record_id: str) -> sa.ScalarSelect[int]:
    """How many comments a record has, for a statement; counting stops at MOST_COUNTED."""
    some = sa.select(sa.literal(1)).where(_c.record_id == record_id).limit(MOST_COUNTED)
    return sa.select(sa.func.count()).select_from(some.subquery()).scalar_subquery()


def comments_of(
    conn: sa.Connection, record_id: str, *, after: str = "", limit: int = 20
) -> CommentPage:
    """The comments of a record that the reader may see, latest first."""
    keys = tuple(SortKey(column, descending=True, filled=True) for column in (_c.at, _c.id))
    statement = sa.select(sys_comment).where(_c.record_id == record_id)
    binding = f"comments:{record_id}"
    if after:
        statement = statement.where(beyond(keys, read_cursor(binding, after, 2)))
    ordered = statement.order_by(*(key.ordering for key in keys)).limit(limit + 1)
    found = [Comment(**row._mapping) for row in conn.execute(ordered)]
    more, found = len(found) > limit, found[:limit]
    cursor = write_cursor(binding, (found[-1].at, found[-1].id)) if more else ""
    return CommentPage(tuple(found), cursor)


def get_comment(conn: sa.Connection, record_id: str, comment_id: str) -> Comment:
    """The comment of that record; raises NotFound."""
    mine = _c.id == comment_id, _c.record_id == record_id
    row = conn.execute(sa.select(sys_comment).where(*mine)).one_or_none()
    if row is None:
        raise NotFound(comment_id)
    return Comment(**row._mapping)


def may_edit(actor: Actor, comment: Comment) -> bool:
    return comment.author_id == actor.user_id


def may_delete(actor: Actor, comment: Comment) -> bool:
    return actor.is_administrator or may_edit(actor, comment)


# -- writing -------------------------------------------------------------------------------------


def write(
    subject: Subject, text: str, picked: Collection[str] = (), comment_id: str | None = None
) -> str:
    """Adds a comment and returns its id; with an id that was promised it is added once."""
    owner, text = subject.owner(), _checked(text)
    mentions = _mentions(subject, text, picked)
    row = {
        "id": comment_id or new_id(PREFIX), "record_id": subject.record_id,
        "author_id": subject.actor.user_id, "text": text, "mentions": mentions,
        "at": clock.now(), "edited_at": None,
    }  # fmt: skip
    added = insert_into(subject.conn, sys_comment).values(row).on_conflict_do_nothing()
    if subject.conn.execute(added).rowcount:
        notify(subject.conn, _news(subject, str(row["id"]), set(mentions.values()), owner))
    return str(row["id"])


def change(subject: Subject, comment_id: str, text: str, picked: Collection[str] = ()) -> None:
    """Gives one's own comment another text; who is mentioned for the first time hears of it."""
    subject.owner()
    old = get_comment(subject.conn, subject.record_id, comment_id)
    if not may_edit(subject.actor, old):
        raise Denied("somebody else's comment")
    if (text := _checked(text)) == old.text:
        return
    kept = {*picked, *old.mentions.values()}
    mentions = _mentions(subject, text, kept)
    values = {"text": text, "mentions": mentions, "edited_at": clock.now()}
    subject.conn.execute(sa.update(sys_comment).where(_c.id == comment_id).values(values))
    new = set(mentions.values()) - set(old.mentions.values())
    notify(subject.conn, _mentioned(subject, comment_id, new))


def delete(subject: Subject, comment_id: str) -> None:
    """Deletes one's own comment, or as an administrator anybody's."""
    subject.owner()
    if not may_delete(subject.actor, get_comment(subject.conn, subject.record_id, comment_id)):
        raise Denied("somebody else's comment")
    subject.conn.execute(sa.delete(sys_comment).where(_c.id == comment_id))


def _checked(text: str) -> str:
    """The text with plain line ends; Rejected when there is none or too much of it."""
    text = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Rejected(Problem("comment.empty", ("text",), _("Write something first.")))
    if len(text) > LONGEST:
        message = _("A comment has up to %(n)s characters.", n=LONGEST)
        raise Rejected(Problem("comment.too_long", ("text",), message))
    return text


def _mentions(subject: Subject, text: str, picked: Collection[str]) -> dict[str, str]:
    asked = subject.conn, subject.actor, subject.snapshot, subject.object, subject.record_id
    return read_mentions(*asked, text, picked)


def _news(subject: Subject, comment_id: str, mentioned: set[str], owner: str) -> Iterator[News]:
    yield from _mentioned(subject, comment_id, mentioned)
    interested = {
        *followers(subject.conn, subject.record_id),
        *([owner] if is_person(owner) else ()),
    }
    for user_id in sorted(interested - mentioned - {subject.actor.user_id}):
        yield _told(subject, COMMENT.name, comment_id, user_id)


def _mentioned(subject: Subject, comment_id: str, users: set[str]) -> Iterator[News]:
    for user_id in sorted(users - {subject.actor.user_id}):
        yield _told(subject, MENTION.name, comment_id, user_id)


def _told(subject: Subject, kind: str, comment_id: str, user_id: str) -> News:
    args = {"comment": comment_id}
    return News(user_id, kind, subject.record_id, subject.actor.user_id, args)
