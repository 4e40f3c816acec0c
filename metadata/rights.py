"""What an actor may do in an org at one version of its metadata, whatever record it is about.

The profile's grants, and those of every permission set, add up; a group of sets first loses what it
mutes. Who acts for the system may do everything. Records are another question: `runtime/access`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..platform.people.actor import Actor
from .definition import Definition
from .formulas import inputs_of
from .grants import FieldRight, Grants, ObjectRight
from .kinds.custom_field import CustomField
from .kinds.custom_object import CustomObject
from .kinds.profile import Profile
from .kinds.record_type import RecordType
from .snapshot import RECORD_TYPE, Snapshot
from .system_permissions import SYSTEM_PERMISSIONS, with_included

SHIPPED = "std.profile."  # before the names of shipped profiles, in their uids
EVERYTHING = ObjectRight.CREATE | ObjectRight.MODIFY_ALL | ObjectRight.VIEW_ALL
EVERYTHING |= ObjectRight.READ | ObjectRight.EDIT | ObjectRight.DELETE
_FULL = FieldRight.READ | FieldRight.EDIT

Asked = Callable[[Grants], int]


class Source:
    """Grants of a profile or permission set, less what a group mutes of them."""

    __slots__ = ("giver", "grants", "muted")

    def __init__(self, giver: Definition, grants: Grants, muted: Grants | None = None) -> None:
        self.giver, self.grants, self.muted = giver, grants, muted

    @property
    def system(self) -> frozenset[str]:
        """The system permissions, with those that they include."""
        muted = self.muted.system if self.muted else frozenset()
        return with_included(self.grants.system - muted)

    def object(self, name: str) -> ObjectRight:
        right = self.grants.object_right(name)
        return right & ~self.muted.object_right(name) if self.muted else right

    def field(self, name: str) -> FieldRight:
        right = self.grants.field_right(name)
        return right & ~self.muted.field_right(name) if self.muted else right


class Rights:
    """The rights of everybody with the same profile and permission sets. Never changes."""

    def __init__(
        self, snapshot: Snapshot, profile: Profile | None, sources: tuple[Source, ...]
    ) -> None:
        self.profile = profile
        self._snapshot, self.sources = snapshot, sources
        self._objects: dict[str, ObjectRight] = {}
        self._fields: dict[str, FieldRight] = {}
        self.system = frozenset(name for source in sources for name in source.system)

    def holds(self, permission: str) -> bool:
        """Says whether a system permission is held; of a name that is none: an error."""
        if permission not in SYSTEM_PERMISSIONS:
            raise LookupError(permission)
        return permission in self.system

    def holds_custom(self, permission: str) -> bool:
        return any(
            permission in source.grants.custom
            and not (source.muted and permission in source.muted.custom)
            for source in self.sources
        )

    def object(self, obj: CustomObject) -> ObjectRight:
        """What may be done with the object's records, as far as the object decides."""
        if (found := self._objects.get(obj.name)) is None:
            found = self._objects[obj.name] = self._object(obj)
        return found

    def _object(self, obj: CustomObject) -> ObjectRight:
        found = ObjectRight.NONE
        for source in self.sources:
            found |= source.object(obj.name)
        if "ModifyAllData" in self.system:
            found |= EVERYTHING
        elif "ViewAllData" in self.system:
            found |= ObjectRight.READ | ObjectRight.VIEW_ALL
        return found | ObjectRight.READ if obj.storage else found

    def field(self, field: CustomField) -> FieldRight:
        """What may be done with the field, as far as profiles decide."""
        if (found := self._fields.get(field.name)) is None:
            found = self._fields[field.name] = self._field(field)
        return found

    def _field(self, field: CustomField) -> FieldRight:
        fields = self._snapshot.fields(field.object_name)
        if field.component_of and field.component_of in fields:
            return self.field(fields[field.component_of])
        if is_always_shown(field, self._snapshot):
            return _FULL
        found = FieldRight.NONE
        for source in self.sources:
            found |= source.field(field.name)
        if field.formula and not self._sees_inputs(field):
            return FieldRight.NONE
        return found

    def _sees_inputs(self, field: CustomField) -> bool:
        """Says whether everything may be read that the formula names, or need not be."""
        if field.readable_without_inputs:
            return True
        chains = inputs_of(field, self._snapshot)
        return chains is not None and all(map(self._sees, chains))

    def _sees(self, chain: tuple[CustomField, ...]) -> bool:
        targets = (self._snapshot.object(step.reference_to[0]) for step in chain[:-1])
        return all(self.field(step) & FieldRight.READ for step in chain) and all(
            self.object(target) & ObjectRight.READ for target in targets
        )

    def tab(self, name: str) -> str:
        """DefaultOn, DefaultOff or Hidden: the most open of what is granted."""
        found = {source.grants.tab(name) for source in self.sources}
        return next((v for v in ("DefaultOn", "DefaultOff") if v in found), "Hidden")

    def may_use_app(self, name: str) -> bool:
        return any(source.grants.may_use(name) for source in self.sources)

    @property
    def default_app(self) -> str:
        return self.profile.grants.default_app if self.profile else ""

    def layout_of(self, object_name: str, record_type: str = "") -> str:
        """The name of the layout that the profile has for an object; "" = the default one.

        The record type is a local name; what is said of records of that type goes before.
        """
        if self.profile is None:
            return ""
        name = f"{object_name}.{record_type}"
        return self.profile.type_layouts.get(name) or self.profile.layouts.get(object_name, "")

    def may_have(self, record_type: RecordType) -> bool:
        """Says whether records may be given the record type; reading is another matter."""
        return record_type.active and self._is_granted(record_type.name)

    def _is_granted(self, name: str) -> bool:
        return any(
            source.grants.may_have(name) and not (source.muted and source.muted.may_have(name))
            for source in self.sources
        )

    def record_types(self, object_name: str) -> tuple[RecordType, ...]:
        """The record types that the object's new records may have, by label."""
        return tuple(one for one in self._snapshot.record_types(object_name) if self.may_have(one))

    def default_record_type(self, object_name: str) -> RecordType | None:
        """What a new record gets where nobody says more: the default, else the first."""
        found = self.record_types(object_name)
        defaults = self.profile.grants.default_types if self.profile else frozenset()
        chosen = (one for one in found if one.name in defaults)
        return next(chosen, found[0] if found else None)


