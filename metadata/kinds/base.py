"""What the kinds share: the registry, parts of schemas and small readers of documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem, Rejected, did_you_mean
from ...platform.i18n import _
from ...platform.registry import Registry
from ..definition import Document, Kind, Path, Reference, Uid, WhenGone
from ..formulas import Subject, Type, names_in
from ..formulas import check as read_formula

if TYPE_CHECKING:
    from ..snapshot import Snapshot
    from .custom_field import CustomField

KINDS: Registry[Kind] = Registry("kind")

TEXT: Mapping[str, Any] = MappingProxyType({"type": "string", "maxLength": 255})
NAME: Mapping[str, Any] = MappingProxyType({"type": "string", "minLength": 1, "maxLength": 240})
ID: Mapping[str, Any] = MappingProxyType({"type": "string", "minLength": 1, "maxLength": 300})
ICON: Mapping[str, Any] = MappingProxyType({"type": "string", "pattern": "^[a-z0-9-]{0,40}$"})
SORT: Mapping[str, Any] = MappingProxyType(
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {"field": dict(NAME), "descending": {"type": "boolean"}},
    }
)


def schema(
    kind: str, properties: Mapping[str, Any], required: tuple[str, ...] = ()
) -> Mapping[str, Any]:
    """The JSON Schema of a kind's document; every document has kind, uid and name."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "required": ["kind", "uid", "name", *required],
        "properties": {
            "kind": {"const": kind},
            "uid": {"type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,160}$"},
            "name": dict(NAME),
            "label": dict(TEXT),
            "description": {"type": "string", "maxLength": 1000},
            **properties,
        },
    }


def listed(items: Mapping[str, Any], most: int = 500) -> dict[str, Any]:
    """The schema of a list of such items."""
    return {"type": "array", "maxItems": most, "items": dict(items)}


def common(document: Document) -> dict[str, Any]:
    """The attributes that every definition has, for its constructor."""
    return {
        "uid": Uid(document["uid"]),
        "name": document["name"],
        "label": document.get("label", ""),
        "description": document.get("description", ""),
        "document": document,
    }


# -- references


def of_object(document: Document) -> tuple[Reference, ...]:
    """The places that name the object a component belongs to: its `object`, and within its name.

    "Account.AllAccounts" and "Account-Account Layout" both begin with the object's name.
    """
    name, owner = document["name"], document["object"]
    found = [Reference(("object",), "CustomObject", owner, when_gone=WhenGone.FOLLOW)]
    if name.startswith((owner + ".", owner + "-")):
        span = (0, len(owner))
        found.append(
            Reference(("name",), "CustomObject", owner, span=span, when_gone=WhenGone.FOLLOW)
        )
    return tuple(found)


def of_path(
    snapshot: Snapshot, object_name: str, text: str, path: Path, out: Path | None = None
) -> Iterator[Reference]:
    """The fields that a path like "Account.Owner.Name" names, as far as they can be found.

    When one of them goes, `out` is taken out of the document: by default the path's own place.
    """
    *relations, _last = parts = text.split(".")
    for i, part in enumerate(parts):
        is_relation = i < len(relations)
        find = snapshot.find_relation if is_relation else snapshot.find_field
        if (field := find(object_name, part)) is None:
            return
        if not field.is_system:
            out = path if out is None else out
            yield Reference(
                path, "CustomField", field.name, i, when_gone=WhenGone.TAKE_OUT, out=out
            )
        if is_relation:
            if not field.reference_to:
                return
            object_name = field.reference_to[0]


def of_formula(
    snapshot: Snapshot, object_name: str, formula: str, path: Path
) -> Iterator[Reference]:
    """What the names of a formula refer to; none of it can go while the formula is there."""
    for name in names_in(formula):
        span, home, rest = (name.start, name.end), *name.text.partition(".")[::2]
        if home == "$Permission":
            yield Reference(path, "CustomPermission", rest, span=(name.end - len(rest), name.end))
        is_user = home == "$User"
        text, owner = (rest, "User") if is_user else (name.text, object_name)
        for found in of_path(snapshot, owner, text, path):
            segment = (found.segment or 0) + is_user
            yield Reference(path, found.kind, found.name, segment, span)


