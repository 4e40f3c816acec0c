"""Which column of a file goes into which field: by preset, by name, by label in any language.

Refuses a mapping that names no column, no field, or a field that nobody writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot
from ...metadata.system_fields import WRITABLE
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected, did_you_mean, require
from ...platform.i18n import LANGUAGES, _, in_language, use_locale
from .presets import PRESETS
from .presets.base import Preset, find_preset


@dataclass(frozen=True, slots=True)
class Column:
    """One mapped column. With a `parent` the cell names a record of another object by that field."""

    index: int
    heading: str
    field: CustomField  # of the imported object; for a parent path the lookup
    parent: CustomField | None = None  # "Name" of Account for the path Account.Name


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """The mapped columns in file order, and the headings that go nowhere."""

    object: str
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    preset: Preset | None = None


def suggest(
    headings: tuple[str, ...],
    object_name: str,
    snapshot: Snapshot,
    said: Mapping[str, str] | None = None,
    preset: str = "",
) -> ImportMapping:
    """The mapping of a file: what was said, else the preset's, else by API name or label."""
    said = said or {}
    chosen = PRESETS.get(preset) if preset else find_preset(headings, object_name)
    targets = dict(chosen.objects.get(object_name, {})) if chosen else {}
    known = _fields_by_words(object_name, snapshot)
    require(_unknown_headings(said, headings))
    columns: list[Column] = []
    taken: set[str] = set()
    for index, heading in enumerate(headings):
        path = said.get(heading, targets.get(heading, known.get(_words(heading), "")))
        if not path or (path in taken and heading not in said):
            continue
        column = _column(index, heading, path, object_name, snapshot, strict=heading in said)
        if column:
            columns.append(column)
            taken.add(path)
    if not columns:
        message = _("No column of the file matches a field of %(object)s.", object=object_name)
        hint = _("Map columns yourself: --map 'Heading=Field'.")
        raise Rejected(Problem("import.nothing_mapped", (), message, hint))
    mapped = {column.index for column in columns}
    left_out = tuple(h for i, h in enumerate(headings) if i not in mapped and h)
    return ImportMapping(object_name, tuple(columns), left_out, chosen)


def _unknown_headings(said: Mapping[str, str], headings: tuple[str, ...]) -> list[Problem]:
    return [
        Problem(
            "import.unknown_heading",
            (heading,),
            _("The file has no column %(name)s.", name=repr(heading)),
            did_you_mean(heading, headings),
        )
        for heading in said
        if heading not in headings
    ]


def _column(
    index: int, heading: str, path: str, object_name: str, snapshot: Snapshot, *, strict: bool
) -> Column | None:
    """The column, or None for a preset's field that this org does not have."""
    try:
        chain = snapshot.resolve(object_name, path)
    except Rejected:
        if strict:
            raise
        return None
    if len(chain) > 2:
        message = _("%(path)s goes further than a parent.", path=path)
        raise Rejected(Problem("import.path", (heading,), message))
    field = chain[0]
    if not _writable(field):
        message = _("%(name)s cannot be written.", name=field.local_name)
        if strict:
            raise Rejected(Problem("import.read_only", (heading,), message))
        return None
    return Column(index, heading, field, chain[1] if len(chain) == 2 else None)


def _writable(field: CustomField) -> bool:
    if field.is_system:
        return field.local_name in WRITABLE
    return field.field_type.editable


def _fields_by_words(object_name: str, snapshot: Snapshot) -> dict[str, str]:
    """{folded name or label in any language: path} of everything that can be imported."""
    known: dict[str, str] = {}
    fields = [f for f in snapshot.fields(object_name).values() if _writable(f)]
    for language in LANGUAGES:
        with use_locale(in_language(language)):
            for field in fields:
                known.setdefault(_words(snapshot.label(field)), _path(field, snapshot))
    for field in fields:
        path = _path(field, snapshot)
        known[_words(field.local_name)] = field.local_name
        known.setdefault(_words(path), path)
    return known


def _path(field: CustomField, snapshot: Snapshot) -> str:
    """Lookups are filled by the name of the record they point at."""
    if len(field.reference_to) != 1:
        return field.local_name
    target = snapshot.name_field(field.reference_to[0])
    if target is None:
        return field.local_name
    relation = field.relationship or re.sub(r"Id$", "", field.local_name).replace("__c", "__r")
    return f"{relation}.{target.local_name}"


def _words(text: str) -> str:
    """Letters and digits only, folded: "Probability (%)" and "probability" are the same heading."""
    return re.sub(r"[^\w]|_", "", fold(text))
