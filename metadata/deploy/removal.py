"""Removals: what goes along, what is cleaned, and what stands in the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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


def follow_removals(snapshot: Snapshot, removed: Iterable[Uid]) -> Removal:
    """The removal of these components from the snapshot, thought through to the end."""
    gone: set[Uid] = set()
    queue = [snapshot.by_uid[uid] for uid in removed if uid in snapshot.by_uid]
    uses: list[tuple[Definition, Definition, Reference]] = []  # target, user, place
    while queue:
        target = queue.pop()
        if target.uid in gone:
            continue
        gone.add(target.uid)
        for user, reference in snapshot.references_to(target.kind, target.name):
            if reference.when_gone is WhenGone.FOLLOW:
                queue.append(user)
            else:
                uses.append((target, user, reference))
    return _sorted_out(gone, [use for use in uses if use[1].uid not in gone])


def _sorted_out(gone: set[Uid], uses: list[tuple[Definition, Definition, Reference]]) -> Removal:
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
