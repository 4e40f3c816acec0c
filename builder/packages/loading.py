"""Sample records come in: through the record service, each once, in one transaction.

A table whose first heading is "key:" names its records by keys and others by "key:…" and
"user:…"; one without is a file as people write it, and its rows are known again by what they say.
What the actor may not create, and what a rule refuses, is told and stays out.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from ...metadata.field_types.base import NEUTRAL, Value
from ...metadata.packages.people import KEY, USER, rows_of
from ...metadata.packages.read import SAMPLES
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.db.types import fold
from ...platform.errors import Denied, NotFound, Rejected
from ...platform.i18n import _, ngettext
from ...platform.migrations.tables import sys_package_sample
from ...platform.people.actor import Actor
from ...platform.people.users import find_by_username
from ...runtime.query.request import Query
from ...runtime.query.run import run
from ...runtime.records import saving
from ...runtime.records.rules import rules_for
from ...runtime.transfer.mapping import Column, suggest
from ...runtime.transfer.rows import RowReader, survey
from ...runtime.transfer.source import open_source


@dataclass(slots=True)
class Row:
    """One record on its way: its values, and the keys of records that it names."""

    key: str
    values: dict[str, Value] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # {local name of a lookup: key}
    reason: str = ""  # why it cannot come in


@dataclass(slots=True)
class Loaded:
    """What became of the records of a package."""

    created: int = 0
    known: int = 0  # came in with an earlier installation
    refused: list[tuple[str, str]] = field(default_factory=list)  # (object, reason)
    left: list[tuple[str, str]] = field(default_factory=list)  # (table, reason)

    def sentences(self) -> Iterator[tuple[str, str]]:
        """(sentence, kind) for people."""
        yield (
            ngettext(
                "%(n)s sample record was added.", "%(n)s sample records were added.", self.created
            ),
            "ok",
        )
        if self.known:
            yield (
                ngettext("%(n)s was there already.", "%(n)s were there already.", self.known),
                "ok",
            )
        by_object: dict[str, list[str]] = defaultdict(list)
        for name, reason in self.refused:
            by_object[name].append(reason)
        for name, reasons in by_object.items():
            text = ngettext(
                "%(name)s: %(n)s row was refused. %(text)s",
                "%(name)s: %(n)s rows were refused. %(text)s",
                len(reasons), name=name, text=reasons[0],
            )  # fmt: skip
            yield text, "bad"
        yield from ((_("%(name)s: %(text)s", name=n, text=t), "bad") for n, t in self.left)


def load_samples(
    conn: sa.Connection,
    actor: Actor,
    snapshot: Snapshot,
    package: str,
    samples: Mapping[str, bytes],
) -> Loaded:
    """Makes the records that the package has not brought yet. Parents come before children."""
    tables = {object_of(place): content for place, content in samples.items()}
    loading = _Loading(conn, actor, snapshot, package)
    for name in sorted(set(tables) - {obj.name for obj in snapshot.objects()}):
        loading.done.left.append((name, _("There is no such object here.")))
    for name in in_order(snapshot, set(tables)):
        try:
            loading.load(name, tables[name])
        except (Rejected, Denied, NotFound) as refusal:
            loading.done.left.append((name, str(refusal)))
    loading.link()
    return loading.done


def in_order(snapshot: Snapshot, names: set[str]) -> list[str]:
    """Objects so that what they point at comes first; circles as they come."""
    done: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        if name in done or name in above or snapshot.find_object(name) is None:
            return
        for one in snapshot.fields(name).values():
            for target in one.reference_to:
                if target in names:
                    visit(target, above | {name})
        done.append(name)

    for name in sorted(names):
        visit(name, frozenset())
    return done


def object_of(place: str) -> str:
    """The object of a table: "samples/Account.csv"."""
    return place.removeprefix(SAMPLES).removesuffix(".csv")


@dataclass(slots=True)
class _Loading:
    conn: sa.Connection
    actor: Actor
    snapshot: Snapshot
    package: str
    done: Loaded = field(default_factory=Loaded)
    _ids: dict[str, str] = field(default_factory=dict)  # {key: id of the record}
    _later: list[tuple[str, str, str, str]] = field(default_factory=list)  # object, key, field, key
    _people: dict[str, str] = field(default_factory=dict)  # {user name: id, "" for nobody}

    def __post_init__(self) -> None:
        s = sys_package_sample.c
        known = sa.select(s.sample, s.record_id).where(s.package == self.package)
        self._ids.update((row[0], row[1]) for row in self.conn.execute(known))

    def load(self, name: str, content: bytes) -> None:
        """Creates the records of one table."""
        rows = rows_of(content)
        is_keyed = bool(rows) and rows[0][:1] == [KEY]
        found = list(self._keyed(name, rows) if is_keyed else self._plain(name, content))
        new = [row for row in found if row.key not in self._ids]
        self.done.known += len(found) - len(new)
        for row in new:
            self._name_others(name, row)
        self.done.refused += ((name, row.reason) for row in new if row.reason)
        good = [row for row in new if not row.reason]
        with self.conn.begin_nested():
            self._create(name, good)

    def link(self) -> None:
        """Sets the lookups to records that came after those that name them."""
        changes: dict[str, dict[str, dict[str, Value]]] = defaultdict(lambda: defaultdict(dict))
        for name, key, local, target in self._later:
            if key in self._ids and target in self._ids:
                changes[name][self._ids[key]][local] = self._ids[target]
        for name, values in changes.items():
            outcomes = saving.update(self.conn, self.actor, self.snapshot, name, values)
            for outcome in outcomes.values():
                self.done.refused += ((name, p.sentence) for p in outcome.problems)

    def _create(self, name: str, rows: Sequence[Row]) -> None:
        values = [row.values for row in rows]
        outcomes = saving.create(self.conn, self.actor, self.snapshot, name, values)
        made = []
        for row, outcome in zip(rows, outcomes, strict=True):
            if outcome.problems:
                reason = " ".join(str(problem) for problem in outcome.problems)
                self.done.refused.append((name, reason))
                continue
            self._ids[row.key] = outcome.id
            made.append({"package": self.package, "sample": row.key, "record_id": outcome.id})
        if made:
            self.conn.execute(sa.insert(sys_package_sample), made)
        self.done.created += len(made)

    def _name_others(self, name: str, row: Row) -> None:
        """The ids of records that came before; those that come later are set at the end."""
        for local, key in row.keys.items():
            if key in self._ids:
                row.values[local] = self._ids[key]
            else:
                self._later.append((name, row.key, local, key))

    # -- tables with keys

    def _keyed(self, name: str, rows: Sequence[Sequence[str]]) -> Iterator[Row]:
        rules = rules_for(self.snapshot, name).fields
        head, *rest = rows
        unknown = [heading for heading in head[1:] if heading not in rules]
        if unknown:
            text = _("Fields that are not here: %(names)s.", names=", ".join(unknown))
            self.done.left.append((name, text))
        for cells in rest:
            if cells:
                row = Row(cells[0])
                for heading, text in zip(head[1:], cells[1:], strict=False):
                    if text and heading in rules:
                        self._take(name, row, heading, text)
                yield row

    def _take(self, name: str, row: Row, heading: str, text: str) -> None:
        rule = rules_for(self.snapshot, name).fields[heading]
        if rule.field.reference_to and text.startswith(KEY):
            row.keys[heading] = text[len(KEY) :]
        elif rule.field.reference_to and text.startswith(USER):
            if user_id := self._person(text[len(USER) :]):
                row.values[heading] = user_id
        elif not rule.field.reference_to:  # an id means nothing here
            reading = NEUTRAL.for_field(rule.field, self.snapshot)
            try:
                row.values[heading] = rule.type.parse(text, rule.field, reading)
            except Rejected as refusal:
                row.reason = str(refusal)

    def _person(self, username: str) -> str:
        """The id of an active user; "" for somebody unknown: then the record is the actor's."""
        if username not in self._people:
            user = find_by_username(self.conn, username)
            is_here = user is not None and user.is_active
            self._people[username] = user.id if user is not None and is_here else ""
        return self._people[username]

    # -- tables as people write them

    def _plain(self, name: str, content: bytes) -> Iterator[Row]:
        """Rows of a file with headings, parents named by a field of theirs."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{name}.csv"
            path.write_bytes(content)
            source = open_source(path)
            mapping = suggest(source.headings, name, self.snapshot)
            rows = list(source.rows())
        reader = RowReader(mapping, survey(rows, mapping), self.snapshot, self.actor)
        drafts = [reader.read(row) for row in rows]
        ids = {c.index: self._parents(c, [d.named.get(c.index, "") for d in drafts])
               for c in mapping.columns if c.parent is not None}  # fmt: skip
        seen = Counter[str]()
        for cells, draft in zip(rows, drafts, strict=True):
            said = hashlib.sha256("\0".join(map(str, cells.cells)).encode()).hexdigest()[:24]
            seen[said] += 1
            row = Row(f"{name}:{said}:{seen[said]}", dict(draft.values))
            row.reason = " ".join(str(problem) for problem in draft.problems)
            for column in mapping.columns:
                if parent := draft.named.get(column.index, ""):
                    self._set_parent(row, column, parent, ids[column.index])
            yield row

    def _set_parent(self, row: Row, column: Column, name: str, ids: Mapping[str, str]) -> None:
        found = ids.get(fold(name.strip()), "")
        if found:
            row.values[column.field.local_name] = found
        elif not row.reason:
            row.reason = _("There is no one record called %(name)s.", name=repr(name)[:120])

    def _parents(self, column: Column, names: Sequence[str]) -> Mapping[str, str]:
        """{folded name: id} of the records that are the only ones of their name."""
        if column.parent is None:
            return {}
        path, target = column.parent.local_name, column.field.reference_to[0]
        wanted = sorted({name.strip() for name in names if name.strip()})
        found: dict[str, set[str]] = defaultdict(set)
        for start in range(0, len(wanted), 500):
            where = Condition(path, "in", tuple(wanted[start : start + 500]))
            query = Query(target, (path,), where, limit=2000)
            for record in run(self.conn, self.actor, query, self.snapshot).records:
                found[fold(str(record[path]))].add(record.id)
        return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}
