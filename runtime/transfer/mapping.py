"""Which column of a file goes into which field: by preset, by name, by label in any language.

Refuses a mapping that names no column, no field, or a field that nobody writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ...metadata.kinds.custom_field import CustomField
from ...metadata.snapshot import Snapshot, relation_name
from ...metadata.system_fields import WRITABLE
from ...platform.db.types import fold
from ...platform.errors import Problem, Rejected, did_you_mean, require
from ...platform.i18n import LANGUAGES, _, in_language, use_locale
from .presets import PRESETS
from .presets.base import Preset, find_preset


@dataclass(frozen=True, slots=True)
class Column:
    """One mapped column. With a `parent` the cell names a record of another object by it."""

    index: int
    heading: str
    field: CustomField  # of the imported object; for a parent path the lookup
    parent: CustomField | None = None  # "Name" of Account for the path Account.Name
    rest: tuple[CustomField, ...] = ()  # where further values of the same cell go

    @property
    def path(self) -> str:
        """The path as it can be said: Account.Name, Email."""
        if self.parent is None:
            return self.field.local_name
        return f"{relation_name(self.field)}.{self.parent.local_name}"


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """The mapped columns in file order, and the headings that go nowhere."""

    object: str
    columns: tuple[Column, ...]
    left_out: tuple[str, ...]
    width: int  # how many headings there are
    preset: Preset | None = None

    def heading(self, name: str) -> str:
        """The heading of the column that fills a field, for a person to look at."""
        found = (c.heading for c in self.columns if c.field.local_name == name)
        return next(found, name)


def suggest(
    headings: tuple[str, ...],
    object_name: str,
    snapshot: Snapshot,
    said: Mapping[str, str] | None = None,
    preset: str = "",
) -> ImportMapping:
    """The mapping of a file: what was said, else the preset's, else by API name or label.

    `said` maps headings to paths; an empty path leaves the column out.
    """
    said = said or {}
    obj = snapshot.object(object_name)
    chosen = PRESETS.get(preset) if preset else find_preset(headings, obj.name)
    require(_unknown_headings(said, headings))
    targets = _Targets(snapshot, obj.name, said, chosen)
    columns: dict[str, Column] = {}  # {local name: column}
    for index in sorted(range(len(headings)), key=lambda i: headings[i] not in said):
        heading = headings[index]
        column = targets.column(index, heading)
        if column is None or column.field.local_name in columns:
            if column and heading in said and columns[column.field.local_name].heading != heading:
                raise Rejected(_twice(column, columns[column.field.local_name].heading))
            continue
        columns[column.field.local_name] = column
    found = tuple(sorted(columns.values(), key=lambda column: column.index))
    if not found:
        message = _("No column of the file matches a field of %(object)s.", object=obj.name)
        hint = _("Map columns yourself: --map 'Heading=Field'.")
        raise Rejected(Problem("import.nothing_mapped", (), message, hint))
    mapped = {column.index for column in found}
    left_out = tuple(h for i, h in enumerate(headings) if i not in mapped and h)
    return ImportMapping(obj.name, found, left_out, len(headings), chosen)


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


def _twice(column: Column, other: str) -> Problem:
    message = _(
        "%(name)s is filled by two columns, %(one)s and %(other)s.",
        name=column.field.local_name, one=repr(column.heading), other=repr(other),
    )  # fmt: skip
    return Problem("import.mapped_twice", (column.heading,), message)


class _Targets:
    """Which field a heading means, for one file."""

    def __init__(
        self, snapshot: Snapshot, object_name: str, said: Mapping[str, str], preset: Preset | None
    ) -> None:
        self._snapshot, self._object, self._said, self._preset = snapshot, object_name, said, preset
        self._known = _fields_by_words(object_name, snapshot)
        self._preset_targets = preset.objects.get(object_name, {}) if preset else {}

    def column(self, index: int, heading: str) -> Column | None:
        """The column; None for one that goes nowhere."""
        path = self._path(heading)
        return self._column(index, heading, path) if path else None

    def _path(self, heading: str) -> str:
        if heading in self._said:
            return self._said[heading]
        if heading in self._preset_targets:
            return self._preset_targets[heading]
        found = self._known.get(_words(heading), "")
        # a program's own headings mean what its preset says, whatever our labels are
        return found if self._preset is None or "__" in found else ""

    def _column(self, index: int, heading: str, path: str) -> Column | None:
        is_said = heading in self._said
        try:
            chain = self._snapshot.resolve(self._object, path)
        except Rejected:
            if is_said:
                raise
            return None  # a preset's field that this org does not have
        problem = _unfit(chain, path, heading)
        if problem and is_said:
            raise Rejected(problem)
        if problem:
            return None
        parent = chain[1] if len(chain) == 2 else None
        return Column(index, heading, chain[0], parent, self._rest(heading))

    def _rest(self, heading: str) -> tuple[CustomField, ...]:
        names = self._preset.rest.get(heading, ()) if self._preset else ()
        known = self._snapshot.fields(self._object)
        return tuple(known[name] for name in names if name in known)


def _unfit(chain: tuple[CustomField, ...], path: str, heading: str) -> Problem | None:
    """Why nothing can be written there."""
    if len(chain) > 2:
        message = _("%(path)s goes further than a parent.", path=path)
        return Problem("import.path", (heading,), message)
    field = chain[0]
    if not _writable(field):
        if field.formula:
            message = _("%(name)s is worked out by a formula.", name=field.local_name)
            hint = _("Leave the column out, or map it to a field that the formula looks at.")
            return Problem("import.computed", (heading,), message, hint)
        message = _("%(name)s cannot be written.", name=field.local_name)
        return Problem("import.read_only", (heading,), message)
    parts = field.field_type.components(field)
    if parts and field.type != "Name":
        names = ", ".join(part.local_name for part in parts)
        message = _("%(name)s is made of several fields.", name=field.local_name)
        return Problem("import.compound", (heading,), message, _("Set %(names)s.", names=names))
    return None


def _writable(field: CustomField) -> bool:
    if field.is_system:
        return field.local_name in WRITABLE
    return field.is_editable


def _fields_by_words(object_name: str, snapshot: Snapshot) -> dict[str, str]:
    """{folded name or label in any language: path} of everything that can be imported."""
    known: dict[str, str] = {}
    fields = [
        f
        for f in snapshot.fields(object_name).values()
        if _writable(f) and (f.type == "Name" or not f.field_type.components(f))
    ]
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
    return f"{relation_name(field)}.{target.local_name}"


def _words(text: str) -> str:
    """Letters and digits only, folded: "Probability (%)" and "probability" are the same heading."""
    return re.sub(r"[^\w]|_", "", fold(text))
