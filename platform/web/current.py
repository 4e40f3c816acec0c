"""What this request works with: configuration, org, session, actor; looked up once, when asked for.

Nobody signed in is an error to whoever asks for the actor or the org, never an empty answer.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from flask import current_app, g, request, session

from ..company import Company, read_company
from ..config import Config
from ..db.scope import OrgDatabase
from ..errors import NotFound, TrellisError, Unavailable
from ..i18n import Localization, _
from ..orgs import Orgs
from ..people import api_tokens, throttle, viewing
from ..people.actor import Actor
from ..people.sessions import Over, Session, find_session, note_seen
from ..people.sessions import why_over as find_why_over
from ..people.sign_in import Origin
from ..people.whereabouts import Admits

ORG, TOKEN = "org", "token"  # keys of the signed cookie


BEARER = "Bearer "
QUIETLY = "X-Quietly"  # header of what a page asks by itself: nobody is there for that
ADMITS = "trellis.admits"  # in the extensions of the application


class SignInNeeded(TrellisError):
    """Nobody is signed in, or no longer."""

    status = 401


class MixedUp(TrellisError):
    """The cookie is of one org and the token of another."""

    status = 400


@dataclass(frozen=True, slots=True)
class Services:
    """What the application was built with."""

    config: Config
    orgs: Orgs


def admits() -> Admits | None:
    """Who asks from where and when people come in; set by a floor that knows profiles."""
    return cast("Admits | None", current_app.extensions.get(ADMITS))


def services() -> Services:
    return cast(Services, current_app.extensions["trellis"])


def config() -> Config:
    """The settings of the server."""
    return services().config


def orgs() -> Orgs:
    """The directory of orgs."""
    return services().orgs


def actor() -> Actor:
    """Who this request works for; raises SignInNeeded."""
    return signed_in().actor


def org_db() -> OrgDatabase:
    """The database of the org that the actor is signed in to; raises SignInNeeded.

    Whoever views as somebody else gets it for reading only, and so does a program that may read.
    """
    found = signed_in()
    is_reader = found.viewer is not None or found.scope == api_tokens.Scope.READ
    return own_db().reading_only if is_reader else own_db()


def own_db() -> OrgDatabase:
    """The same, for what concerns the session itself."""
    signed_in()
    return cast(OrgDatabase, g.org_db)


def signed_in() -> Session:
    """The session of this request; raises SignInNeeded."""
    if (found := current_session()) is None:
        raise SignInNeeded(_("Your session has ended. Sign in to go on."))
    return found


def current_session() -> Session | None:
    """The session that the cookie stands for, if it is good; one statement per request.

    With an API token the cookie is not looked at.
    """
    if "session_found" not in g:
        g.session_found = None  # as long as nothing is found; also for the page of an error
        g.session_found = _find_by_token() if by_token() else _find_session()
    return cast("Session | None", g.session_found)


def by_token() -> bool:
    """Says whether the request comes with an API token, good or not."""
    return request.headers.get("Authorization", "").startswith(BEARER)


def company() -> Company:
    """The profile of the org signed in to; before that of the org that is served."""
    if "company" not in g:
        found = Company()
        with suppress(TrellisError):
            db = g.org_db if current_session() else orgs().open(config().org)
            with db.read() as conn:
                found = read_company(conn)
        g.company = found
    return cast(Company, g.company)


def company_name() -> str:
    """The name that stands at the top of every page."""
    found = current_session()
    return (found.org_name if found else company().name) or "Trellis"


def logo_url() -> str:
    """The address of the company's logo, for whoever is signed in; "" for none."""
    found = current_session()
    return f"/logo?v={found.org_logo}" if found and found.org_logo else ""


def origin() -> Origin:
    """Where the request comes from, as far as configured proxies vouch for it."""
    return Origin(request.remote_addr or "", throttle.clean(request.user_agent.string)[:300])


def localization() -> Localization:
    """How to speak to whoever sent this request."""
    if (found := current_session()) is not None:
        return found.actor.localization
    language = request.accept_languages.best_match(["en", "zh-CN", "zh"], "en")
    if language == "en":
        return Localization()
    return Localization("zh_CN", "zh_CN")


def why_over() -> Over | None:
    """Why the session of the cookie is over by the limits of the org; None for any other."""
    org, token = session.get(ORG), session.get(TOKEN)
    if not isinstance(org, str) or not isinstance(token, str):
        return None
    try:
        with orgs().open(org).read() as conn:
            return find_why_over(conn, token)
    except NotFound:
        return None


def forget() -> None:
    """After signing in or out: the next question is answered anew."""
    for name in ("session_found", "org_db", "company"):
        g.pop(name, None)


def _find_session() -> Session | None:
    org, token = session.get(ORG), session.get(TOKEN)
    if not isinstance(org, str) or not isinstance(token, str):
        return None
    try:
        db = orgs().open(org)
    except NotFound:
        return None
    with db.read() as conn:
        found = find_session(conn, org, token)
    if found is not None:
        g.org_db = db
        if QUIETLY not in request.headers:
            _note_seen(db, found)
        _end_viewing(db, found)
    return found


def _find_by_token() -> Session | None:
    """The way in of an API token; raises MixedUp, and TooManyTries for too many bad ones."""
    token = request.headers["Authorization"].removeprefix(BEARER).strip()
    org, of_cookie = api_tokens.org_of(token), session.get(ORG)
    if org and of_cookie and session.get(TOKEN) and org != of_cookie:
        raise MixedUp(_("The cookie and the token are of different companies."))
    try:
        db = orgs().open(org or config().org)
    except NotFound:
        return None
    with db.read() as conn:
        found = api_tokens.find_by_token(conn, db.key, token) if org else None
        owner = "" if found or not org else api_tokens.owner_of(conn, token)
    if found is None:
        throttle.count_bad_token(db, origin().ip, origin().user_agent, owner)
        return None
    g.org_db = db
    if found.is_due:
        with suppress(Unavailable):
            db.transact(lambda conn: api_tokens.note_used(conn, found.id, origin().ip))
    return found


def _end_viewing(db: OrgDatabase, found: Session) -> None:
    """Notes that viewing as somebody else is over, for time or rights, at the first page after."""
    view = found.viewing
    if view is not None and found.viewer is None:
        with suppress(Unavailable):
            db.transact(lambda conn: viewing.end(conn, found.id, found.actor, view))


def _note_seen(db: OrgDatabase, found: Session) -> None:
    """Now and then; a page is not refused because this small note could not be written."""

    def note(conn: sa.Connection) -> None:
        note_seen(conn, found.id)

    if found.is_due:
        with suppress(Unavailable):
            db.transact(note)
