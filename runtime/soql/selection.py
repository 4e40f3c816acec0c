"""What a query selects, as a shape that records are poured into."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ...metadata.field_types.base import Value
from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot, relation_name
from ..query.record import Record
from ..query.run import find_queue
from .answer import Row
from .beyond import Beside, Beyond, Far, beyond
from .errors import MALFORMED_QUERY
from .naming import Found, Names, children_name
from .showing import labelled, presented
from .syntax import Call, Item, Path, Select

MOST_OF_ALL = 200  # rows of a query that selects all fields


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a record."""

    path: str
    field: CustomField
    shown: Callable[[Value], Value]

    def paths(self) -> Iterator[str]:
        yield self.path

    def read(self, record: Record, _beside: Beside) -> Value:
        return self.shown(record.values[self.path])


@dataclass(frozen=True, slots=True)
class Brood:
    """The children of a record: the sub-select of that number."""

    number: int

    def paths(self) -> Iterator[str]:
        yield from ()

    def read(self, record: Record, beside: Beside) -> Value:
        return beside.children.get(self.number, {}).get(record.id)


@dataclass(slots=True)
class Shape:
    """The values of a record or of a parent, in their order; `id_path` is "" of the record."""

    object: str
    id_path: str = ""
    relation: CustomField | None = None
    snapshot: Snapshot | None = None
    parts: dict[str, Leaf | Shape | Far | Brood] = field(default_factory=dict)

    def paths(self) -> Iterator[str]:
        """The paths that the query door is asked for."""
        if self.id_path:
            yield self.id_path
        if self.owner_path:
            yield self.owner_path
        for part in self.parts.values():
            yield from part.paths()

    @property
    def owner_path(self) -> str:
        """Where the owner stands, who may be a queue and no user."""
        is_owner = self.relation is not None and self.relation.local_name == "OwnerId"
        return self.id_path.removesuffix(".Id") + "Id" if is_owner else ""

    def far(self) -> Iterator[Far]:
        """The parts that lie beyond the tables."""
        for part in self.parts.values():
            if isinstance(part, Far):
                yield part
            elif isinstance(part, Shape):
                yield from part.far()

    def read(self, record: Record, beside: Beside) -> Row | None:
        """The record's values; None of a parent that is not there or not the actor's to see."""
        record_id = record.values[self.id_path] if self.id_path else record.id
        if record_id is None:
            return self.queue(record) if self.owner_path else None
        values = {name: part.read(record, beside) for name, part in self.parts.items()}
        return Row(self.object, str(record_id), values)

    def queue(self, record: Record) -> Row | None:
        """The queue that owns the record: it has a name and nothing else of a user."""
        owner = record.values[self.owner_path]
        queue = find_queue(self.snapshot, owner) if owner and self.snapshot else None
        if queue is None or self.snapshot is None:
            return None
        values = dict.fromkeys(self.parts) | {"Id": owner, "Name": self.snapshot.label(queue)}
        return Row("Group", owner, {name: values[name] for name in self.parts})


def shape_of(names: Names, select: Select) -> Shape:
    """The shape of all that is selected but children."""
    shape = Shape(names.object.name)
    for number, item in enumerate(select.items):
        if isinstance(item, Item):
            _add(names, select, shape, item)
        else:
            lookup = names.children(item.select.source)
            child = names.scope.snapshot.object(lookup.object_name)
            shape.parts[children_name(lookup, child)] = Brood(number)
    return shape


def _add(names: Names, select: Select, shape: Shape, item: Item) -> None:
    if item.alias:
        sentence = "Only queries with GROUP BY or an aggregate have aliases of fields."
        raise names.refused(item.expression.at, sentence, MALFORMED_QUERY)
    match item.expression:
        case Path() as path if (far := beyond(names, path)) is not None:
            put_far(names, shape, far)
        case Call("TOLABEL", (Path() as path,)) if (far := beyond(names, path)) is not None:
            put_far(names, shape, far)
        case Path() as path:
            put(names, shape, names.field(path), presented)
        case Call("FIELDS", (Path((kind,)),)):
            for found in _all_fields(names, select, item.expression, kind):
                put(names, shape, found, presented)
        case Call("TOLABEL", (Path() as path,)):
            put(names, shape, names.field(path), labelled)
        case Call("FORMAT", (Path() as path,)):
            put(names, shape, names.field(path), labelled)
        case Call("FORMAT" | "CONVERTCURRENCY", (Call("CONVERTCURRENCY", (Path() as path,)),)):
            put(names, shape, names.field(path), labelled)
        case Call("CONVERTCURRENCY", (Path() as path,)):
            put(names, shape, names.field(path), presented)
        case Call(function):
            sentence = f"{function} is not supported here."
            raise names.refused(item.expression.at, sentence, MALFORMED_QUERY)


Presenting = Callable[[CustomField, Snapshot], Callable[[Value], Value]]


def put(names: Names, shape: Shape, found: Found, presenting: Presenting) -> None:
    """Makes place for a value, in the shape of its parent."""
    snapshot = names.scope.snapshot
    shape = _parent(shape, found.relations, snapshot)
    shown = presenting(found.field, snapshot)
    shape.parts.setdefault(found.field.local_name, Leaf(found.text, found.field, shown))


def put_far(names: Names, shape: Shape, far: Beyond) -> None:
    """Makes place for a value that lies beyond the tables."""
    shape = _parent(shape, far.found.relations, names.scope.snapshot)
    part = shape.parts.setdefault(far.relation, Far(names.scope, far))
    if isinstance(part, Far) and far.attribute not in part.attributes:
        part.attributes.append(far.attribute)


def _parent(shape: Shape, relations: Iterable[CustomField], snapshot: Snapshot) -> Shape:
    walked: list[str] = []
    for relation in relations:
        name = relation_name(relation)
        walked.append(name)
        inner = shape.parts.get(name)
        if not isinstance(inner, Shape):
            id_path = ".".join((*walked, "Id"))
            inner = Shape(relation.reference_to[0], id_path, relation, snapshot)
            shape.parts[name] = inner
        shape = inner
    return shape


def _all_fields(names: Names, select: Select, call: Call, kind: str) -> Iterator[Found]:
    kind = kind.upper()
    if kind not in ("ALL", "STANDARD", "CUSTOM"):
        raise names.refused(call.at, f"FIELDS({kind}) is not known.", MALFORMED_QUERY)
    is_open = kind != "STANDARD" and (select.limit is None or select.limit > MOST_OF_ALL)
    if is_open:
        sentence = f"FIELDS({kind}) needs a LIMIT of at most {MOST_OF_ALL}."
        raise names.refused(call.at, sentence, MALFORMED_QUERY)
    for found in names.scope.snapshot.fields(names.object.name).values():
        if names.is_readable(found) and kind in (
            "ALL",
            "CUSTOM" if _is_custom(found) else "STANDARD",
        ):
            yield Found((), found)


def _is_custom(one: CustomField) -> bool:
    return one.local_name.endswith(("__c", "__s"))
