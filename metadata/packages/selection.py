"""What goes into a package: what was picked, what that needs, and nothing else.

A component takes along what it names and cannot be without. Profiles, permission sets and
translations name much that is no need of theirs: of them a package has the part that is about its
own components. What other packages ship is no content but a dependency, and the org's own changes
to it an extension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from .. import overlay
from ..definition import Definition, Reference, Uid, WhenGone
from ..deploy.removal import follow_removals
from ..kinds import KINDS
from ..snapshot import Snapshot
from .installed import Installed, Stored
from .manifest import Manifest, Removed
from .read import Extension, Package

#: kinds of which a package has only the part about its own components
PARTIAL = frozenset({"Profile", "PermissionSet", "PermissionSetGroup", "Translations"})


@dataclass(frozen=True, slots=True)
class Org:
    """What an export looks at: the org's components, and where each comes from."""

    snapshot: Snapshot
    stored: Mapping[str, Stored]
    others: frozenset[str]  # packages whose components are not ours
    installed: tuple[Installed, ...] = ()

    def origin(self, uid: str) -> str:
        """The other package that ships the component; "" for what the org made or we ship."""
        known = self.stored.get(uid)
        return known.origin if known is not None and known.origin in self.others else ""

    def is_changed(self, uid: str) -> bool:
        """Says whether the org has changed what another package ships."""
        return bool(self.origin(uid)) and self.stored[uid].patch is not None


@dataclass(frozen=True, slots=True)
class Selection:
    """`needed` were not picked, but what was picked cannot be without them."""

    picked: frozenset[Uid]
    needed: frozenset[Uid]
    dependencies: Mapping[str, str]  # {package: its version}

    @property
    def uids(self) -> frozenset[Uid]:
        return self.picked | self.needed


def everything(org: Org) -> frozenset[Uid]:
    """Whatever the org has made or changed."""
    return frozenset(
        uid for uid in org.snapshot.by_uid if not org.origin(uid) or org.is_changed(uid)
    )


def with_parts(org: Org, picked: Iterable[Uid]) -> frozenset[Uid]:
    """The picked components, and for an object all that stands and falls with it."""
    snapshot, found = org.snapshot, set[Uid]()
    queue = [snapshot.by_uid[uid] for uid in picked if uid in snapshot.by_uid]
    while queue:
        target = queue.pop()
        if target.uid not in found:
            found.add(target.uid)
            queue += [d for d in _parts(org, target) if not org.origin(d.uid)]
    return frozenset(found)


def select(org: Org, picked: Iterable[Uid]) -> Selection:
    """The picked components with their needs, thought through to the end."""
    wanted = frozenset(uid for uid in picked if uid in org.snapshot.by_uid)
    found, origins = set(wanted), set[str]()
    queue = [org.snapshot.by_uid[uid] for uid in wanted]
    while queue:
        definition = queue.pop()
        if origin := org.origin(definition.uid):
            origins.add(origin)
        for target in _needs(org.snapshot, definition):
            if origin := org.origin(target.uid):
                origins.add(origin)
            elif target.uid not in found:
                whole = with_parts(org, [target.uid]) - found  # an object is nothing without them
                found |= whole
                queue += [org.snapshot.by_uid[uid] for uid in whole]
    versions = {one.name: one.manifest.version for one in org.installed}
    dependencies = {name: versions.get(name, "1.0.0") for name in sorted(origins)}
    return Selection(wanted, frozenset(found) - wanted, dependencies)


def packed(org: Org, manifest: Manifest, selection: Selection, *, whole: bool = False) -> Package:
    """The package of a selection. With `whole`, also what of other packages the org has deleted."""
    documents, extensions = [], []
    for definition in _trimmed(org, selection):
        if origin := org.origin(definition.uid):
            base = org.stored[definition.uid].base
            if (patch := overlay.diff(base, definition.document)) is not None:
                extensions.append(_extension(definition, origin, patch))
        else:
            documents.append(definition.document)
    dependencies = {**manifest.dependencies, **selection.dependencies}
    removed = tuple(_removed(org)) if whole else ()
    dependencies |= {one.origin: "1.0.0" for one in removed if one.origin not in dependencies}
    said = replace(manifest, dependencies=dependencies, removed=removed)
    return Package(said, tuple(documents), tuple(extensions))


def _extension(definition: Definition, origin: str, patch: overlay.Patch) -> Extension:
    return Extension(definition.kind, definition.uid, definition.name, origin, patch)


def _removed(org: Org) -> Iterator[Removed]:
    """What other packages ship and the org has deleted."""
    for uid, known in sorted(org.stored.items()):
        if known.origin in org.others and not known.is_live and known.base is not None:
            yield Removed(str(known.base["kind"]), uid, known.name, known.origin)


def _parts(org: Org, target: Definition) -> Iterator[Definition]:
    for user, reference in org.snapshot.references_to(target.kind, target.name):
        if reference.when_gone is WhenGone.FOLLOW:
            yield user


def _needs(snapshot: Snapshot, definition: Definition) -> Iterator[Definition]:
    for reference in snapshot.references_of(definition):
        if definition.kind in PARTIAL and reference.when_gone is WhenGone.TAKE_OUT:
            continue
        if (target := find_target(snapshot, reference)) is not None:
            yield target


def find_target(snapshot: Snapshot, reference: Reference) -> Definition | None:
    """The component that a reference names: for a part of a compound field, the compound."""
    found: Definition | None = snapshot.find(reference.kind, reference.name)
    if found is not None or reference.kind != "CustomField":
        return found
    owner, _dot, local = reference.name.rpartition(".")
    part = snapshot.find_field(owner, local)
    if part is None or not part.component_of:
        return None
    compound: Definition | None = snapshot.find("CustomField", f"{owner}.{part.component_of}")
    return compound


def _trimmed(org: Org, selection: Selection) -> Iterator[Definition]:
    """The selected components in deploy order, without a mention of what does not come along."""
    ours = [uid for uid in org.snapshot.by_uid if not org.origin(uid)]
    left = [uid for uid in ours if uid not in selection.uids]
    cleaned = {d.uid: d for d in follow_removals(org.snapshot, left).cleaned}
    for uid in sorted(selection.uids, key=lambda uid: _order(org.snapshot.by_uid[uid])):
        yield cleaned.get(uid, org.snapshot.by_uid[uid])


def _order(definition: Definition) -> tuple[int, str]:
    return KINDS.get(definition.kind).rank, definition.name
