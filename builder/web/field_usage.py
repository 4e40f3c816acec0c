"""Which fields of an object are used: how far they are filled, who sees them, what uses them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from ...metadata.grants import FieldRight
from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.rights import is_always_shown
from ...metadata.snapshot import Snapshot
from ...platform.clock import today
from ...platform.i18n import _, format_date, ngettext
from ...platform.web.access import ADMINISTRATOR, requires
from ...runtime.field_usage import Filled, Usage, usage_of
from ...runtime.transfer.guard import guarded
from ...runtime.web.scope import Here, here
from .blueprint import setup
from .nav import stand
from .uses import use_rows

PAST = 90  # days that count as "since" where nothing else is said
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)  # a day that has a moment in every zone
SORTS = ("filled", "since", "label", "last", "uses")


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the report."""

    field: CustomField
    label: str
    found: Filled
    share: int  # percent of all records
    share_since: int
    seen_by: tuple[str, ...] | None  # labels of profiles; None = whoever sees the object
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says."""

    object: CustomObject
    since: date
    sort: str
    descending: bool

    def address(self, **more: str) -> dict[str, Any]:
        said: dict[str, Any] = {
            "object": self.object.name,
            "since": self.since.isoformat(),
            "sort": self.sort,
        }
        return said | ({"down": "1"} if self.descending else {}) | more


@setup.get("/field-usage")
@requires(ADMINISTRATOR)
def field_usage() -> str:
    """The report on one object; `object`, `since`, `sort` and `down` say which."""
    scope = here()
    stand("setup.field_usage")
    asked = _asked(scope)
    usage = _usage(scope, asked)
    return render_template(
        "builder/field_usage.html",
        asked=asked,
        objects=_objects(scope.snapshot),
        usage=usage,
        rows=[_line(row) for row in _rows(scope, asked, usage)],
        sorts={name: _sorted(asked, name) for name in SORTS},
        download=url_for("setup.field_usage_file", **asked.address()),
    )


@setup.get("/field-usage.csv")
@requires(ADMINISTRATOR)
def field_usage_file() -> Response:
    """The same as CSV."""
    scope = here()
    asked = _asked(scope)
    usage = _usage(scope, asked)
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(
        ["field", "label", "type", "records", "filled", "percent", "records since", "filled since",
         "percent since", "last change", "seen by", "used in"]
    )  # fmt: skip
    for row in _rows(scope, asked, usage):
        write.writerow(_cells(row, usage))
    response = Response(b"\xef\xbb\xbf" + text.getvalue().encode(), mimetype="text/csv")
    name = f"fields-{asked.object.name}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells(row: Row, usage: Usage) -> list[str]:
    found = row.found
    seen = "*" if row.seen_by is None else "; ".join(row.seen_by)
    return [
        row.field.name, guarded(row.label), row.field.type, str(usage.records), str(found.all),
        str(row.share), str(usage.records_since), str(found.since), str(row.share_since),
        found.last.isoformat() if found.last else "", guarded(seen), guarded("; ".join(row.uses)),
    ]  # fmt: skip


def _asked(scope: Here) -> Asked:
    objects = dict(_objects(scope.snapshot))
    name = request.args.get("object", "") or next(iter(objects), "")
    obj = scope.object(name)
    try:
        since = date.fromisoformat(request.args.get("since", ""))
    except ValueError:
        since = today(scope.actor.time_zone) - timedelta(days=PAST)
    since = min(max(since, FIRST), LAST)
    sort = request.args.get("sort", "")
    return Asked(obj, since, sort if sort in SORTS else "filled", "down" in request.args)


def _objects(snapshot: Snapshot) -> list[tuple[str, str]]:
    """(name, label) of the objects that have records of their own."""
    found = [
        (o.name, snapshot.label(o, "pluralLabel")) for o in snapshot.objects() if not o.storage
    ]
    return sorted(found, key=lambda row: row[1].casefold())


def _usage(scope: Here, asked: Asked) -> Usage:
    zone = ZoneInfo(scope.actor.time_zone)
    begin = datetime.combine(asked.since, time(), zone).astimezone(UTC)
    with scope.read() as connection:
        return usage_of(connection, scope.snapshot, asked.object.name, begin)


def _rows(scope: Here, asked: Asked, usage: Usage) -> list[Row]:
    rows = [_row(scope.snapshot, found, usage) for found in usage.fields]
    rows.sort(key=lambda row: row.label.casefold())
    keys: dict[str, Any] = {
        "filled": lambda row: row.share,
        "since": lambda row: row.share_since,
        "label": lambda row: row.label.casefold(),
        "last": lambda row: row.found.last.timestamp() if row.found.last else 0.0,
        "uses": lambda row: len(row.uses),
    }
    return sorted(rows, key=keys[asked.sort], reverse=asked.descending)


def _row(snapshot: Snapshot, found: Filled, usage: Usage) -> Row:
    field = found.field
    uses = use_rows(snapshot, snapshot.referrers("CustomField", field.name))
    return Row(
        field,
        snapshot.label(field),
        found,
        _percent(found.all, usage.records),
        _percent(found.since, usage.records_since),
        _seen_by(snapshot, field),
        tuple(f"{use['kind']}: {use['label']}" for use in uses),
    )


def _percent(part: int, whole: int) -> int:
    """Of a hundred; one record of many is 1 and not 0, all but one 99 and not 100."""
    if not whole or part in (0, whole):
        return 100 if part else 0
    return min(max(round(100 * part / whole), 1), 99)


def _seen_by(snapshot: Snapshot, field: CustomField) -> tuple[str, ...] | None:
    if is_always_shown(field, snapshot):
        return None
    profiles = snapshot.of_kind("Profile")
    seen = (p for p in profiles if p.grants.field_right(field.name) & FieldRight.READ)
    return tuple(snapshot.label(one) for one in seen)


def _line(row: Row) -> dict[str, Any]:
    field = row.field
    place: dict[str, Any] = {"object_name": field.object_name, "field_name": field.local_name}
    may_delete = field.is_custom and not field.component_of
    n = len(row.seen_by or ())
    return {
        "name": field.name,
        "local_name": field.local_name,
        "icon": field.field_type.icon,
        "label": row.label,
        "type": str(field.field_type.label),
        "share": row.share,
        "filled": row.found.all,
        "share_since": row.share_since,
        "filled_since": row.found.since,
        "last": format_date(row.found.last) if row.found.last else "",
        "seen": _("Everybody") if row.seen_by is None
        else ngettext("%(n)s profile", "%(n)s profiles", n),
        "seen_names": ", ".join(row.seen_by or ()),
        "uses": len(row.uses),
        "use_names": ", ".join(row.uses),
        "url": url_for("setup.field", **place),
        "access": url_for("setup.field_access", **place),
        "delete": url_for("setup.delete_field", **place) if may_delete else "",
    }  # fmt: skip


def _sorted(asked: Asked, name: str) -> tuple[str, str]:
    """(address that sorts by it, how it is sorted now) of a column."""
    is_now = asked.sort == name
    address = asked.address(sort=name)
    address.pop("down", None)
    if is_now and not asked.descending:
        address["down"] = "1"
    state = ("desc" if asked.descending else "asc") if is_now else ""
    return url_for("setup.field_usage", **address), state
