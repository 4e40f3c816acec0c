"""What somebody wants changed: documents to put and components to remove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..definition import Document, Uid


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Whole documents to create or replace (by uid), and uids to move to the bin.

    A known uid under another name is a rename: every reference follows. The uid of a binned
    component restores it with its data. `based_on` is the version that its author looked at; with
    it, a change somebody else has made since to the same component is a Conflict, not overwritten.
    `reverts` is the deployment that it takes back: a field may then return to any type it had.
    `becomes` says for the uids of record types that are removed which one their records have from
    then on, by its local name; "" is none.
    """

    put: tuple[Document, ...] = ()
    remove: tuple[Uid, ...] = ()
    summary: str = ""
    based_on: int | None = None
    reverts: str = ""
    becomes: Mapping[str, str] = field(default_factory=dict)

    @property
    def uids(self) -> frozenset[str]:
        """Everything it names."""
        return frozenset((*(str(d.get("uid", "")) for d in self.put), *self.remove))

    def to_json(self) -> dict[str, Any]:
        tree = {"put": list(self.put), "remove": list(self.remove), "summary": self.summary}
        return tree | ({"becomes": dict(self.becomes)} if self.becomes else {})

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> ChangeSet:
        becomes = tree.get("becomes", {})
        return cls(
            tuple(tree["put"]), tuple(tree["remove"]), tree.get("summary", ""), becomes=becomes
        )


NOTHING = ChangeSet()
