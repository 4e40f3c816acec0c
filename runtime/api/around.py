"""What stands around the records: limits, counts, what was looked at last, tabs, apps, colours."""

from __future__ import annotations

from typing import Any

from ...metadata.rights import rights_of
from ...platform.web.current import own_db
from ..query.request import Query
from ..query.run import count
from ..records.recent import recent
from . import limits
from .blueprint import resource
from .call import Answer, Call
from .paging import whole_number
from .records import ID, attributes

USUAL, MOST = 200, 200


@resource("limits")
def show_limits(call: Call) -> Answer:
    """How much the org may ask for, and how much of that is left."""
    used = limits.used(own_db()) or 0
    left = max(0, limits.A_DAY - used)
    return Answer({"DailyApiRequests": {"Max": limits.A_DAY, "Remaining": left}})


@resource("limits/recordCount")
def count_records(call: Call) -> Answer:
    """How many records the person may see, of the objects asked for, else of all."""
    names = [name.strip() for name in call.args.get("sObjects", "").split(",") if name.strip()]
    asked = (call.find_object(name) for name in names)
    objects = [obj for obj in asked if obj is not None] if names else call.objects()
    with call.scope.read() as conn:
        found = [
            {"count": count(conn, call.actor, Query(obj.name), call.snapshot), "name": obj.name}
            for obj in objects
        ]
    return Answer({"sObjects": found})


@resource("recent")
def show_recent(call: Call) -> Answer:
    """The records that the person looked at last, of any object."""
    limit = whole_number(call, "limit", USUAL, 1, MOST)
    with call.scope.read() as conn:
        seen = recent(conn, call.actor, call.snapshot, limit)
    found = [(one, call.find_object(one.object)) for one in seen]
    return Answer(
        [
            {"attributes": attributes(call, obj, one.id), ID: one.id, "Name": one.title}
            for one, obj in found
            if obj is not None
        ]
    )


@resource("tabs")
def show_tabs(call: Call) -> Answer:
    """The tabs of objects that the person may read."""
    found = []
    for tab in call.snapshot.of_kind("CustomTab"):
        obj = call.find_object(tab.object)
        if obj is None:
            continue
        label = tab.label and call.snapshot.label(tab)
        found.append(
            {
                "colors": [],
                "custom": obj.is_custom,
                "iconUrl": None,
                "icons": [],
                "label": label or call.snapshot.label(obj, "pluralLabel"),
                "miniIconUrl": None,
                "name": tab.name,
                "sobjectName": obj.name,
                "url": f"/o/{obj.name}",
            }
        )
    return Answer(found)


@resource("theme")
def show_theme(call: Call) -> Answer:
    """The objects that have a look of their own; colours are the reader's theme's."""
    items = [{"colors": [], "icons": [], "name": obj.name} for obj in call.objects()]
    return Answer({"themeItems": items})


@resource("appMenu")
def show_app_menus(call: Call) -> Answer:
    """Which menus there are."""
    return Answer({"AppSwitcher": f"{call.root}/appMenu/AppSwitcher"})


@resource("appMenu/AppSwitcher")
def show_apps(call: Call) -> Answer:
    """The apps that the person may use."""
    rights = rights_of(call.actor, call.snapshot)
    apps = sorted(call.snapshot.of_kind("CustomApplication"), key=lambda one: one.rank)
    items: list[dict[str, Any]] = [
        {
            "colors": None,
            "content": None,
            "icons": None,
            "label": call.snapshot.label(app),
            "type": "Tabset",
            "url": "/home",
        }
        for app in apps
        if rights.may_use_app(app.name)
    ]
    return Answer({"appMenuItems": items})


@resource("quickActions")
def show_quick_actions(_call: Call) -> Answer:
    """None: an org has no global actions."""
    return Answer([])


@resource("sobjects/<object_name>/quickActions")
def show_object_actions(call: Call, object_name: str) -> Answer:
    """None: what can be done with a record follows from rights alone."""
    call.object(object_name)
    return Answer([])


@resource("process/rules")
def show_rules(_call: Call) -> Answer:
    """None that a program could start."""
    return Answer({"rules": {}})


@resource("process/approvals")
def show_approvals(_call: Call) -> Answer:
    """None that a program could submit to."""
    return Answer({"approvals": {}})
