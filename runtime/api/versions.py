"""The way in: which versions there are, what one of them offers, who one is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Response, request

from ...platform import clock
from ...platform.errors import NotFound, Rejected
from ...platform.ids import org_id, parse_id
from ...platform.migrations.tables import sys_user
from ...platform.people.api_tokens import Scope
from ...platform.web.access import ANYONE, SIGNED_IN, requires
from ...platform.web.current import config, org_db, signed_in
from ..web.scope import here
from .blueprint import NEWEST, OLDEST, ROOT, VERSIONS, api, resource
from .call import Answer, Call
from .edge import written
from .values import moment

#: what stands right below a version
OFFERED = (
    *("sobjects", "query", "queryAll", "search", "parameterizedSearch", "limits", "recent"),
    *("tabs", "theme", "appMenu", "quickActions", "composite"),
)


@api.get(ROOT, strict_slashes=False)
@requires(ANYONE)
def versions() -> Response:
    """The versions that are offered."""
    return written(
        Answer(
            [
                {"label": f"{number}.0", "url": f"{ROOT}/v{number}.0", "version": f"{number}.0"}
                for number in range(OLDEST, NEWEST + 1)
            ]
        )
    )


@resource("")
def version(call: Call) -> Answer:
    """What a version offers, and who asks."""
    found = {name: f"{call.root}/{name}" for name in OFFERED}
    return Answer(found | {"identity": identity_url(call.actor.org, call.actor.user_id)})


def identity_url(org: str, user_id: str) -> str:
    """The address that says who a token speaks for."""
    return f"{base_url()}/id/{org_id(org)}/{user_id}"


def base_url() -> str:
    """What addresses of this server begin with, as it is configured."""
    return config().base_url.rstrip("/")


@api.get("/id/<organization_id>/<person_id>", strict_slashes=False)
@requires(SIGNED_IN, Scope.READ)
def identity(organization_id: str, person_id: str) -> Response:
    """Who a token speaks for; nobody else is told of here."""
    actor = here().actor
    try:
        asked = parse_id(organization_id), parse_id(person_id)
    except Rejected:
        raise NotFound(person_id) from None
    if asked != (org_id(actor.org), actor.user_id):
        raise NotFound(person_id)
    return written(Answer(identity_of()))


def identity_of() -> dict[str, Any]:
    """The person of the present token, as clients read it."""
    actor, found = here().actor, signed_in()
    with org_db().read() as conn:
        person = conn.execute(sa.select(sys_user).where(sys_user.c.id == actor.user_id)).one()
    root = f"{base_url()}{ROOT}/v{{version}}/"
    return {
        "id": request.base_url if request.path.startswith("/id/") else "",
        "asserted_user": True,
        "user_id": actor.user_id,
        "organization_id": org_id(actor.org),
        "username": person.username,
        "nick_name": person.alias or person.username,
        "display_name": actor.name,
        "email": person.email,
        "email_verified": True,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "timezone": actor.time_zone,
        "photos": {},
        "urls": {
            "rest": root,
            "sobjects": f"{root}sobjects/",
            "search": f"{root}search/",
            "query": f"{root}query/",
            "recent": f"{root}recent/",
            "profile": f"{base_url()}/{actor.user_id}",
        },
        "active": True,
        "user_type": "STANDARD",
        "language": actor.language,
        "locale": actor.locale,
        "utcOffset": _offset(actor.time_zone),
        "last_modified_date": moment(person.modified_at),
        "is_app_installed": True,
        "organization_name": found.org_name,
    }


def _offset(zone: str) -> int:
    """Milliseconds from UTC, summer time left out."""
    there = clock.now().astimezone(ZoneInfo(zone))
    offset = (there.utcoffset() or timedelta()) - (there.dst() or timedelta())
    return int(offset.total_seconds() * 1000)


__all__ = ["VERSIONS", "base_url", "identity", "identity_of", "identity_url", "version", "versions"]