class Unlimited(Rights):
    """The rights of the system itself."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot, None, ())
        self.system = frozenset(SYSTEM_PERMISSIONS)

    def holds_custom(self, permission: str) -> bool:
        return True

    def _object(self, obj: CustomObject) -> ObjectRight:
        return EVERYTHING

    def _field(self, field: CustomField) -> FieldRight:
        return _FULL

    def _is_granted(self, name: str) -> bool:
        return True

    def tab(self, name: str) -> str:
        return "DefaultOn"

    def may_use_app(self, name: str) -> bool:
        return True


def is_always_shown(field: CustomField, snapshot: Snapshot) -> bool:
    """Says whether whoever sees the object sees the field: it names, owns, dates or requires."""
    return (
        field.is_system
        or field.required
        or field.type in ("MasterDetail", RECORD_TYPE)
        or field.local_name == snapshot.object(field.object_name).name_field
    )


def rights_of(actor: Actor, snapshot: Snapshot) -> Rights:
    """The actor's rights, worked out once for a snapshot and each profile with its sets."""
    if actor.is_system:
        return snapshot.derived(Unlimited, lambda: Unlimited(snapshot))
    key = (Rights, actor.profile, *actor.permission_sets)
    return snapshot.derived(key, lambda: _made(actor, snapshot))


def _made(actor: Actor, snapshot: Snapshot) -> Rights:
    profile = profile_of(actor.profile, snapshot)
    sources = [Source(profile, profile.grants)] if profile else []
    for uid in actor.permission_sets:
        sources += _sources(uid, snapshot)
    return Rights(snapshot, profile, tuple(sources))


def profile_of(key: str, snapshot: Snapshot) -> Profile | None:
    """The profile that users have under this key: its uid, or for a shipped one its name."""
    found = snapshot.find_uid(SHIPPED + key) or snapshot.find_uid(key)
    return found if isinstance(found, Profile) else None


def _sources(uid: str, snapshot: Snapshot) -> Iterator[Source]:
    """The grants of a permission set, or of every set of a group; of what is gone: none."""
    found = snapshot.find_uid(uid)
    if found is None:
        return
    if found.kind == "PermissionSet":
        yield Source(found, found.grants)
    elif found.kind == "PermissionSetGroup":
        for name in found.sets:
            if (one := snapshot.find("PermissionSet", name)) is not None:
                yield Source(one, one.grants, found.muted)
