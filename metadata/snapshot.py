"""One org's metadata at one version, as one immutable value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from ..platform.errors import NotFound, Problem, Rejected, did_you_mean
from ..platform.i18n import _, current
from .definition import Definition, Reference, Uid, Use
from .kinds import KINDS
from .kinds.value_set import PicklistValue
from .names import relationship_of
from .storage import EMPTY_STORAGE, Storage
from .system_fields import system_fields

if TYPE_CHECKING:
    from .kinds.custom_field import CustomField
    from .kinds.custom_object import CustomObject
    from .kinds.record_type import RecordType

RECORD_TYPE = "RecordType"  # the kind, and the type of the field that names one
BASE_LANGUAGE = "en"  # the language the documents' own labels are written in
_NOTHING: Mapping[str, Any] = MappingProxyType({})
Made = TypeVar("Made")


def relation_name(field: CustomField) -> str:
    """What a path calls the parent that a lookup leads to: "Account" of AccountId."""
    return field.relationship or relationship_of(field.local_name)


class Snapshot:
    """Every definition of one org at one version. Never edited: `with_changes` gives a new one."""

    def __init__(
        self,
        org: str,
        version: int,
        definitions: Iterable[Definition],
        storage: Storage = EMPTY_STORAGE,
    ) -> None:
        self.org = org
        self.version = version
        self.storage = storage
        by_kind: dict[str, dict[str, Definition]] = defaultdict(dict)
        by_uid: dict[Uid, Definition] = {}
        for definition in definitions:
            by_kind[definition.kind][definition.name] = definition
            by_uid[definition.uid] = definition
        self._by_kind: Mapping[str, Mapping[str, Definition]] = MappingProxyType(dict(by_kind))
        self._by_uid = MappingProxyType(by_uid)
        self._sorted: dict[str, tuple[Any, ...]] = {}  # {kind: definitions by name}
        self._field_maps: dict[str, Mapping[str, CustomField]] = {}  # {object: {local name: …}}
        self._relation_maps: dict[str, Mapping[str, CustomField]] = {}  # {object: {relation: …}}
        self._field_folds: dict[str, Mapping[str, CustomField]] = {}  # {object: {folded name: …}}
        self._derived: dict[Hashable, Any] = {}

    def derived(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made of this snapshot under the key; made once, and gone when it goes."""
        if (found := self._derived.get(key)) is None:
            found = self._derived[key] = make()
        return found

    # -- look-ups

    def of_kind(self, kind: str) -> tuple[Any, ...]:
        """Definitions of a kind by name, e.g. of_kind("Layout")."""
        if (found := self._sorted.get(kind)) is None:
            by_name = self._by_kind.get(kind, _NOTHING)
            found = self._sorted[kind] = tuple(by_name[name] for name in sorted(by_name))
        return found

    def find(self, kind: str, name: str) -> Any | None:
        return self._by_kind.get(kind, _NOTHING).get(name)

    def get(self, kind: str, name: str) -> Any:
        """The definition; raises NotFound."""
        if (found := self.find(kind, name)) is None:
            raise NotFound(f"{kind} {name}")
        return found

    def find_uid(self, uid: str) -> Any | None:
        return self._by_uid.get(Uid(uid))

    @property
    def by_uid(self) -> Mapping[Uid, Definition]:
        return self._by_uid

    # -- objects and fields

    def objects(self) -> tuple[CustomObject, ...]:
        return self.of_kind("CustomObject")

    @cached_property
    def _objects_by_fold(self) -> Mapping[str, CustomObject]:
        return {o.name.casefold(): o for o in self.objects()}

    def find_object(self, name: str) -> CustomObject | None:
        """By API name, in any case."""
        return self._objects_by_fold.get(name.casefold())

    def object(self, name: str) -> CustomObject:
        """By API name, in any case; raises Rejected `object.unknown` with the nearest spelling."""
        if (found := self.find_object(name)) is not None:
            return found
        hint = did_you_mean(name, (o.name for o in self.objects()))
        message = _("There is no object %(name)s.", name=repr(name))
        raise Rejected(Problem("object.unknown", (), message, hint))

    @cached_property
    def _object_by_prefix(self) -> Mapping[str, CustomObject]:
        return {self.storage.prefix(o.uid): o for o in self.objects()}

    def object_of_id(self, record_id: str) -> CustomObject:
        """The object whose key prefix the id carries; raises NotFound."""
        if (found := self._object_by_prefix.get(record_id[:3])) is None:
            raise NotFound(record_id)
        return found

    @cached_property
    def _documented(self) -> Mapping[str, list[CustomField]]:
        """{object name: fields with a document}, by name."""
        found: defaultdict[str, list[CustomField]] = defaultdict(list)
        for field in self.of_kind("CustomField"):
            found[field.object_name].append(field)
        return found

    def documented_fields(self, object_name: str) -> tuple[CustomField, ...]:
        """The object's fields that have a document of their own, by name."""
        return tuple(self._documented.get(object_name, ()))

    def fields(self, object_name: str) -> Mapping[str, CustomField]:
        """{local name: field} of an object, with system fields and components."""
        if (found := self._field_maps.get(object_name)) is None:
            found = self._field_maps[object_name] = self._made_fields(object_name)
        return found

    def _made_fields(self, object_name: str) -> Mapping[str, CustomField]:
        obj = self.find("CustomObject", object_name)
        if obj is None:
            return _NOTHING  # the checks report a field without an object
        home = {field.local_name: field for field in system_fields(obj)}
        for field in self._documented.get(object_name, ()):
            home[field.local_name] = field.open_to(self.objects())
            home |= {part.local_name: part for part in field.field_type.components(field)}
        return MappingProxyType(home)

    def find_field(self, object_name: str, local_name: str) -> CustomField | None:
        """A field of the object by its local name, in any case."""
        if (by_fold := self._field_folds.get(object_name)) is None:
            fields = self.fields(object_name).values()
            by_fold = {field.local_name.casefold(): field for field in fields}
            self._field_folds[object_name] = by_fold
        return by_fold.get(local_name.casefold())

    def field(self, object_name: str, local_name: str) -> CustomField:
        """As `find_field`, but raises Rejected `field.unknown`."""
        if (found := self.find_field(object_name, local_name)) is not None:
            return found
        hint = did_you_mean(local_name, self.fields(object_name))
        message = _(
            "%(name)s is not a field of %(object)s.", name=repr(local_name), object=object_name
        )
        raise Rejected(Problem("field.unknown", (local_name,), message, hint))

    def _relations(self, object_name: str) -> Mapping[str, CustomField]:
        if (found := self._relation_maps.get(object_name)) is None:
            lookups = (f for f in self.fields(object_name).values() if f.is_lookup)
            found = {relation_name(field).casefold(): field for field in lookups}
            self._relation_maps[object_name] = found
        return found

    def find_relation(self, object_name: str, relation: str) -> CustomField | None:
        """The lookup behind a relationship's name ("Account", "Account__r"), in any case.

        "Owner:User" is the owner where it leads to a user first, as some formulas write it.
        """
        name, colon, target = relation.casefold().partition(":")
        found = self._relations(object_name).get(name)
        if found is None or not colon:
            return found
        leads = found.reference_to[:1]
        return found if [one.casefold() for one in leads] == [target] else None

    def resolve(self, object_name: str, path: str) -> tuple[CustomField, ...]:
        """The fields along a path: "Account.Owner.Name" -> (AccountId, OwnerId, Name).

        Raises Rejected `field.unknown` or `field.unknown_relationship`.
        """
        *relations, last = path.split(".")
        chain: list[CustomField] = []
        for relation in relations:
            step = self.find_relation(object_name, relation)
            if step is None or not step.reference_to:
                message = _(
                    "%(name)s is not a relationship of %(object)s.",
                    name=repr(relation),
                    object=object_name,
                )
                raise Rejected(Problem("field.unknown_relationship", (path,), message))
            chain.append(step)
            object_name = step.reference_to[0]
        return (*chain, self.field(object_name, last))

    @cached_property
    def _children(self) -> dict[str, tuple[CustomField, ...]]:
        children: dict[str, list[CustomField]] = defaultdict(list)
        for obj in self.objects():
            for field in self.fields(obj.name).values():
                for target in field.reference_to:
                    children[target].append(field)
        return {target: tuple(found) for target, found in children.items()}

    def children(self, object_name: str) -> tuple[CustomField, ...]:
        """The lookups of any object that point at this one."""
        return self._children.get(object_name, ())

    def name_field(self, object_name: str) -> CustomField | None:
        """The field that names a record, or None for an object whose records have no name."""
        name = self.object(object_name).name_field
        return self.find_field(object_name, name) if name else None

    def values(self, field: CustomField) -> tuple[PicklistValue, ...]:
        """The picklist values of a field, its own or its set's, in order, inactive ones too."""
        if field.type == RECORD_TYPE:
            return self._record_type_values(field.object_name)
        if field.value_set_name:
            shared = self.find("GlobalValueSet", field.value_set_name) or self.find(
                "StandardValueSet", field.value_set_name
            )
            return shared.values if shared else ()
        return field.inline_values

    def record_types(self, object_name: str) -> tuple[RecordType, ...]:
        """The object's record types by label, inactive ones too."""
        return self._record_types.get(object_name, ())

    @cached_property
    def _record_types(self) -> Mapping[str, tuple[RecordType, ...]]:
        found: defaultdict[str, list[RecordType]] = defaultdict(list)
        for one in sorted(self.of_kind("RecordType"), key=lambda one: (one.label, one.name)):
            found[one.object].append(one)
        return {name: tuple(types) for name, types in found.items()}

    def _record_type_values(self, object_name: str) -> tuple[PicklistValue, ...]:
        """Record types as the values of their field."""
        return self.derived(
            ("record type values", object_name),
            lambda: tuple(
                PicklistValue(one.local_name, one.label, one.active)
                for one in self.record_types(object_name)
            ),
        )

    # -- labels

    @cached_property
    def _translations(self) -> Mapping[tuple[str, str, str], str]:
        """{(language, "CustomField:Account.Rating", attribute): text}"""
        return {
            (t.language, entry.target, entry.attribute): entry.text
            for t in self.of_kind("Translations")
            for entry in t.entries
        }

    def text(self, kind: str, name: str, attribute: str, base: str) -> str:
        """`base` in the current language, if some Translations document says it."""
        language = current().language
        if language == BASE_LANGUAGE:
            return base
        return self._translations.get((language, f"{kind}:{name}", attribute), base)

    def label(self, definition: Definition, attribute: str = "label") -> str:
        """The label (or "pluralLabel", "inlineHelpText", …) in the current language."""
        base = str(definition.document.get(attribute) or getattr(definition, attribute, "") or "")
        kind = definition.document.get("kind", "CustomField")
        if definition.document.get("system"):
            return _(base)
        if definition.document.get("type") == RECORD_TYPE:
            return self.text(kind, definition.name, attribute, _(base) if base else base)
        if attribute == "label" and definition.document.get("componentOf"):
            base = self._component_label(definition, base)
        return self.text(kind, definition.name, attribute, base)

    def _component_label(self, part: Any, base: str) -> str:
        """What a component is called beside its compound, where no translation says it."""
        owner = self.fields(part.object_name).get(part.component_of)
        if owner is None or current().language == BASE_LANGUAGE:
            return base
        known = part.uid.rpartition(":")[2]
        return owner.field_type.spoken_component_label(self.label(owner), known)

    def value_label(self, field: CustomField, value: str) -> str:
        """The label of a picklist value in the current language; the value itself when unknown."""
        found = self._value_labels(field).get(value)
        if found is None:
            return value
        if field.type == RECORD_TYPE:
            return self.text(RECORD_TYPE, f"{field.object_name}.{value}", "label", found)
        kind, owner = self._value_owner(field)
        return self.text(kind, owner, f"values.{value}", found)

    def _value_owner(self, field: CustomField) -> tuple[str, str]:
        if not field.value_set_name:
            return "CustomField", field.name
        is_global = self.find("GlobalValueSet", field.value_set_name) is not None
        return ("GlobalValueSet" if is_global else "StandardValueSet"), field.value_set_name

    @cached_property
    def _value_label_cache(self) -> dict[Uid, Mapping[str, str]]:
        return {}

    def _value_labels(self, field: CustomField) -> Mapping[str, str]:
        cache = self._value_label_cache
        if field.uid not in cache:
            cache[field.uid] = {v.name: v.label for v in self.values(field)}
        return cache[field.uid]

    # -- where-used

    @cached_property
    def _references(self) -> Mapping[tuple[str, str], tuple[tuple[Definition, Reference], ...]]:
        found: dict[tuple[str, str], list[tuple[Definition, Reference]]] = defaultdict(list)
        for definition in self._by_uid.values():
            for reference in self.references_of(definition):
                found[reference.kind, reference.name].append((definition, reference))
        return {target: tuple(users) for target, users in found.items()}

    def references_of(self, definition: Definition) -> tuple[Reference, ...]:
        """Every place in the definition that names another component."""
        return KINDS.get(definition.kind).references(definition, self)

    def references_to(self, kind: str, name: str) -> tuple[tuple[Definition, Reference], ...]:
        """Every (definition, place in it) that names the component, or a part of that compound."""
        names = [name]
        if kind == "CustomField" and (field := self.find(kind, name)) is not None:
            names += (part.name for part in field.field_type.components(field))
        return tuple(use for each in names for use in self.named_by(kind, each))

    def named_by(self, kind: str, name: str) -> tuple[tuple[Definition, Reference], ...]:
        """Every (definition, place in it) with exactly that name."""
        return self._references.get((kind, name), ())

    def referrers(self, kind: str, name: str) -> tuple[Use, ...]:
        """Where a component is used, as a person wants to read it."""
        return tuple(
            Use(user.kind, user.name, user.label, reference.path)
            for user, reference in self.references_to(kind, name)
        )

    # -- change

    def with_changes(
        self,
        put: Iterable[Definition] = (),
        removed: Iterable[str] = (),
        *,
        version: int | None = None,
        storage: Storage | None = None,
    ) -> Snapshot:
        """A new snapshot with definitions added or replaced by uid, and others gone."""
        definitions = dict(self._by_uid)
        for uid in removed:
            definitions.pop(Uid(uid), None)
        definitions.update((d.uid, d) for d in put)
        return Snapshot(
            self.org,
            self.version + 1 if version is None else version,
            definitions.values(),
            self.storage if storage is None else storage,
        )
