"""Components of packages as pages list them: by kind, with label, object and what they grant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...metadata.definition import Document
from ...metadata.deploy.log import differences
from ...metadata.grants import ObjectRight, read_grants
from ...metadata.kinds import KINDS
from ...metadata.packages.read import Package
from ...metadata.snapshot import Snapshot
from ...platform.i18n import _, mark

LONGEST = 200  # characters of a value that a line shows
_RIGHTS = (
    (ObjectRight.READ, mark("Read")),
    (ObjectRight.CREATE, mark("Create")),
    (ObjectRight.EDIT, mark("Edit")),
    (ObjectRight.DELETE, mark("Delete")),
    (ObjectRight.VIEW_ALL, mark("View all")),
    (ObjectRight.MODIFY_ALL, mark("Modify all")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One component in a list."""

    uid: str
    kind: str
    kind_label: str
    icon: str
    label: str
    name: str
    owner: str = ""  # API name of the object that it belongs to


def row_of(document: Document, snapshot: Snapshot | None = None) -> Row:
    """The row of a document; labels in the reader's language where the snapshot has it."""
    kind = KINDS.get(document["kind"])
    name = str(document["name"])
    known = snapshot.find_uid(str(document["uid"])) if snapshot else None
    label = snapshot.label(known) if snapshot and known else str(document.get("label") or "")
    return Row(
        str(document["uid"]), kind.name, str(kind.label), kind.icon, label or name, name,
        owner_of(document),
    )  # fmt: skip


def owner_of(document: Document) -> str:
    """The API name of the object that a component is a part of; "" for what stands alone."""
    kind, name = KINDS.get(document["kind"]), str(document["name"])
    if kind.name == "CustomObject":
        return name
    if "{object}" in kind.folder:
        return name.partition(".")[0]
    if kind.name == "Translations":
        return name.rpartition("-")[0]
    return str(document.get("object") or "")


def rows_of(package: Package, snapshot: Snapshot | None = None) -> list[Row]:
    """Everything that a package brings or changes."""
    documents = [row_of(document, snapshot) for document in package.documents]
    return documents + [
        row_of({"kind": e.kind, "uid": e.uid, "name": e.name}, snapshot) for e in package.extensions
    ]


def by_kind(rows: Iterable[Row]) -> list[tuple[str, str, list[Row]]]:
    """[(label of the kind, its icon, rows)] in the order of a deployment."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    ranked = sorted(found, key=lambda kind: (KINDS.get(kind).rank, kind))
    return [(found[kind][0].kind_label, found[kind][0].icon, found[kind]) for kind in ranked]


def lines_of(before: Document | None, after: Document | None) -> list[tuple[str, str, str]]:
    """Where two documents differ, as lines of the table."""
    return [(d.path, _text(d.before), _text(d.after)) for d in differences(before, after)]


def granted(document: Document) -> tuple[str, ...]:
    """What a profile or permission set allows, in short lines; nothing for other kinds."""
    if document["kind"] not in ("Profile", "PermissionSet"):
        return ()
    return tuple(_granted(document))


def _granted(document: Document) -> Iterator[str]:
    grants = read_grants(document)
    for name, right in sorted(grants.objects.items()):
        said = ", ".join(_(label) for flag, label in _RIGHTS if right & flag)
        if said:
            yield _("%(name)s: %(rights)s", name=name, rights=said)
    yield from sorted(grants.system)


def needed_access(package: Package) -> Mapping[str, tuple[str, ...]]:
    """{label of a profile or permission set: what it allows} of a package."""
    return {
        str(d.get("label") or d["name"]): lines for d in package.documents if (lines := granted(d))
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
