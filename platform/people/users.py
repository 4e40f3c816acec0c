"""Users of an org: created, changed, frozen and deactivated here, checked and audited each time.

Refuses names and addresses that are taken or malformed, and whatever would leave the org without
anybody who can administer it. People are never deleted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .. import audit, clock
from ..db.types import fold
from ..errors import Conflict, NotFound, Problem, Rejected, require
from ..i18n import LANGUAGES, LOCALES, _, time_zones
from ..ids import RecordId, new_id
from ..migrations.tables import sys_credential, sys_document, sys_user
from .actor import ADMIN, PROFILES, STANDARD, Actor
from .api_tokens import revoke_all
from .links import revoke_links
from .passwords import PasswordHash
from .sessions import DEACTIVATED, FROZEN, PASSWORD_CHANGED, end_sessions

KEY_PREFIX = "005"
THEMES = ("system", "light", "dark")
DENSITIES = ("compact", "comfortable")

_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,189}\.[^\s@<>\"(),:;\\.\[\]]{2,63}"
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_INVISIBLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class UserDraft:
    """What a person says about a user; the rest is made here."""

    username: str
    email: str
    last_name: str
    first_name: str = ""
    alias: str = ""
    title: str = ""
    department: str = ""
    phone: str = ""
    mobile_phone: str = ""
    profile: str = STANDARD
    role: str = ""
    manager_id: str = ""
    language: str = "en"
    locale: str = "en_US"
    time_zone: str = "UTC"
    currency: str = ""  # empty: the company's
    theme: str = "system"
    density: str = "compact"


@dataclass(frozen=True, slots=True)
class User:
    """A user as stored; texts that were left out are empty."""

    id: RecordId
    username: str
    email: str
    first_name: str
    last_name: str
    name: str
    alias: str
    title: str
    department: str
    phone: str
    mobile_phone: str
    profile: str
    role: str
    is_active: bool
    is_frozen: bool
    language: str
    locale: str
    time_zone: str
    currency: str
    theme: str
    density: str
    manager_id: str
    must_change_password: bool
    created_at: datetime
    modified_at: datetime
    last_login_at: datetime | None
    version: int

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and not self.is_frozen

    @property
    def subject(self) -> audit.Subject:
        return audit.Subject("user", self.id, self.name)


_DRAFTED = tuple(field.name for field in fields(UserDraft))
_LIMITS = {
    **{"username": 80, "email": 254, "first_name": 40, "last_name": 80, "alias": 8, "title": 80},
    **{"department": 80, "phone": 40, "mobile_phone": 40, "role": 80},
}


def find_user(conn: sa.Connection, user_id: str) -> User | None:
    return _find(conn, sys_user.c.id == user_id)


def get_user(conn: sa.Connection, user_id: str) -> User:
    """The user of that id; raises NotFound."""
    if (user := find_user(conn, user_id)) is None:
        raise NotFound(_("There is no such user."))
    return user


def find_by_username(conn: sa.Connection, username: str) -> User | None:
    """The user of that name, in whatever case or width it is written."""
    return _find(conn, sys_user.c.username_key == fold(username.strip()))


def find_to_sign_in(conn: sa.Connection, username: str) -> tuple[User, PasswordHash] | None:
    """The user of that name with the hash; one statement, also when there is no such user."""
    row = conn.execute(
        sa.select(sys_user, sys_credential.c.password_hash)
        .outerjoin(sys_credential, sys_credential.c.user_id == sys_user.c.id)
        .where(sys_user.c.username_key == fold(username.strip()))
    ).one_or_none()
    if row is None or row.password_hash is None:
        return None
    return _user(row), PasswordHash(row.password_hash)


def list_users(
    conn: sa.Connection,
    search: str = "",
    limit: int = 200,
    offset: int = 0,
    roles: Collection[str] | None = None,
) -> list[User]:
    """Users by name; `search` is looked for in name, user name and email.

    With `roles` those who have one of them, and no administrators.
    """
    query = sa.select(sys_user).order_by(sys_user.c.name_key, sys_user.c.id).where(_within(roles))
    if wanted := fold(search.strip()):
        columns = (sys_user.c.name_key, sys_user.c.username_key, sys_user.c.email_key)
        query = query.where(sa.or_(*(c.contains(wanted, autoescape=True) for c in columns)))
    return [_user(row) for row in conn.execute(query.limit(limit).offset(offset))]


def count_users(conn: sa.Connection, roles: Collection[str] | None = None) -> int:
    counted = sa.select(sa.func.count()).select_from(sys_user).where(_within(roles))
    return conn.scalar(counted) or 0


def _within(roles: Collection[str] | None) -> sa.ColumnElement[bool]:
    if roles is None:
        return sa.true()
    return sa.and_(sys_user.c.role.in_(sorted(roles)), sys_user.c.profile != ADMIN)


def create_user(
    conn: sa.Connection, draft: UserDraft, by: Actor, *, must_change_password: bool = False
) -> User:
    """Adds the user, without a password yet. Raises Rejected with every problem."""
    draft = _tidy(draft)
    require(check_user(conn, draft))
    now = clock.now()
    user_id = new_id(KEY_PREFIX)
    stamps = {
        "created_at": now,
        "created_by": by.user_id,
        "modified_at": now,
        "modified_by": by.user_id,
    }
    state = {"is_active": True, "is_frozen": False, "is_deleted": False, "version": 1}
    row = _row(draft) | stamps | state | {"must_change_password": must_change_password}
    conn.execute(sa.insert(sys_user).values(id=user_id, **row))
    user = get_user(conn, user_id)
    audit.record(conn, by, "user.created", user.subject, None, _told(draft))
    return user


def update_user(
    conn: sa.Connection,
    user_id: str,
    changes: Mapping[str, str],
    by: Actor,
    *,
    version: int | None = None,
) -> User:
    """Changes fields of UserDraft. Raises Rejected, or Conflict when `version` is out of date."""
    user = get_user(conn, user_id)
    if unknown := set(changes) - set(_DRAFTED):
        raise TypeError(f"no field of a user: {sorted(unknown)}")
    if version is not None and version != user.version:
        raise Conflict(_("Somebody else changed this user. Reload and try again."))
    before = _draft_of(user)
    after = _tidy(UserDraft(**asdict(before) | dict(changes)))
    if after == before:
        return user
    require(check_user(conn, after, user))
    if user.profile == ADMIN and after.profile != ADMIN:
        _keep_an_administrator(conn, user, by)
    _write(conn, user, _row(after), by)
    if fold(after.email) != fold(before.email):
        revoke_links(conn, user_id)
    old, new = _told(before), _told(after)
    changed = {name for name in new if old[name] != new[name]}
    audit.record(
        conn,
        by,
        "user.changed",
        user.subject,
        {name: old[name] for name in sorted(changed)},
        {name: new[name] for name in sorted(changed)},
    )
    return get_user(conn, user_id)


def freeze_user(conn: sa.Connection, user_id: str, by: Actor) -> User:
    """The user can no longer sign in, and is signed out everywhere at once."""
    user = get_user(conn, user_id)
    _keep_an_administrator(conn, user, by)
    return _set_state(conn, user, by, "is_frozen", True, "user.frozen", FROZEN)


def unfreeze_user(conn: sa.Connection, user_id: str, by: Actor) -> User:
    return _set_state(
        conn, get_user(conn, user_id), by, "is_frozen", False, "user.unfrozen", FROZEN
    )


def deactivate_user(conn: sa.Connection, user_id: str, by: Actor) -> User:
    """The user has left: signed out at once, kept for what they own and did."""
    user = get_user(conn, user_id)
    _keep_an_administrator(conn, user, by)
    return _set_state(conn, user, by, "is_active", False, "user.deactivated", DEACTIVATED)


def activate_user(conn: sa.Connection, user_id: str, by: Actor) -> User:
    return _set_state(
        conn, get_user(conn, user_id), by, "is_active", True, "user.activated", DEACTIVATED
    )


def password_hash_of(conn: sa.Connection, user_id: str) -> PasswordHash | None:
    """The stored hash; None for somebody who has not chosen a password yet."""
    query = sa.select(sys_credential.c.password_hash).where(sys_credential.c.user_id == user_id)
    found = conn.scalar(query)
    return PasswordHash(found) if found is not None else None


def set_password(
    conn: sa.Connection,
    user_id: str,
    password_hash: PasswordHash,
    by: Actor,
    *,
    must_change: bool = False,
) -> None:
    """Stores the hash, made before the transaction; ends sessions, tokens and links."""
    user = get_user(conn, user_id)
    rehash_password(conn, user_id, password_hash)
    conn.execute(
        sa.update(sys_user)
        .where(sys_user.c.id == user_id)
        .values(must_change_password=must_change, version=sys_user.c.version + 1)
    )
    end_sessions(conn, user_id, PASSWORD_CHANGED)
    revoke_all(conn, user_id, PASSWORD_CHANGED, by, user.name)
    revoke_links(conn, user_id)
    audit.record(conn, by, "user.password_set", user.subject)


def rehash_password(conn: sa.Connection, user_id: str, password_hash: PasswordHash) -> None:
    """Stores another hash of the same password."""
    conn.execute(sa.delete(sys_credential).where(sys_credential.c.user_id == user_id))
    row = {"user_id": user_id, "password_hash": password_hash, "changed_at": clock.now()}
    conn.execute(sa.insert(sys_credential).values(**row))


def note_login(conn: sa.Connection, user_id: str) -> None:
    mine = sa.update(sys_user).where(sys_user.c.id == user_id)
    conn.execute(mine.values(last_login_at=clock.now()))


def check_user(
    conn: sa.Connection, draft: UserDraft, own: User | None = None
) -> tuple[Problem, ...]:
    """Everything that is wrong with the draft, as a new user or for the user `own`."""
    return (*_check_texts(draft), *_check_choices(draft), *_check_relations(conn, draft, own))


def _check_texts(draft: UserDraft) -> Iterable[Problem]:
    for name, limit in _LIMITS.items():
        if len(getattr(draft, name)) > limit:
            yield _problem("too_long", name, _("Use at most %(n)s characters.", n=limit))
    if not draft.last_name:
        yield _problem("required", "last_name", _("Enter a last name."))
    if not draft.username or " " in draft.username:
        yield _problem("username", "username", _("Enter a user name without spaces."))
    if not _EMAIL.fullmatch(draft.email):
        yield _problem("email", "email", _("Enter a complete email address."))


def _check_choices(draft: UserDraft) -> Iterable[Problem]:
    offered: tuple[tuple[str, Iterable[str]], ...] = (
        ("language", LANGUAGES),
        ("locale", LOCALES),
        ("time_zone", time_zones()),
        ("theme", THEMES),
        ("density", DENSITIES),
    )
    for name, values in offered:
        if getattr(draft, name) not in values:
            yield _problem("unknown_choice", name, _("Choose one of the list."))


def _check_relations(conn: sa.Connection, draft: UserDraft, own: User | None) -> Iterable[Problem]:
    if draft.profile not in PROFILES and not _is_live(conn, "Profile", draft.profile):
        yield _problem("unknown_choice", "profile", _("Choose one of the list."))
    if draft.role and not _is_live(conn, "Role", draft.role):
        yield _problem("unknown_choice", "role", _("Choose one of the list."))
    rival = find_by_username(conn, draft.username)
    if rival is not None and (own is None or rival.id != own.id):
        yield _problem("username_taken", "username", _("This user name is taken."))
    if draft.manager_id and (own is not None and draft.manager_id == own.id):
        yield _problem("own_manager", "manager_id", _("Nobody is their own manager."))
    elif draft.manager_id and find_user(conn, draft.manager_id) is None:
        yield _problem("no_manager", "manager_id", _("There is no such user."))


def _is_live(conn: sa.Connection, kind: str, uid: str) -> bool:
    """Says whether the org's metadata holds such a component."""
    d = sys_document.c
    found = sa.select(sa.literal(1)).where(d.uid == uid, d.kind == kind, d.state == "live")
    return conn.scalar(found) is not None


