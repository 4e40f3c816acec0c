"""The org as a change set would leave it: renames, removals, checks. Changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...platform.errors import Problem, Rejected
from ...platform.i18n import _
from ..checks import check_definitions, check_document, head_of
from ..definition import Definition, Document, Uid
from ..field_types import FIELD_TYPES
from ..kinds import KINDS
from ..kinds.custom_field import CustomField
from ..rollups import settled
from ..snapshot import Snapshot
from ..system_fields import COLUMNS
from .change_set import ChangeSet
from .convert import check_conversion
from .diff import NO_CHANGES, Diff, diff_of
from .record_types import check_needed, follow_record_types
from .removal import follow_removals
from .rename import follow_renames

_VALUES = {"Picklist": ("valueSet",), "MultiselectPicklist": ("valueSet",)}
# kinds whose content others depend on: their referrers are checked again when they change
_DEPENDED_ON = frozenset({"CustomObject", "CustomField", "GlobalValueSet", "StandardValueSet"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The snapshot with the change in it, what differs, and everything that is wrong with it."""

    snapshot: Snapshot
    diff: Diff = NO_CHANGES
    problems: tuple[Problem, ...] = ()


def drafted(old: Snapshot, change_set: ChangeSet) -> Draft:
    """The change set applied to the snapshot as a value, completed by what must follow from it."""
    try:
        put = _parsed(old, change_set)
        followed = settled(old, follow_renames(old, follow_record_types(old, put)))
    except Rejected as refusal:
        return Draft(old, problems=refusal.problems)
    whole = old.with_changes(followed.values())
    removal = follow_removals(whole, _known(old, change_set.remove), old, put)
    final = {**followed, **{d.uid: d for d in removal.cleaned}}
    new = old.with_changes(final.values(), removal.removed)
    diff = diff_of(old, new, tuple(dict.fromkeys((*final, *removal.removed))))
    problems = [
        *removal.problems,
        *_unchangeable(diff, is_back=bool(change_set.reverts)),
        *_needed(new, diff, is_back=bool(change_set.reverts)),
        *_taken_names(new, diff),
        *check_needed(new, diff),
    ]
    if not problems:
        problems += check_definitions(new, _to_check(old, new, diff))
    return Draft(new, diff, tuple(dict.fromkeys(problems)))


def _parsed(old: Snapshot, change_set: ChangeSet) -> dict[Uid, Definition]:
    problems = [problem for document in change_set.put for problem in check_document(document)]
    counted = Counter(str(d.get("uid")) for d in change_set.put)
    for uid in (uid for uid, count in counted.items() if count > 1):
        problems.append(Problem("change.doubled", (uid,), _("This is put twice.")))
    if problems:
        raise Rejected(*problems)
    definitions = [_definition(old, document) for document in change_set.put]
    return {definition.uid: definition for definition in definitions}


def _definition(old: Snapshot, document: Document) -> Definition:
    known = old.find_uid(document["uid"])
    if known is not None and known.kind != document["kind"]:
        message = _("A component cannot become one of another kind.")
        raise Rejected(Problem("change.kind", (*head_of(document), "kind"), message))
    if isinstance(known, CustomField) and known.type != document["type"]:
        document = _without_old_options(known, document)
    definition: Definition = KINDS.get(document["kind"]).parse(document)
    return definition


def _without_old_options(known: CustomField, document: Document) -> Document:
    """Options of the old type that were only carried along go with it."""
    options = {
        *FIELD_TYPES.get(document["type"]).options_schema,
        *_VALUES.get(document["type"], ()),
    }
    old = {*known.field_type.options_schema, "valueSet"} - options
    same = {key for key in old if document.get(key) == known.document.get(key)}
    return {key: value for key, value in document.items() if key not in same}


def _known(old: Snapshot, uids: Iterable[Uid]) -> tuple[Uid, ...]:
    return tuple(uid for uid in uids if uid in old.by_uid)


