"""What an installation would do: the change set, what it ships, and what speaks against it.

The org's own changes stay on top of what is shipped, what it renamed is called as the org calls it,
and what it deleted stays deleted. Writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...platform.errors import Problem
from ...platform.i18n import _
from ...platform.people.actor import Actor
from .. import overlay
from ..checks import check_document
from ..definition import Definition, Document, Uid
from ..deploy.change_set import NOTHING, ChangeSet
from ..deploy.record import ORG, Shipped
from ..deploy.removal import follow_removals
from ..deploy.rename import follow_renames
from ..grants import Grants, ObjectRight, read_grants
from ..kinds import KINDS
from ..rights import Rights, rights_of
from ..snapshot import Snapshot
from ..store import parsed
from .installed import STANDARD, Installed, Stored
from .manifest import check_platform, version_key
from .people import settled
from .read import Extension, Package
from .write import files_of


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person who installs has decided.

    Access (profiles, permission sets, roles, groups, sharing) comes only when asked for. `adopt`
    makes the org's component of the same kind and name the package's own; otherwise two of a name
    are a problem. `people` says who stands here for whom the package names: {user name: user name}.
    """

    left: frozenset[str] = frozenset()  # uids of components not to take
    access: bool = False
    adopt: bool = False
    older: bool = False  # an earlier version may replace a later one
    people: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "left": sorted(self.left), "access": self.access, "adopt": self.adopt,
            "older": self.older, "people": dict(self.people),
        }  # fmt: skip

    @classmethod
    def from_json(cls, tree: Mapping[str, Any]) -> Choice:
        left, people = frozenset(tree.get("left", ())), dict(tree.get("people", {}))
        access, adopt, older = (bool(tree.get(key)) for key in ("access", "adopt", "older"))
        return cls(left, access, adopt, older, people)


@dataclass(frozen=True, slots=True)
class Standing:
    """The org as an installation finds it."""

    snapshot: Snapshot
    stored: Mapping[str, Stored]
    installed: tuple[Installed, ...]

    def find(self, name: str) -> Installed | None:
        return next((one for one in self.installed if one.name == name), None)

    def is_live(self, uid: str) -> bool:
        return self.snapshot.find_uid(uid) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """`notes` says of a component what a person should know: {uid: sentence}."""

    package: Package
    change_set: ChangeSet
    shipped: Mapping[str, Shipped]
    problems: tuple[Problem, ...]
    notes: Mapping[str, str]
    left: tuple[Document, ...]  # what the package has and is not taken
    digest: str


def plan_install(org: Standing, actor: Actor, package: Package, choice: Choice) -> Plan:
    """Thinks an installation or upgrade through."""
    package = settled(package, choice.people)
    problems = [*_unfit(package), *_unmet(org, package, choice)]
    digest = digest_of(package)
    if problems:
        return Plan(package, NOTHING, {}, tuple(problems), {}, (), digest)
    documents = _adopted(org, package, choice)
    taken = {uid: d for uid, d in documents.items() if _is_taken(d, choice)}
    left = tuple(d for uid, d in documents.items() if uid not in taken)
    gone = frozenset((d["kind"], d["name"]) for d in left if not org.is_live(str(d["uid"])))
    taken = {uid: _alone(d, gone) for uid, d in taken.items()}
    documents |= taken
    problems += [*_taken_names(org, taken), *_beyond(org, actor, taken.values())]
    put = effective(org.snapshot, documents, org.stored, [str(d["uid"]) for d in left])
    put = {uid: document for uid, document in put.items() if uid in taken}
    extended = dict(_extended(org, package, choice))
    remove = tuple(_removed(org, package, choice))
    name = package.manifest.name
    shipped = {uid: Shipped(name, taken[uid]) for uid in put
               if is_new_base(org.stored.get(uid), name, taken[uid])}  # fmt: skip
    shipped |= {uid: Shipped(ORG, None) for uid in remove if _is_of(org, uid, name)}
    notes = _joined(_notes(org, taken, extended, package))
    summary = _("Package %(name)s %(version)s installed", name=package.manifest.title,
                version=package.manifest.version)  # fmt: skip
    change_set = ChangeSet((*put.values(), *extended.values()), remove, summary,
                           org.snapshot.version or None)  # fmt: skip
    return Plan(package, change_set, shipped, tuple(problems), notes, left, digest)


def plan_uninstall(org: Standing, installed: Installed) -> ChangeSet:
    """Everything of the package goes, and what it changed in others is as they ship it."""
    gone = Package(installed.manifest)
    extended = dict(_extended(org, gone, Choice()))
    own = tuple(Uid(uid) for uid in org.stored if _is_of(org, uid, installed.name))
    summary = _("Package %(name)s removed", name=installed.manifest.title)
    live = tuple(uid for uid in own if org.is_live(uid))
    return ChangeSet(tuple(extended.values()), live, summary)


