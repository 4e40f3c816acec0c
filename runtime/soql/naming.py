"""Names of a query become fields of the snapshot, if the actor may know them.

What the actor may not read is refused in the words of what does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...metadata.kinds.custom_field import CustomField
from ...metadata.kinds.custom_object import CustomObject
from ...metadata.names import RELATION, api_name
from ...metadata.snapshot import relation_name
from ..access import permissions
from ..query.plan import MAX_DEPTH
from .errors import INVALID_FIELD, INVALID_TYPE, SoqlError, error_at
from .scope import Scope
from .syntax import Path, Select


@dataclass(frozen=True, slots=True)
class Found:
    """A path that is understood."""

    relations: tuple[CustomField, ...]
    field: CustomField

    @property
    def text(self) -> str:
        """The path in the spelling of the definitions."""
        return ".".join((*map(relation_name, self.relations), self.field.local_name))


def object_named(scope: Scope, text: str, path: Path) -> CustomObject:
    """The object that a query is of."""
    found = scope.snapshot.find_object(path.text)
    read = permissions.Operation.READ
    if found is None or not permissions.may(scope.actor, read, found, scope.snapshot):
        sentence = f"sObject type '{path.text}' is not supported."
        raise error_at(text, path.at, sentence, INVALID_TYPE)
    return found


def child_relationships(scope: Scope, obj: CustomObject) -> dict[str, CustomField]:
    """{name of the children: the lookup that makes them} of what the actor may know of."""
    snapshot, found = scope.snapshot, dict[str, CustomField]()
    for lookup in snapshot.children(obj.name):
        child, read = snapshot.object(lookup.object_name), permissions.Operation.READ
        if permissions.may(scope.actor, read, child, snapshot) and permissions.readable(
            scope.actor, lookup, snapshot
        ):
            found.setdefault(children_name(lookup, child), lookup)
    return found


def children_name(lookup: CustomField, child: CustomObject) -> str:
    """How a parent calls the records of a lookup: "Contacts", "Invoices__r"."""
    name = lookup.child_relationship or api_name(child.plural_label)
    return name.removesuffix(RELATION) + RELATION if lookup.is_custom else name


class Names:
    """The names that one query may use: those of its object, with its alias before them or not."""

    def __init__(
        self, scope: Scope, text: str, obj: CustomObject, select: Select, *, among: bool = False
    ) -> None:
        self.scope, self.text, self.object = scope, text, obj
        self.is_among = among  # of a sub-select that a condition compares with
        self.own = {select.alias.casefold(), select.source.names[-1].casefold()} - {""}

    def bare(self, path: Path) -> tuple[str, ...]:
        """The names of a path without the query's own name before them."""
        first, *rest = path.names
        is_own = rest and first.casefold() in self.own
        if is_own and self.find_relation(self.object, first) is None:
            return tuple(rest)
        return path.names

    def field(self, path: Path) -> Found:
        """The field at the end of a path."""
        *relations, last = self.bare(path)
        home, walked = self.object, list[CustomField]()
        if len(relations) > MAX_DEPTH:
            raise self.unknown_relation(path, relations[MAX_DEPTH])
        for name in relations:
            walked.append(self.relation(home, name, path))
            if len(walked[-1].reference_to) > 1:
                sentence = f"'{name}' leads to records of several objects: it cannot be used here."
                raise self.refused(path.at, sentence)
            home = self.scope.snapshot.object(walked[-1].reference_to[0])
        return Found(tuple(walked), self.field_of(home, last, path))

    def relation(self, home: CustomObject, name: str, path: Path) -> CustomField:
        """The lookup that a name leads along."""
        if (step := self.find_relation(home, name)) is None:
            raise self.unknown_relation(path, name)
        return step

    def find_relation(self, home: CustomObject, name: str) -> CustomField | None:
        """The lookup of that name, if the actor may know it and an object that it leads to."""
        snapshot, read = self.scope.snapshot, permissions.Operation.READ
        step = snapshot.find_relation(home.name, name)
        if step is None or not self.is_readable(step):
            return None
        targets = map(snapshot.object, step.reference_to)
        is_open = any(permissions.may(self.scope.actor, read, one, snapshot) for one in targets)
        return step if is_open else None

    def field_of(self, home: CustomObject, name: str, path: Path) -> CustomField:
        found = self.scope.snapshot.find_field(home.name, name)
        if found is None or not self.is_readable(found):
            raise self.unknown(path, name, home)
        return found

    def children(self, path: Path) -> CustomField:
        """The lookup behind the relationship that a sub-select is of."""
        (name,) = self.bare(path)[-1:]
        for known, lookup in child_relationships(self.scope, self.object).items():
            if known.casefold() == name.casefold() and len(self.bare(path)) == 1:
                return lookup
        sentence = (
            f"Didn't understand relationship '{name}' in FROM part of query call. Names of custom"
            " relationships end in '__r'; the describe call lists all that there are."
        )
        raise error_at(self.text, path.at, sentence, INVALID_TYPE)

    def is_readable(self, field: CustomField) -> bool:
        return permissions.readable(self.scope.actor, field, self.scope.snapshot)

    def unknown(self, path: Path, name: str, home: CustomObject) -> SoqlError:
        return self.unknown_column(path, name, home.name)

    def unknown_column(self, path: Path, name: str, entity: str) -> SoqlError:
        sentence = (
            f"No such column '{name}' on entity '{entity}'. Names of custom fields end in"
            " '__c'; the describe call lists all that there are."
        )
        return error_at(self.text, path.at, sentence, INVALID_FIELD)

    def unknown_relation(self, path: Path, name: str) -> SoqlError:
        sentence = (
            f"Didn't understand relationship '{name}' in field path. Names of custom relationships"
            " end in '__r'; the describe call lists all that there are."
        )
        return error_at(self.text, path.at, sentence, INVALID_FIELD)

    def refused(self, at: int, sentence: str, code: str = INVALID_FIELD) -> SoqlError:
        return error_at(self.text, at, sentence, code)
