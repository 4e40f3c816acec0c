"""What becomes of each component of a project: it works, works in part, is kept, or was refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ....platform.i18n import _

#: the types of the data model, whose share that lives a migration is judged by
DATA_MODEL = frozenset(
    {
        "CustomObject", "CustomField", "GlobalValueSet", "StandardValueSet", "RecordType",
        "BusinessProcess", "Layout", "CompactLayout", "ListView", "ValidationRule", "CustomTab",
    }
)  # fmt: skip


class Status(Enum):
    """`PARTLY`: what the reasons name of it does nothing; `KEPT`: nothing of it does anything."""

    WORKS = "works"
    PARTLY = "works in part"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`elements` are those of its XML that nothing here reads: {name, in order of the file}."""

    type: str
    name: str
    status: Status
    reasons: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()

    @property
    def lives(self) -> bool:
        return self.status in (Status.WORKS, Status.PARTLY)

    def to_json(self) -> dict[str, Any]:
        tree = {"type": self.type, "name": self.name, "status": self.status.value,
                "reasons": list(self.reasons), "keptElements": list(self.elements)}  # fmt: skip
        return {key: value for key, value in tree.items() if value}

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Outcome:
        reasons, elements = (tuple(tree.get(key, ())) for key in ("reasons", "keptElements"))
        return cls(tree["type"], tree["name"], Status(tree["status"]), reasons, elements)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes of a project, in the order of its files."""

    project: str
    outcomes: tuple[Outcome, ...]

    def count(self, status: Status) -> int:
        return sum(one.status is status for one in self.outcomes)

    @property
    def lives(self) -> int:
        """How many do something here, wholly or in part."""
        return sum(one.lives for one in self.outcomes)

    @property
    def share(self) -> float:
        """The part of the components of the data model that lives, 0–1; 1 of none."""
        model = [one for one in self.outcomes if one.type in DATA_MODEL]
        return sum(one.lives for one in model) / len(model) if model else 1.0

    def by_type(self) -> dict[str, Counter[Status]]:
        """{type: how many of each status}, by name."""
        found: defaultdict[str, Counter[Status]] = defaultdict(Counter)
        for one in self.outcomes:
            found[one.type][one.status] += 1
        return {name: found[name] for name in sorted(found)}

    def to_json(self) -> dict[str, Any]:
        counts = {
            name: {status.value: counter[status] for status in Status if counter[status]}
            for name, counter in self.by_type().items()
        }
        return {
            "project": self.project,
            "counts": {status.value: self.count(status) for status in Status},
            "dataModelShare": round(self.share, 4),
            "types": counts,
            "components": [one.to_json() for one in self.outcomes],
        }

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Report:
        return cls(tree["project"], tuple(map(Outcome.from_json, tree["components"])))

    def lines(self) -> Iterator[str]:
        """The report as people read it: counts, then whatever does not work wholly, and why."""
        yield from self.counts()
        for one in self.outcomes:
            for reason in one.reasons:
                yield f"{one.type} {one.name}: {_(one.status.value)}: {reason}"

    def counts(self) -> Iterator[str]:
        """How many components work, by type."""
        yield _("%(project)s: %(n)s components", project=self.project, n=len(self.outcomes))
        for status in Status:
            if self.count(status):
                yield f"  {self.count(status)} {_(status.value)}"
        yield _("%(n)s %% of the data model lives.", n=f"{self.share * 100:.1f}")
        for name, counter in self.by_type().items():
            said = ", ".join(f"{counter[s]} {_(s.value)}" for s in Status if counter[s])
            yield f"  {name}: {said}"