def digest_of(package: Package) -> str:
    """Changes with any byte of the package."""
    found = hashlib.sha256()
    for name, content in sorted(files_of(package).items()):
        found.update(f"{name}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def is_access(document: Document) -> bool:
    """Says whether a component decides what people may see or do."""
    return KINDS.get(document["kind"]).permission != "CustomizeApplication"


def is_new_base(known: Stored | None, origin: str, document: Document) -> bool:
    """Says whether the document is not yet what the org knows as shipped by that package."""
    if known is None or known.base is None:
        return True
    return known.origin != origin or not overlay.same(known.base, document)


# -- what will be in effect


def effective(
    snapshot: Snapshot,
    shipped: Mapping[str, Document],
    known: Mapping[str, Stored],
    left: Iterable[str] = (),
) -> dict[str, Document]:
    """{uid: document} as the org will have them; `left` are not wanted and not named."""
    named = _as_the_org_names_them(snapshot, shipped, known)
    deleted = {Uid(uid) for uid in shipped if uid in known and is_deleted(known[uid])}
    deleted |= {Uid(uid) for uid in left if snapshot.find_uid(uid) is None}
    merged = {
        uid: overlay.merge(document, known[uid].patch) if uid in known else document
        for uid, document in named.items()
    }
    if not deleted:
        return merged
    whole = snapshot.with_changes(parsed(document) for document in merged.values())
    removal = follow_removals(whole, deleted)
    cleaned = {str(d.uid): d.document for d in removal.cleaned}
    kept = {uid: d for uid, d in merged.items() if uid not in removal.removed}
    return {uid: cleaned.get(uid, document) for uid, document in kept.items()}


def is_deleted(known: Stored) -> bool:
    """Says whether the org has deleted what some package ships."""
    return not known.is_live and known.base is not None


def _as_the_org_names_them(
    snapshot: Snapshot, shipped: Mapping[str, Document], known: Mapping[str, Stored]
) -> Mapping[str, Document]:
    release = Snapshot(snapshot.org, 0, [parsed(document) for document in shipped.values()])
    renamed = {
        Uid(uid): parsed({**document, "name": known[uid].name})
        for uid, document in shipped.items()
        if uid in known and known[uid].is_live and _is_renamed(known[uid])
    }
    followed = follow_renames(release, renamed)
    return {uid: followed[uid].document if uid in followed else d for uid, d in shipped.items()}  # type: ignore[index]


def _is_renamed(known: Stored) -> bool:
    return known.base is not None and known.base["name"] != known.name


def _extended(org: Standing, package: Package, choice: Choice) -> Iterator[tuple[str, Document]]:
    """(uid, document) of what other packages ship, with this one's changes in place of its old."""
    before = org.find(package.manifest.name)
    old = {e.uid: e for e in before.extensions} if before else {}
    new = {e.uid: e for e in package.extensions}
    for uid in (*new, *(uid for uid in old if uid not in new)):
        now, known = org.snapshot.find_uid(uid), org.stored.get(uid)
        if now is None or known is None or known.base is None or uid in choice.left:
            continue
        was = _with(known.base, old.get(uid))
        shall = _with(known.base, new.get(uid))
        document = overlay.merge(now.document, overlay.diff(was, shall))
        if not overlay.same(document, now.document) and (choice.access or not is_access(document)):
            yield uid, document


def _with(base: Document, extension: Extension | None) -> overlay.Json:
    return overlay.merge(base, extension.patch) if extension else base


def _removed(org: Standing, package: Package, choice: Choice) -> Iterator[Uid]:
    """What an earlier version had and this one has not, and what it wants gone of others."""
    name = package.manifest.name
    for uid in org.stored:
        if uid not in package.uids and _is_of(org, uid, name) and org.is_live(uid):
            yield from () if uid in choice.left else (Uid(uid),)
    for one in package.manifest.removed:
        if org.is_live(one.uid) and _is_of(org, one.uid, one.origin):
            yield from () if one.uid in choice.left else (Uid(one.uid),)


def _is_of(org: Standing, uid: str, origin: str) -> bool:
    known = org.stored.get(uid)
    return known is not None and known.origin == origin


def _is_taken(document: Document, choice: Choice) -> bool:
    return str(document["uid"]) not in choice.left and (choice.access or not is_access(document))


def _alone(document: Document, gone: frozenset[tuple[str, str]]) -> Document:
    """What keeps the words of a component that will not be here keeps them all the same."""
    lives_as = document.get("livesAs", {}) if document["kind"] == "KeptComponent" else {}
    if not lives_as or (lives_as["kind"], lives_as["name"]) not in gone:
        return document
    return {key: value for key, value in document.items() if key not in ("livesAs", "digests")}


def _adopted(org: Standing, package: Package, choice: Choice) -> dict[str, Document]:
    """{uid: document}; with `adopt`, the org's own of that name lends its uid."""
    found: dict[str, Document] = {}
    for document in package.documents:
        rival = _rival(org, document) if choice.adopt else None
        own = {**document, "uid": rival.uid} if rival else document
        found[str(own["uid"])] = own
    return found


def _rival(org: Standing, document: Document) -> Definition | None:
    """The org's component of that kind and name that is another one."""
    if org.is_live(str(document["uid"])):
        return None
    found: Definition | None = org.snapshot.find(document["kind"], document["name"])
    return found


# -- what speaks against it


def _unfit(package: Package) -> Iterator[Problem]:
    yield from check_platform(package.manifest)
    for document in package.documents:
        yield from check_document(document)


def _unmet(org: Standing, package: Package, choice: Choice) -> Iterator[Problem]:
    """Dependencies that are missing or too old, and a version before the present one."""
    versions = {one.name: one.manifest.version for one in org.installed}
    if any(known.origin == STANDARD for known in org.stored.values()):
        versions.setdefault(STANDARD, "1.0.0")
    for name, version in package.manifest.dependencies.items():
        has = versions.get(name)
        if has is None or version_key(has) < version_key(version):
            message = _("It needs the package %(name)s %(version)s.", name=name, version=version)
            hint = _("Install that first.") if has is None else _("Upgrade that first.")
            yield Problem("package.dependency", ("dependencies", name), message, hint)
    before = org.find(package.manifest.name)
    if before and not choice.older:
        has, new = before.manifest.version, package.manifest.version
        if version_key(new) < version_key(has):
            message = _("The org has the later version %(version)s.", version=has)
            hint = _("Take the upgrade back instead, or say that an older one may be installed.")
            yield Problem("package.older", ("version",), message, hint)


def _taken_names(org: Standing, taken: Mapping[str, Document]) -> Iterator[Problem]:
    for document in taken.values():
        if (rival := _rival(org, document)) is not None and rival.uid not in taken:
            message = _("The org has a component of that name which is another one.")
            hint = _("Rename it, or let the package take it over.")
            yield Problem("package.name_taken", (rival.kind, rival.name), message, hint)


def _beyond(org: Standing, actor: Actor, taken: Iterable[Document]) -> Iterator[Problem]:
    """What the package would grant and whoever installs it does not hold."""
    if actor.is_system:
        return
    rights = rights_of(actor, org.snapshot)
    hint = _("Leave it out, or let somebody install it who may.")
    for document in taken:
        if document["kind"] not in ("Profile", "PermissionSet"):
            continue
        place, grants = (document["kind"], document["name"]), read_grants(document)
        for permission in sorted(grants.system - rights.system):
            message = _("It grants %(permission)s, which you do not hold.", permission=permission)
            yield Problem("package.beyond", (*place, "userPermissions"), message, hint)
        for name in _all_records_beyond(org.snapshot, rights, grants):
            message = _("It opens all records of %(name)s, which you do not see.", name=name)
            yield Problem("package.beyond", (*place, "objectPermissions"), message, hint)


def _all_records_beyond(snapshot: Snapshot, rights: Rights, grants: Grants) -> Iterator[str]:
    """Objects of the org of which more would be granted than the installer has."""
    for name, right in sorted(grants.objects.items()):
        strong = right & (ObjectRight.VIEW_ALL | ObjectRight.MODIFY_ALL)
        if not strong:
            continue
        if name == "*":
            if not rights.holds("ModifyAllData"):
                yield name
        elif (obj := snapshot.find_object(name)) and strong & ~rights.object(obj):
            yield name


def grants_of(document: Document) -> tuple[str, ...]:
    """The strong rights that a profile or permission set gives, by their API names."""
    grants = read_grants(document)
    strong = ObjectRight.VIEW_ALL | ObjectRight.MODIFY_ALL
    return (
        *sorted(grants.system),
        *(name for name, right in sorted(grants.objects.items()) if right & strong),
    )


def _joined(notes: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{uid: every sentence about it}."""
    found: dict[str, list[str]] = {}
    for uid, sentence in notes:
        found.setdefault(uid, []).append(sentence)
    return {uid: " ".join(sentences) for uid, sentences in found.items()}


def _notes(
    org: Standing, taken: Mapping[str, Document], extended: Mapping[str, Document], package: Package
) -> Iterator[tuple[str, str]]:
    for uid, document in taken.items():
        known = org.stored.get(uid)
        if known is None:
            continue
        if is_deleted(known):
            yield uid, _("You have deleted it: it stays deleted.")
        elif known.patch is not None:
            yield uid, _("Your own changes to it stay.")
        elif known.is_live and known.base is None:
            yield uid, _("It is yours, and becomes a part of the package.")
        if document["kind"] in ("Profile", "PermissionSet") and (strong := grants_of(document)):
            yield uid, _("It grants %(what)s.", what=", ".join(strong))
    for extension in package.extensions:
        if extension.uid not in extended and not org.is_live(extension.uid):
            yield extension.uid, _("You have deleted it: it stays deleted.")
