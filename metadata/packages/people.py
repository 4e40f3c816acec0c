"""People whom a package names by their user name, and who stands for them in this org.

They are named as the running user of a dashboard and in sample records ("user:ana@old.example").
Who is unknown here stays as they are named until somebody is chosen for them: nobody is ever made.
What was chosen is remembered for the next package.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from ...platform import clock
from ...platform.db.inserts import put_row
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ...platform.migrations.tables import sys_package_person, sys_user
from ...platform.people.standing import AT_WORK
from ..definition import Document
from .read import Extension, Package

#: {kind: the key of its documents that holds a user name}
KEYS: Mapping[str, str] = {"Dashboard": "runningUser"}
KEY = "key:"  # heading of the column of keys, and what a cell begins with that names a record
USER = "user:"  # what a cell of a sample record begins with that names somebody
_p, _u = sys_package_person.c, sys_user.c


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a package names: where, and who it is here ("" for nobody so far)."""

    name: str
    places: tuple[str, ...]  # names of dashboards and of files
    here: str
    is_known: bool  # the org has an active user of that very name


def people_of(package: Package) -> Mapping[str, tuple[str, ...]]:
    """{user name: where the package names it}."""
    found: dict[str, dict[str, None]] = {}
    for name, place in _named(package):
        found.setdefault(name, {})[place] = None
    return {name: tuple(found[name]) for name in sorted(found, key=fold)}


def look_up(conn: sa.Connection, package: Package, chosen: Mapping[str, str]) -> tuple[Named, ...]:
    """Everybody whom the package names, with what was chosen now or before."""
    named = people_of(package)
    keys = {fold(name): name for name in named}
    here = _known(conn, keys)
    before = _remembered(conn, keys)
    return tuple(
        Named(name, places, chosen.get(name, here.get(key, before.get(key, ""))), key in here)
        for key, (name, places) in zip(map(fold, named), named.items(), strict=True)
    )


def settle(conn: sa.Connection, package: Package, chosen: Mapping[str, str]) -> dict[str, str]:
    """{user name in the package: user name here} of all who are somebody else here.

    For whom "" was chosen is nobody. Raises Rejected for whoever is no active user of this org.
    """
    known = _require_users(conn, {new for new in chosen.values() if new})
    spelled = {old: known.get(fold(new), "") for old, new in chosen.items()}
    seen = look_up(conn, package, spelled)
    found = {one.name: one.here for one in seen if one.here or one.name in chosen}
    return {name: here for name, here in found.items() if here != name}


def remember(conn: sa.Connection, people: Mapping[str, str]) -> None:
    """Keeps who stands for whom, for the next package."""
    ids = _ids(conn, {fold(new) for new in people.values()})
    for old, new in people.items():
        if user_id := ids.get(fold(new)) if new else None:
            values = {"user_id": user_id, "at": clock.now()}
            put_row(conn, sys_package_person, {"name": fold(old)}, values)


def settled(package: Package, people: Mapping[str, str]) -> Package:
    """The package with the names of this org's users; others stay."""
    if not people:
        return package
    return replace(
        package,
        documents=tuple(_document(one, people) for one in package.documents),
        extensions=tuple(_extension(one, people) for one in package.extensions),
        samples=MappingProxyType({n: _table(c, people) for n, c in package.samples.items()}),
    )


def parse_people(text: str) -> dict[str, str]:
    """{old: new} of lines "old,new"; raises Rejected for a line that is not so."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row and not row[0].startswith("#")]
    wrong = [row for row in rows if len(row) != 2]
    if wrong:
        message = _("Each line names two users: old,new. This is none: %(line)s", line=wrong[0][0])
        raise Rejected(Problem("package.people", (), message))
    return {old.strip(): new.strip() for old, new in rows}


def rows_of(content: bytes) -> list[list[str]]:
    """The rows of a table of sample records."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline="")))


def table_of(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows as a table of sample records."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _named(package: Package) -> Iterator[tuple[str, str]]:
    """(user name, where) of each mention."""
    for document in package.documents:
        if name := _of_document(document["kind"], document):
            yield name, str(document.get("label") or document["name"])
    for one in package.extensions:
        patch = one.patch or {}
        if name := _of_document(one.kind, {**patch.get("set", {})}):
            yield name, one.name
    for place, content in package.samples.items():
        for row in rows_of(content)[1:]:
            yield from ((c[len(USER) :], place) for c in row if c.startswith(USER) and c != USER)


def _of_document(kind: str, document: Mapping[str, Any]) -> str:
    return str(document.get(KEYS[kind]) or "") if kind in KEYS else ""


def _document(document: Document, people: Mapping[str, str]) -> Document:
    name = _of_document(document["kind"], document)
    if name not in people:
        return document
    key = KEYS[document["kind"]]
    rest = {k: value for k, value in document.items() if k != key}
    return {**rest, key: people[name]} if people[name] else rest


def _extension(one: Extension, people: Mapping[str, str]) -> Extension:
    said = (one.patch or {}).get("set", {})
    name = _of_document(one.kind, said)
    if name not in people:
        return one
    return replace(one, patch={**(one.patch or {}), "set": {**said, KEYS[one.kind]: people[name]}})


def _table(content: bytes, people: Mapping[str, str]) -> bytes:
    named = {f"{USER}{old}": f"{USER}{new}" for old, new in people.items()}
    return table_of([named.get(cell, cell) for cell in row] for row in rows_of(content))


def _known(conn: sa.Connection, keys: Iterable[str]) -> Mapping[str, str]:
    """{folded name: user name} of the active users of these names."""
    query = sa.select(_u.username_key, _u.username).where(_u.username_key.in_(list(keys)), *AT_WORK)
    return {row[0]: row[1] for row in conn.execute(query)}


def _remembered(conn: sa.Connection, keys: Iterable[str]) -> Mapping[str, str]:
    query = (
        sa.select(_p.name, _u.username)
        .join_from(sys_package_person, sys_user, _u.id == _p.user_id)
        .where(_p.name.in_(list(keys)), *AT_WORK)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def _ids(conn: sa.Connection, keys: Iterable[str]) -> Mapping[str, str]:
    query = sa.select(_u.username_key, _u.id).where(_u.username_key.in_(list(keys)), *AT_WORK)
    return {row[0]: row[1] for row in conn.execute(query)}


def _require_users(conn: sa.Connection, names: Iterable[str]) -> Mapping[str, str]:
    """{folded name: user name}; raises Rejected with all who are no active users."""
    keys = {fold(name): name for name in names}
    known = _known(conn, keys)
    hint = _("Write the user name of an active user of this org.")
    unknown = [
        Problem("package.people", (name,), _("There is no active user of that name."), hint)
        for key, name in keys.items()
        if key not in known
    ]
    if unknown:
        raise Rejected(*unknown)
    return known
