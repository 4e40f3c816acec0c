"""A project as a package for one org: what can live lives, everything is kept, and why is said.

Components are read in the order of their translators. What our checks refuse is left out of its
component where the rest stands without it, else the component is only kept; then everything is
checked again, until nothing is refused. So one bad component never stops the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ....platform.errors import Problem, Rejected
from ....platform.i18n import _
from ... import overlay
from ...checks import check_definitions, check_document
from ...definition import Definition, Document, Path, Uid
from ...deploy.record_types import follow_record_types
from ...kinds import KINDS
from ...kinds.base import take_out
from ...names import CUSTOM
from ...rollups import settled
from ...snapshot import Snapshot
from ...store import parsed
from ..manifest import Manifest, Removed
from ..plan import Standing
from ..read import Extension, Package
from .component_types import PARTS
from .components import FILE, Component, Project
from .furnishing import generated_layout
from .keeping import kept_document
from .markup import Element
from .report import Outcome, Report, Status
from .translator import Draft, Ground, Translator, plain, uid_of
from .translators import TRANSLATORS

STAGE = 10  # translators whose orders have the same tens are checked together


@dataclass(frozen=True, slots=True)
class Translation:
    """A project as a package of ours, and what became of each of its components."""

    package: Package
    report: Report


@dataclass(slots=True)
class _Said:
    """What is known of one component while it is translated."""

    component: Component
    drafts: tuple[Draft, ...] = ()  # empty: it is only kept
    reasons: tuple[str, ...] = ()


def translated(project: Project, org: Standing) -> Translation:
    """The package that the project is for this org; writes nothing.

    What an earlier import of the project has made is not stood on: the same files give the same
    package, however often they come.
    """
    live, org = org.snapshot, replace(org, snapshot=_without_own(project, org))
    project = replace(project, components=(*project.components, *_stand_ins(project, org)))
    work = _Work(project, org, live)
    for stage in _stages(project):
        work.add(stage)
    work.furnish()
    return Translation(work.package(), Report(project.label or project.name, work.outcomes()))


def _without_own(project: Project, org: Standing) -> Snapshot:
    own = (uid for uid, known in org.stored.items() if known.origin == project.name)
    return org.snapshot.with_changes(removed=own)


def _stand_ins(project: Project, org: Standing) -> Iterator[Component]:
    """Custom objects of packages that are not here, of which the project has parts: without a file.

    Their trees are empty; without them nothing that is built on such a package could live.
    """
    named = {one.name for one in project.components if one.type == "CustomObject"}
    owners = dict.fromkeys(plain(c.object_name) for c in project.components if c.type in PARTS)
    for name in owners:
        is_custom = name.endswith(CUSTOM) and name.count("__") > 1
        if is_custom and name not in named and org.snapshot.find("CustomObject", name) is None:
            yield Component("CustomObject", name, Element("CustomObject"), "")
    yield from _folders(project, org)


def _folders(project: Project, org: Standing) -> Iterator[Component]:
    """The folders of reports and dashboards that no file says: of other packages, or public."""
    keys = {one.key for one in project.components}
    for one in project.components:
        kind, name = f"{one.type}Folder", one.name.rpartition("/")[0]
        if one.type not in ("Report", "Dashboard") or f"{kind}:{name}" in keys or not name:
            continue
        keys.add(f"{kind}:{name}")
        if org.snapshot.find(kind, name) is None:
            yield Component(kind, name, Element(kind), "")


def _stages(project: Project) -> Iterator[list[list[Component]]]:
    """The components that have a translator, in stages of orders."""
    by_order: defaultdict[int, list[Component]] = defaultdict(list)
    for one in project.components:
        translator = TRANSLATORS.find(one.type)
        if translator is not None and not one.is_twin and one.tree is not None:
            by_order[translator.order].append(one)
    stages: defaultdict[int, list[list[Component]]] = defaultdict(list)
    for order in sorted(by_order):
        stages[order // STAGE].append(by_order[order])
    yield from stages.values()


class _Work:
    """A translation that is under way."""

    def __init__(self, project: Project, org: Standing, live: Snapshot) -> None:
        self.project, self.org, self.live = project, org, live
        self.snapshot = org.snapshot
        self.said = {one.key: _Said(one) for one in project.components}
        self.bases = dict(_bases(project, org))
        self.by_key = MappingProxyType({key: said.component for key, said in self.said.items()})
        self.furniture: list[tuple[Component, Draft]] = []

    # -- reading

    def add(self, stage: Iterable[list[Component]]) -> None:
        """Reads the components of one stage and checks them until nothing is refused."""
        before, read = self.snapshot, list[_Said]()
        for group in stage:
            said = [self.said[one.key] for one in group]
            for one in said:
                self.read(one)
            read += said
            self.snapshot = _with(before, read)
        while broken := self.broken(read):
            for one, problems in broken:
                one.drafts, reasons = _mended(one, problems)
                one.reasons = (*one.reasons, *reasons)
            self.snapshot = _with(before, read)

    def read(self, said: _Said) -> None:
        component = replace(said.component, name=plain(said.component.name))
        translator = TRANSLATORS.get(component.type)
        bases = MappingProxyType(self.bases)
        ground = Ground(self.snapshot, self.project, self.by_key, self.live, bases)
        try:
            found = translator.read(component, ground)
        except Rejected as refusal:
            said.reasons = tuple(map(str, refusal.problems))
            return
        drafts = tuple(self.identified(translator, d) for d in found.documents)
        said.reasons = found.notes
        problems = [problem for draft in drafts for problem in check_document(draft)]
        said.drafts = drafts
        while problems:  # what does not fit its kind is never parsed
            said.drafts, reasons = _mended(said, problems)
            said.reasons = (*said.reasons, *reasons)
            problems = [problem for draft in said.drafts for problem in check_document(draft)]

    def identified(self, translator: Translator, draft: Draft) -> Draft:
        """The draft with kind and uid, over what it customises."""
        kind = str(draft.get("kind", translator.kind))
        base = self.bases.get((kind, str(draft["name"])))
        if base is not None:
            return {**base, **draft, "kind": kind, "uid": base["uid"], "name": base["name"]}
        return {"kind": kind, "uid": uid_of(f"sf.{kind}", str(draft["name"])), **draft}

    def broken(self, read: Iterable[_Said]) -> list[tuple[_Said, list[Problem]]]:
        found = []
        for said in read:
            live = (self.snapshot.find_uid(draft["uid"]) for draft in said.drafts)
            definitions = [one for one in live if one is not None]
            if problems := check_definitions(self.snapshot, definitions):
                found.append((said, list(problems)))
        return found

    def furnish(self) -> None:
        """Gives each new object that has no page one of all its fields, of no file."""
        paged = {layout.object for layout in self.snapshot.of_kind("Layout")}
        made = [
            d for said in self.said.values() for d in said.drafts if d["kind"] == "CustomObject"
        ]
        for draft in made:
            name = str(draft["name"])
            if name not in paged and (obj := self.snapshot.find_object(name)) is not None:
                layout = generated_layout(obj, self.snapshot)
                self.furniture.append((Component("Layout", layout["name"], None, ""), layout))

    # -- what comes of it

    def package(self) -> Package:
        extensions, documents, origins = [], [], set[str]()
        for said in self.said.values():
            for draft in said.drafts:
                if (base := self.bases.get((draft["kind"], draft["name"]))) is None:
                    documents.append(draft)
                    continue
                origin = self.org.stored[str(base["uid"])].origin
                origins.add(origin)
                if (patch := overlay.diff(base, draft)) is not None:
                    extensions.append(
                        Extension(draft["kind"], draft["uid"], draft["name"], origin, patch)
                    )
            documents.append(
                kept_document(said.component, next(iter(said.drafts), None), self.find)
            )
        for component, draft in self.furniture:
            documents += (draft, kept_document(component, draft, self.find))
        origins |= self.needed(documents)
        manifest = Manifest(
            self.project.name, self.project.version, self.project.label,
            dependencies=self.versions(origins), removed=tuple(self.removed()),
        )  # fmt: skip
        order = sorted(documents, key=lambda d: (KINDS.get(d["kind"]).rank, d["name"]))
        changes = tuple(sorted(extensions, key=lambda e: e.uid))
        return Package(manifest, tuple(order), changes, self.project.samples)

    def find(self, kind: str, name: str) -> Document | None:
        found = self.snapshot.find(kind, name)
        return found.document if found is not None else None

    def needed(self, documents: Iterable[Document]) -> set[str]:
        """The packages whose components the documents name."""
        found = set[str]()
        for document in documents:
            definition = self.snapshot.find_uid(str(document["uid"]))
            for reference in self.snapshot.references_of(definition) if definition else ():
                target = self.snapshot.find(reference.kind, reference.name)
                known = self.org.stored.get(str(target.uid)) if target is not None else None
                if known is not None and known.base is not None:
                    found.add(known.origin)
        return found - {self.project.name}

    def versions(self, origins: Iterable[str]) -> Mapping[str, str]:
        known = {one.name: one.manifest.version for one in self.org.installed}
        return MappingProxyType({name: known.get(name, "1.0.0") for name in sorted(origins)})

    def removed(self) -> Iterator[Removed]:
        for one in self.project.deleted:
            translator = TRANSLATORS.find(one.type)
            found = self.org.snapshot.find(translator.kind, one.name) if translator else None
            known = self.org.stored.get(str(found.uid)) if found is not None else None
            if found is not None and known is not None and known.origin != self.project.name:
                yield Removed(found.kind, str(found.uid), found.name, known.origin)

    def outcomes(self) -> tuple[Outcome, ...]:
        refused = {str(problem.path[0]): str(problem) for problem in self.project.problems}
        unread = (Outcome(FILE, str(problem.path[0]), Status.REFUSED, (str(problem),))
                  for problem in self.project.unread)  # fmt: skip
        return (*(_outcome(said, refused) for said in self.said.values()), *unread)


def _bases(project: Project, org: Standing) -> Iterator[tuple[tuple[str, str], Document]]:
    """{(kind, name): document} of what other packages ship and the org has not deleted."""
    for known in org.stored.values():
        if known.is_live and known.base is not None and known.origin != project.name:
            yield (str(known.base["kind"]), known.name), {**known.base, "name": known.name}


def _with(before: Snapshot, read: Iterable[_Said]) -> Snapshot:
    """The snapshot with all drafts, and what must follow from them."""
    put: dict[Uid, Definition] = {}
    for said in read:
        for draft in said.drafts:
            put[Uid(draft["uid"])] = parsed(draft)
    return before.with_changes(settled(before, follow_record_types(before, put)).values())


def _mended(said: _Said, problems: Iterable[Problem]) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    """The drafts without what is wrong with them, or none; and what is wrong."""
    translator = TRANSLATORS.get(said.component.type)
    by_head: defaultdict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        by_head[str(problem.path[0]), str(problem.path[1])].append(problem)
    reasons = tuple(dict.fromkeys(_reason(p) for found in by_head.values() for p in found))
    drafts: list[Draft] = []
    for draft in said.drafts:
        places = set[Path]()
        for problem in by_head.get((draft["kind"], draft["name"]), ()):
            found = _places(translator, draft, problem.path[2:])
            if not found:
                return (), reasons
            places |= set(found)
        take = KINDS.get(draft["kind"]).take_out or take_out
        drafts.append(dict(take(draft, tuple(_outermost(places)))) if places else draft)
    return tuple(drafts), reasons


def _places(translator: Translator, draft: Draft, path: Path) -> tuple[Path, ...]:
    """What to take out of a draft so that a problem at the path is gone; nothing: it cannot be."""
    keys = tuple(step for step in path if isinstance(step, str))
    known = (tuple(name.split(".")) for name in translator.may_lack)
    lacking = next((parts for parts in known if keys[: len(parts)] == parts), None)
    if lacking is None:
        return ()
    elements = [path[: i + 1] for i, step in enumerate(path) if isinstance(step, int)]
    inside = [place for place in elements if _is_element(draft, place)]
    place: Path = inside[-1] if inside else lacking
    return (place,) if inside or _is_there(draft, place) else ()


def _is_element(tree: object, place: Path) -> bool:
    """Says whether an element of a list is there; the numbers of a problem can be characters."""
    return isinstance(_at(tree, place[:-1]), list) and _is_there(tree, place)


def _is_there(tree: object, place: Path) -> bool:
    return _at(tree, place) is not None


def _at(tree: object, place: Path) -> object:
    for step in place:
        try:
            tree = tree[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _outermost(places: Iterable[Path]) -> Iterator[Path]:
    """Without what lies within another one."""
    found = set(places)
    return (p for p in found if not any(p[:i] in found for i in range(1, len(p))))


def _reason(problem: Problem) -> str:
    where = ".".join(str(step) for step in problem.path[2:] if isinstance(step, str))
    return f"{where}: {problem.message}" if where else problem.message


def _outcome(said: _Said, refused: Mapping[str, str]) -> Outcome:
    component = said.component
    if component.type == FILE:
        reason = refused.get(component.name)
        status = Status.REFUSED if reason else Status.KEPT
        why = reason or _("It belongs to no component: the file is carried along.")
        return Outcome(FILE, component.name, status, (why,))
    if said.drafts:
        translator = TRANSLATORS.get(component.type)
        status = Status.PARTLY if said.reasons else Status.WORKS
        names = dict.fromkeys(child.name for child in component.root.children)
        skip = {*translator.reads, "fullName"} if component.type in PARTS else translator.reads
        rest = tuple(name for name in names if name not in skip)
        return Outcome(component.type, component.name, status, said.reasons, rest)
    return Outcome(component.type, component.name, Status.KEPT, said.reasons or (_why(component),))


def _why(component: Component) -> str:
    if component.is_twin:
        return _("Another file says the same component; that one was read.")
    return _("Components of this type do nothing here.")


__all__ = ["Translation", "translated"]
