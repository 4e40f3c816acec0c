"""How an org and a package differ, component by component: only here, only there, otherwise.

Components are the same by their uid, or by kind and name. What other packages ship and the org has
not changed is no difference. Writes nothing, and says nothing of installing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .. import overlay
from ..definition import Definition, Document
from .plan import Standing
from .read import Extension, Package

HERE, THERE, CHANGED = "here", "there", "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One component that differs: the org's document, and the package's."""

    state: str  # here | there | changed
    here: Document | None
    there: Document | None

    @property
    def document(self) -> Document:
        return self.here if self.here is not None else self.there or {}


def differences(org: Standing, package: Package) -> tuple[Difference, ...]:
    """What the package has otherwise than the org, in deploy order, then what only the org has."""
    return tuple(_differences(org, package))


def _differences(org: Standing, package: Package) -> Iterator[Difference]:
    met: set[str] = set()
    sides = [*((d, _here(org, d)) for d in package.documents),
             *(side for e in package.extensions for side in _extended(org, e))]  # fmt: skip
    for there, here in sides:
        if here is None:
            yield Difference(THERE, None, there)
            continue
        met.add(str(here.uid))
        if not overlay.same({**here.document, "uid": ""}, {**there, "uid": ""}):
            yield Difference(CHANGED, here.document, there)
    for uid, definition in org.snapshot.by_uid.items():
        if uid not in met and _is_own(org, str(uid), package):
            yield Difference(HERE, definition.document, None)


def _here(org: Standing, document: Document) -> Definition | None:
    found = org.snapshot.find_uid(str(document["uid"]))
    return found or org.snapshot.find(document["kind"], document["name"])


def _extended(org: Standing, one: Extension) -> Iterator[tuple[Document, Definition | None]]:
    """What another package ships, as this one would have it."""
    known, now = org.stored.get(one.uid), org.snapshot.find_uid(one.uid)
    if known is None or known.base is None:
        yield {"kind": one.kind, "uid": one.uid, "name": one.name}, None
    else:
        yield overlay.merge(known.base, one.patch), now


def _is_own(org: Standing, uid: str, package: Package) -> bool:
    """Says whether the org itself made or changed it, or has it of the package."""
    known = org.stored.get(uid)
    if known is None:
        return True
    return known.base is None or known.patch is not None or known.origin == package.manifest.name
