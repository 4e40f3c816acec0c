"""A unique combination: fields that are the same, all together, in one record of the object only.

A record with a blank among them is not compared, and an unticked checkbox is blank here: so an
account and "primary" together let each account have one primary contact. Case does not matter but
in fields that mind it, as for unique fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..definition import Definition, Document, Kind, Reference
from .base import (
    KINDS,
    NAME,
    check_ids,
    check_object,
    check_path,
    common,
    of_object,
    of_path,
    schema,
)

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

LEAST, MOST = 2, 5
LONGEST = 600  # characters of all texts; PostgreSQL cannot index more than 2,704 bytes
OWNER = "OwnerId"


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueCombination(Definition):
    """`fields` are local names; those that tell records apart best come first."""

    object: str
    fields: tuple[str, ...]


def combinations_of(snapshot: Snapshot, object_name: str) -> tuple[UniqueCombination, ...]:
    """The unique combinations of an object, by name."""
    found = (one for one in snapshot.of_kind("UniqueCombination") if one.object == object_name)
    return tuple(sorted(found, key=lambda one: one.name))


def may_be_combined(field: CustomField) -> bool:
    """Says whether the field may be part of a combination: it has one short value of its own."""
    if field.is_system or field.formula:
        return field.local_name == OWNER
    return field.field_type.may_be_combined and bool(field.field_type.columns(field))


def _parse(document: Document) -> UniqueCombination:
    return UniqueCombination(
        **common(document), object=document["object"], fields=tuple(document["fields"])
    )


def _references(one: UniqueCombination, snapshot: Snapshot) -> tuple[Reference, ...]:
    """No field can go while the combination is there: what is left would refuse other records."""
    found = list(of_object(one.document))
    for i, text in enumerate(one.fields):
        for reference in of_path(snapshot, one.object, text, ("fields", i)):
            found.append(
                Reference(reference.path, reference.kind, reference.name, reference.segment)
            )
    return tuple(found)


def _check(one: UniqueCombination, snapshot: Snapshot) -> tuple[Problem, ...]:
    if problems := check_object(snapshot, one.object):
        return problems
    if snapshot.object(one.object).storage:
        message = _("Users cannot have unique combinations.")
        return (Problem("combination.object", ("object",), message),)
    found = [*check_ids(one.fields, "fields")]
    for i, name in enumerate(one.fields):
        found += check_path(snapshot, one.object, name, "fields", i) or _check_field(
            snapshot, one, name, i
        )
    return tuple(found) or (*_check_length(one, snapshot), *_check_rivals(one, snapshot))


def _check_field(
    snapshot: Snapshot, one: UniqueCombination, name: str, i: int
) -> tuple[Problem, ...]:
    field = snapshot.find_field(one.object, name)
    if field is not None and may_be_combined(field):
        return ()
    message = _("%(name)s cannot be part of a unique combination.", name=name)
    hint = _("Take fields of this object with one short value each.")
    return (Problem("combination.field", ("fields", i), message, hint),)


def _check_length(one: UniqueCombination, snapshot: Snapshot) -> Iterator[Problem]:
    lengths = (_length(snapshot.field(one.object, name), snapshot) for name in one.fields)
    if (total := sum(lengths)) > LONGEST:
        message = _("The texts have %(n)s characters together.", n=total)
        hint = _("At most %(n)s can be compared: make fields shorter.", n=LONGEST)
        yield Problem("combination.too_long", ("fields",), message, hint)


def _length(field: CustomField, snapshot: Snapshot) -> int:
    """How many characters of text the field can hold, 0 for what is no text."""
    types = {part.name: part.type for part in field.field_type.columns(field)}
    if types.get(field.field_type.unique_part(field)) != "text":
        return 0
    if (values := snapshot.values(field)) and field.restricted:
        return max(len(value.name) for value in values)
    default: int = getattr(field.field_type, "default_length", 255)
    return int(field.options.get("length", default))


def _check_rivals(one: UniqueCombination, snapshot: Snapshot) -> Iterator[Problem]:
    for other in combinations_of(snapshot, one.object):
        if other.uid != one.uid and set(other.fields) == set(one.fields):
            message = _("%(name)s has the same fields.", name=repr(other.label or other.local_name))
            yield Problem("combination.doubled", ("fields",), message)


KINDS.register(
    Kind(
        name="UniqueCombination",
        label=lazy("Unique combination"),
        schema=schema(
            "UniqueCombination",
            {
                "object": dict(NAME),
                "fields": {
                    "type": "array", "minItems": LEAST, "maxItems": MOST, "items": dict(NAME),
                },
            },
            ("object", "fields"),
        ),
        rank=43,
        folder="objects/{object}/uniqueCombinations",
        suffix="uniqueCombination",
        parse=_parse,
        references=_references,
        check=_check,
        icon="fingerprint",
    )
)  # fmt: skip
