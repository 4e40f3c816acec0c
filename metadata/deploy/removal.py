"""Removals: what goes along, what is cleaned, and what stands in the way.

Where a component goes and another one of its kind has its name in the end, what names it holds on
to that one. Objects and fields are more than a name, they have data: what lives in them goes with
them all the same, and only what the change itself says is meant of the new one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ...platform.errors import Problem
from ...platform.i18n import _
from ..definition import Definition, Path, Reference, Uid, WhenGone
from ..kinds import KINDS
from ..kinds.base import take_out
from ..snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Removal:
    """Everything that goes, and the documents that stay without their mention of it."""

    removed: frozenset[Uid]
    cleaned: tuple[Definition, ...] = ()
    problems: tuple[Problem, ...] = ()


Place = tuple[Definition, Definition, Reference]  # target, user, place in it

_WITH_DATA = frozenset({"CustomObject", "CustomField"})


def follow_removals(
    snapshot: Snapshot,
    removed: Iterable[Uid],
    before: Snapshot | None = None,
    said: Collection[str] = (),
) -> Removal:
    """The removal of these components from the snapshot, thought through to the end.

    `before` is the snapshot without the rest of the change, `said` the uids of the documents that
    the author of the change wrote.
    """
    roots = [snapshot.by_uid[uid] for uid in removed if uid in snapshot.by_uid]
    heirs = _Heirs(_namesakes(snapshot), before or snapshot, said)
    going = {target.uid for target in roots}
    queue, uses = list(roots), list[Place]()
    gone: set[Uid] = set()
    while queue:
        target = queue.pop()
        if target.uid in gone:
            continue
        gone.add(target.uid)
        going.add(target.uid)
        for user, reference in snapshot.references_to(target.kind, target.name):
            place = (target, user, reference)
            if reference.when_gone is not WhenGone.FOLLOW:
                uses.append(place)
            elif not heirs.take_over(place, going):
                queue.append(user)
    left = [use for use in uses if use[1].uid not in gone and not heirs.take_over(use, gone)]
    return _sorted_out(gone, left)


Namesakes = Mapping[tuple[str, str], set[Uid]]


def _namesakes(snapshot: Snapshot) -> Namesakes:
    found: defaultdict[tuple[str, str], set[Uid]] = defaultdict(set)
    for uid, definition in snapshot.by_uid.items():
        found[definition.kind, definition.name].add(uid)
    return found


@dataclass(frozen=True, slots=True)
class _Heirs:
    """Who has the name of what goes, in the snapshot that the change leaves."""

    namesakes: Namesakes
    before: Snapshot
    said: Collection[str]

    def take_over(self, place: Place, gone: set[Uid]) -> bool:
        """Says whether the place means another component of that name from now on."""
        target = place[0]
        return bool(self.namesakes[target.kind, target.name] - gone) and not self._is_tied(place)

    def _is_tied(self, place: Place) -> bool:
        """Says whether it is with the data of the old one that the place has to do."""
        target, user, reference = place
        if target.kind not in _WITH_DATA or not self._meant(target, user):
            return False
        points_at_records = target.kind == "CustomObject" and user.kind == "CustomField"
        if reference.when_gone is WhenGone.FOLLOW or points_at_records:
            return True
        return user.uid not in self.said

    def _meant(self, target: Definition, user: Definition) -> bool:
        """Says whether the user named the target before the change."""
        old = self.before.find_uid(target.uid)
        if old is None:
            return False
        users = self.before.references_to(old.kind, old.name)
        return any(known.uid == user.uid for known, _reference in users)


def _sorted_out(gone: set[Uid], uses: list[Place]) -> Removal:
    problems: dict[Problem, None] = {}
    places: defaultdict[Uid, set[Path]] = defaultdict(set)
    users = {user.uid: user for _target, user, _reference in uses}
    for target, user, reference in uses:
        if reference.when_gone is WhenGone.TAKE_OUT:
            places[user.uid].add(reference.out)
        else:
            problems[_in_use(target, user, reference)] = None
    cleaned = tuple(_cleaned(users[uid], tuple(outs)) for uid, outs in places.items())
    return Removal(frozenset(gone), cleaned, tuple(problems))


def _cleaned(user: Definition, outs: tuple[Path, ...]) -> Definition:
    kind = KINDS.get(user.kind)
    whole = tuple(out for out in outs if not any(_is_within(out, other) for other in outs))
    cleaned: Definition = kind.parse((kind.take_out or take_out)(user.document, whole))
    return cleaned


def _is_within(place: Path, other: Path) -> bool:
    return len(other) < len(place) and place[: len(other)] == other


def _in_use(target: Definition, user: Definition, reference: Reference) -> Problem:
    message = _(
        "%(name)s is used by %(kind)s %(user)s.",
        name=target.name,
        kind=str(KINDS.get(user.kind).label),
        user=user.name,
    )
    hint = _("Change or delete %(user)s first.", user=user.name)
    return Problem("component.in_use", (target.kind, target.name, *reference.path), message, hint)
