"""Parents named in a file: found by name, each asked for once, made where that is allowed.

Refuses a name that several records have, and one that none has where none may be made. People are
also found by user name or email; whoever has no active user is nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.db.types import fold
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.ids import is_id, key_prefix, parse_id
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may
from ..query.request import Query
from ..query.run import iterate
from ..records.rules import rules_for
from ..records.service import Records

AT_ONCE = 500
KEPT = 200_000  # names whose ids are remembered; a file with more asks again

Found = str | Problem | None  # an id, what is wrong, or None: not there and may be made


class Parents:
    """The parents of one import by (object, field, folded name); what was found stays found."""

    def __init__(
        self, org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, *, create: bool
    ) -> None:
        self._org_db, self._actor, self._snapshot, self._create = org_db, actor, snapshot, create
        self._known: dict[tuple[str, str, str], Found] = {}
        self.created = 0

    def find(
        self, lookup: CustomField, by: CustomField, names: Collection[str]
    ) -> Mapping[str, Found]:
        """{name: id, what is wrong, or None} for names of one column; None may be made."""
        if len(self._known) > KEPT:
            self._known.clear()
        place = (lookup.reference_to[0], by.local_name)
        wanted = {name: fold(name.strip()) for name in names}
        missing = {key: n.strip() for n, key in wanted.items() if (*place, key) not in self._known}
        if missing:
            self._known |= {
                (*place, key): found for key, found in self._search(lookup, by, missing)
            }
        return {name: self._known[*place, key] for name, key in wanted.items()}

    def make(self, lookup: CustomField, by: CustomField, names: Iterable[str]) -> None:
        """Makes a record of each name that `find` did not find."""
        place = (lookup.reference_to[0], by.local_name)
        new: dict[str, str] = {}
        for name in names:  # of several spellings the first one is kept
            if self._known.get((*place, fold(name.strip())), "") is None:
                new.setdefault(fold(name.strip()), name.strip())
        if not new:
            return
        records = Records(self._org_db, self._actor, self._snapshot)
        rows = [{by.local_name: name} for name in new.values()]
        for key, outcome in zip(new, records.create_many(place[0], rows), strict=True):
            self._known[*place, key] = outcome.problems[0] if outcome.problems else outcome.id
            self.created += not outcome.problems

    def _search(
        self, lookup: CustomField, by: CustomField, missing: Mapping[str, str]
    ) -> Iterator[tuple[str, Found]]:
        """(folded name, what was found) of each name."""
        target = lookup.reference_to[0]
        prefix = self._snapshot.storage.prefix(self._snapshot.object(target).uid)
        ids = {k: n for k, n in missing.items() if is_id(n) and key_prefix(n) == prefix}
        yield from ((key, parse_id(name)) for key, name in ids.items())
        names = {key: name for key, name in missing.items() if key not in ids}
        hits: dict[str, set[str]] = defaultdict(set)
        for path in self._paths(target, by):
            asked = [n for n in names.values() if path not in ("Username", "Email") or "@" in n]
            for key, record_id in self._hits(target, path, asked):
                hits[key].add(record_id)
        may_make = self._may_make(target, by)
        for key, name in names.items():
            found = hits.get(key, set())
            if len(found) == 1:
                yield key, next(iter(found))
            elif found:
                yield key, _several(name, len(found))
            else:
                yield key, None if may_make else self._nobody(target, name)

    def _paths(self, target: str, by: CustomField) -> tuple[str, ...]:
        is_person = self._snapshot.object(target).storage == "people" and by.local_name == "Name"
        return ("Name", "Username", "Email") if is_person else (by.local_name,)

    def _hits(self, target: str, path: str, texts: list[str]) -> Iterator[tuple[str, str]]:
        is_people = self._snapshot.object(target).storage == "people"
        fields = (path, "IsActive") if is_people else (path,)
        with self._org_db.read() as conn:
            for start in range(0, len(texts), AT_ONCE):
                where = Condition(path, "in", tuple(texts[start : start + AT_ONCE]))
                query = Query(target, fields, where)
                for batch in iterate(conn, self._actor, query, self._snapshot):
                    for record in batch:
                        if not is_people or record["IsActive"]:
                            yield fold(str(record[path])), record.id

    def _may_make(self, target: str, by: CustomField) -> bool:
        """Whether a record of the object can be made of its name alone."""
        obj = self._snapshot.object(target)
        if not self._create or not may(self._actor, Operation.CREATE, obj, self._snapshot):
            return False
        if by.local_name != obj.name_field or by.type != "Text":
            return False
        required = rules_for(self._snapshot, target).required
        return {rule.name for rule in required if not rule.has_default} <= {by.local_name}

    def _nobody(self, target: str, name: str) -> Problem:
        obj = self._snapshot.object(target)
        message = _(
            "There is no %(object)s called %(name)s.",
            object=self._snapshot.label(obj),
            name=repr(name)[:120],
        )
        hint = _("Create it first, or correct the name.")
        return Problem("import.unknown_parent", (), message, hint)


def _several(name: str, count: int) -> Problem:
    message = _("%(n)s records are called %(name)s.", n=count, name=repr(name)[:120])
    hint = _("Use the record's id in the file.")
    return Problem("import.ambiguous_parent", (), message, hint)