def _unchangeable(diff: Diff, *, is_back: bool) -> Iterator[Problem]:
    """Conversions that do not exist, and lookups turned to other objects."""
    gone = {definition.name for definition in diff.removed if definition.kind == "CustomObject"}
    renamed = {c.before.name for c in diff.changed if c.before and c.is_rename}
    for change in diff.changed:
        before, after = change.before, change.after
        if isinstance(before, CustomField) and isinstance(after, CustomField):
            place = (after.kind, after.name)
            if not is_back:
                yield from (problem.under(*place) for problem in check_conversion(before, after))
            lost = set(before.reference_to) - set(after.reference_to) - gone - renamed
            if lost and before.type == after.type:
                message = _("Records may point at %(names)s.", names=", ".join(sorted(lost)))
                hint = _("Make another field for the other object.")
                yield Problem("field.target_changed", (*place, "referenceTo"), message, hint)


def _needed(new: Snapshot, diff: Diff, *, is_back: bool) -> Iterator[Problem]:
    """The object of the users stays; only what brought a bare org all its objects is taken back."""
    if is_back and not new.objects():
        return
    for definition in diff.removed:
        if definition.kind == "CustomObject" and definition.document.get("storage"):
            message = _("The object of the users cannot be deleted.")
            yield Problem("object.needed", (definition.kind, definition.name), message)


def _taken_names(new: Snapshot, diff: Diff) -> Iterator[Problem]:
    """Names that another component has already, in any case."""
    named = [c for c in diff.changes if c.after and (not c.before or c.is_rename)]
    kinds = {c.kind for c in named}
    folded = {kind: Counter(_fold(d) for d in _all_of(new, kind)) for kind in kinds}
    for change in named:
        assert change.after is not None  # noqa: S101 - filtered above
        after = change.after
        if folded[change.kind][_fold(after)] > 1:
            message = _("There is already a component %(name)s.", name=repr(after.name))
            yield Problem("name.taken", (after.kind, after.name, "name"), message)
    yield from _taken_field_names(new, [c.after for c in named if isinstance(c.after, CustomField)])


def _all_of(new: Snapshot, kind: str) -> Iterator[Definition]:
    return (d for d in new.by_uid.values() if d.kind == kind)


def _fold(definition: Definition) -> str:
    return definition.name.casefold()


def _taken_field_names(new: Snapshot, fields: list[CustomField]) -> Iterator[Problem]:
    """Components and system fields have names too, which no other field may have."""
    owners = {name: _owners(new, name) for name in {field.object_name for field in fields}}
    for field in fields:
        taken = owners[field.object_name]
        for each in (field, *field.field_type.components(field)):
            if taken[each.local_name.casefold()] - {field.uid}:
                message = _("There is already a field %(name)s.", name=repr(each.local_name))
                yield Problem("name.taken", (field.kind, field.name, "name"), message)


def _owners(new: Snapshot, object_name: str) -> defaultdict[str, set[str]]:
    """{folded local name: uids of the documents that have or bring a field of that name}."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for local_name in new.fields(object_name):
        if local_name in COLUMNS:
            found[local_name.casefold()].add("")
    for field in new.documented_fields(object_name):
        for each in (field, *field.field_type.components(field)):
            found[each.local_name.casefold()].add(field.uid)
    return found


def _to_check(old: Snapshot, new: Snapshot, diff: Diff) -> tuple[Definition, ...]:
    """What the change can have made wrong: what it touched, and who names that.

    Additions break nobody, so the referrers of all others are enough; who named what is gone names
    another one of that name, or would not be here.
    """
    found = {definition.uid: definition for definition in diff.put}
    changed = [c.after for c in diff.changed if c.after is not None and c.kind in _DEPENDED_ON]
    for named in (*changed, *diff.removed):
        for user, _reference in new.references_to(named.kind, named.name):
            found.setdefault(user.uid, user)
    return tuple(found.values())
