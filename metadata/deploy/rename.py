"""Renames: every document that names a renamed component is rewritten with it.

A field follows its object ("Invoice__c.Total__c"), a path follows the field ("Invoice__r.Name"), a
component of a compound follows the compound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..definition import Definition, Document, Path, Reference, Uid
from ..kinds import KINDS
from ..kinds.custom_field import CustomField
from ..kinds.custom_object import DEFAULT_NAME_FIELD
from ..snapshot import Snapshot, relation_name

Put = Mapping[Uid, Definition]


@dataclass(frozen=True, slots=True)
class NewName:
    """What a reference has to say from now on."""

    full: str
    local: str
    relation: str = ""

    def written(self, reference: Reference, parts: int) -> str:
        """The text for that reference within a string of so many dot-separated parts."""
        if reference.segment is None:
            return self.full
        if reference.kind != "CustomField":
            return self.local
        return self.local if reference.segment == parts - 1 else self.relation


Names = dict[tuple[str, str], NewName]  # {(kind, old full name): …}


def follow_renames(old: Snapshot, put: Put) -> Put:
    """What is put, completed by all that must change because something in it has another name."""
    moved = [d for d in put.values() if _is_moved(old.by_uid.get(d.uid), d)]
    if not moved:
        return put
    named = _with_dependents(old, dict(put), moved)
    names = _new_names(old, named)
    return _rewritten(old, named, names)


def _is_moved(before: Definition | None, after: Definition) -> bool:
    if before is None:
        return False
    return before.name != after.name or _relation(before) != _relation(after)


def _relation(definition: Definition) -> str:
    is_lookup = isinstance(definition, CustomField) and definition.is_lookup
    return relation_name(definition) if is_lookup else ""  # type: ignore[arg-type]


def _with_dependents(old: Snapshot, put: dict[Uid, Definition], moved: list[Definition]) -> Put:
    """Adds what has the component's name within its own, unless its author renamed it too."""
    for definition in moved:
        before = old.by_uid[definition.uid]
        for user, reference in old.references_to(before.kind, before.name):
            chosen = put.get(user.uid, user)
            if reference.path != ("name",) or chosen.name != user.name:
                continue
            name = NewName(definition.name, definition.local_name)
            document = replaced(chosen.document, [(reference, name)])
            put[user.uid] = KINDS.get(chosen.kind).parse(document)
    return put


def _new_names(old: Snapshot, put: Put) -> Names:
    """The new names of everything whose name or relationship is another one in the end."""
    new = old.with_changes(put.values())
    names: Names = {}
    for after in put.values():
        before = old.by_uid.get(after.uid)
        if before is None or not _is_moved(before, after):
            continue
        names[before.kind, before.name] = NewName(after.name, after.local_name, _relation(after))
        names |= _names_of_parts(old, new, before, after)
    return names


def _names_of_parts(old: Snapshot, new: Snapshot, before: Definition, after: Definition) -> Names:
    """The fields without a document of their own: system fields, components."""
    if before.kind == "CustomObject":
        olds: Iterable[CustomField] = old.fields(before.name).values()
        news = {f.uid: f for f in new.fields(after.name).values()}
    elif isinstance(before, CustomField) and isinstance(after, CustomField):
        olds = before.field_type.components(before)
        news = {f.uid: f for f in after.field_type.components(after)}
    else:
        return {}
    return {
        ("CustomField", f.name): NewName(now.name, now.local_name, _relation(now))
        for f in olds
        if (now := news.get(f.uid)) is not None
    }


def _rewritten(old: Snapshot, put: Put, names: Names) -> Put:
    due: defaultdict[Uid, list[tuple[Reference, NewName]]] = defaultdict(list)
    for (kind, name), new_name in names.items():
        for user, reference in old.named_by(kind, name):
            if user.uid not in put:
                due[user.uid].append((reference, new_name))
    for definition in put.values():
        due[definition.uid] += _stale(old, definition, names, put)
    result = dict(put)
    for uid, changes in due.items():
        source = put.get(uid) or old.by_uid[uid]
        document = replaced(source.document, changes)
        if document != source.document:
            result[uid] = KINDS.get(source.kind).parse(document)
    return result


def _stale(
    old: Snapshot, definition: Definition, names: Names, put: Put
) -> Iterator[tuple[Reference, NewName]]:
    """References of a put document to a name that nothing has any more."""
    taken = {(d.kind, d.name) for d in put.values()}
    for reference in old.references_of(definition):
        key = (reference.kind, reference.name)
        if reference.path != ("name",) and key in names and key not in taken:
            yield reference, names[key]


def replaced(document: Document, changes: Iterable[tuple[Reference, NewName]]) -> Document:
    """The document with other names at the places of the references."""
    by_path: defaultdict[Path, list[tuple[int, int, str]]] = defaultdict(list)
    for reference, name in changes:
        text = _at(document, reference.path)
        start, end, parts = _extent(text, reference)
        by_path[reference.path].append((start, end, name.written(reference, parts)))
    changed: Any = document
    for path, edits in by_path.items():
        text = _at(document, path)
        for start, end, new in sorted(set(edits), reverse=True):
            text = text[:start] + new + text[end:]
        changed = _with_text(changed, path, text)
    return changed  # type: ignore[no-any-return]


def _extent(text: str, reference: Reference) -> tuple[int, int, int]:
    """Where in the text the reference stands, and of how many parts."""
    start, end = reference.span or (0, len(text))
    if reference.segment is None:
        return start, end, 1
    parts = text[start:end].split(".")
    before = sum(len(part) + 1 for part in parts[: reference.segment])
    return start + before, start + before + len(parts[reference.segment]), len(parts)


def _at(document: Any, path: Path) -> str:
    if path == ("nameField",):
        return str(document.get("nameField", DEFAULT_NAME_FIELD))
    for step in path:
        document = document[step]
    return str(document)


def _with_text(value: Any, path: Path, text: str) -> Any:
    if not path:
        return text
    head, *rest = path
    if isinstance(value, Mapping):
        return {**value, head: _with_text(value.get(head), tuple(rest), text)}
    return [_with_text(v, tuple(rest), text) if i == head else v for i, v in enumerate(value)]
