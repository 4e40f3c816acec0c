"""A folder of reports: to whom it is shared, and whether they view, edit or manage what is in it.

Single users to whom a folder is shared belong to the org's data, not to this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...platform.errors import Problem
from ...platform.i18n import _, lazy
from ..circles import (
    EVERYBODY,
    GROUP,
    ROLE,
    ROLE_AND_BELOW,
    Circle,
    check_circle,
    circle_reference,
    circle_schema,
    read_circle,
)
from ..definition import Definition, Document, Kind, Reference, WhenGone
from .base import KINDS, common, listed, schema

if TYPE_CHECKING:
    from ..snapshot import Snapshot

VIEW, EDIT, MANAGE = LEVELS = ("View", "Edit", "Manage")  # each holds those before it


@dataclass(frozen=True, slots=True)
class FolderShare:
    """What a circle may do with the reports of a folder."""

    circle: Circle
    level: str = VIEW


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFolder(Definition):
    """Without shares only those who manage public reports see it."""

    shares: tuple[FolderShare, ...] = ()


def parse_folder(document: Document) -> ReportFolder:
    """The folder of a document that fits the schema."""
    return ReportFolder(**common(document), shares=tuple(map(_share, document.get("shares", ()))))


def _share(row: Mapping[str, Any]) -> FolderShare:
    return FolderShare(read_circle(row), row.get("level", VIEW))


def folder_references(folder: ReportFolder, _snapshot: Snapshot) -> tuple[Reference, ...]:
    """The circles that the folder is shared to."""
    return tuple(
        reference
        for i, share in enumerate(folder.shares)
        for reference in circle_reference(share.circle, ("shares", i), WhenGone.TAKE_OUT)
    )


def check_folder(folder: ReportFolder, snapshot: Snapshot) -> tuple[Problem, ...]:
    """Every problem of the folder."""
    return tuple(_problems(folder, snapshot))


def _problems(folder: ReportFolder, snapshot: Snapshot) -> Iterator[Problem]:
    circles = [share.circle for share in folder.shares]
    for i, circle in enumerate(circles):
        yield from check_circle(circle, snapshot, "shares", i)
        if circle in circles[:i]:
            message = _("%(name)s is there twice.", name=repr(circle.name or circle.type))
            yield Problem("list.doubled", ("shares", i), message)


_SHARE = circle_schema(ROLE, ROLE_AND_BELOW, GROUP, EVERYBODY)
_SHARE["properties"]["level"] = {"enum": list(LEVELS)}
SHARES = listed(_SHARE, 200)

KINDS.register(
    Kind(
        name="ReportFolder",
        label=lazy("Report folder"),
        schema=schema("ReportFolder", {"shares": SHARES}, ("label",)),
        rank=61,
        folder="reportFolders",
        suffix="reportFolder",
        parse=parse_folder,
        references=folder_references,
        check=check_folder,
        permission="ManagePublicReports",
        icon="folder",
    )
)
