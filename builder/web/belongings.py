"""What belongs to a user, and giving it to somebody else: for when people leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...platform.errors import NotFound, Problem, Rejected
from ...platform.i18n import _, ngettext
from ...platform.people import users as people
from ...platform.people.users import User
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.bulk import kept
from ...runtime.bulk.freezing import MOST
from ...runtime.bulk.kept import Deed
from ...runtime.query.request import Query
from ...runtime.query.run import count, iterate
from ...runtime.records.transfer import OWNER
from ...runtime.web.feedback import say
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .problems import by_field


@dataclass(frozen=True, slots=True)
class Belongings:
    """How many records of an object somebody owns; counting stops beyond MOST."""

    object: CustomObject
    label: str
    number: int


@setup.get("/users/<user_id>/records")
@requires(ADMINISTRATOR)
def records_of_user(user_id: str) -> str:
    """How many records of each object the user owns, and who shall have them."""
    scope = here()
    with scope.read() as connection:
        user = people.get_user(connection, user_id)
        owned = belongings_of(connection, scope, user_id)
    return _page(user, owned)


@setup.post("/users/<user_id>/records")
@requires(ADMINISTRATOR)
def give_records(user_id: str) -> Response | tuple[str, int]:
    """Begins one deed in the background for each chosen object."""
    scope = here()
    with scope.read() as connection:
        user = people.get_user(connection, user_id)
        owned = belongings_of(connection, scope, user_id)
    wanted = set(request.form.getlist("objects"))
    chosen = [one.object for one in owned if one.object.name in wanted]
    try:
        heir = _heir(scope, user)
        if not chosen:
            raise Rejected(Problem("transfer.nothing", ("objects",), _("Choose what to give.")))
        scope.org_db.transact(lambda conn: _begin(conn, scope, chosen, user, heir))
    except Rejected as refused:
        return _page(user, owned, refused.problems), 422
    name = ngettext("%(n)s object", "%(n)s objects", len(chosen))
    say(_("The records of %(name)s go to %(heir)s: %(what)s.", name=user.name, heir=heir.name,
          what=name))  # fmt: skip
    return redirect(url_for("pages.background_work"))


def owns_something(connection: Connection, scope: Here, user_id: str) -> bool:
    """Says whether any record is the user's; the first one found ends the look."""
    actor, snapshot = scope.actor, scope.snapshot
    return any(
        count(connection, actor, _owned(obj, user_id), snapshot, cap=1) for obj in _ownable(scope)
    )


def _ownable(scope: Here) -> Iterator[CustomObject]:
    return (obj for obj in scope.snapshot.objects() if not obj.storage and obj.has_owner)


def belongings_of(connection: Connection, scope: Here, user_id: str) -> list[Belongings]:
    """What the user owns, object by object; those without any are left out."""
    snapshot = scope.snapshot
    found = []
    for obj in _ownable(scope):
        number = count(connection, scope.actor, _owned(obj, user_id), snapshot, cap=MOST)
        if number:
            found.append(Belongings(obj, snapshot.label(obj, "pluralLabel"), number))
    return sorted(found, key=lambda one: (-one.number, one.label))


def _owned(obj: CustomObject, user_id: str) -> Query:
    return Query(obj.name, (), Condition(OWNER, "equals", (user_id,)), limit=MOST)


def _heir(scope: Here, user: User) -> User:
    """Who shall have the records: somebody at work, and another person."""
    heir_id = request.form.get("heir", "")
    with scope.read() as connection:
        heir = people.find_user(connection, heir_id)
    if heir is None or not heir.is_active or heir.id == user.id:
        message = _("Choose an active user, and somebody else.")
        raise Rejected(Problem("transfer.heir", ("heir",), message))
    return heir


def _begin(
    connection: Connection, scope: Here, objects: list[CustomObject], user: User, heir: User
) -> None:
    actor, snapshot = scope.actor, scope.snapshot
    for obj in objects:
        walk = iterate(connection, actor, _owned(obj, user.id), snapshot)
        ids = [record.id for some in walk for record in some]
        address = url_for("setup.user", user_id=user.id)
        bulk = kept.find(connection, kept.draft(connection, actor, obj, Deed.UPDATE, ids, address))
        field = snapshot.find_field(obj.name, OWNER)
        if bulk is None or field is None:
            raise NotFound(obj.name)
        kept.start(connection, bulk, field_uid=field.uid, text=heir.id)


def _page(user: User, owned: list[Belongings], problems: tuple[Problem, ...] = ()) -> str:
    stand("setup.users", (user.name, url_for("setup.user", user_id=user.id)), (_("Records"), ""))
    return render_template(
        "builder/belongings.html",
        user=user,
        owned=owned,
        chosen=set(request.form.getlist("objects")) or {one.object.name for one in owned},
        heir=request.form.get("heir", ""),
        heir_name=request.form.get("heir.label", ""),
        picker=owned[0].object.name if owned else "",
        errors=by_field(problems),
    )