def _keep_an_administrator(conn: sa.Connection, user: User, by: Actor) -> None:
    """Refuses to take the rights of oneself, or of the last who can administer."""
    if user.id == by.user_id:
        raise Rejected(_problem("own_rights", "id", _("You cannot do this to yourself.")))
    administrators = sa.select(sys_user.c.id).where(
        sys_user.c.profile == ADMIN,
        sys_user.c.is_active.is_(sa.true()),
        sys_user.c.is_frozen.is_(sa.false()),
    )
    # Locked, or two administrators could freeze each other in the same moment.
    able = set(conn.scalars(administrators.order_by("id").with_for_update()))
    if able == {user.id}:
        message = _("This is the only administrator who can sign in.")
        raise Rejected(_problem("last_administrator", "id", message))


def _set_state(
    conn: sa.Connection, user: User, by: Actor, flag: str, value: bool, operation: str, ending: str
) -> User:
    if getattr(user, flag) == value:
        return user
    _write(conn, user, {flag: value}, by)
    # On the way back too: nothing from before, or from in between, comes to life again.
    end_sessions(conn, user.id, ending)
    revoke_all(conn, user.id, ending, by, user.name)
    revoke_links(conn, user.id)
    audit.record(conn, by, operation, user.subject, {flag: not value}, {flag: value})
    return get_user(conn, user.id)


