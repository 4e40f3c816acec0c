"""How far the caller of a page of Setup may go: an administrator everywhere, a delegate in fences.

Refuses a delegate whatever lies beyond, with 403 and a row of the audit log: users above or outside
their roles, administrators, other delegates, themselves; profiles and sets that are not theirs to
give. Whoever they administer has no right that they could not have given, or have themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app, request
from sqlalchemy import Connection

from ...metadata.delegation import Fence, fences_of, is_delegation, shaped_objects
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.snapshot import Snapshot
from ...platform import audit
from ...platform.errors import Denied
from ...platform.i18n import _
from ...platform.people.actor import ADMIN, Actor
from ...platform.people.assignments import Relation, held_by
from ...platform.people.users import User
from ...platform.web.access import Access, find_access
from ...platform.web.current import actor as current_actor
from ...platform.web.current import origin
from ...runtime.access.permissions import exceeds
from ...runtime.web.scope import Here, here
from .choices import Choices

Result = TypeVar("Result")


class Beyond(Denied):
    """A delegate tried something outside their fences."""

    def __init__(self, message: str, subject: audit.Subject) -> None:
        super().__init__(message)
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one caller may do to users. `fences` is None for an administrator."""

    actor: Actor
    snapshot: Snapshot
    fences: tuple[Fence, ...] | None

    @property
    def is_whole(self) -> bool:
        return self.fences is None

    @property
    def roles(self) -> frozenset[str] | None:
        """The uids of the roles whose users one administers; None for all of them."""
        if self.fences is None:
            return None
        return frozenset().union(*(fence.roles for fence in self.fences))

    def of_role(self, role: str) -> list[Fence]:
        return [fence for fence in self.fences or () if role in fence.roles]

    # -- users as they are

    def require_user(self, conn: Connection, user: User) -> None:
        """Raises Beyond unless one may administer the user as they are at this moment."""
        if not self.is_whole and not self._may_administer(conn, user):
            raise Beyond(_("You do not administer this user."), user.subject)

    def _may_administer(self, conn: Connection, user: User) -> bool:
        held = held_by(conn, Relation.MEMBERSHIP, user.id)
        if user.id == self.actor.user_id or user.profile == ADMIN:
            return False
        if any(is_delegation(uid, self.snapshot) for uid in held):
            return False
        sets = held_by(conn, Relation.PERMISSION, user.id)
        fences = self.of_role(user.role)
        if any(user.profile in one.profiles and sets <= one.permits for one in fences):
            return True
        if not fences:
            return False
        return not exceeds(_as_actor(self.actor, user, sets), self.actor, self.snapshot)

    # -- users as they shall be

    def require_place(self, role: str, profile: str, before: User | None = None) -> None:
        """Raises Beyond unless one may give a user that role together with that profile."""
        if self.is_whole or (before and (before.role, before.profile) == (role, profile)):
            return
        if any(profile in fence.profiles for fence in self.of_role(role)):
            return
        if before is not None and before.profile == profile and self.of_role(role):
            return  # moved within one's roles; the profile is as it was
        subject = before.subject if before else audit.Subject("user")
        raise Beyond(_("You may not give this profile with this role."), subject)

    def givable(self, role: str) -> frozenset[str] | None:
        """The uids of what one may give to or take from users of the role; None for everything."""
        if self.is_whole:
            return None
        fences = self.of_role(role)
        return frozenset().union(*(fence.permits | fence.gatherings for fence in fences))

    def require_given(self, user: User, new: frozenset[str]) -> None:
        """Raises Beyond unless one may give the user all of that."""
        mine = self.givable(user.role)
        if mine is not None and new - mine:
            raise Beyond(_("You may not give this."), user.subject)

    # -- what a form offers

    def profiles(self, choices: Choices, kept: str = "") -> Choices:
        if self.fences is None:
            return choices
        mine = frozenset().union(*(fence.profiles for fence in self.fences))
        return [row for row in choices if row[0] in mine or (kept and row[0] == kept)]

    def role_choices(self, choices: Choices) -> Choices:
        roles = self.roles
        return choices if roles is None else [row for row in choices if row[0] in roles]


def bounds(scope: Here) -> Bounds:
    """The bounds of whoever calls."""
    whole = scope.actor.is_administrator
    fences = None if whole else fences_of(scope.actor, scope.snapshot)
    return Bounds(scope.actor, scope.snapshot, fences)


def is_delegate() -> bool:
    """Says whether the caller is a delegate of anything, and may see the object of the address."""
    scope = here()
    if not fences_of(scope.actor, scope.snapshot):
        return False
    named = (request.view_args or {}).get("object_name")
    return named is None or named in shaped_objects(scope.actor, scope.snapshot)


def require_object(scope: Here, name: str) -> None:
    """Raises Beyond unless the caller may shape the object."""
    if scope.actor.is_administrator or name in shaped_objects(scope.actor, scope.snapshot):
        return
    raise Beyond(_("You do not shape this object."), audit.Subject("object", "", name))


def within(scope: Here, work: Callable[[Connection], Result]) -> Result:
    """Does the work in a transaction; what lies beyond the bounds of a delegate is audited."""
    try:
        return scope.org_db.transact(work)
    except Beyond as refused:
        note(scope, refused)
        raise


def note(scope: Here, refused: Beyond) -> None:
    """Notes what a delegate tried, as long as they are not only looking."""
    if request.method == "GET":
        return
    said, ip = {"tried": request.endpoint or ""}, origin().ip
    scope.org_db.transact(
        lambda conn: audit.record(
            conn, scope.actor, "delegation.refused", refused.subject, None, said, ip=ip
        )
    )


def is_delegate_or_more(scope: Here) -> bool:
    """Says whether anything of Setup is open to the caller."""
    return scope.actor.is_administrator or bool(fences_of(scope.actor, scope.snapshot))


def shaped(scope: Here) -> list[CustomObject]:
    """The objects that the caller may shape."""
    found = list(scope.snapshot.objects())
    if scope.actor.is_administrator:
        return found
    mine = shaped_objects(scope.actor, scope.snapshot)
    return [obj for obj in found if obj.name in mine]


def opens(endpoint: str) -> bool:
    """Says whether the caller may open that page of Setup, as far as its address tells."""
    scope = here()
    if endpoint == "setup.objects" and not shaped(scope):
        return False
    view = current_app.view_functions.get(endpoint)
    needed = find_access(view) if view is not None else None
    return current_actor().is_administrator or needed is Access.DELEGATED


def _as_actor(like: Actor, user: User, sets: Iterable[str]) -> Actor:
    """The user as an actor, whether they may work at this moment or not."""
    return Actor(
        user.id, user.name, like.org, user.profile, user.language, user.locale, user.time_zone,
        user.currency, role=user.role, permission_sets=tuple(sorted(sets)),
    )  # fmt: skip