def take_out(document: Document, places: Iterable[Path]) -> Document:
    """The document without these keys and list elements."""
    changed = _copy(document)
    for place in sorted(set(places), key=_last_first, reverse=True):
        home: Any = changed
        for step in place[:-1]:
            home = home[step]
        del home[place[-1]]
    return changed  # type: ignore[no-any-return]


def _last_first(place: Path) -> tuple[tuple[int, str | int], ...]:
    return tuple((isinstance(step, str), step) for step in place)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(part) for key, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list | tuple) else value


def of_record_types(
    snapshot: Snapshot, field: CustomField | None, row: Mapping[str, Any], place: Path
) -> Iterator[Reference]:
    """The record types that the value of a filter on them names: "Quick" or "Quick, Large".

    `row` is the filter as its document has it; none of them can go while it asks for them.
    """
    if field is None or field.type != RECORD_TYPE or row["operator"] not in _BY_NAME:
        return
    value = row.get("value")
    texts = enumerate(value) if isinstance(value, list) else [(None, value)]
    for j, text in texts:
        at: Path = (*place, "value") if j is None else (*place, "value", j)
        for word in re.finditer(r"\w+", text if isinstance(text, str) else ""):
            name = f"{field.object_name}.{word[0]}"
            if snapshot.find("RecordType", name) is not None:
                yield Reference(at, "RecordType", name, segment=0, span=word.span())


_BY_NAME = frozenset({"equals", "notEqual", "in", "notIn"})
RECORD_TYPE = "RecordType"  # the type of the field


def find_last(snapshot: Snapshot, object_name: str, path: str) -> CustomField | None:
    """The field at the end of a path; None when it leads nowhere."""
    try:
        return snapshot.resolve(object_name, path)[-1]
    except Rejected:
        return None


# -- checks


def check_object(snapshot: Snapshot, name: str) -> tuple[Problem, ...]:
    """A problem at `object` when the component's object does not exist."""
    if snapshot.find("CustomObject", name) is not None:
        return ()
    hint = did_you_mean(name, (o.name for o in snapshot.objects()))
    message = _("There is no object %(name)s.", name=repr(name))
    return (Problem("object.unknown", ("object",), message, hint),)


def check_path(
    snapshot: Snapshot, object_name: str, text: str, *path: str | int
) -> tuple[Problem, ...]:
    """A problem at `path` when the field path leads nowhere."""
    try:
        snapshot.resolve(object_name, text)
    except Rejected as refusal:
        return tuple(Problem(p.code, path, p.message, p.hint) for p in refusal.problems)
    return ()


def check_formula(
    formula: str, subject: Subject, wanted: Type | None, *path: str | int
) -> tuple[Problem, ...]:
    """Problems of a formula, each at `path` and the characters from … to that it is about."""
    try:
        read_formula(formula, subject, wanted)
    except Rejected as refusal:
        return tuple(problem.under(*path) for problem in refusal.problems)
    return ()


def check_ids(ids: Iterable[str], *path: str | int) -> tuple[Problem, ...]:
    """A problem for each id that a list holds twice."""
    seen: set[str] = set()
    problems: list[Problem] = []
    for i, one in enumerate(ids):
        if one in seen:
            message = _("%(name)s is there twice.", name=repr(one))
            problems.append(Problem("list.doubled", (*path, i), message))
        seen.add(one)
    return tuple(problems)


def check_single_default(
    definition: Any, snapshot: Snapshot, rivals: Iterable[Any]
) -> tuple[Problem, ...]:
    """A problem when another of the rivals is the default as well."""
    if not definition.default:
        return ()
    others = [r for r in rivals if r.default and r.uid != definition.uid]
    if not others:
        return ()
    message = _("%(name)s is already the default.", name=repr(others[0].label or others[0].name))
    return (Problem("default.doubled", ("default",), message),)