def _write(conn: sa.Connection, user: User, values: Mapping[str, Any], by: Actor) -> None:
    stamps = {"modified_at": clock.now(), "modified_by": by.user_id, "version": user.version + 1}
    same = sa.and_(sys_user.c.id == user.id, sys_user.c.version == user.version)
    if conn.execute(sa.update(sys_user).where(same).values(**values, **stamps)).rowcount != 1:
        raise Conflict(_("Somebody else changed this user. Reload and try again."))


def _tidy(draft: UserDraft) -> UserDraft:
    """Without spaces at the ends and without characters that nobody sees."""
    texts = {name: _INVISIBLE.sub("", text).strip() for name, text in asdict(draft).items()}
    alias = texts["alias"] or (texts["first_name"][:1] + texts["last_name"][:4]).lower()
    return UserDraft(**texts | {"alias": alias})


def _row(draft: UserDraft) -> dict[str, Any]:
    name = full_name(draft.first_name, draft.last_name)
    keys = {"username": draft.username, "email": draft.email, "name": name}
    texts = {key: value or None for key, value in asdict(draft).items()}
    return texts | {"name": name} | {f"{key}_key": fold(value) for key, value in keys.items()}


def full_name(first_name: str, last_name: str) -> str:
    """The name as it is read: Chinese names with the family name first and no space."""
    if _HAN.fullmatch(first_name) and _HAN.fullmatch(last_name):
        return last_name + first_name
    return f"{first_name} {last_name}".strip()


def _told(draft: UserDraft) -> dict[str, str]:
    """What the audit log holds of a user: {field: text}."""
    return {name: text for name, text in asdict(draft).items() if name not in ("theme", "density")}


def _draft_of(user: User) -> UserDraft:
    return UserDraft(**{name: getattr(user, name) for name in _DRAFTED})


def _find(conn: sa.Connection, where: sa.ColumnElement[bool]) -> User | None:
    row = conn.execute(sa.select(sys_user).where(where)).one_or_none()
    return None if row is None else _user(row)


def _user(row: Any) -> User:
    texts = {"first_name", "alias", "title", "department", "phone", "mobile_phone", "role"}
    texts |= {"currency", "manager_id"}
    values: dict[str, Any] = {field.name: getattr(row, field.name) for field in fields(User)}
    return User(**values | {name: values[name] or "" for name in texts})


def _problem(code: str, field: str, message: str) -> Problem:
    return Problem(f"user.{code}", (field,), message)
