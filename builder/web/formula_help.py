"""What can be put into a formula about an object: fields, also of parents, and functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...metadata.formulas import FUNCTIONS, Purpose
from ...metadata.formulas.checking import MAX_WALK
from ...metadata.formulas.functions.base import Family
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot, relation_name
from ...platform.errors import Problem
from ...platform.i18n import _

_NEVER = frozenset({"IsDeleted", "SystemModstamp"})
_UNREADABLE = frozenset({"EncryptedText"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to insert: its text, what it is called, and a line of help."""

    text: str
    label: str
    help: str = ""
    icon: str = ""


def field_pieces(snapshot: Snapshot, object_name: str) -> list[tuple[str, list[Piece]]]:
    """[(heading, pieces)]: the object's own fields, then those of each parent."""
    obj = snapshot.object(object_name)
    found = [(snapshot.label(obj), list(_of_object(snapshot, object_name)))]
    for lookup in snapshot.fields(object_name).values():
        if len(lookup.reference_to) == 1:
            prefix = f"{relation_name(lookup)}."
            pieces = list(_of_object(snapshot, lookup.reference_to[0], prefix))
            found.append((snapshot.label(lookup), pieces))
    return found


def user_pieces(snapshot: Snapshot) -> list[tuple[str, list[Piece]]]:
    """[(heading, pieces)]: what a formula without a record can ask of who works with it."""
    found = list(_of_object(snapshot, "User", "$User.")) if snapshot.find_object("User") else []
    more = [
        Piece("$Profile.Name", _("Profile")),
        Piece("$UserRole.Name", _("Role")),
        *(
            Piece(f"$Permission.{one.name}", snapshot.label(one) or one.name)
            for one in snapshot.of_kind("CustomPermission")
        ),
    ]
    return [(_("User"), [*found, *more])]


def spoken_place(problem: Problem, formula: str) -> str:
    """A problem of a formula with its place in words."""
    at = place_of(problem, formula)
    return _(
        "Line %(line)s, character %(column)s: %(message)s",
        line=at["line"],
        column=at["column"],
        message=problem.message,
    )


def _of_object(snapshot: Snapshot, object_name: str, prefix: str = "") -> Iterator[Piece]:
    fields = [f for f in snapshot.fields(object_name).values() if _is_offered(f)]
    for field in sorted(fields, key=snapshot.label):
        icon = field.field_type.icon
        label, kind = snapshot.label(field), str(field.field_type.label)
        yield Piece(prefix + field.local_name, label, kind, icon)


def _is_offered(field: CustomField) -> bool:
    if field.local_name in _NEVER or field.type in _UNREADABLE:
        return False
    return bool(field.field_type.columns(field)) or field.is_system


def fields_at(snapshot: Snapshot, object_name: str, path: str) -> list[Piece]:
    """What can follow a path of relationships ("Account.Owner."): fields, and further parents.

    None where the path leads nowhere.
    """
    walked = [step for step in path.split(".") if step]
    if walked[:1] == ["$User"]:
        object_name, walked = "User", walked[1:]
    for step in walked:
        lookup = snapshot.find_relation(object_name, step)
        if lookup is None or not lookup.reference_to:
            return []
        object_name = lookup.reference_to[0]
    found = list(_of_object(snapshot, object_name, path))
    for lookup in snapshot.fields(object_name).values():
        if len(lookup.reference_to) == 1 and len(walked) < MAX_WALK:
            text, label = f"{path}{relation_name(lookup)}.", snapshot.label(lookup)
            found.append(Piece(text, label, _("and its fields"), lookup.field_type.icon))
    if not path:
        found += (Piece(name, label) for name, label in _globals())
    return found


def _globals() -> list[tuple[str, str]]:
    return [
        ("$User.", _("Who looks at the record")),
        ("$Profile.Name", _("Their profile")),
        ("$UserRole.Name", _("Their role")),
        ("$Permission.", _("A permission that they may hold")),
    ]


def function_pieces(purpose: Purpose = Purpose.RULE) -> list[tuple[str, list[Piece]]]:
    """[(heading, pieces)]: the functions by family; the text is how the function is written."""
    known = [f for f in FUNCTIONS if purpose is Purpose.RULE or not f.only_in_rules]
    pieces = (
        (
            family.label,
            [Piece(f.signature, f.signature, str(f.help)) for f in known if f.family is family],
        )
        for family in Family
    )
    return [(heading, some) for heading, some in pieces if some]


def named_place(problem: Problem, formula: str, key: str) -> Problem:
    """The problem at its control `key`, with its place in the formula in words."""
    if key not in problem.path or not all(isinstance(part, int) for part in problem.path[-2:]):
        return problem
    at = place_of(problem, formula)
    message = _(
        "Line %(line)s, character %(column)s: %(message)s",
        line=at["line"],
        column=at["column"],
        message=problem.message,
    )
    return Problem(problem.code, (key,), message, problem.hint)


def place_of(problem: Problem, formula: str) -> dict[str, Any]:
    """A problem of a formula for a page: its sentence, and where it is (line and column from 1)."""
    start, end = (int(part) for part in problem.path[-2:])
    before = formula[:start]
    return {
        "message": problem.sentence,
        "start": start,
        "end": end,
        "line": before.count("\n") + 1,
        "column": start - (before.rfind("\n") + 1) + 1,
        "text": formula[start:end][:40],
    }
