"""Who has a profile, permission set, role, group or queue: the list on its page, adding, taking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.definition import Definition
from ...metadata.rights import SHIPPED
from ...platform.errors import Conflict, NotFound, Rejected
from ...platform.i18n import ngettext
from ...platform.people.assignments import Relation, give, list_holders, list_others, take
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.web.feedback import say
from ...runtime.web.offsets import offset_here
from ...runtime.web.scope import Here, here
from .blueprint import setup

ROWS, FOUND = 50, 20
_RELATIONS: Mapping[str, Relation] = {
    "Profile": Relation.PROFILE,
    "Role": Relation.ROLE,
    "PermissionSet": Relation.PERMISSION,
    "PermissionSetGroup": Relation.PERMISSION,
    "Group": Relation.MEMBERSHIP,
    "Queue": Relation.MEMBERSHIP,
    "DelegateGroup": Relation.MEMBERSHIP,
}
#: {kind: the page that lists who has one}
_PAGES: Mapping[str, str] = {
    "Role": "setup.role", "Group": "setup.group", "Queue": "setup.queue",
    "DelegateGroup": "setup.delegation",
}  # fmt: skip


def relation_of(kind: str) -> Relation:
    return _RELATIONS[kind]


def key_of(component: Definition) -> str:
    """What users have of it: its uid; of a shipped profile its name."""
    return component.uid.removeprefix(SHIPPED)


def holders_of(scope: Here, component: Definition) -> dict[str, Any]:
    """What the list of users and the search below it show."""
    relation, key = relation_of(component.kind), key_of(component)
    words = request.args.get("find", "").strip()
    offset = offset_here()
    with scope.read() as connection:
        rows = list_holders(connection, relation, key, ROWS + 1, offset)
        others = list_others(connection, relation, key, words, FOUND + 1)
    return {
        "component": component,
        "holders": rows[:ROWS],
        "others": others[:FOUND],
        "more_others": len(others) > FOUND,
        "find": words,
        "may_take": relation is not Relation.PROFILE,
        "next_holders": offset + ROWS if len(rows) > ROWS else None,
    }


@setup.post("/assigned/<uid>")
@requires(ADMINISTRATOR)
def assign(uid: str) -> Response:
    """Gives the component to the ticked users (`give`), or takes it from one (`take`)."""
    scope = here()
    component = scope.snapshot.find_uid(uid)
    if component is None or component.kind not in _RELATIONS:
        raise NotFound(uid)
    relation, key = relation_of(component.kind), key_of(component)
    given, taken = request.form.getlist("give"), request.form.getlist("take")

    def change(connection: Connection) -> tuple[int, int]:
        return (
            give(connection, relation, key, given, scope.actor),
            take(connection, relation, key, taken, scope.actor) if taken else 0,
        )

    try:
        new, gone = scope.org_db.transact(change)
    except (Rejected, Conflict) as refused:
        problems = refused.problems if isinstance(refused, Rejected) else ()
        say(" ".join(p.sentence for p in problems) or str(refused), kind="bad")
    else:
        if new:
            say(ngettext("%(n)s user added.", "%(n)s users added.", new))
        if gone:
            say(ngettext("%(n)s user taken out.", "%(n)s users taken out.", gone))
    page = _PAGES.get(component.kind, "setup.permit_users")
    return redirect(url_for(page, uid=uid, _anchor="users"))
