"""Short tours of pages, and which of them a person has seen: taken, or put away."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ..platform.db.inserts import put_row
from ..platform.i18n import lazy
from ..platform.migrations.tables import sys_preference
from ..platform.people.actor import Actor

NAME = "tours.seen"  # of the preference: [name of a tour]


@dataclass(frozen=True, slots=True)
class Step:
    """What is said of the first of these places that can be seen."""

    places: str  # CSS selectors, the best one first
    title: object
    text: object


#: {endpoint: its tour}
TOUR_OF = {"pages.home": "home", "pages.list_records": "list", "setup.home": "setup"}
TOURS: dict[str, tuple[Step, ...]] = {
    "home": (
        Step(
            ".side .side-list, .side-toggle",
            lazy("Everything has its list"),
            lazy("Your lists are here. The name above them leads to other apps."),
        ),
        Step(
            ".find, .top-end a[href='/search']",
            lazy("Search, or jump"),
            lazy("Records, pages and deeds by a few letters, in pinyin too. Ctrl K opens it."),
        ),
        Step(
            ".home-grid, #main",
            lazy("Your day"),
            lazy("Today's meetings, open tasks and deals that close soon. What waits comes first."),
        ),
    ),
    "list": (
        Step(
            ".list-t",
            lazy("One list, many views"),
            lazy("Choose a view here, or save what you see as a view of your own."),
        ),
        Step(
            ".tools",
            lazy("Narrow and sort"),
            lazy("Add filters, sort and choose fields. The address keeps it all, to be shared."),
        ),
        Step(
            "tr[data-row], .list table, .list",
            lazy("Change it where you read it"),
            lazy("Double-click a value to change it. Tick rows to change many at once."),
        ),
    ),
    "setup": (
        Step(
            "#setup-tree, .side-toggle",
            lazy("All of Setup"),
            lazy("Objects, people, access and the company, each on a page of its own."),
        ),
        Step(
            "main form[role=search]",
            lazy("Find it by its name"),
            lazy("Type a label, an API name or a type. The search at the top finds it as well."),
        ),
        Step(
            "main .card a[href='/setup/objects'], main .card",
            lazy("Begin with an object"),
            lazy(
                "Fields, layouts, lists and rules are with their object. Each change can be undone."
            ),
        ),
    ),
}


_p = sys_preference.c
SEEN = sa.select(_p.value).where(_p.user_id == sa.bindparam("who"), _p.name == NAME)


def seen(conn: sa.Connection, actor: Actor) -> frozenset[str]:
    """The tours that the person is not offered again."""
    return frozenset(conn.execute(SEEN, {"who": actor.user_id}).scalar() or ())


def note_seen(conn: sa.Connection, actor: Actor, name: str) -> None:
    """From now on the person is not offered this tour."""
    value = sorted(seen(conn, actor) | {name})
    put_row(conn, sys_preference, {"user_id": actor.user_id, "name": NAME}, {"value": value})
