"""Sample records of a Salesforce project as tables of a package of ours, which the org then loads.

They are files of `sf data export tree --plan`: a plan names files of records, whose references are
keys here. Of several plans the one of the shortest name is taken: others are larger choices of the
same records. What is no such file is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from ....platform.errors import Problem, Rejected
from ....platform.i18n import _
from ..archive import Files
from ..people import KEY, table_of
from ..read import SAMPLES, parse_json

_PLAN = re.compile(r"([^/]+/)*[^/]*plan[^/]*\.json", re.IGNORECASE)
_OBJECT = re.compile(r"[A-Za-z]\w{0,79}", re.ASCII)
Rows = dict[str, Mapping[str, Any]]  # {reference: record}


def sample_tables(files: Files) -> tuple[Files, tuple[Problem, ...]]:
    """{"samples/Account.csv": table} of the project, and what could not be read."""
    problems: list[Problem] = []
    for place in sorted(filter(_PLAN.fullmatch, files), key=lambda one: (len(one), one)):
        if (parts := _plan(place, files)) is not None:
            found: dict[str, Rows] = {}
            for path in parts:
                _add(found, path, files, problems)
            references = {one for rows in found.values() for one in rows}
            tables = {f"{SAMPLES}{n}.csv": _table(rows, references) for n, rows in found.items()}
            return tables, tuple(problems)
    return {}, ()


def _plan(place: str, files: Files) -> list[str] | None:
    """The files that the plan names, as they lie beside it; None for what is no plan."""
    try:
        said = parse_json(place, files[place])
    except Rejected:
        return None
    if not isinstance(said, list) or not said or not all(map(_is_part, said)):
        return None
    beside = PurePosixPath(place).parent
    return [str(beside / str(name)) for part in said for name in part["files"]]


def _is_part(part: object) -> bool:
    return isinstance(part, dict) and "sobject" in part and isinstance(part.get("files"), list)


def _add(found: dict[str, Rows], path: str, files: Files, problems: list[Problem]) -> None:
    """The records of a file."""
    try:
        records = list(_records(path, files))
    except Rejected as refusal:
        problems += refusal.problems
        return
    for name, reference, record in records:
        found.setdefault(name, {})[reference] = record


def _records(path: str, files: Files) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(object, reference, values) of each record; raises Rejected for what is no such file."""
    if path not in files:
        message = _("The plan of sample records names it, but it is not there.")
        raise Rejected(Problem("salesforce.records", (path,), message))
    said = parse_json(path, files[path])
    records = said.get("records") if isinstance(said, dict) else None
    for record in records if isinstance(records, list) else [None]:
        head = record.get("attributes") if isinstance(record, dict) else None
        head = head if isinstance(head, dict) else {}
        name, reference = str(head.get("type", "")), str(head.get("referenceId", ""))
        if record is None or not _OBJECT.fullmatch(name) or not reference:
            message = _("Each record needs a type and a referenceId in its attributes.")
            raise Rejected(Problem("salesforce.records", (path,), message))
        yield name, reference, {k: v for k, v in record.items() if k != "attributes"}


def _table(rows: Rows, references: set[str]) -> bytes:
    headings = list(dict.fromkeys(name for record in rows.values() for name in record))
    body = ([key, *(_cell(record.get(h), references) for h in headings)]
            for key, record in rows.items())  # fmt: skip
    return table_of([[KEY, *headings], *body])


def _cell(value: object, references: set[str]) -> str:
    """A value as neutral text; "@Ref" names a record of the project."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f"{KEY}{text[1:]}" if text[:1] == "@" and text[1:] in references else text
