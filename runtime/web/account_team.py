"""The tab of an account with its team: who is in it and what they may do; adding, taking out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.predicates import Condition
from ...platform.errors import NotFound
from ...platform.i18n import _, lazy
from ...platform.web.access import SIGNED_IN, requires
from ..access.levels import Level
from ..access.permissions import Operation, may, readable
from ..access.teams import ACCOUNT, LEVEL_FIELDS, MEMBER, OF, ROLE, TEAM, counted_members
from ..query.record import Record
from ..query.request import Order, Query
from ..query.run import find_titles, get, run
from .blueprint import pages
from .feedback import say
from .panels import PANELS, Panel, Place, Spot
from .records import find_object
from .scope import Here, here

TAB = "team"
MOST = 200  # members shown
COLUMNS = (ROLE, *LEVEL_FIELDS.values())


def has_team(obj: CustomObject, scope: Here) -> bool:
    """Says whether records of the object have teams that the reader may see."""
    team = scope.snapshot.find("CustomObject", TEAM)
    if obj.name != OF or not isinstance(team, CustomObject):
        return False
    names = (scope.snapshot.find_field(TEAM, name) for name in (ACCOUNT, MEMBER))
    return may(scope.actor, Operation.READ, team, scope.snapshot) and all(
        field is not None and readable(scope.actor, field, scope.snapshot) for field in names
    )


def _draw(place: Place) -> Markup:
    scope, team = place.scope, place.scope.snapshot.object(TEAM)
    columns = _columns(scope)
    paths = (MEMBER, *(one.local_name for one in columns))
    where = Condition(ACCOUNT, "equals", (place.record.id,))
    query = Query(TEAM, paths, where, order=(Order("CreatedDate"),), limit=MOST)
    members = run(place.connection, scope.actor, query, scope.snapshot).records
    people = {str(one.values[MEMBER]) for one in members}
    names = find_titles(place.connection, scope.actor, scope.snapshot, people)
    decides = place.level >= Level.FULL

    def do(operation: Operation) -> bool:
        return decides and may(scope.actor, operation, team, scope.snapshot)

    new: dict[str, Any] = {"back": tab_url(place.record.id), ACCOUNT: place.record.id}
    return Markup(  # noqa: S704 - a template of ours
        render_template(
            "runtime/account_team.html",
            account=place.record.id,
            columns=[scope.snapshot.label(one) for one in columns],
            rows=[_row(scope, one, columns, names) for one in members],
            new_url=url_for("pages.new_record", object_name=TEAM, **new)
            if do(Operation.CREATE)
            else "",
            may_edit=do(Operation.EDIT),
            may_remove=do(Operation.DELETE),
        )
    )


def _columns(scope: Here) -> list[CustomField]:
    """What is told of members, as far as the reader may read it."""
    found = (scope.snapshot.find_field(TEAM, name) for name in COLUMNS)
    return [one for one in found if one and readable(scope.actor, one, scope.snapshot)]


def _row(
    scope: Here, member: Record, columns: list[CustomField], names: dict[str, str]
) -> dict[str, Any]:
    person = str(member.values[MEMBER])
    return {
        "id": member.id,
        "name": names.get(person) or _("Somebody who is gone"),
        "cells": [
            one.field_type.display_in(member.values.get(one.local_name), one, scope.snapshot)
            for one in columns
        ],
    }


def tab_url(account: str) -> str:
    return url_for("pages.record", record_id=account, tab=TAB)


@pages.post("/r/<record_id>/team/<member_id>/remove")
@requires(SIGNED_IN)
def remove_member(record_id: str, member_id: str) -> Response:
    """Takes somebody out of the team; the toast offers Undo."""
    scope = here()
    (_obj, account), (team, member) = find_object(record_id, scope), find_object(member_id, scope)
    if team.name != TEAM:
        raise NotFound(member_id)
    with scope.read() as connection:
        found = get(connection, scope.actor, scope.snapshot, member, (ACCOUNT,))
    if found.values[ACCOUNT] != account:
        raise NotFound(member_id)
    batch = scope.records.delete([member])
    undo = url_for("pages.restore", batch=batch)
    say(_("No longer in the team."), undo=undo, undo_label=_("Undo"))
    return redirect(tab_url(account))


def _counted(record_id: str) -> sa.ScalarSelect[int] | None:
    return counted_members(here().snapshot, record_id)


PANELS.register(Panel(TAB, lazy("Team"), Spot.TAB, 35, _draw, has_team, _counted))
