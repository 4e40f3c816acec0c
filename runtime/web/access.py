"""Who can see this record, and why: answers for one person, and the people who have access.

Administrators ask about anybody, everybody else about themselves; of a record one may not see
there is nothing to ask.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template, request, url_for
from sqlalchemy import Connection

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform.errors import Denied, NotFound
from ...platform.i18n import _, lazy
from ...platform.people import users as people
from ...platform.people.standing import find_actor
from ...platform.people.users import User
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.masters import controlling
from ..access.permissions import readable
from ..access.shares import may_share
from ..access.verdicts import Answer, Deed, Verdict, answer, field_verdicts
from ..query.record import Record
from ..query.run import get
from ..records.lookups import find_by_title
from .access_words import Said, Words
from .blueprint import pages
from .offsets import offset_here
from .records import find_object, object_crumb, title_of
from .scope import Here, here
from .shell import trail

ROWS = 25  # people with access on one page
LOOKED_AT = 100  # people asked about for one page
DEEDS = {
    Deed.SEE: lazy("See"),
    Deed.EDIT: lazy("Edit"),
    Deed.DELETE: lazy("Delete"),
    Deed.TRANSFER: lazy("Give to another owner"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One question and its answer."""

    label: str
    is_allowed: bool
    why: list[Said]


@dataclass(frozen=True, slots=True)
class FieldLine:
    label: str
    reads: bool
    edits: bool
    why: list[Said]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who has access."""

    user: User
    level: str
    why: list[Said]
    url: str


@dataclass(frozen=True, slots=True)
class Readers:
    """A page of people with access; `next` and `start` are places among all users."""

    rows: tuple[Reader, ...]
    start: int
    next: int | None


@pages.get("/r/<record_id>/access")
@requires(SIGNED_IN)
def record_access(record_id: str) -> str:
    """What a person may do with the record and its fields, each answer with what decides it."""
    scope = here()
    obj, found_id = find_object(record_id, scope)
    with scope.read() as connection:
        record = get(connection, scope.actor, scope.snapshot, found_id, _paths(scope, obj))
        title = title_of(obj, record, scope)
        person = _asked_about(connection, scope, obj)
        actor = find_actor(connection, scope.actor.org, person.id)
        found = answer(connection, actor, scope.snapshot, found_id) if actor else None
        words = Words(connection, scope, found, record) if found else None
        is_admin = scope.actor.is_administrator
        return render_template(
            "runtime/access.html",
            record=record,
            object=obj,
            title=title,
            asked=person,
            is_self=person.id == scope.actor.user_id,
            deeds=list(_deeds(found, words)) if found and words else [],
            fields=list(_fields(found, words, scope.snapshot)) if found and words else [],
            readers=_readers(connection, scope, record) if is_admin else None,
            picker=_user_field(scope.snapshot, obj) if is_admin else None,
            may_share=may_share(connection, scope.actor, scope.snapshot, found_id),
            **_frame(scope, obj, record, title),
        )


def _frame(scope: Here, obj: CustomObject, record: Record, title: str) -> dict[str, str]:
    url = url_for("pages.record", record_id=record.id)
    trail(object_crumb(obj, scope), (title, url), (_("Access"), ""), active=obj)
    return {"url": url}


def _paths(scope: Here, obj: CustomObject) -> tuple[str, ...]:
    """What the words name: the owner, the account, the parents; only what the reader may read."""
    snapshot = scope.snapshot
    wanted = [obj.name_field, "OwnerId" if obj.has_owner else "", "AccountId"]
    if obj.sharing_model == "ControlledByParent":
        wanted += [field.local_name for field in controlling(obj, snapshot)]
    found = (snapshot.find_field(obj.name, name) for name in dict.fromkeys(wanted) if name)
    names = [f.local_name for f in found if f and readable(scope.actor, f, snapshot)]
    return tuple(names) or ("Id",)


def _asked_about(connection: Connection, scope: Here, obj: CustomObject) -> User:
    """The person of the question: oneself, or for administrators anybody."""
    user_id = request.args.get("user", "") or _typed(connection, scope, obj)
    if user_id in ("", scope.actor.user_id):
        return people.get_user(connection, scope.actor.user_id)
    if not scope.actor.is_administrator:
        raise Denied(_("Only an administrator may ask about others."))
    if (found := people.find_user(connection, user_id)) is None:
        raise NotFound(user_id)
    return found


def _typed(connection: Connection, scope: Here, obj: CustomObject) -> str:
    """A person named by words, where no script put the id beside them."""
    typed, field = request.args.get("user.label", "").strip(), _user_field(scope.snapshot, obj)
    if not typed or field is None:
        return ""
    found = find_by_title(connection, scope.actor, scope.snapshot, field, typed)
    if len(found) != 1:
        raise NotFound(typed)
    return found[0]


def _user_field(snapshot: Snapshot, obj: CustomObject) -> CustomField | None:
    """A lookup to users, whose choices the picker offers."""
    fields = snapshot.fields(obj.name).values()
    return next((f for f in fields if f.reference_to == ("User",)), None)


def _deeds(found: Answer, words: Words) -> Iterator[Line]:
    for deed, label in DEEDS.items():
        verdict = found.deeds[deed]
        yield Line(str(label), verdict.is_allowed, words.of(verdict))


def _fields(found: Answer, words: Words, snapshot: Snapshot) -> Iterator[FieldLine]:
    """Where read and edit are decided by the same thing, it is said once."""
    for one in field_verdicts(found, snapshot):
        told: Verdict = one.edit if one.read.is_allowed else one.read
        reads, edits = one.read.is_allowed, one.edit.is_allowed
        yield FieldLine(snapshot.label(one.field), reads, edits, words.of(told, one.field))


# -- the people who have access


def _readers(connection: Connection, scope: Here, record: Record) -> Readers:
    """A page of them, by name; looks at so many people and no more."""
    start = offset_here()
    candidates = people.list_users(connection, "", LOOKED_AT + 1, start)
    rows: list[Reader] = []
    for n, user in enumerate(candidates[:LOOKED_AT]):
        if len(rows) == ROWS:
            return Readers(tuple(rows), start, start + n)
        if (reader := _reader(connection, scope, record, user)) is not None:
            rows.append(reader)
    more = start + LOOKED_AT if len(candidates) > LOOKED_AT else None
    return Readers(tuple(rows), start, more)


def _reader(connection: Connection, scope: Here, record: Record, user: User) -> Reader | None:
    actor = find_actor(connection, scope.actor.org, user.id)
    found = answer(connection, actor, scope.snapshot, record.id) if actor else None
    if actor is None or found is None or not found.may(Deed.SEE):
        return None
    deed = next(d for d in (Deed.DELETE, Deed.EDIT, Deed.SEE) if found.may(d))
    why = Words(connection, scope, found, record).of(found.deeds[deed])
    url = url_for("pages.record_access", record_id=record.id, user=user.id)
    return Reader(user, _level_words(found, deed), why[:1], url)


def _level_words(found: Answer, deed: Deed) -> str:
    if deed is Deed.DELETE and found.holding.level is Level.FULL:
        return _("All")
    return _("Reads and edits") if deed is not Deed.SEE else _("Reads")
