"""A record on its way: what was asked for, what there was, what will be kept, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metadata.field_types.base import NEUTRAL, Reading, Value
from ...metadata.snapshot import Snapshot
from ...platform.errors import Problem, Rejected


@dataclass(slots=True)
class Draft:
    """One record of a save; the steps work on it."""

    given: Mapping[str, Value]  # {local name as it was written: value}
    id: str = ""
    old: Mapping[str, Value] = field(default_factory=dict)  # kept now, of the fields that matter
    version: int = 0  # of what is kept now
    values: dict[str, Value] = field(default_factory=dict)  # what will be kept
    problems: list[Problem] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)  # lookups that a companion vouches for

    def effective(self, name: str) -> Value:
        """The value after the save."""
        return self.values[name] if name in self.values else self.old.get(name)


def read_draft(
    snapshot: Snapshot, object_name: str, texts: Mapping[str, Any], reading: Reading = NEUTRAL
) -> tuple[dict[str, Value], tuple[Problem, ...]]:
    """({local name: value}, problems) of texts, cells or JSON by local name, each read by its type.

    A name that the object does not have is a problem, never dropped.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, raw in texts.items():
        try:
            f = snapshot.field(object_name, name)
            values[f.local_name] = f.field_type.accept(raw, f, reading.for_field(f, snapshot))
        except Rejected as refusal:
            problems += (at_field(problem, name) for problem in refusal.problems)
    return values, tuple(problems)


def at_field(problem: Problem, name: str) -> Problem:
    """The problem with the field's name as its path, whatever the field type called it."""
    if problem.path[:1] == (name,):
        return problem
    return Problem(problem.code, (name,), problem.message, problem.hint)
