"""Parents named in a file: found by name, each asked for once, made where that is allowed.

Refuses a name that several records have, and one that none has where none may be made.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ...metadata.kinds.custom_field import CustomField
from ...metadata.predicates import Condition
from ...metadata.snapshot import Snapshot
from ...platform.db.scope import OrgDatabase
from ...platform.db.types import fold
from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.people.actor import Actor
from ..access.permissions import Operation, may
from ..query.request import Query
from ..query.run import iterate
from ..records.rules import rules_for
from ..records.service import Records

AT_ONCE = 500


class Parents:
    """The parents of one import by (object, folded name); what was found stays found."""

    def __init__(
        self, org_db: OrgDatabase, actor: Actor, snapshot: Snapshot, *, create: bool
    ) -> None:
        self._org_db, self._actor, self._snapshot, self._create = org_db, actor, snapshot, create
        self._known: dict[tuple[str, str], str | Problem] = {}
        self.created = 0

    def find(
        self, lookup: CustomField, by: CustomField, names: Iterable[str], *, dry_run: bool = False
    ) -> Mapping[str, str | Problem]:
        """{name: id, or what is wrong} for the names of one column."""
        target = lookup.reference_to[0]
        wanted = {fold(name.strip()): name.strip() for name in names}
        missing = {key: n for key, n in wanted.items() if (target, key) not in self._known}
        if missing:
            self._search(target, by, missing)
            absent = {k: n for k, n in missing.items() if (target, k) not in self._known}
            self._make(lookup, by, absent, dry_run=dry_run)
        return {name: self._known[target, fold(name.strip())] for name in names}

    def _search(self, target: str, by: CustomField, missing: Mapping[str, str]) -> None:
        found: dict[str, list[str]] = defaultdict(list)
        texts = list(missing.values())
        with self._org_db.read() as connection:
            for start in range(0, len(texts), AT_ONCE):
                where = Condition(by.local_name, "in", tuple(texts[start : start + AT_ONCE]))
                query = Query(target, (by.local_name,), where)
                for batch in iterate(connection, self._actor, query, self._snapshot):
                    for record in batch:
                        found[fold(str(record[by.local_name]))].append(record.id)
        for key, ids in found.items():
            self._known[target, key] = ids[0] if len(ids) == 1 else self._several(key, missing, ids)

    def _several(self, key: str, missing: Mapping[str, str], ids: list[str]) -> Problem:
        name = missing.get(key, key)
        message = _("%(n)s records are called %(name)s.", n=len(ids), name=repr(name))
        hint = _("Use the record's id in the file.")
        return Problem("import.ambiguous_parent", (), message, hint)

    def _make(
        self, lookup: CustomField, by: CustomField, absent: Mapping[str, str], *, dry_run: bool
    ) -> None:
        target = lookup.reference_to[0]
        if not absent:
            return
        if not self._may_make(target, by):
            for key, name in absent.items():
                self._known[target, key] = self._nobody(target, name)
            return
        if dry_run:
            self._known |= {(target, key): "" for key in absent}
            return
        names = list(absent.values())
        records = Records(self._org_db, self._actor, self._snapshot)
        outcomes = records.create_many(target, [{by.local_name: name} for name in names])
        for (key, _name), outcome in zip(absent.items(), outcomes, strict=True):
            self._known[target, key] = outcome.problems[0] if outcome.problems else outcome.id
            self.created += not outcome.problems

    def _may_make(self, target: str, by: CustomField) -> bool:
        """Whether a record of the object can be made of its name alone."""
        obj = self._snapshot.object(target)
        if not self._create or not may(self._actor, Operation.CREATE, obj):
            return False
        if by.local_name != obj.name_field or by.type != "Text":
            return False
        rules = rules_for(self._snapshot, target)
        needed = {r.name for r in rules.fields.values() if r.field.required and r.default is None}
        return needed <= {by.local_name, "OwnerId"}

    def _nobody(self, target: str, name: str) -> Problem:
        label = self._snapshot.label(self._snapshot.object(target))
        message = _("There is no %(object)s called %(name)s.", object=label, name=repr(name))
        hint = _("Create it first, or correct the name.")
        return Problem("import.unknown_parent", (), message, hint)


