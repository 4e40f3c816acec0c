"""From where and when people work: asked as they sign in, and before each view of whoever is in.

A profile's own ranges of addresses go before the org's; hours are those of the profile, in the
company's time zone. While somebody views as another user, their own profile counts.
"""

from __future__ import annotations

from flask import current_app, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from ...metadata.rights import profile_of
from ...metadata.snapshot import Snapshot
from ...metadata.store import SNAPSHOTS
from ...platform import clock
from ...platform.company import read_company
from ...platform.db.scope import OrgDatabase
from ...platform.errors import Denied, Problem
from ...platform.people.actor import Actor
from ...platform.people.whereabouts import ANY_TIME, IpRange, read_ranges, why_not
from ...platform.web.access import Access, find_access
from ...platform.web.current import by_token, current_session, origin
from ...platform.web.errors import wants_fragment, wants_json
from ...platform.web.sign_in import bare_page
from .scope import here

LEAVING = ("viewing.leave", "sign_in.logout")


def refusal(
    snapshot: Snapshot, profile: str, ranges: tuple[IpRange, ...], address: str, zone: str
) -> Problem | None:
    """Why nobody of that profile may work from there now; None when they may."""
    found = profile_of(profile, snapshot)
    own, week = (found.ip_ranges, found.hours) if found else ((), ANY_TIME)
    return why_not(own or ranges, week, address, clock.now(), zone)


def admits(conn: Connection, db: OrgDatabase, actor: Actor, address: str) -> Problem | None:
    """Why somebody may not sign in, whose password was right."""
    snapshot, ranges = SNAPSHOTS.at(conn, db), read_ranges(conn)
    return refusal(snapshot, actor.profile, ranges, address, read_company(conn).time_zone)


def require_place_and_time() -> Response | None:
    """Before each view: a page that says why, for whoever may not work from there or now."""
    if request.endpoint is None or request.endpoint in LEAVING:
        return None
    if find_access(current_app.view_functions[request.endpoint]) is Access.ANYONE:
        return None
    if (found := current_session()) is None:
        return None
    problem = refusal(here().snapshot, found.person.profile, found.ranges, origin().ip, found.zone)
    if problem is None:
        return None
    if by_token() or wants_fragment() or wants_json():
        raise Denied(problem.sentence)
    return bare_page("elsewhere", None, 403, why=problem)
