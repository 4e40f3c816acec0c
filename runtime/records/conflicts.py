"""Two people save the same record: what can be joined is joined, what cannot is shown to both.

A form carries the version it was made from and a mark of each value it showed. When the record has
moved on, a field that the person did not touch keeps the newer value; one that only they touched is
written; one that both changed, differently, is a conflict. Without marks every difference is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType

from ...metadata.field_types.base import Value
from ...platform.errors import Conflict
from ...platform.i18n import _
from .draft import Draft
from .rules import Rule, Rules


class RecordConflict(Conflict):
    """Somebody else changed the same fields: {field: (mine, theirs)}, by whom and when.

    `own` are the fields that only the author changed; a form must not lose them.
    """

    def __init__(
        self,
        record_id: str,
        fields: Mapping[str, tuple[Value, Value]],
        version: int,
        by_id: str,
        by_name: str,
        at: datetime,
        own: Iterable[str] = (),
    ) -> None:
        super().__init__(_("Somebody else has changed this record in the meantime."))
        self.record_id, self.fields, self.version = record_id, fields, version
        self.by_id, self.by_name, self.at = by_id, by_name, at
        self.own = tuple(own)


@dataclass(frozen=True, slots=True)
class Seen:
    """Marks of the values a form showed: enough to tell whether one was changed, not to read it."""

    marks: Mapping[str, str]  # {local name: mark}

    @classmethod
    def of(cls, rules: Rules, values: Mapping[str, Value], names: Iterable[str]) -> Seen:
        """Marks of these fields of a record."""
        known = (rules.fields[name] for name in names if name in rules.fields)
        return cls({rule.name: _mark(rule, values.get(rule.name)) for rule in known})

    @classmethod
    def parse(cls, text: str) -> Seen:
        """The marks in a text made by str(); what is not understood counts as not seen."""
        pairs = (piece.split("-", 1) for piece in text.split("."))
        return cls(MappingProxyType({pair[0]: pair[1] for pair in pairs if len(pair) == 2}))

    def __str__(self) -> str:
        return ".".join(f"{name}-{mark}" for name, mark in self.marks.items())

    def shows(self, rule: Rule, value: Value) -> bool:
        """Says whether this is the value that the form showed."""
        return self.marks.get(rule.name) == _mark(rule, value)


def _mark(rule: Rule, value: Value) -> str:
    text = repr(rule.type.json(value, rule.field)) if value is not None else ""
    return blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def reconcile(
    rules: Rules, draft: Draft, version: int, seen: Seen | None
) -> Mapping[str, tuple[Value, Value]]:
    """Takes out of the draft what its author did not change; returns {field: (mine, theirs)}.

    Nothing is done when the record is still at the version the author saw.
    """
    if version == draft.version:
        return {}
    clashes: dict[str, tuple[Value, Value]] = {}
    kept: dict[str, Value] = {}
    for name, mine in draft.given.items():
        rule = rules.rule(name)
        if rule is None:
            kept[name] = mine
            continue
        theirs = draft.old.get(rule.name)
        if mine == theirs or (seen is not None and seen.shows(rule, mine)):
            continue
        if seen is not None and seen.shows(rule, theirs):
            kept[name] = mine
        else:
            clashes[rule.name] = (mine, theirs)
    draft.given = kept
    return clashes
